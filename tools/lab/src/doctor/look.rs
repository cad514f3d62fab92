//! Looks at a namespace: reads, and changes nothing.

use std::collections::BTreeSet;

use futures::{StreamExt as _, future::join_all, stream};
use hyper::header::ACCEPT;
use k8s_openapi::{api::core::v1::Pod, jiff::Timestamp};
use kube::{
    Api, Client,
    api::{ListParams, LogParams, Request},
};
use serde_json::Value;

use super::{
    kinds::{KINDS, NAMES, OF_THE_CLUSTER, OWN_GROUPS},
    read,
    seen::{Metrics, Seen},
    words::{self, Wanted},
};
use crate::{
    cluster::{Cluster, causes, unreachable},
    failure::Failure,
};

/// So many of a container's last lines are shown.
const LINES: i64 = 5;
/// So many lists are asked for at once.
const AT_ONCE: usize = 8;
/// How the cluster is asked for the names of objects alone.
const NAMES_ALONE: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// A list to ask for: the name of its kind, where it is, and whether names are all that is wanted.
struct List {
    kind: String,
    url: String,
    names_alone: bool,
    /// Whether every cluster has this kind, so that it is an error if the list fails.
    own: bool,
}

/// What is in the namespace, and what may not be looked at.
pub(super) async fn look(
    cluster: &Cluster,
    namespace: &str,
    kubectl: String,
) -> Result<Seen, Failure> {
    let client = cluster.client();
    cluster.has(namespace).await?;
    cluster.may("list", "pods", Some(namespace)).await?;
    let mut seen = Seen { kubectl, now: Timestamp::now(), ..Seen::default() };
    let mut lists = lists(namespace);
    match custom(client, namespace).await {
        Some(custom) => lists.extend(custom),
        None => seen.unlisted.push("kinds that are not Kubernetes' own".to_owned()),
    }
    let told = stream::iter(&lists).map(|it| list(client, it));
    let told: Vec<_> = told.buffered(AT_ONCE).collect().await;
    for (it, told) in lists.into_iter().zip(told) {
        match told {
            Ok(found) => drop(seen.objects.insert(it.kind, found)),
            Err(kube::Error::Api(refused)) if refused.code == 403 => seen.hidden.push(it.kind),
            // A cluster of another age.
            Err(kube::Error::Api(refused)) if refused.code == 404 => {}
            Err(_) if !it.own => seen.unlisted.push(it.kind),
            Err(error) => return Err(unreachable(format_args!("{}: {}", it.kind, causes(&error)))),
        }
    }
    seen.metrics = metrics(client, namespace).await;
    let wanted = words::wanted(&seen);
    let told = join_all(wanted.iter().map(|it| last_words(client, namespace, it))).await;
    let named = wanted.into_iter().map(|it| (it.pod, it.container));
    seen.last_words = named.zip(told).collect();
    Ok(seen)
}

fn lists(namespace: &str) -> Vec<List> {
    let list = |kind: &super::kinds::Kind, place: &str, names_alone| List {
        kind: kind.plural.to_owned(),
        url: format!("{}{place}/{}", kind.api, kind.plural),
        names_alone,
        own: true,
    };
    let here = format!("/namespaces/{namespace}");
    let whole = KINDS.iter().map(|it| list(it, &here, false));
    let names = NAMES.iter().map(|it| list(it, &here, true));
    let of_the_cluster = OF_THE_CLUSTER.iter().map(|it| list(it, "", false));
    whole.chain(names).chain(of_the_cluster).collect()
}

/// The kinds that were added to this cluster, such as those of an ingress controller.
async fn custom(client: &Client, namespace: &str) -> Option<Vec<List>> {
    let told = client.list_api_groups_aggregated().await.ok()?;
    let mut lists = Vec::new();
    for group in told.items {
        let name = group.metadata.and_then(|it| it.name).unwrap_or_default();
        if OWN_GROUPS.contains(&name.as_str()) {
            continue;
        }
        let mut known = BTreeSet::new();
        for version in group.versions {
            let label = version.version.unwrap_or_default();
            let listed = version.resources.into_iter().filter(|it| {
                it.scope.as_deref() == Some("Namespaced") && it.verbs.iter().any(|it| it == "list")
            });
            // The first version is the one that the cluster prefers.
            for plural in listed.filter_map(|it| it.resource) {
                if known.insert(plural.clone()) {
                    let url = format!("/apis/{name}/{label}/namespaces/{namespace}/{plural}");
                    let kind = format!("{plural}.{name}");
                    lists.push(List { kind, url, names_alone: false, own: false });
                }
            }
        }
    }
    Some(lists)
}

/// Asks once more if the answer was cut off, as a busy cluster may do.
async fn list(client: &Client, wanted: &List) -> Result<Vec<Value>, kube::Error> {
    match ask(client, wanted).await {
        Err(error) if !matches!(error, kube::Error::Api(_)) => ask(client, wanted).await,
        answer => answer,
    }
}

async fn ask(client: &Client, wanted: &List) -> Result<Vec<Value>, kube::Error> {
    let request = Request::new(&wanted.url).list(&ListParams::default());
    let mut request = request.map_err(kube::Error::BuildRequest)?;
    if wanted.names_alone {
        request.headers_mut().insert(ACCEPT, hyper::header::HeaderValue::from_static(NAMES_ALONE));
    }
    let mut told: Value = client.request(request).await?;
    Ok(match told["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    })
}

async fn metrics(client: &Client, namespace: &str) -> Metrics {
    let url = format!("/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods");
    let wanted = List { kind: String::new(), url, names_alone: false, own: false };
    match list(client, &wanted).await {
        Ok(_) => Metrics::There,
        Err(kube::Error::Api(refused)) if refused.code == 404 => Metrics::Missing,
        Err(kube::Error::Api(refused)) if refused.code == 503 => Metrics::Silent,
        Err(_) => Metrics::Unknown,
    }
}

/// Nothing if they are gone, or may not be read: the rest is still worth telling.
async fn last_words(client: &Client, namespace: &str, of: &Wanted) -> Vec<String> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let wanted = LogParams {
        container: Some(of.container.clone()),
        previous: of.before,
        tail_lines: Some(LINES),
        ..LogParams::default()
    };
    let told = pods.logs(&of.pod, &wanted).await.unwrap_or_default();
    told.lines().map(|it| read::abridged(&read::plain(it))).collect()
}
