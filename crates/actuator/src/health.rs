//! Health: the whole, its groups for the kubelet's probes, and the switch that labs throw.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::Question;

/// How long readiness waits for a part that it includes: less than the second that the kubelet
/// waits for a probe by default, so that the answer says why.
const PROBED_WITHIN: Duration = Duration::from_millis(800);

/// How long people wait for a part that hangs.
pub(crate) const SHOWN_WITHIN: Duration = Duration::from_secs(3);

/// How a part is, in Spring Boot's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Up,
    Down,
    OutOfService,
    Maintenance,
}

/// What a probe of the kubelet asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Liveness,
    Readiness,
    Startup,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Liveness, Self::Readiness, Self::Startup];

    /// What it is called in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
            Self::Startup => "startup",
        }
    }

    /// The group of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// A part of the service: the database, what waits in the outbox. It is shown, and decides nothing
/// unless readiness includes it.
#[derive(Clone)]
pub struct Component {
    pub name: &'static str,
    /// Answers a figure when the part is well, and why not when it is not.
    pub check: Question,
    /// What the figure counts: `facts waiting`.
    pub unit: &'static str,
    /// What it is and where, if there is a choice.
    pub about: Option<String>,
}

impl Component {
    /// How it is, said within this time.
    async fn ask(self, within: Duration) -> (&'static str, Result<i64, String>, Value) {
        let answer = tokio::time::timeout(within, (self.check)()).await;
        let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {within:?}")));
        let (status, mut details) = match &answer {
            Ok(figure) => (Status::Up, json!({ self.unit: figure })),
            Err(why) => (Status::Down, json!({ "reason": why })),
        };
        if let Some(about) = self.about {
            details["about"] = about.into();
        }
        (self.name, answer, json!({ "status": status, "details": details }))
    }
}

/// How something is, and why; what else there is to say is in `details`.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub status: Status,
    pub reason: Option<String>,
    pub(crate) details: Map<String, Value>,
}

impl Verdict {
    fn up() -> Self {
        Self { status: Status::Up, reason: None, details: Map::new() }
    }

    fn because(status: Status, reason: impl Into<String>) -> Self {
        Self { status, reason: Some(reason.into()), details: Map::new() }
    }
}

/// How one service is. A restart forgets it all, which is what the self-healing lab shows.
#[derive(Clone, Default)]
pub struct Health(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// What the service was declared to be, and why, if it was.
    declared: Mutex<Option<(Status, String)>>,
    started: AtomicBool,
    leaving: Mutex<Option<Leaving>>,
    /// Why a group fails although there is no reason for it.
    failing: Mutex<[Option<String>; 3]>,
    shown: Mutex<Vec<Component>>,
    included: Mutex<Vec<Component>>,
}

struct Leaving {
    reason: String,
    /// When connections are no longer accepted.
    until: Instant,
}

