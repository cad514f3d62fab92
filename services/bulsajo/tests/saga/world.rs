//! Every part of the saga, each step of which the test takes by hand.

use std::{collections::BTreeSet, pin::pin, sync::Arc, task::Poll, time::Duration};

use clap::Parser;
use events::Style;
use hal::Resource as _;
use messaging::{MessagingArgs, Outbox, Policy, Reactor, Relay, SqlLog, Transport, sql_log::Fleet};
use order::{ChargeArgs, Orders};
use payment::{Approval, Cashier, Payments};
use sqlx::AnyPool;
use storage::DatabaseArgs;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::{
    keeper::Keeper,
    way::{Fault, listen},
};

/// What the test may do next. A number behind a step is the await point at which it is cut off.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Place(Fault, Option<u32>),
    /// The sweep runs while an order is being placed.
    PlaceAndSweep,
    /// A charge that was under way for long arrives, whatever has become of its order.
    LateCharge(i64),
    Pay(usize),
    Cancel(usize, Option<u32>),
    Relay(usize, Option<u32>),
    React(usize, usize, Option<u32>),
    /// A group reads everything once more.
    Redeliver(usize),
    Sweep,
    /// A service removes a batch of what is old: of which kind, by the place of its sweep.
    Retain(usize, usize, Option<u32>),
}

pub(crate) struct World {
    pub(crate) orders: Orders,
    pub(crate) payments: Payments,
    /// order, payment, delivery, ordertrace
    pub(crate) outboxes: [Outbox; 4],
    pub(crate) log: SqlLog,
    pub(crate) log_tables: AnyPool,
    pub(crate) approval_is_automatic: bool,
    /// Orders for which money was taken by hand.
    pub(crate) paid: BTreeSet<i64>,
    pub(crate) keeper: Keeper,
    way: watch::Sender<Fault>,
    relays: [Relay; 3],
    cashier: Reactor<Cashier>,
    dispatch: Reactor<delivery::Dispatch>,
    projection: Reactor<ordertrace::Projection>,
    _folder: TempDir,
}

/// Settings as a service would read them, without an environment.
#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    messaging: MessagingArgs,
    #[command(flatten)]
    charge: ChargeArgs,
}

const GROUPS: [&str; 3] = ["payment", "delivery", "ordertrace"];
const FLEET: Fleet = Fleet { groups: &GROUPS, producers: &["order", "payment", "delivery"] };

