//! What every service of the saga has in common: it tells facts, hears facts, and shows its dead
//! letters. This crate puts `runtime`, `messaging` and `storage` together, which know nothing of
//! each other.

mod compat;
mod dead_letters;
mod guards;
mod interceptor;
mod page;
mod parts;
mod readiness;
mod retention;
mod table;

use std::{sync::Arc, time::Duration};

use actuator::{Component, Family, Kind, Question};
use anyhow::Context as _;
use messaging::{Blockage, DeadLetters, MessagingArgs, Outbox, Policy, Reactor, Relay, Transport};
use runtime::{Failure, Service};
use storage::{DatabaseArgs, Migration};
use web::Problem;

use interceptor::Intercepted;

pub use compat::{Bug, CompatArgs, CompatBugs};
pub use guards::{Guard, Guards};
pub use interceptor::{Interceptor, Interceptors};
pub use readiness::{Includes, ReadinessArgs};
pub use table::Table;

/// What services need to take part: where state is kept and how facts travel.
#[derive(Clone)]
pub struct Membership {
    pub database: DatabaseArgs,
    pub messaging: MessagingArgs,
    /// Which guards are up.
    pub guards: Guards,
    /// Whose defects are back.
    pub bugs: CompatBugs,
    pub transport: Arc<dyn Transport>,
    /// How long whoever asks is kept waiting.
    pub patience: Duration,
    /// What readiness depends on.
    pub readiness: Includes,
    /// What stands between each service and what is behind it.
    pub interceptors: Interceptors,
}

impl Membership {
    /// Whether all guards are up, and no defect is back.
    pub fn is_whole(&self) -> bool {
        self.guards == Guards::default() && self.bugs == CompatBugs::None
    }

    /// Opens the database of the service called `name`, with the tables of the outbox and inbox.
    pub async fn outbox(&self, name: &str, own: &[Migration]) -> Result<Outbox, Failure> {
        let migrations: Vec<Migration> = messaging::MIGRATIONS.iter().chain(own).copied().collect();
        let db = self.database.open(name, &migrations).await.map_err(|error| failure(&error))?;
        let outbox = Outbox::new(db, self.messaging.event_style);
        let guarded = self.guards.has(Guard::Outbox);
        Ok(if guarded { outbox } else { outbox.unguarded(self.transport.clone()) })
    }

    /// Makes the service tell the facts of its outbox.
    pub fn tell(&self, service: Service, outbox: &Outbox) -> Service {
        let interceptor = (self.interceptors)(service.name());
        outbox.db().hinder(interceptor.database());
        let relay = Relay::new(outbox.clone(), interceptor.transport(self.transport.clone()));
        let depth = outbox.clone();
        let waiting = question(move || {
            let outbox = depth.clone();
            async move { outbox.depth().await }
        });
        let kept = outbox.db().clone();
        let database = question(move || {
            let db = kept.clone();
            async move { db.check().await.map(|()| 1) }
        });
        let transport = self.transport.clone();
        let reached = question(move || {
            let transport = transport.clone();
            async move { transport.reach().await.map(|()| 1) }
        });
        let service = self.readiness.apply(service, database.clone(), reached);
        service
            .described(self.describe())
            .within(self.patience)
            .spawn(|drain| relay.run(drain))
            .watch(
                Component {
                    name: "database",
                    check: database,
                    unit: "answered",
                    about: Some(self.database.about()),
                },
                "database_up",
                "1 while the database answers, -1 while it does not.",
            )
            .watch(
                Component {
                    name: "outbox",
                    check: waiting,
                    unit: "facts waiting",
                    about: Some(format!("to {}", self.transport.describe())),
                },
                "outbox_depth",
                "Facts that are committed and not yet published.",
            )
    }

