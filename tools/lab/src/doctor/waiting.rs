//! Pods that wait without end, and nothing better is known of them.

use serde_json::Value;

use super::{
    container::Container,
    finding::{Finding, Rank},
    read::{Read as _, abridged, last_seen},
    seen::{Seen, condition, is_ready},
    words::Wanted,
};

/// What is not ready for so long is not just starting, seconds.
const PATIENCE: i64 = 150;

/// Of pods whose maker has no worse finding yet.
pub(super) fn judge(seen: &Seen, found: &[Finding]) -> Vec<Finding> {
    let known = |maker: &str| found.iter().any(|it| it.about == maker && it.rank <= Rank::Fails);
    let late = seen.pods().filter(|it| is_late(seen, it) && !known(&seen.maker(it)));
    late.map(|pod| finding(seen, pod)).collect()
}

/// The containers that such pods wait for; their last lines may say why.
pub(super) fn unready(seen: &Seen) -> Vec<Wanted> {
    let late = seen.pods().filter(|it| is_late(seen, it));
    let running = late.filter_map(waited_for).filter(|it| it.running_since().is_some());
    let wanted = |it: Container| Wanted {
        pod: it.pod.name().to_owned(),
        container: it.name().to_owned(),
        before: false,
    };
    running.map(wanted).collect()
}

fn is_late(seen: &Seen, pod: &Value) -> bool {
    let phase = pod.text("/status/phase");
    if is_ready(pod) || phase == "Failed" || Seen::containers(pod).any(|it| is_done(&it)) {
        return false;
    }
    let changed = ["PodScheduled", "Ready"].into_iter().filter_map(|it| condition(pod, it));
    let changed = changed.filter_map(|it| it.time("/lastTransitionTime")).max();
    // Each container on its way has this time for itself.
    let begun = waited_for(pod).and_then(|it| it.running_since());
    let since = changed.max(begun).max(pod.time("/metadata/creationTimestamp"));
    seen.since(since) > PATIENCE && !Seen::containers(pod).any(|it| may_start(seen, &it))
}

/// Whether it ended well, and is not to run again.
fn is_done(it: &Container) -> bool {
    let once = it.pod.text("/spec/restartPolicy");
    let done = it.status.whole("/state/terminated/exitCode") == Some(0);
    done && matches!(once, "Never" | "OnFailure") && it.place.contains("/containers/")
}

/// Whether its startup probe still gives it time.
fn may_start(seen: &Seen, it: &Container) -> bool {
    let Some(probe) = it.spec.get("startupProbe") else { return false };
    let of = |field: &str, usual: i64| probe.whole(field).unwrap_or(usual);
    let given =
        of("/initialDelaySeconds", 0) + of("/periodSeconds", 10) * of("/failureThreshold", 3);
    let since = it.running_since();
    since.is_some() && it.status["started"] != true && seen.since(since) <= given
}

/// The container that the pod waits for.
fn waited_for(pod: &Value) -> Option<Container<'_>> {
    Seen::containers(pod).find(|it| {
        let done = it.status.pointer("/state/terminated").is_some_and(Value::is_object);
        let runs = it.is_ready() || it.is_sidecar() && it.status["started"] == true;
        !(runs || done && it.prepares())
    })
}

fn finding(seen: &Seen, pod: &Value) -> Finding {
    let age = seen.since(pod.time("/metadata/creationTimestamp"));
    match waited_for(pod) {
        Some(it) if it.prepares() && it.running_since().is_some() => prepares(seen, &it),
        Some(it) if it.running_since().is_some() => runs(seen, &it),
        it => {
            let waits = it.map(|it| it.waits().to_owned()).unwrap_or_default();
            let waits = if waits.is_empty() { pod.text("/status/phase").to_owned() } else { waits };
            stands_still(seen, pod, format!("does not start: {waits} for {age} s"))
        }
    }
}