impl World {
    pub(crate) async fn new(approval_is_automatic: bool, fallback: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().display());
        let words = ["test", "--database-url", &url, "--payment-retries", "1"];
        let call = ["--payment-breaker", "off", "--payment-fallback", fallback];
        let settings = Settings::parse_from(words.iter().chain(&call));
        let outboxes = [
            outbox(&settings, "order", order::store::MIGRATIONS).await,
            outbox(&settings, "payment", payment::store::MIGRATIONS).await,
            outbox(&settings, "delivery", delivery::store::MIGRATIONS).await,
            outbox(&settings, "ordertrace", ordertrace::store::MIGRATIONS).await,
        ];
        let log = SqlLog::open(&settings.database).await.unwrap().of(FLEET);
        let payments = Payments::new(outboxes[1].clone());
        let way = watch::Sender::new(Fault::None);
        let door = listen(payments.clone(), way.subscribe()).await;
        let asked = order::Payments::new(&door, &settings.charge);
        let transport: Arc<dyn Transport> = Arc::new(log.clone());
        let relay = |service: usize| Relay::new(outboxes[service].clone(), transport.clone());
        let approval = if approval_is_automatic { Approval::Auto } else { Approval::Manual };
        let heard = watch::Sender::new(0);
        let args = &settings.messaging;
        Self {
            orders: Orders::new(outboxes[0].clone(), asked),
            payments,
            relays: [relay(0), relay(1), relay(2)],
            cashier: reactor(Cashier { approval }, &outboxes[1], &log, args).await,
            dispatch: reactor(delivery::Dispatch, &outboxes[2], &log, args).await,
            projection: reactor(ordertrace::Projection { heard }, &outboxes[3], &log, args).await,
            log_tables: AnyPool::connect(&format!("sqlite:{}/log.db", folder.path().display()))
                .await
                .unwrap(),
            keeper: Keeper::new(&outboxes, &log).await,
            outboxes,
            log,
            approval_is_automatic,
            paid: BTreeSet::new(),
            way,
            _folder: folder,
        }
    }

    pub(crate) async fn take(&mut self, step: &Step) {
        match *step {
            Step::Place(fault, crash) => {
                self.way.send_replace(fault);
                cut(crash, self.orders.place(coffee())).await;
                self.way.send_replace(Fault::None);
            }
            Step::PlaceAndSweep => {
                let sweep = self.orders.sweep(Duration::ZERO);
                let _ = tokio::join!(self.orders.place(coffee()), sweep);
            }
            Step::LateCharge(order_id) => self.charge_late(order_id).await,
            Step::Pay(nth) => self.pay(nth).await,
            Step::Cancel(nth, crash) => {
                let orders = self.known_orders().await;
                if let Some(id) = orders.get(nth) {
                    cut(crash, self.orders.cancel(*id)).await;
                }
            }
            Step::Relay(service, crash) => drop(cut(crash, self.relays[service].step()).await),
            Step::React(group, most, crash) => self.react(group, most, crash).await,
            Step::Redeliver(group) => self.redeliver(GROUPS[group]).await,
            Step::Sweep => drop(self.orders.sweep(Duration::ZERO).await),
            Step::Retain(service, sweep, crash) => {
                self.keeper.look(&self.log_tables, &self.outboxes[3]).await;
                cut(crash, self.keeper.step(service, sweep)).await;
            }
        }
    }

    /// Only for orders there are: what nobody ordered, nobody charges for.
    async fn charge_late(&self, order_id: i64) {
        let known = "SELECT count(*) FROM orders WHERE id = $1";
        let known = sqlx::query_scalar(known).bind(order_id);
        let known: i64 =
            known.fetch_one(&mut *self.outboxes[0].db().read().await.unwrap()).await.unwrap();
        if known == 1 {
            let status = Some("Not Pay".to_owned());
            let order_id = Some(order_id);
            let draft = payment::payment::Draft {
                order_id,
                cost: Some(1000),
                payment_status: status,
                ..Default::default()
            };
            let _ = self.payments.charge(draft).await;
        }
    }

    /// Lets everybody do what is left to do.
    pub(crate) async fn settle(&mut self) {
        while !self.is_settled().await {
            self.orders.sweep(Duration::ZERO).await.unwrap();
            for relay in &self.relays {
                relay.step().await.unwrap();
            }
            for group in 0..GROUPS.len() {
                self.react(group, 100, None).await;
            }
        }
    }

    /// Removes all that is old, until nothing is removed any more.
    pub(crate) async fn retain(&mut self) {
        self.keeper.look(&self.log_tables, &self.outboxes[3]).await;
        self.keeper.finish(self.outboxes[0].db()).await;
    }

    async fn is_settled(&self) -> bool {
        let pending = "SELECT count(*) FROM orders WHERE status IN ('pending', 'queued')";
        let mut waiting: i64 = sqlx::query_scalar(pending)
            .fetch_one(&mut *self.outboxes[0].db().read().await.unwrap())
            .await
            .unwrap();
        for outbox in &self.outboxes {
            waiting += outbox.depth().await.unwrap();
        }
        for group in GROUPS {
            waiting += self.log.lag(group).await.unwrap();
        }
        waiting == 0
    }

    /// Pays as a worksheet does: `PUT /payments/{id}` with END. A void payment refuses it.
    async fn pay(&mut self, nth: usize) {
        let shown = self.payments.page(&everything()).await.unwrap().items.all().await.unwrap();
        let Some(payment) = shown.get(nth).filter(|_| !self.approval_is_automatic) else { return };
        let end = hal::Change::merge(br#"{"paymentStatus":"END"}"#).unwrap();
        if self.payments.change(payment.id, &end).await.is_ok() {
            self.paid.extend(payment.order_id);
        }
    }

    async fn react(&mut self, group: usize, most: usize, crash: Option<u32>) {
        if self.log.lag(GROUPS[group]).await.unwrap() == 0 {
            return;
        }
        let step: &mut (dyn Future<Output = anyhow::Result<usize>> + Unpin) = match group {
            0 => &mut Box::pin(self.cashier.step(most)),
            1 => &mut Box::pin(self.dispatch.step(most)),
            _ => &mut Box::pin(self.projection.step(most)),
        };
        if let Some(handled) = cut(crash, step).await {
            handled.unwrap();
        }
    }

    async fn redeliver(&self, group: &str) {
        let rewind = sqlx::query("UPDATE log_group SET position = 0 WHERE name = $1").bind(group);
        rewind.execute(&self.log_tables).await.unwrap();
    }

    /// Those that somebody may call off: the placed ones, and the queued ones.
    async fn known_orders(&self) -> Vec<i64> {
        let known = "SELECT id FROM orders WHERE status IN ('placed', 'queued') ORDER BY id";
        sqlx::query_scalar(known)
            .fetch_all(&mut *self.outboxes[0].db().read().await.unwrap())
            .await
            .unwrap()
    }
}

/// The largest page there is.
pub(crate) fn everything() -> hal::PageRequest {
    hal::PageRequest::parse(Some("size=1000"), &[])
}

async fn outbox(settings: &Settings, name: &str, own: &[storage::Migration]) -> Outbox {
    let migrations: Vec<_> = messaging::MIGRATIONS.iter().chain(own).copied().collect();
    let db = settings.database.open(name, &migrations).await.unwrap();
    Outbox::new(db, Style::default())
}

async fn reactor<P: Policy>(
    policy: P,
    outbox: &Outbox,
    log: &SqlLog,
    args: &MessagingArgs,
) -> Reactor<P> {
    let subscription = log.subscribe(P::GROUP).await.unwrap();
    Reactor::new(Arc::new(policy), outbox.clone(), subscription, args)
}

fn coffee() -> order::order::Draft {
    serde_json::from_str(r#"{"productId":1,"qty":1,"cost":1000,"productName":"Coffee"}"#).unwrap()
}

/// Runs a step until it ends, or until it has waited `crash` times: then it is dropped.
async fn cut<F: Future>(crash: Option<u32>, step: F) -> Option<F::Output> {
    let (mut step, mut waits) = (pin!(step), 0);
    std::future::poll_fn(|context| {
        if crash.is_some_and(|most| waits >= most) {
            return Poll::Ready(None);
        }
        waits += 1;
        step.as_mut().poll(context).map(Some)
    })
    .await
}
