//! Probes that fail, and what they got for an answer.

mod answer;
mod language;

use serde_json::{Value, json};

use answer::Answer;

use super::{
    container::Container,
    finding::{Finding, Rank},
    read::{Read as _, last_seen},
    seen::Seen,
};

/// What takes longer to get ready without a startup probe is not just starting, seconds.
const START: i64 = 90;
/// How long a container may take to end when it is told to, and a node to act.
const GRACE: i64 = 35;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Startup,
    Liveness,
    Readiness,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Startup, Self::Liveness, Self::Readiness];

    fn field(self) -> &'static str {
        match self {
            Self::Startup => "startupProbe",
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
        }
    }

    /// How its events begin.
    fn word(self) -> &'static str {
        match self {
            Self::Startup => "Startup probe",
            Self::Liveness => "Liveness probe",
            Self::Readiness => "Readiness probe",
        }
    }

    /// Whether the container is killed when it fails too often.
    fn kills(self) -> bool {
        self != Self::Readiness
    }
}

/// A probe, and its last answer.
struct Failing<'a> {
    seen: &'a Seen,
    container: &'a Container<'a>,
    kind: Kind,
    probe: &'a Value,
    said: &'a str,
    maker: String,
    /// Whether it has ended the container before.
    killed: bool,
    /// How long the container runs now, seconds.
    runs: i64,
}

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    for container in seen.pods().flat_map(Seen::containers) {
        let failing = Kind::ALL.into_iter().filter_map(|kind| {
            let unasked = language::without_port(seen, &container, kind);
            unasked.or_else(|| failing(seen, &container, kind)?.finding())
        });
        // What kills it comes first; until that is cured, readiness says nothing new.
        findings.extend(failing.take(1));
    }
    findings
}

/// Whether a probe ended this container the last time.
pub(super) fn killed(seen: &Seen, container: &Container) -> bool {
    [Kind::Startup, Kind::Liveness].into_iter().any(|kind| killed_by(seen, container, kind))
}

fn killed_by(seen: &Seen, container: &Container, kind: Kind) -> bool {
    let Some(ended) = container.ended() else { return false };
    let told = format!("{} failed {}", container.name(), kind.word().to_lowercase());
    let Some(event) = seen.last_event(container.pod, "Killing", &told) else { return false };
    // Events are rationed: of a container that is often killed the last may not have been told.
    let often = event.whole("/count").is_some_and(|it| it >= 2);
    let by_signal = matches!(ended.whole("/exitCode"), Some(0 | 137 | 143));
    last_seen(event) >= ended.time("/startedAt") || (often && by_signal)
}

fn failing<'a>(seen: &'a Seen, container: &'a Container<'a>, kind: Kind) -> Option<Failing<'a>> {
    let probe = container.spec.get(kind.field())?;
    let begins = kind.word();
    let events = seen.all("events").iter().filter(|it| {
        it.text("/involvedObject/uid") == container.pod.text("/metadata/uid")
            && it.text("/reason") == "Unhealthy"
            && it.text("/message").starts_with(begins)
            && it.text("/involvedObject/fieldPath").ends_with(&format!("{{{}}}", container.name()))
    });
    let event = events.max_by_key(|it| last_seen(it))?;
    let since = container.running_since();
    let killed = kind.kills() && killed_by(seen, container, kind);
    let in_this_run = since.is_some() && last_seen(event) >= since;
    let passes = match kind {
        Kind::Startup => container.status["started"] == true,
        Kind::Liveness => false,
        Kind::Readiness => container.is_ready(),
    };
    let current =
        killed && (container.restarts() > 1 || !container.is_ready()) || in_this_run && !passes;
    let said = event.text("/message");
    let said = said.split_once(": ").map_or(said, |(_, it)| it);
    let maker = seen.maker(container.pod);
    let runs = if since.is_some() { seen.since(since) } else { 0 };
    current.then_some(Failing { seen, container, kind, probe, said, maker, killed, runs })
}

