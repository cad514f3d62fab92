//! What can be seen of pods, endpoints and autoscalers, read from their JSON.

use std::{collections::BTreeMap, fmt};

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::read::Read as _;

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pod {
    /// Its phase, or what it waits for: `Running`, `CrashLoopBackOff`, `Terminating`.
    pub(crate) phase: String,
    pub(crate) stage: Stage,
    /// How many of its containers are ready, and how many it has.
    pub(crate) ready: (usize, usize),
    pub(crate) restarts: i64,
    /// Why a container ended the last time: `OOMKilled`, `Error 1`.
    pub(crate) ended: String,
    pub(crate) image: String,
    /// What it calls itself in `x-app-version`, if its manifest says so.
    pub(crate) calls_itself: Option<String>,
    pub(crate) node: String,
    pub(crate) created: Option<Timestamp>,
}

/// How far a pod has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It does not run yet.
    Created,
    /// It runs, and is not ready.
    Started,
    Ready,
    /// A container of it does not run any more, or cannot.
    Broken,
    /// It has been told to end.
    Ending,
    /// It has done what it was for.
    Done,
}

impl Pod {
    pub(crate) fn of(pod: &Value) -> Self {
        let containers = pod.list("/status/containerStatuses");
        let waits = containers.iter().map(|it| it.text("/state/waiting/reason"));
        let waits = waits.into_iter().find(|it| !it.is_empty());
        let phase = match pod.text("/metadata/deletionTimestamp") {
            "" => waits.unwrap_or_else(|| pod.text("/status/phase")),
            _ => "Terminating",
        };
        let ready = containers.iter().filter(|it| it["ready"] == true).count();
        let all = pod.list("/spec/containers");
        let env = all.iter().flat_map(|it| it.list("/env"));
        let version = env.into_iter().find(|it| it.name() == "APP_VERSION");
        Self {
            phase: if phase.is_empty() { "Unknown" } else { phase }.to_owned(),
            stage: stage(pod, waits),
            ready: (ready, all.len()),
            restarts: containers.iter().filter_map(|it| it.whole("/restartCount")).sum(),
            ended: containers.iter().map(ended).find(|it| !it.is_empty()).unwrap_or_default(),
            image: pod.text("/spec/containers/0/image").to_owned(),
            calls_itself: version.map(|it| it.text("/value").to_owned()),
            node: pod.text("/spec/nodeName").to_owned(),
            created: pod.time("/metadata/creationTimestamp"),
        }
    }

    /// What its answers say in `x-app-version`, if that is known, and else the tag of its image.
    pub(crate) fn version(&self) -> &str {
        let name = self.image.rsplit('/').next().unwrap_or_default();
        let name = name.split('@').next().unwrap_or_default();
        let tag = name.split_once(':').map_or("latest", |(_, tag)| tag);
        self.calls_itself.as_deref().filter(|it| !it.is_empty()).unwrap_or(tag)
    }
}

fn stage(pod: &Value, waits: Option<&str>) -> Stage {
    if !pod.text("/metadata/deletionTimestamp").is_empty() {
        return Stage::Ending;
    }
    let containers = pod.list("/status/containerStatuses");
    let is_ready = |it: &Value| it.text("/type") == "Ready" && it.text("/status") == "True";
    let has_run = containers.iter().any(|it| it.pointer("/state/terminated").is_some());
    match pod.text("/status/phase") {
        "Succeeded" => Stage::Done,
        "Failed" => Stage::Broken,
        _ if has_run || !matches!(waits, None | Some("ContainerCreating" | "PodInitializing")) => {
            Stage::Broken
        }
        "Running" if pod.list("/status/conditions").iter().any(is_ready) => Stage::Ready,
        "Running" => Stage::Started,
        _ => Stage::Created,
    }
}

/// Why a container ended: now, or before it was started again.
fn ended(container: &Value) -> String {
    let of = |state: &str| container.pointer(state).filter(|it| it.is_object());
    let Some(it) = of("/state/terminated").or_else(|| of("/lastState/terminated")) else {
        return String::new();
    };
    match (it.text("/reason"), it.whole("/exitCode").unwrap_or_default()) {
        ("Error" | "", code) => format!("exit code {code}"),
        (reason, _) => reason.to_owned(),
    }
}

