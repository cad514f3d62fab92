//! What is in the namespace at the moment, as far as it was told.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::{
    cluster::{Autoscaler, Endpoints, Kind, News, Pod},
    read::{Read as _, brief, last_seen},
};

/// What is watched.
pub(super) const KINDS: [Kind; 4] =
    [Kind::Pods, Kind::EndpointSlices, Kind::Autoscalers, Kind::Events];

#[derive(Debug, Default)]
pub(super) struct Now {
    pub(super) pods: BTreeMap<String, Pod>,
    /// By slice: a Service may have several.
    pub(super) endpoints: BTreeMap<String, Endpoints>,
    pub(super) autoscalers: BTreeMap<String, Autoscaler>,
    pub(super) warnings: BTreeMap<String, Warning>,
    /// What was listed, or may not be.
    told: BTreeSet<Kind>,
    pub(super) hidden: BTreeSet<Kind>,
    /// What the cluster does not answer, and why.
    pub(super) silent: BTreeMap<Kind, String>,
}

/// An event that tells of something wrong.
#[derive(Debug, Clone)]
pub(super) struct Warning {
    pub(super) at: Option<Timestamp>,
    /// `pod/order-1`
    pub(super) about: String,
    pub(super) reason: String,
    pub(super) message: String,
}

impl Now {
    pub(super) fn hear(&mut self, kind: Kind, news: News) {
        if let News::Silent(why) = news {
            self.silent.insert(kind, why);
            return;
        }
        self.silent.remove(&kind);
        self.told.insert(kind);
        match news {
            News::All(objects) => {
                self.forget(kind);
                for it in &objects {
                    self.is_now(kind, it);
                }
            }
            News::Now(object) => self.is_now(kind, &object),
            News::Gone(object) => self.is_gone(kind, object.name()),
            News::Hidden => {
                self.hidden.insert(kind);
            }
            News::Silent(_) => {}
        }
    }

    /// Whether everything has been told once that can be.
    pub(super) fn is_complete(&self) -> bool {
        KINDS.iter().all(|it| self.told.contains(it))
    }

    fn is_now(&mut self, kind: Kind, object: &Value) {
        let name = object.name().to_owned();
        match kind {
            Kind::Pods => drop(self.pods.insert(name, Pod::of(object))),
            Kind::EndpointSlices => drop(self.endpoints.insert(name, Endpoints::of(object))),
            Kind::Autoscalers => drop(self.autoscalers.insert(name, Autoscaler::of(object))),
            Kind::Events if object.text("/type") == "Warning" => {
                drop(self.warnings.insert(name, warning(object)));
            }
            Kind::Events => {}
        }
    }

    fn is_gone(&mut self, kind: Kind, name: &str) {
        match kind {
            Kind::Pods => drop(self.pods.remove(name)),
            Kind::EndpointSlices => drop(self.endpoints.remove(name)),
            Kind::Autoscalers => drop(self.autoscalers.remove(name)),
            Kind::Events => drop(self.warnings.remove(name)),
        }
    }

    fn forget(&mut self, kind: Kind) {
        match kind {
            Kind::Pods => self.pods.clear(),
            Kind::EndpointSlices => self.endpoints.clear(),
            Kind::Autoscalers => self.autoscalers.clear(),
            Kind::Events => self.warnings.clear(),
        }
    }

    /// The endpoints of each Service, of all its slices.
    pub(super) fn services(&self) -> BTreeMap<&str, BTreeMap<&str, bool>> {
        let mut services: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
        for slice in self.endpoints.values() {
            let pods = slice.ready.iter().map(|(pod, ready)| (pod.as_str(), *ready));
            services.entry(&slice.service).or_default().extend(pods);
        }
        services
    }
}

fn warning(event: &Value) -> Warning {
    let kind = event.text("/involvedObject/kind").to_lowercase();
    Warning {
        at: last_seen(event),
        about: format!("{kind}/{}", event.text("/involvedObject/name")),
        reason: event.text("/reason").to_owned(),
        message: brief(event.text("/message")),
    }
}
