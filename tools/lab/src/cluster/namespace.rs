//! The namespace to work in: a new one, or one that is given.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use k8s_openapi::api::core::v1::{Namespace as Object, ServiceAccount};
use kube::{
    Api,
    api::{DeleteParams, ObjectMeta, PostParams, Preconditions},
    config::Kubeconfig,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Cluster, Timeline, causes, unreachable};
use crate::failure::Failure;

/// How long the cluster may take to give a namespace its service account, or to empty it.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);
pub(super) const PACE: Duration = Duration::from_millis(100);
pub(super) const KUBECONFIG: &str = "kubeconfig";
/// What `lab` makes has this label.
pub(super) const MADE_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "lab");
/// And this one, which names the worksheet.
const WORKSHEET: &str = "bulsajo.dev/worksheet";

/// A namespace, and a kubeconfig that leads into it.
pub(crate) struct Namespace<'a> {
    runtime: &'a Runtime,
    cluster: Cluster,
    pub(crate) name: String,
    /// If we made it: the one that we may delete, whatever is called so later.
    ours: Option<String>,
    keep: bool,
    folder: TempDir,
}

impl<'a> Namespace<'a> {
    /// Takes the one that is given, which stays as it is.
    pub(crate) fn given(
        runtime: &'a Runtime,
        cluster: Cluster,
        name: &str,
    ) -> Result<Self, Failure> {
        runtime.block_on(async {
            let known: Api<Object> = Api::all(cluster.client.clone());
            match known.get_opt(name).await {
                // Whoever may not look at namespaces may still work in one.
                Ok(Some(_)) => {}
                Err(kube::Error::Api(refused)) if refused.code == 403 => {}
                Ok(None) => {
                    return Err(unreachable(format_args!(
                        "context {} has no namespace {name}; make it (`kubectl create namespace \
                         {name}`), or leave --namespace out",
                        cluster.context
                    )));
                }
                Err(error) => return Err(unreachable(causes(&error))),
            }
            cluster.may("create", "pods", Some(name)).await
        })?;
        Self::with_kubeconfig(runtime, cluster, name.to_owned(), None, true)
    }

    /// Makes one for a worksheet, to be deleted when it is dropped.
    pub(crate) fn make(
        runtime: &'a Runtime,
        cluster: Cluster,
        worksheet: &str,
        keep: bool,
    ) -> Result<Self, Failure> {
        let (name, uid) = runtime.block_on(create(&cluster, worksheet))?;
        // From here on it is deleted, whatever fails.
        let made = Self::with_kubeconfig(runtime, cluster, name, Some(uid), keep)?;
        made.runtime.block_on(made.cluster.accepts_pods(&made.name))?;
        Ok(made)
    }

    fn with_kubeconfig(
        runtime: &'a Runtime,
        cluster: Cluster,
        name: String,
        ours: Option<String>,
        keep: bool,
    ) -> Result<Self, Failure> {
        let it = Self { runtime, cluster, name, ours, keep, folder: folder()? };
        write_into(it.folder.path(), &it.cluster.kubeconfig, &it.name)?;
        Ok(it)
    }

    /// A copy of the kubeconfig in which `kubectl` works in this namespace.
    pub(crate) fn kubeconfig(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), KUBECONFIG)
    }

    /// What happens in it from now on; times count from when the run began.
    pub(crate) fn timeline(&self, began: Instant) -> Timeline {
        Timeline::begin(self.runtime, &self.cluster.client, &self.name, began)
    }

    /// Deletes it, and waits until nothing of it runs any more, unless there is no time for that.
    /// Whether it is gone.
    async fn delete(&self, uid: &str, wait: bool) -> Result<bool, kube::Error> {
        let all: Api<Object> = Api::all(self.cluster.client.clone());
        let it = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
        let ours = DeleteParams { preconditions: Some(it), ..DeleteParams::default() };
        all.delete(&self.name, &ours).await?;
        let deadline = Instant::now() + PATIENCE;
        while wait && Instant::now() < deadline {
            if all.get_opt(&self.name).await?.is_none() {
                return Ok(true);
            }
            tokio::time::sleep(PACE).await;
        }
        Ok(false)
    }
}