/// How many seconds it is until then, begun ones included.
pub fn seconds_until(then: Instant) -> u64 {
    let left = then.saturating_duration_since(Instant::now());
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

/// Nothing that holds one of these locks can fail half-way.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Health {
    /// Shows another part.
    pub fn watch(&self, component: Component) {
        held(&self.0.shown).push(component);
    }

    /// Makes readiness depend on this part. Liveness never depends on any: a restart mends none.
    pub fn include(&self, component: Component) {
        held(&self.0.included).push(component);
    }

    /// Start-up is over; this is never taken back.
    pub fn started(&self) {
        self.0.started.store(true, Ordering::Relaxed);
    }

    /// From now on not ready, though alive; connections are accepted until then.
    pub fn leave(&self, reason: impl Into<String>, until: Instant) {
        *held(&self.0.leaving) = Some(Leaving { reason: reason.into(), until });
    }

    /// Takes [`Self::leave`] back.
    pub fn stay(&self) {
        *held(&self.0.leaving) = None;
    }

    /// Makes one group fail, whatever the truth is, until it is healed.
    pub fn fail(&self, group: Group, reason: impl Into<String>) {
        held(&self.0.failing)[group as usize] = Some(reason.into());
    }

    /// Lets a group tell the truth again.
    pub fn heal(&self, group: Group) {
        held(&self.0.failing)[group as usize] = None;
    }

    pub(crate) fn declare(&self, status: Status, reason: String) {
        *held(&self.0.declared) = (status != Status::Up).then_some((status, reason));
    }

    /// The whole: only the switch brings it down. Probes of old worksheets ask here.
    pub fn whole(&self) -> Verdict {
        let declared = held(&self.0.declared).clone();
        declared.map_or_else(Verdict::up, |(status, reason)| Verdict::because(status, reason))
    }

    /// What a probe is told.
    pub async fn group(&self, group: Group) -> Verdict {
        if group == Group::Readiness
            && let Some(leaving) = self.leaving()
        {
            return leaving;
        }
        let failing = held(&self.0.failing)[group as usize].clone();
        let started = self.0.started.load(Ordering::Relaxed);
        match (group, failing) {
            (Group::Liveness, Some(reason)) => Verdict::because(Status::Down, reason),
            (_, Some(reason)) => Verdict::because(Status::OutOfService, reason),
            (Group::Liveness, None) => Verdict::up(),
            (_, None) if !started => Verdict::because(Status::OutOfService, "still starting"),
            (Group::Startup, None) => Verdict::up(),
            (Group::Readiness, None) if self.whole().status == Status::Maintenance => {
                Verdict { status: Status::OutOfService, ..self.whole() }
            }
            (Group::Readiness, None) => self.included().await,
        }
    }

    fn leaving(&self) -> Option<Verdict> {
        let leaving = held(&self.0.leaving);
        let Leaving { reason, until } = leaving.as_ref()?;
        let mut verdict = Verdict::because(Status::OutOfService, reason.clone());
        verdict.details.insert("secondsLeft".to_owned(), json!(seconds_until(*until)));
        Some(verdict)
    }

    /// Well if every part is that readiness includes; asked at once, each for a short time.
    async fn included(&self) -> Verdict {
        let included = held(&self.0.included).clone();
        if included.is_empty() {
            return Verdict::up();
        }
        let (mut reasons, mut components) = (Vec::new(), Map::new());
        for (name, answer, told) in
            join_all(included.into_iter().map(|it| it.ask(PROBED_WITHIN))).await
        {
            reasons.extend(answer.err().map(|why| format!("{name}: {why}")));
            components.insert(name.to_owned(), told);
        }
        let mut verdict = match reasons.join("; ") {
            none if none.is_empty() => Verdict::up(),
            reasons => Verdict::because(Status::Down, reasons),
        };
        verdict.details.insert("components".to_owned(), components.into());
        verdict
    }

    pub(crate) async fn components(&self) -> Map<String, Value> {
        let shown = held(&self.0.shown).clone();
        let told = join_all(shown.into_iter().map(|it| it.ask(SHOWN_WITHIN))).await;
        told.into_iter().map(|(name, _, told)| (name.to_owned(), told)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn started() -> Health {
        let health = Health::default();
        health.started();
        health
    }

    fn part(name: &'static str, check: Question) -> Component {
        Component { name, check, unit: "answered", about: None }
    }

    #[tokio::test]
    async fn each_group_fails_alone_and_heals() {
        for failing in Group::ALL {
            let health = started();
            health.fail(failing, "a reason");
            for group in Group::ALL {
                let told = health.group(group).await;
                assert_eq!(told.status == Status::Up, group != failing, "{failing:?} {told:?}");
                assert_eq!(told.reason.is_some(), group == failing);
            }
            assert_eq!(health.whole().status, Status::Up);
            health.heal(failing);
            assert_eq!(health.group(failing).await.status, Status::Up);
        }
    }

    #[tokio::test]
    async fn readiness_says_which_part_is_away_and_does_not_wait_for_one_that_hangs() {
        let health = started();
        health.include(part("database", Arc::new(|| Box::pin(async { Ok(1) }))));
        health.include(part("messaging", Arc::new(|| Box::pin(std::future::pending()))));

        let told = health.group(Group::Readiness).await;

        assert_eq!(told.reason.as_deref(), Some("messaging: no answer within 800ms"));
        assert_eq!(told.details["components"]["database"]["status"], "UP");
        assert_eq!(health.group(Group::Liveness).await.status, Status::Up);
    }
}
