//! The cluster: whether there is one, what is allowed there, and a namespace to work in.

mod desk;
mod follow;
mod namespace;
mod nodes;
mod room;
mod state;
mod timeline;

use std::{fmt::Display, time::Duration};

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::{
    Api, Client, Config,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};
use tokio::runtime::Runtime;

pub(crate) use desk::{Desk, Left};
pub(crate) use follow::{Kind, News, follow};
pub(crate) use namespace::Namespace;
pub(crate) use room::are_patterns;
pub(crate) use state::{Autoscaler, Endpoints, Pod, Stage};
pub(crate) use timeline::{History, State, Timeline};

use crate::failure::Failure;

/// How long the cluster may take for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A cluster that answers.
pub(crate) struct Cluster {
    client: Client,
    kubeconfig: Kubeconfig,
    context: String,
}

impl Cluster {
    /// Finds it by the kubeconfig, as kubectl does.
    pub(crate) fn reach(runtime: &Runtime, context: Option<&str>) -> Result<Self, Failure> {
        let mut kubeconfig = Kubeconfig::read().map_err(|error| {
            unreachable(format_args!(
                "there is no kubeconfig that can be read: {}; set KUBECONFIG to yours, or to the \
                 file that your lecturer gave you; for a cluster of this repository: \
                 `k8s/cluster up`, then `eval \"$(k8s/cluster env)\"`",
                unread(&error)
            ))
        })?;
        let context = chosen(&kubeconfig, context)?;
        kubeconfig.current_context = Some(context.clone());
        let client = runtime.block_on(async {
            let options = KubeConfigOptions::default();
            let mut config =
                Config::from_custom_kubeconfig(kubeconfig.clone(), &options).await.map_err(
                    |error| unreachable(format_args!("context {context}: {}", causes(&error))),
                )?;
            config.connect_timeout = Some(PATIENCE);
            let server = config.cluster_url.clone();
            let silent = |why: String| {
                unreachable(format_args!(
                    "the cluster of context {context} does not answer at {server}: {why}; is it \
                     running? (`kubectl cluster-info`)"
                ))
            };
            let client = Client::try_from(config).map_err(|error| silent(causes(&error)))?;
            let asked = tokio::time::timeout(PATIENCE, client.apiserver_version()).await;
            asked
                .map_err(|_| silent(format!("nothing within {} s", PATIENCE.as_secs())))?
                .map_err(|error| silent(causes(&error)))?;
            Ok::<_, Failure>(client)
        })?;
        Ok(Self { client, kubeconfig, context })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn context(&self) -> &str {
        &self.context
    }

    /// Whether there is such a namespace.
    pub(crate) async fn has(&self, namespace: &str) -> Result<(), Failure> {
        let all: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(self.client.clone());
        match all.get_opt(namespace).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(unreachable(format_args!(
                "there is no namespace {namespace}; `kubectl get namespaces` shows which there are"
            ))),
            // Whoever may not look at namespaces may still look into one.
            Err(kube::Error::Api(refused)) if refused.code == 403 => Ok(()),
            Err(error) => Err(unreachable(causes(&error))),
        }
    }

    /// Whether we may do this; a namespace of None means the whole cluster.
    pub(crate) async fn may(
        &self,
        verb: &str,
        what: &str,
        namespace: Option<&str>,
    ) -> Result<(), Failure> {
        let spec = SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                verb: Some(verb.to_owned()),
                resource: Some(what.to_owned()),
                namespace: namespace.map(ToOwned::to_owned),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        };
        let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
        let asked: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        let told = asked.create(&PostParams::default(), &review).await.map_err(|error| {
            unreachable(format_args!("context {}: {}", self.context, causes(&error)))
        })?;
        if told.status.is_some_and(|it| it.allowed) {
            return Ok(());
        }
        let (place, cure) = match namespace {
            Some(name) => (format!(" in the namespace {name}"), "ask for a role that allows it"),
            None => (String::new(), "give one that is yours: --namespace NAME"),
        };
        Err(unreachable(format_args!(
            "context {}: you may not {verb} {what}{place}; {cure}",
            self.context
        )))
    }
}

/// Why there is none, with its path as people write it.
fn unread(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(why, path) => format!("{}: {why}", path.display()),
        error => causes(error),
    }
}

/// The context that is meant.
fn chosen(kubeconfig: &Kubeconfig, wanted: Option<&str>) -> Result<String, Failure> {
    let known: Vec<&str> = kubeconfig.contexts.iter().map(|it| it.name.as_str()).collect();
    let known_ones = || if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let wanted = wanted.or(kubeconfig.current_context.as_deref()).filter(|it| !it.is_empty());
    match wanted {
        Some(name) if known.contains(&name) => Ok(name.to_owned()),
        Some(name) => Err(unreachable(format_args!(
            "the kubeconfig has no context {name}; it has: {}",
            known_ones()
        ))),
        None => Err(unreachable(format_args!(
            "the kubeconfig has no current context; it has: {}; choose one by --context",
            known_ones()
        ))),
    }
}

pub(crate) fn unreachable(what: impl Display) -> Failure {
    Failure::Cluster(what.to_string())
}

/// An error with what caused it, each said once.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = next.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use kube::config::{Kubeconfig, NamedContext};

    use super::chosen;

    fn kubeconfig(current: &str, names: &[&str]) -> Kubeconfig {
        let context =
            |name: &&str| NamedContext { name: (*name).to_owned(), ..NamedContext::default() };
        Kubeconfig {
            current_context: Some(current.to_owned()),
            contexts: names.iter().map(context).collect(),
            ..Kubeconfig::default()
        }
    }

    #[test]
    fn the_context_is_the_one_that_is_named_or_the_current_one() {
        let two = kubeconfig("school", &["school", "home"]);
        assert_eq!(chosen(&two, None).expect("it is there"), "school");
        assert_eq!(chosen(&two, Some("home")).expect("it is there"), "home");
        let wrong = chosen(&two, Some("work")).expect_err("there is none").to_string();
        assert_eq!(wrong, "the kubeconfig has no context work; it has: school, home");
        let none = chosen(&kubeconfig("", &[]), None).expect_err("there is none").to_string();
        assert!(none.contains("no current context; it has: none"), "{none}");
    }
}