    /// Where state is and how facts travel, which guards are down and whose defects are back.
    fn describe(&self) -> String {
        let mut parts = vec![
            self.database.database_url.to_string(),
            format!("events over {}", self.transport.describe()),
        ];
        parts.extend(self.guards.missing());
        parts.extend(self.bugs.said());
        parts.join(", ")
    }

    /// Makes the service react to what it hears, by `policy`.
    pub async fn hear<P: Policy>(
        &self,
        service: Service,
        policy: P,
        outbox: &Outbox,
    ) -> anyhow::Result<Service> {
        let interceptor = (self.interceptors)(service.name());
        let transport = interceptor.transport(self.transport.clone());
        let policy = Arc::new(Intercepted { policy, interceptor });
        let subscription = transport.subscribe(P::GROUP).await.context("cannot subscribe")?;
        let letters = DeadLetters::new(policy.clone(), outbox.clone());
        let mut reactor = Reactor::new(policy, outbox.clone(), subscription, &self.messaging);
        if !self.guards.has(Guard::Idempotency) {
            reactor = reactor.without_inbox();
        }
        if !self.guards.has(Guard::Dlq) {
            reactor = reactor.without_dead_letters();
        }
        let (blocked, blockage) = (blocked(reactor.blockage()), reactor.blockage());
        let lag = question(move || {
            let transport = transport.clone();
            async move { transport.lag(P::GROUP).await }
        });
        let parked = letters.clone();
        let dead = question(move || {
            let letters = parked.clone();
            async move { letters.count().await }
        });
        Ok(service
            .spawn(|drain| reactor.run(drain))
            .manage(dead_letters::routes(letters), &["deadletters"])
            .show(blocked)
            .sample([blocked_seconds(blockage)])
            .watch(
                Component {
                    name: "messaging",
                    check: lag,
                    unit: "facts to handle",
                    about: Some(format!("from {}", self.transport.describe())),
                },
                "consumer_lag",
                "Facts published and not yet handled by this service's group.",
            )
            .watch(
                Component {
                    name: "deadLetters",
                    check: dead,
                    unit: "facts set aside",
                    about: None,
                },
                "dead_letters",
                "Facts that could not be handled.",
            ))
    }
}

/// Which fact holds up those behind it, for people.
fn blocked(blockage: Blockage) -> Component {
    let check = question(move || std::future::ready(blockage.check()));
    Component { name: "reactions", check, unit: "facts that hold up others", about: None }
}

/// The same as a figure.
fn blocked_seconds(blockage: Blockage) -> Family {
    Family {
        name: "reaction_blocked_seconds",
        help: "How long a fact that cannot be handled has held up those behind it; 0 if none does.",
        kind: Kind::Gauge,
        label: "",
        read: Box::new(move || vec![("", blockage.seconds())]),
    }
}

/// Makes a figure of a query, for [`Service::watch`].
pub fn question<F, E>(ask: impl Fn() -> F + Send + Sync + 'static) -> Question
where
    F: Future<Output = Result<i64, E>> + Send + 'static,
    E: std::fmt::Display,
{
    Arc::new(move || {
        let answer = ask();
        Box::pin(async move { answer.await.map_err(|error| format!("{error:#}")) })
    })
}

/// After how many seconds a request that the database could not serve is worth another try.
const RETRY_AFTER: u32 = 2;

/// What whoever asks is told when the database fails.
pub fn failed(error: sqlx::Error) -> Problem {
    if storage::is_outage(&error) {
        tracing::warn!(%error, "a request failed: the database is away");
        return Problem::unavailable("the database cannot be reached, or is not ready")
            .hint("nothing was done; ask again in a while; health says what is wrong")
            .retry_after(RETRY_AFTER);
    }
    Problem::broken(error)
}

/// A database that cannot be used ends the process with a code of its own.
pub fn failure(error: &storage::Error) -> Failure {
    let told = error.to_string();
    match error {
        storage::Error::Newer { .. } => Failure::Newer(told),
        _ => Failure::Store(told),
    }
}