impl Failing<'_> {
    fn finding(&self) -> Option<Finding> {
        let word = self.kind.word().to_lowercase();
        let what = match self.kind {
            Kind::Readiness => format!("does not get ready: its {word} fails"),
            _ if self.killed => format!("is restarted again and again by its {word}"),
            _ => format!("will be restarted: its {word} fails"),
        };
        let it = Finding::new(Rank::Fails, &self.maker, what);
        let it = it.said(format!("the probe got: {}", super::read::abridged(self.said)));
        match Answer::read(self.said) {
            Answer::Refused => self.refused(it),
            Answer::NotSecure => Some(self.not_secure(it)),
            Answer::NotPlain => Some(self.not_plain(it)),
            Answer::NoProgram => Some(self.no_program(it)),
            Answer::NoHealth => Some(self.no_health(it)),
            Answer::Status(404) => Some(self.no_such_path(it)),
            Answer::Status(400) if self.asks_plainly() && self.late() => Some(self.not_plain(it)),
            Answer::Status(status) => self.late().then(|| self.refuses(it, status)),
            Answer::Nothing => self.late().then(|| self.too_slow(it)),
            Answer::Other => self.late().then(|| self.says_no(it)),
        }
    }

    /// Whether this is more than a start. A startup probe says itself how long that may take.
    fn late(&self) -> bool {
        self.killed || self.kind != Kind::Startup && self.runs > START
    }

    /// Nothing listens there: it is the wrong port, or the port is not open yet.
    fn refused(&self, it: Finding) -> Option<Finding> {
        let declared = self.container.ports_of_pod();
        let asked = self.port();
        if let (Some(port), Some(first)) = (asked, declared.first())
            && !declared.contains(&port)
        {
            let told: Vec<String> = declared.iter().map(ToString::to_string).collect();
            let cause = format!(
                "It asks on port {port}, where nothing listens; the container declares {}.",
                told.join(", ")
            );
            return Some(it.because(cause).cure(self.set("port", &json!(first))));
        }
        let port = asked.map_or_else(|| "its port".to_owned(), |it| format!("port {it}"));
        if self.killed {
            let given = self.given();
            if self.lived().is_some_and(|it| it > given + GRACE) {
                let cause = format!("It started, and later nothing listened on {port} any more.");
                return Some(it.because(cause).cure(self.log()));
            }
            return Some(
                it.because(format!(
                    "It is killed before it has started: it gets {given} s, and {port} is not open by then."
                ))
                .cure(self.startup())
                .cure(format!("or raise initialDelaySeconds of its {}", self.kind.field())),
            );
        }
        self.late().then(|| {
            it.because(format!("It runs for {} s, and nothing listens on {port}.", self.runs)).cure(
                format!("see what it waits for, and on which port it listens: {}", self.log()),
            )
        })
    }

    fn no_such_path(&self, it: Finding) -> Finding {
        let path = self.probe.text("/httpGet/path");
        let ours = path.starts_with("/actuator")
            || self.container.spec.text("/image").starts_with("bulsajo/");
        let meant = match self.kind {
            _ if !ours => "/PATH",
            Kind::Startup => "/actuator/health/startup",
            Kind::Liveness => "/actuator/health/liveness",
            Kind::Readiness => "/actuator/health/readiness",
        };
        it.because(format!("What listens there has no path {path}: it answers 404."))
            .cure(self.set("path", &json!(meant)))
    }

    fn refuses(&self, it: Finding, status: i64) -> Finding {
        let cause = match status {
            401 | 403 => "It wants to know who asks; a probe has no password.",
            500.. => "The service itself says that it is not well, or what it needs is not there.",
            _ => "It answers, but not with success.",
        };
        let path = self.probe.text("/httpGet/path");
        let port = self.port().unwrap_or(80);
        let (kubectl, pod) = (&self.seen.kubectl, self.container.pod.name());
        it.because(cause)
            .cure(format!("ask it yourself: {kubectl} port-forward pod/{pod} 8080:{port}, then localhost:8080{path}"))
            .cure(format!("and see what it says: {}", self.log()))
    }

    fn too_slow(&self, it: Finding) -> Finding {
        let seconds = self.probe.whole("/timeoutSeconds").unwrap_or(1);
        it.because(format!("There is no answer within {seconds} s (timeoutSeconds)."))
            .cure(self.set_own("timeoutSeconds", &json!(seconds * 3)))
            .cure("or give it more CPU, if its limit slows it down")
    }

    fn says_no(&self, it: Finding) -> Finding {
        let command: Vec<&str> =
            self.probe.list("/exec/command").iter().filter_map(Value::as_str).collect();
        if command.is_empty() {
            return it.because("What it asks says no.").cure(self.log());
        }
        let kubectl = &self.seen.kubectl;
        let pod = self.container.pod.name();
        it.because(format!("The command fails: {}.", command.join(" "))).cure(format!(
            "try it: {kubectl} exec {pod} -c {} -- {}",
            self.container.name(),
            command.join(" ")
        ))
    }

    /// So long a container is left alone by this probe, seconds.
    fn given(&self) -> i64 {
        let of = |field: &str, usual: i64| self.probe.whole(field).unwrap_or(usual);
        of("/initialDelaySeconds", 0) + of("/periodSeconds", 10) * of("/failureThreshold", 3)
    }

    /// How long it lived the last time, seconds.
    fn lived(&self) -> Option<i64> {
        let ended = self.container.ended()?;
        Some(ended.time("/finishedAt")?.as_second() - ended.time("/startedAt")?.as_second())
    }

    /// The port that it asks on.
    fn port(&self) -> Option<i64> {
        let port = ["/httpGet/port", "/tcpSocket/port", "/grpc/port"];
        let port = port.into_iter().find_map(|it| self.probe.pointer(it))?;
        let Some(name) = port.as_str() else { return port.as_i64() };
        let mut ports = self.container.spec.list("/ports").iter();
        ports.find(|it| it.text("/name") == name)?.whole("/containerPort")
    }

    /// A field of what it asks.
    fn set(&self, field: &str, value: &Value) -> String {
        let ways = ["httpGet", "tcpSocket", "grpc"];
        let way = ways.into_iter().find(|it| self.probe.get(it).is_some()).unwrap_or("httpGet");
        self.set_own(&format!("{way}/{field}"), value)
    }

    fn set_own(&self, field: &str, value: &Value) -> String {
        let path = format!("{}/{}/{field}", self.container.place, self.kind.field());
        self.seen.patch(&self.maker, &path, value)
    }

    /// The same question, with two minutes to answer it for the first time.
    fn startup(&self) -> String {
        if self.kind == Kind::Startup {
            return self.set_own("failureThreshold", &json!(120));
        }
        let mut probe = self.probe.clone();
        for (field, value) in
            [("initialDelaySeconds", 0), ("periodSeconds", 2), ("failureThreshold", 60)]
        {
            probe[field] = json!(value);
        }
        self.seen.patch(&self.maker, &format!("{}/startupProbe", self.container.place), &probe)
    }

    fn log(&self) -> String {
        let before = if self.killed { " --previous" } else { "" };
        let (pod, container) = (self.container.pod.name(), self.container.name());
        format!("{} logs {pod} -c {container}{before}", self.seen.kubectl)
    }
}