impl Cluster {
    /// Waits until a new namespace has its service account: pods are refused before.
    pub(super) async fn accepts_pods(&self, namespace: &str) -> Result<(), Failure> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), namespace);
        let deadline = Instant::now() + PATIENCE;
        while !matches!(accounts.get_opt("default").await, Ok(Some(_))) {
            if Instant::now() > deadline {
                return Err(unreachable(format_args!(
                    "the new namespace {namespace} got no service account: the cluster's controller \
                     manager does not work"
                )));
            }
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        let Some(uid) = self.ours.take() else { return };
        let name = &self.name;
        if self.keep {
            eprintln!(
                "lab: the namespace {name} stays; delete it: kubectl delete namespace {name}"
            );
            return;
        }
        let wait = crate::interrupt::check().is_ok();
        match self.runtime.block_on(self.delete(&uid, wait)) {
            Ok(true) => eprintln!("lab: the namespace {name} is deleted"),
            Ok(false) => eprintln!("lab: the cluster is deleting the namespace {name}"),
            Err(error) => eprintln!(
                "lab: the namespace {name} could not be deleted ({}): kubectl delete namespace \
                 {name}",
                causes(&error)
            ),
        }
    }
}

/// Its name, and its identity.
async fn create(cluster: &Cluster, worksheet: &str) -> Result<(String, String), Failure> {
    cluster.may("create", "namespaces", None).await?;
    cluster.may("delete", "namespaces", None).await?;
    let labels = [MADE_BY, (WORKSHEET, worksheet)];
    let labels: BTreeMap<_, _> =
        labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let metadata = ObjectMeta {
        generate_name: Some(format!("lab-{}-", simple(worksheet))),
        labels: Some(labels),
        ..ObjectMeta::default()
    };
    let all: Api<Object> = Api::all(cluster.client.clone());
    let wanted = Object { metadata, ..Object::default() };
    let made = all.create(&PostParams::default(), &wanted).await.map_err(|error| {
        unreachable(format_args!("context {}: no namespace: {}", cluster.context, causes(&error)))
    })?;
    let Object { metadata: ObjectMeta { name: Some(name), uid: Some(uid), .. }, .. } = made else {
        return Err(unreachable("the cluster made a namespace without a name"));
    };
    Ok((name, uid))
}

/// What a name of Kubernetes may consist of.
fn simple(worksheet: &str) -> String {
    let kept = worksheet.to_lowercase();
    let kept = kept.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' });
    kept.take(40).collect::<String>().trim_matches('-').to_owned()
}

pub(super) fn folder() -> Result<TempDir, Failure> {
    let folder = tempfile::Builder::new().prefix("lab-").tempdir();
    folder.map_err(|error| Failure::unwritable(std::env::temp_dir(), error))
}

/// Writes a kubeconfig that leads into a namespace.
pub(super) fn write_into(
    folder: &Path,
    kubeconfig: &Kubeconfig,
    namespace: &str,
) -> Result<(), Failure> {
    let path = folder.join(KUBECONFIG);
    // JSON is YAML. The folder is open to its owner alone, as what is in it has to be.
    let text = serde_json::to_string(&leading_to(kubeconfig, namespace))
        .map_err(|error| Failure::Content(format!("the kubeconfig cannot be copied: {error}")))?;
    fs::write(&path, text).map_err(|error| Failure::unwritable(&path, error))
}

/// The same kubeconfig, but the current context leads into this namespace.
fn leading_to(kubeconfig: &Kubeconfig, namespace: &str) -> Kubeconfig {
    let mut copy = kubeconfig.clone();
    let current = copy.current_context.clone().unwrap_or_default();
    for named in copy.contexts.iter_mut().filter(|it| it.name == current) {
        if let Some(context) = &mut named.context {
            context.namespace = Some(namespace.to_owned());
        }
    }
    copy
}

#[cfg(test)]
mod tests {
    use kube::config::Kubeconfig;

    use super::{leading_to, simple};

    const TWO: &str = r"
        current-context: school
        contexts:
        - { name: school, context: { cluster: c, user: u, namespace: others } }
        - { name: home, context: { cluster: c, user: u } }
    ";

    #[test]
    fn only_the_current_context_leads_elsewhere() {
        let before = Kubeconfig::from_yaml(TWO).expect("a kubeconfig");
        let after = leading_to(&before, "mine");
        let namespaces = |of: &Kubeconfig| -> Vec<Option<String>> {
            of.contexts.iter().map(|it| it.context.as_ref()?.namespace.clone()).collect()
        };
        assert_eq!(namespaces(&after), [Some("mine".to_owned()), None]);
        assert_eq!(namespaces(&before), [Some("others".to_owned()), None]);
    }

    #[test]
    fn any_worksheet_gives_a_name_that_the_cluster_accepts() {
        for (file, name) in
            [("03-zero-downtime", "03-zero-downtime"), ("My Lab_2", "my-lab-2"), ("실습-1", "1")]
        {
            assert_eq!(simple(file), name);
        }
        assert_eq!(simple(&"long".repeat(30)).len(), 40);
    }
}
