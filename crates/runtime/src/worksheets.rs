//! Business paths of old worksheets that exist to do harm: `/callMemleak`, `/orders/memleak`, `/hpa`.
//!
//! They are what the faults `leak` and `cpu` are, for whoever knows nothing but a URL: the same gate
//! stands before them, and the same caps hold.

use std::{sync::OnceLock, time::Duration};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use faults::{Faults, Gate};
use hal::Problem;
use tokio::{sync::Semaphore, task, time};

use crate::{Service, costs::Gone};

/// What leaks at a time, and how long it is until the next: 300 MiB in 6 s.
const PIECE: u64 = 1 << 20;
const PACE: Duration = Duration::from_millis(20);

/// The processor time of one `/hpa`: what the loop of the HPA walkthrough takes in PHP.
const BURN: Duration = Duration::from_millis(50);
/// The most that may be asked for.
const LONGEST: Duration = Duration::from_secs(10);

/// Which paths of a service do harm.
#[derive(Default)]
pub(crate) struct Worksheets {
    leaking: Vec<&'static str>,
    burning: Vec<&'static str>,
    /// How many requests may burn at once in this process.
    pub(crate) cores: usize,
}

/// Who is harmed, and who may do it.
#[derive(Clone)]
struct Appetite {
    faults: Faults,
    gate: Gate,
    cores: usize,
}

impl Worksheets {
    pub(crate) fn routes(&self, faults: Faults, gate: Gate) -> Router {
        let mut routes = Router::new();
        for path in &self.leaking {
            routes = routes.route(path, get(leak));
        }
        for path in &self.burning {
            routes = routes.route(path, get(burn));
        }
        routes.with_state(Appetite { faults, gate, cores: self.cores })
    }
}

impl Service {
    /// Leaks memory at these paths, as old worksheets know them.
    pub fn leaks_at(mut self, paths: &[&'static str]) -> Self {
        self.worksheets.leaking.extend(paths);
        self
    }

    /// Burns processor time at these paths, as old worksheets know them.
    pub fn burns_at(mut self, paths: &[&'static str]) -> Self {
        self.worksheets.burning.extend(paths);
        self
    }
}

async fn leak(State(appetite): State<Appetite>, headers: HeaderMap) -> Problem {
    if let Err(refused) = appetite.gate.allows(&headers) {
        return refused;
    }
    while appetite.faults.budget().leak(PIECE) {
        time::sleep(PACE).await;
    }
    let detail = "MEMORY_CAP is reached: nothing more leaks, and nobody has ended this process";
    Problem::new(StatusCode::INSUFFICIENT_STORAGE, detail)
        .hint("a memory limit below MEMORY_CAP lets it be OOMKilled; a restart frees what leaked")
}

/// `GET /hpa`, or `GET /hpa?cpu=200ms`.
async fn burn(
    State(appetite): State<Appetite>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<&'static str, Problem> {
    static BURNING: OnceLock<Semaphore> = OnceLock::new();
    appetite.gate.allows(&headers)?;
    let cost = cost(query.as_deref())?;
    let cores = BURNING.get_or_init(|| Semaphore::new(appetite.cores.max(1)));
    let core = cores.acquire().await.map_err(Problem::broken)?;
    let gone = Gone::default();
    let told = gone.flag();
    // The core goes with the work, which may last a little longer than its request.
    let work = move || {
        knobs::burn(cost, &told);
        drop(core);
    };
    task::spawn_blocking(work).await.map_err(Problem::broken)?;
    Ok("OK!")
}

fn cost(query: Option<&str>) -> Result<Duration, Problem> {
    let Some(wanted) = hal::query::value(query, "cpu") else { return Ok(BURN) };
    let cost = humantime::parse_duration(&wanted).ok().filter(|it| *it <= LONGEST);
    cost.ok_or_else(|| {
        let shown: String = wanted.chars().take(40).collect();
        Problem::bad_request(format!("cpu: `{shown}` cannot be used; write 200ms, at most 10s"))
    })
}
