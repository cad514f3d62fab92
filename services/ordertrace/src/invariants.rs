//! `GET /invariants`: do orders, money and goods agree, by what was told and nothing else.

use std::time::Duration;

use axum::{
    Router,
    extract::{RawQuery, State},
    routing::get,
};
use hal::Problem;
use participant::{Guard, Guards};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use storage::{Database, sum};
use web::Json;

/// How long effects may lag behind their cause before that counts as damage.
const GRACE: Duration = Duration::from_secs(10);

/// What all facts together say: counts of orders, and money in its smallest unit.
#[derive(Debug, Deserialize)]
struct Figures {
    told: i64,
    finished: i64,
    cancelled: i64,
    upper_taken: i64,
    lower_taken: i64,
    upper_kept: i64,
    lower_kept: i64,
    upper_owed: i64,
    lower_owed: i64,
    /// More than one payment of an order was taken.
    double_charges: i64,
    /// Money was taken and kept, and no goods are on their way.
    money_without_goods: i64,
    /// Goods are on their way, and no money was taken, or it went back.
    goods_without_money: i64,
    /// The order was called off, and its money was kept.
    cancelled_not_refunded: i64,
    /// The order was called off, and its goods are on their way.
    cancelled_not_recalled: i64,
    /// Goods of an order were sent more than once.
    double_deliveries: i64,
    /// Something was told of an order that was never told itself: a fact is lost, or was made up.
    effects_without_cause: i64,
    /// Facts that came after a later one of the same teller about the same thing. No damage by
    /// itself; a dead letter of this service that was replayed is one, too.
    out_of_order: i64,
}

/// What is answered.
#[derive(Serialize)]
struct Answer {
    holds: bool,
    orders: Value,
    money: Money,
    facts: Value,
    damage: Map<String, Value>,
    grace: String,
}

/// More than a number of 64 bits may be, which is why it is not made by `json!`.
#[derive(Serialize)]
struct Money {
    r#in: i128,
    kept: i128,
    refunded: i128,
    owed: i128,
}

const COLUMNS: &str = "told, finished, cancelled, upper_taken, lower_taken, upper_kept, \
    lower_kept, upper_owed, lower_owed, double_charges, \
    money_without_goods, goods_without_money, cancelled_not_refunded, cancelled_not_recalled, \
    double_deliveries, effects_without_cause, out_of_order";

/// What the events of each order come to, as a part of a query.
pub(crate) const ORDERS: &str = include_str!("orders.sql");

pub(crate) fn routes(db: Database, guards: Guards) -> Router {
    Router::new().route("/invariants", get(show)).with_state((db, guards))
}

/// `GET /invariants`, with `?grace=0s` to give nobody time.
async fn show(
    State((db, guards)): State<(Database, Guards)>,
    RawQuery(query): RawQuery,
) -> Result<Json<impl Serialize>, Problem> {
    let grace = grace_of(query.as_deref())?;
    books(&db, guards, grace).await.map(Json).map_err(participant::failed)
}

/// What `GET /invariants` says.
pub async fn books(
    db: &Database,
    guards: Guards,
    grace: Duration,
) -> sqlx::Result<impl Serialize + use<>> {
    Ok(Figures::of(db, guards, grace).await?.told(grace))
}

fn grace_of(query: Option<&str>) -> Result<Duration, Problem> {
    let Some(given) = web::query::value(query, "grace") else { return Ok(GRACE) };
    let wrong = |error| Problem::bad_request(format!("grace: {error}")).hint("write ?grace=10s");
    humantime::parse_duration(&given).map_err(wrong)
}

impl Figures {
    async fn of(db: &Database, guards: Guards, grace: Duration) -> sqlx::Result<Self> {
        let grace = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
        // What was heard is dated by the database's clock, whichever replica heard it.
        let now = storage::now(db.dialect, &mut *db.read().await?).await?;
        let due = now.saturating_sub(grace);
        let from = include_str!("invariants.sql").replace("{orders}", ORDERS);
        let ordered = i64::from(guards.has(Guard::Ordering));
        let rows: Vec<Self> =
            db.rows(COLUMNS, &from, |query| query.bind(due).bind(ordered)).await?;
        rows.into_iter().next().ok_or(sqlx::Error::RowNotFound)
    }

    fn told(&self, grace: Duration) -> Answer {
        let damage = [
            ("doubleCharges", self.double_charges),
            ("moneyWithoutGoods", self.money_without_goods),
            ("goodsWithoutMoney", self.goods_without_money),
            ("cancelledNotRefunded", self.cancelled_not_refunded),
            ("cancelledNotRecalled", self.cancelled_not_recalled),
            ("doubleDeliveries", self.double_deliveries),
            ("effectsWithoutCause", self.effects_without_cause),
        ];
        Answer {
            holds: damage.iter().all(|(_, orders)| *orders == 0),
            orders: json!({
                "told": self.told,
                "finished": self.finished,
                "cancelled": self.cancelled,
                "inFlight": self.told - self.finished - self.cancelled,
            }),
            money: self.money(),
            facts: json!({ "outOfOrder": self.out_of_order }),
            damage: damage
                .map(|(kind, orders)| (kind.to_owned(), orders.into()))
                .into_iter()
                .collect(),
            grace: humantime::format_duration(grace).to_string(),
        }
    }

    fn money(&self) -> Money {
        let taken = sum(self.upper_taken, self.lower_taken);
        let kept = sum(self.upper_kept, self.lower_kept);
        let owed = sum(self.upper_owed, self.lower_owed);
        Money { r#in: taken, kept, refunded: taken - kept, owed }
    }
}
