//! A student's place in a room: a namespace with its limits, and a key to it.

use std::time::{Duration, Instant};

use k8s_openapi::{
    api::{
        authentication::v1::{TokenRequest, TokenRequestSpec},
        core::v1::{Namespace as Object, Pod, ResourceQuota, ServiceAccount},
        rbac::v1::RoleBinding,
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::{
    Api, Resource,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    Cluster, causes,
    namespace::{MADE_BY, PACE, PATIENCE},
    unreachable,
};
use crate::{failure::Failure, interrupt};

/// Whom a student is to the cluster.
const STUDENT: &str = "student";
/// The one in which requests are typed.
const SIEGE: &str = "siege";

/// What a namespace of a room is to be.
pub(crate) struct Desk<'a> {
    pub(crate) name: &'a str,
    /// The level of Pod Security.
    pub(crate) security: &'a str,
    /// So many pods at most.
    pub(crate) pods: u32,
}

/// What became of a namespace that was to go.
pub(crate) enum Left {
    Gone,
    NotThere,
    NotOurs,
}

impl Cluster {
    /// Fails if there is a namespace of this name that we did not make.
    pub(crate) async fn is_free(&self, name: &str) -> Result<(), Failure> {
        let all: Api<Object> = Api::all(self.client.clone());
        match all.get_opt(name).await.map_err(|error| unreachable(causes(&error)))? {
            Some(it) if !is_ours(&it) => Err(unreachable(format_args!(
                "there is a namespace {name}, and lab did not make it; nothing was made"
            ))),
            _ => Ok(()),
        }
    }

    /// Makes it, or makes it again what it is to be.
    pub(crate) async fn set_up(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let Desk { name, security, pods } = desk;
        let labels = json!({
            MADE_BY.0: MADE_BY.1,
            "pod-security.kubernetes.io/enforce": security,
        });
        let namespace = json!({ "metadata": { "name": name, "labels": labels } });
        self.put(&Api::<Object>::all(self.client.clone()), name, namespace).await?;
        let pods = Quantity(pods.to_string());
        let quota = json!({ "spec": { "hard": { "pods": pods } } });
        self.put(&self.inside::<ResourceQuota>(name), "room", quota).await?;
        self.accepts_pods(name).await
    }

    /// Whether the pod `siege` is Ready, as soon as it is, or when it took too long.
    pub(crate) async fn has_siege(&self, namespace: &str) -> Result<bool, Failure> {
        let pods = self.inside::<Pod>(namespace);
        let deadline = Instant::now() + PATIENCE;
        loop {
            interrupt::check()?;
            let pod = pods.get_opt(SIEGE).await.map_err(|error| unreachable(causes(&error)))?;
            let conditions = pod.and_then(|it| it.status?.conditions).unwrap_or_default();
            let ready = conditions.iter().any(|it| it.type_ == "Ready" && it.status == "True");
            if ready || Instant::now() > deadline {
                return Ok(ready);
            }
            tokio::time::sleep(PACE).await;
        }
    }

    /// A token with which a student may edit this namespace, and nothing outside of it.
    pub(crate) async fn token(&self, namespace: &str, valid: Duration) -> Result<String, Failure> {
        let accounts = self.inside::<ServiceAccount>(namespace);
        self.put(&accounts, STUDENT, json!({})).await?;
        let role = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit" });
        let whom = json!({ "kind": "ServiceAccount", "name": STUDENT, "namespace": namespace });
        let binding = json!({ "roleRef": role, "subjects": [whom] });
        self.put(&self.inside::<RoleBinding>(namespace), STUDENT, binding).await?;
        let seconds = i64::try_from(valid.as_secs()).ok();
        let spec = TokenRequestSpec { expiration_seconds: seconds, ..TokenRequestSpec::default() };
        let request = TokenRequest { spec, ..TokenRequest::default() };
        let told = accounts.create_token_request(STUDENT, &PostParams::default(), &request).await;
        let told = told.map_err(|error| unreachable(causes(&error)))?;
        let token = told.status.map(|it| it.token);
        token.ok_or_else(|| unreachable("the cluster gave no token"))
    }

    /// Deletes it if we made it, and waits until it is gone.
    pub(crate) async fn clear(&self, name: &str) -> Result<Left, Failure> {
        let all: Api<Object> = Api::all(self.client.clone());
        let failed = |error: kube::Error| unreachable(causes(&error));
        let Some(found) = all.get_opt(name).await.map_err(failed)? else {
            return Ok(Left::NotThere);
        };
        if !is_ours(&found) {
            return Ok(Left::NotOurs);
        }
        // This one, and not another that may get its name in the meantime.
        let this = Preconditions { uid: found.metadata.uid, resource_version: None };
        let this = DeleteParams { preconditions: Some(this), ..DeleteParams::default() };
        all.delete(name, &this).await.map_err(failed)?;
        let deadline = Instant::now() + PATIENCE;
        while all.get_opt(name).await.map_err(failed)?.is_some() {
            interrupt::check()?;
            if Instant::now() > deadline {
                return Err(unreachable(format_args!(
                    "the namespace {name} is still being deleted"
                )));
            }
            tokio::time::sleep(PACE).await;
        }
        Ok(Left::Gone)
    }

    fn inside<T>(&self, namespace: &str) -> Api<T>
    where
        T: Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        T::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// As `kubectl apply --server-side` does.
    async fn put<T>(
        &self,
        api: &Api<T>,
        name: &str,
        mut what: serde_json::Value,
    ) -> Result<(), Failure>
    where
        T: Resource<DynamicType = ()> + Clone + Serialize + DeserializeOwned + std::fmt::Debug,
    {
        what["apiVersion"] = T::api_version(&()).into_owned().into();
        what["kind"] = T::kind(&()).into_owned().into();
        what["metadata"]["name"] = name.into();
        let ours = PatchParams::apply("lab").force();
        let put = api.patch(name, &ours, &Patch::Apply(what)).await;
        put.map(|_| ()).map_err(|error| {
            unreachable(format_args!("{} {name}: {}", T::kind(&()), causes(&error)))
        })
    }
}

fn is_ours(namespace: &Object) -> bool {
    let labels = namespace.metadata.labels.as_ref();
    labels.and_then(|it| it.get(MADE_BY.0)).is_some_and(|it| it == MADE_BY.1)
}