/// A container that prepares the pod, and does not end.
fn prepares(seen: &Seen, it: &Container) -> Finding {
    let (name, pod, kubectl) = (it.name(), it.pod.name(), &seen.kubectl);
    let runs = seen.since(it.running_since());
    let what =
        format!("does not start: it waits for its init container {name}, which runs for {runs} s");
    let mut finding = Finding::new(Rank::Stops, &seen.maker(it.pod), what);
    for line in seen.words(pod, name) {
        finding = finding.said(line);
    }
    match absent(seen, it) {
        Some(host) => finding
            .because(format!("Its command asks for {host}, and there is no Service {host} here."))
            .cure(format!("apply the Service {host} and what stands behind it, or correct the name")),
        None => finding
            .because("The other containers start only when it has ended; its last lines say what it waits for.")
            .cure(format!("bring what it waits for, or correct its command in {}", seen.maker(it.pod))),
    }
    .cure(format!("all it said: {kubectl} logs {pod} -c {name}"))
}

/// A name that its command asks for, and that no Service of the namespace has.
fn absent<'a>(seen: &Seen, it: &Container<'a>) -> Option<&'a str> {
    const ASKS: [&str; 9] = ["nslookup", "hosts", "ping", "nc", "-z", "-zv", "-h", "http", "tcp"];
    let command = it.spec.list("/command").iter().chain(it.spec.list("/args"));
    command.filter_map(Value::as_str).find_map(|text| {
        let part = |letter: char| !letter.is_ascii_alphanumeric() && !"-._".contains(letter);
        let words: Vec<&str> = text.split(part).filter(|it| !it.is_empty()).collect();
        let asked = words.windows(2).filter(|it| ASKS.contains(&it[0])).map(|it| it[1]);
        let is_host = |it: &&str| it.starts_with(|it: char| it.is_ascii_lowercase());
        let mut hosts = asked.filter(is_host).filter(|it| !it.contains('.') && *it != "localhost");
        hosts.find(|host| seen.all("services").iter().all(|it| it.name() != *host))
    })
}

/// A container that runs and does not get ready.
fn runs(seen: &Seen, it: &Container) -> Finding {
    let (name, pod, kubectl) = (it.name(), it.pod.name(), &seen.kubectl);
    let runs = seen.since(it.running_since());
    let what =
        format!("is not ready: its container {name} runs for {runs} s and does not get ready");
    let mut finding = stands_still(seen, it.pod, what);
    for line in seen.words(pod, name) {
        finding = finding.said(line);
    }
    finding.cure(format!("all it said: {kubectl} logs {pod} -c {name}"))
}

/// In the words of the cluster.
fn stands_still(seen: &Seen, pod: &Value, what: String) -> Finding {
    let conditions = pod.list("/status/conditions").iter();
    let unmet = conditions.filter(|it| it.text("/status") != "True");
    let said = unmet.map(|it| it.text("/message")).rfind(|it| !it.is_empty()).unwrap_or_default();
    let last = last_event(seen, pod);
    let pulls = last.is_some_and(|it| it.text("/reason") == "Pulling");
    let cause = if pulls {
        "Its image is still on its way; a large one from far away takes minutes."
    } else {
        "The cluster says no more than what stands above."
    };
    let event = last.map(|it| format!("{}: {}", it.text("/reason"), it.text("/message")));
    Finding::new(Rank::Stops, &seen.maker(pod), what)
        .because(cause)
        .cure(format!("{} describe pod {}", seen.kubectl, pod.name()))
        .said(abridged(said))
        .said(event.map(|it| abridged(&it)).unwrap_or_default())
}

fn last_event<'a>(seen: &'a Seen, pod: &Value) -> Option<&'a Value> {
    let uid = pod.text("/metadata/uid");
    let its = seen.all("events").iter().filter(|it| it.text("/involvedObject/uid") == uid);
    its.max_by_key(|it| last_seen(it))
}
