//! Looks at a namespace: reads, and changes nothing.

use std::collections::BTreeMap;

use k8s_openapi::{api::core::v1::Pod, jiff::Timestamp};
use kube::{
    Api, Client,
    api::{ListParams, LogParams, Request},
};
use serde_json::Value;

use super::{
    crash,
    seen::{Metrics, Seen},
};
use crate::{
    cluster::{Cluster, causes, unreachable},
    failure::Failure,
};

/// So many of a container's last lines are shown.
const LINES: i64 = 5;

const KINDS: [(&str, &str); 9] = [
    ("/api/v1", "pods"),
    ("/api/v1", "services"),
    ("/api/v1", "events"),
    ("/api/v1", "persistentvolumeclaims"),
    ("/apis/apps/v1", "deployments"),
    ("/apis/apps/v1", "replicasets"),
    ("/apis/apps/v1", "statefulsets"),
    ("/apis/apps/v1", "daemonsets"),
    ("/apis/autoscaling/v2", "horizontalpodautoscalers"),
];

/// What is in the namespace, and what may not be looked at.
pub(super) async fn look(
    cluster: &Cluster,
    namespace: &str,
    kubectl: String,
) -> Result<(Seen, Vec<&'static str>), Failure> {
    let client = cluster.client();
    cluster.has(namespace).await?;
    cluster.may("list", "pods", Some(namespace)).await?;
    let mut objects = BTreeMap::new();
    let mut hidden = Vec::new();
    let namespaced =
        KINDS.map(|(api, kind)| (kind, format!("{api}/namespaces/{namespace}/{kind}")));
    for (kind, url) in namespaced.into_iter().chain([("nodes", "/api/v1/nodes".to_owned())]) {
        match list(client, &url).await {
            Ok(found) => {
                objects.insert(kind.to_owned(), found);
            }
            Err(kube::Error::Api(refused)) if refused.code == 403 => hidden.push(kind),
            Err(error) => return Err(unreachable(format_args!("{kind}: {}", causes(&error)))),
        }
    }
    let metrics = metrics(client, namespace).await;
    let now = Timestamp::now();
    let mut seen = Seen { kubectl, now, metrics, objects, last_words: BTreeMap::new() };
    for (pod, container, before) in crash::ended(&seen) {
        let lines = last_words(client, namespace, &pod, &container, before).await;
        seen.last_words.insert((pod, container), lines);
    }
    Ok((seen, hidden))
}

async fn get(client: &Client, url: &str, wanted: &ListParams) -> Result<Value, kube::Error> {
    let request = Request::new(url).list(wanted).map_err(kube::Error::BuildRequest)?;
    client.request(request).await
}

async fn list(client: &Client, url: &str) -> Result<Vec<Value>, kube::Error> {
    let mut told = get(client, url, &ListParams::default()).await?;
    Ok(match told["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    })
}

async fn metrics(client: &Client, namespace: &str) -> Metrics {
    let url = format!("/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods");
    match list(client, &url).await {
        Ok(_) => Metrics::There,
        Err(kube::Error::Api(refused)) if refused.code == 404 => Metrics::Missing,
        Err(kube::Error::Api(refused)) if refused.code == 503 => Metrics::Silent,
        Err(_) => Metrics::Unknown,
    }
}

/// Nothing if they are gone, or may not be read: the rest is still worth telling.
async fn last_words(
    client: &Client,
    namespace: &str,
    pod: &str,
    container: &str,
    before: bool,
) -> Vec<String> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let wanted = LogParams {
        container: Some(container.to_owned()),
        previous: before,
        tail_lines: Some(LINES),
        ..LogParams::default()
    };
    let told = pods.logs(pod, &wanted).await.unwrap_or_default();
    told.lines().map(|it| super::read::brief(&super::read::plain(it))).collect()
}
