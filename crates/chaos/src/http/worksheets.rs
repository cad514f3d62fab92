//! Business paths of old worksheets that exist to do harm: `/callMemleak`, `/orders/memleak`, `/hpa`.
//!
//! They are what the faults `leak` and `cpu` are, for whoever knows nothing but a URL: the same gate
//! stands before them, and the same caps hold.

use std::{sync::OnceLock, time::Duration};

use actuator::Gate;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use tokio::{sync::Semaphore, task, time};
use web::Problem;

use super::costs::Gone;
use crate::{dose, faults::Faults};

/// What leaks at a time, and how long it is until the next: 300 MiB in 6 s.
const PIECE: u64 = 1 << 20;
const PACE: Duration = Duration::from_millis(20);

/// The processor time of one `/hpa`: what the loop of the HPA walkthrough takes in PHP.
const BURN: Duration = Duration::from_millis(50);
/// The most that may be asked for.
const LONGEST: Duration = Duration::from_secs(10);

/// Who is harmed, and who may do it.
#[derive(Clone)]
struct Harm {
    faults: Faults,
    gate: Gate,
    /// How many requests may burn at once in this process.
    cores: usize,
}

/// Which paths of a service leak, and which burn, as old worksheets know them.
fn paths(service: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match service {
        "order" => (&["/callMemleak", "/orders/memleak"], &["/hpa"]),
        "payment" | "delivery" | "ordertrace" => (&["/callMemleak"], &["/hpa"]),
        _ => (&[], &[]),
    }
}

/// The paths of this service that do harm.
pub(crate) fn routes(service: &str, faults: Faults, gate: Gate, cores: usize) -> Router {
    let (leaking, burning) = paths(service);
    let routes = leaking.iter().fold(Router::new(), |it, path| it.route(path, get(leak)));
    let routes = burning.iter().fold(routes, |it, path| it.route(path, get(burn)));
    routes.with_state(Harm { faults, gate, cores })
}

async fn leak(State(harm): State<Harm>, headers: HeaderMap) -> Problem {
    if let Err(refused) = harm.gate.allows(&headers) {
        return refused;
    }
    while harm.faults.budget().leak(PIECE) {
        time::sleep(PACE).await;
    }
    let detail = "MEMORY_CAP is reached: nothing more leaks, and nobody has ended this process";
    Problem::new(StatusCode::INSUFFICIENT_STORAGE, detail)
        .hint("a memory limit below MEMORY_CAP lets it be OOMKilled; a restart frees what leaked")
}

/// `GET /hpa`, or `GET /hpa?cpu=200ms`.
async fn burn(
    State(harm): State<Harm>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<&'static str, Problem> {
    static BURNING: OnceLock<Semaphore> = OnceLock::new();
    harm.gate.allows(&headers)?;
    let cost = cost(query.as_deref())?;
    let cores = BURNING.get_or_init(|| Semaphore::new(harm.cores.max(1)));
    let core = cores.acquire().await.map_err(Problem::broken)?;
    let gone = Gone::default();
    let told = gone.flag();
    // The core goes with the work, which may last a little longer than its request.
    let work = move || {
        dose::burn(cost, &told);
        drop(core);
    };
    task::spawn_blocking(work).await.map_err(Problem::broken)?;
    Ok("OK!")
}

fn cost(query: Option<&str>) -> Result<Duration, Problem> {
    let Some(wanted) = web::query::value(query, "cpu") else { return Ok(BURN) };
    let cost = humantime::parse_duration(&wanted).ok().filter(|it| *it <= LONGEST);
    cost.ok_or_else(|| {
        let shown: String = wanted.chars().take(40).collect();
        Problem::bad_request(format!("cpu: `{shown}` cannot be used; write 200ms, at most 10s"))
    })
}
