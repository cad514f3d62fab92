//! The objects of a kind as they change: listed once, then watched, and listed again when that breaks off.

use std::time::Duration;

use futures::StreamExt as _;
use kube::{
    Client,
    api::{Api, ApiResource, DynamicObject, GroupVersionKind},
    runtime::{
        WatchStreamExt as _,
        utils::Backoff,
        watcher::{Config, Error, Event, watcher},
    },
};
use serde_json::Value;

use super::causes;

/// How long after a watch broke off the next one begins: always as long, because a person looks at what
/// comes of it.
#[derive(Debug)]
struct Pace;

impl Iterator for Pace {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

impl Backoff for Pace {
    fn reset(&mut self) {}
}

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

    fn resource(self) -> ApiResource {
        let (group, version, kind) = match self {
            Self::Pods => ("", "v1", "Pod"),
            Self::EndpointSlices => ("discovery.k8s.io", "v1", "EndpointSlice"),
            Self::Autoscalers => ("autoscaling", "v2", "HorizontalPodAutoscaler"),
            Self::Events => ("", "v1", "Event"),
        };
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), self.name())
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
    let api = Api::<DynamicObject>::namespaced_with(client, &namespace, &kind.resource());
    let mut events = std::pin::pin!(watcher(api, Config::default()).backoff(Pace));
    let mut listed = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(object)) => listed.push(plain(object)),
            Ok(Event::InitDone) => tell(kind, News::All(std::mem::take(&mut listed))),
            Ok(Event::Apply(object)) => tell(kind, News::Now(plain(object))),
            Ok(Event::Delete(object)) => tell(kind, News::Gone(plain(object))),
            Err(error) if is_forbidden(&error) => return tell(kind, News::Hidden),
            // What was listed is too old by now: it is listed again.
            Err(Error::WatchError(status)) if status.code == 410 => {}
            Err(error) => tell(kind, News::Silent(causes(&error))),
        }
    }
}

fn is_forbidden(error: &Error) -> bool {
    let (Error::InitialListFailed(error) | Error::WatchStartFailed(error)) = error else {
        return false;
    };
    matches!(error, kube::Error::Api(refused) if refused.code == 403)
}

fn plain(object: DynamicObject) -> Value {
    serde_json::to_value(object).unwrap_or_default()
}
