//! The objects of a kind as they change: listed once, then watched, and listed again when that breaks off.

use std::time::Duration;

use futures::TryStreamExt as _;
use kube::{
    Client,
    api::{ListParams, Request, WatchEvent, WatchParams},
};
use serde_json::Value;

use super::causes;
use crate::read::Read as _;

/// How long after a watch broke off the next one begins.
const PACE: Duration = Duration::from_secs(1);

/// What is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Pods,
    EndpointSlices,
    Autoscalers,
    Events,
}

impl Kind {
    /// As it is called in a URL, and by whoever gives permissions.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::EndpointSlices => "endpointslices",
            Self::Autoscalers => "horizontalpodautoscalers",
            Self::Events => "events",
        }
    }

    fn url(self, namespace: &str) -> String {
        let api = match self {
            Self::Pods | Self::Events => "/api/v1",
            Self::EndpointSlices => "/apis/discovery.k8s.io/v1",
            Self::Autoscalers => "/apis/autoscaling/v2",
        };
        format!("{api}/namespaces/{namespace}/{}", self.name())
    }
}

/// What is new about the objects of a kind.
#[derive(Debug)]
pub(crate) enum News {
    /// These are all that there are.
    All(Vec<Value>),
    /// One is new, or has changed.
    Now(Value),
    Gone(Value),
    /// We may not list them. Nothing more comes.
    Hidden,
    /// The cluster does not answer at the moment.
    Silent(String),
}

/// Tells what is new, for as long as we may ask.
pub(crate) async fn follow(
    client: Client,
    namespace: String,
    kind: Kind,
    mut tell: impl FnMut(Kind, News) + Send,
) {
    let url = kind.url(&namespace);
    loop {
        match watch(&client, &url, |news| tell(kind, news)).await {
            Ok(()) => {}
            Err(kube::Error::Api(refused)) if refused.code == 403 => {
                return tell(kind, News::Hidden);
            }
            Err(error) => tell(kind, News::Silent(causes(&error))),
        }
        tokio::time::sleep(PACE).await;
    }
}

/// Until the watch ends, as the cluster ends each after some minutes.
async fn watch(client: &Client, url: &str, mut tell: impl FnMut(News)) -> Result<(), kube::Error> {
    let list = Request::new(url).list(&ListParams::default()).map_err(kube::Error::BuildRequest)?;
    let mut listed: Value = client.request(list).await?;
    let version = listed.text("/metadata/resourceVersion").to_owned();
    let items = listed["items"].as_array_mut().map(std::mem::take);
    tell(News::All(items.unwrap_or_default()));
    let watch = Request::new(url).watch(&WatchParams::default(), &version);
    let events = client.request_events::<Value>(watch.map_err(kube::Error::BuildRequest)?).await?;
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.try_next().await? {
        match event {
            WatchEvent::Added(it) | WatchEvent::Modified(it) => tell(News::Now(it)),
            WatchEvent::Deleted(it) => tell(News::Gone(it)),
            WatchEvent::Bookmark(_) => {}
            // What was listed is too old by now.
            WatchEvent::Error(_) => break,
        }
    }
    Ok(())
}