impl fmt::Display for Pod {
    /// `Running, ready, 1 restart, bulsajo/order:stable`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.phase)?;
        if self.ready.1 > 0 && self.ready.0 == self.ready.1 {
            f.write_str(", ready")?;
        }
        match self.restarts {
            0 => {}
            1 => f.write_str(", 1 restart")?,
            more => write!(f, ", {more} restarts")?,
        }
        write!(f, ", {}", self.image)
    }
}

/// Part of the endpoints of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoints {
    pub(crate) service: String,
    /// Whether each is ready, by the name of its pod, or its address.
    pub(crate) ready: BTreeMap<String, bool>,
}

impl Endpoints {
    pub(crate) fn of(slice: &Value) -> Self {
        let name = |it: &Value| match it.text("/targetRef/name") {
            "" => it.text("/addresses/0").to_owned(),
            pod => pod.to_owned(),
        };
        let all = slice.list("/endpoints").iter();
        // What is not said means yes.
        let ready =
            all.map(|it| (name(it), it.pointer("/conditions/ready") != Some(&false.into())));
        let labels = slice.labels("/metadata/labels");
        let service = labels.get("kubernetes.io/service-name").copied().unwrap_or_default();
        Self { service: service.to_owned(), ready: ready.collect() }
    }
}

impl fmt::Display for Endpoints {
    /// `2 ready, 1 not ready`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ready = self.ready.values().filter(|it| **it).count();
        match self.ready.len() - ready {
            0 => write!(f, "{ready} ready"),
            others => write!(f, "{ready} ready, {others} not ready"),
        }
    }
}

/// An autoscaler of pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Autoscaler {
    pub(crate) of: String,
    /// `cpu 213%/50%`, each metric as it is and as it is to be.
    pub(crate) metrics: Vec<String>,
    pub(crate) replicas: i64,
    pub(crate) wanted: i64,
    pub(crate) least: i64,
    pub(crate) most: i64,
}

impl Autoscaler {
    pub(crate) fn of(it: &Value) -> Self {
        let whole = |path: &str| it.whole(path).unwrap_or_default();
        let now = it.list("/status/currentMetrics");
        let metrics = it.list("/spec/metrics").iter().map(|metric| measured(metric, now));
        let kind = it.text("/spec/scaleTargetRef/kind").to_lowercase();
        Self {
            of: format!("{kind}/{}", it.text("/spec/scaleTargetRef/name")),
            metrics: metrics.collect(),
            replicas: whole("/status/currentReplicas"),
            wanted: whole("/status/desiredReplicas"),
            least: it.whole("/spec/minReplicas").unwrap_or(1),
            most: whole("/spec/maxReplicas"),
        }
    }
}

/// `cpu 213%/50%`, or `cpu <unknown>/50%` as kubectl says it.
fn measured(metric: &Value, now: &[Value]) -> String {
    let source = ["resource", "containerResource", "pods", "object", "external"];
    let Some(source) = source.into_iter().find(|it| metric[*it].is_object()) else {
        return String::new();
    };
    let name = |it: &Value| match it[source].name() {
        "" => it[source].text("/metric/name").to_owned(),
        name => name.to_owned(),
    };
    let amount = |it: Option<&Value>| {
        let per_cent = it.and_then(|it| it.whole("/averageUtilization"));
        let texts = ["/averageValue", "/value"].into_iter();
        let text = texts.map(|path| it.map_or("", |it| it.text(path))).find(|it| !it.is_empty());
        per_cent.map(|it| format!("{it}%")).or(text.map(ToOwned::to_owned))
    };
    let current = now.iter().find(|it| name(it) == name(metric));
    let current = amount(current.and_then(|it| it.pointer(&format!("/{source}/current"))));
    let target = amount(metric.pointer(&format!("/{source}/target")));
    let known = |it: Option<String>| it.unwrap_or_else(|| "<unknown>".to_owned());
    format!("{} {}/{}", name(metric), known(current), known(target))
}

impl fmt::Display for Autoscaler {
    /// `2 of 1 to 3, 3 wanted, cpu 213%/50%`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} to {}", self.replicas, self.least, self.most)?;
        if self.wanted != self.replicas {
            write!(f, ", {} wanted", self.wanted)?;
        }
        self.metrics.iter().try_for_each(|it| write!(f, ", {it}"))
    }
}

#[cfg(test)]
mod tests;
