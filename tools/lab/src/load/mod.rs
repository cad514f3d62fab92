//! `lab load`: asks a service, at a constant rate or as so many users, and accounts for every request.

mod client;
mod durations;
mod layout;
mod machine;
mod tally;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time};

use client::Client;
pub(crate) use client::Target;
use tally::Tally;

use crate::{
    cli::{Layout, Load},
    failure::Failure,
    interrupt,
};

/// How often the progress is told.
const TICK: Duration = Duration::from_secs(1);
/// How often it is asked whether somebody wants the end.
const GLANCE: Duration = Duration::from_millis(50);

/// Loads, tells the progress on stderr, and prints the report.
pub(crate) fn load(wanted: &Load) -> Result<(), Failure> {
    let runtime = crate::threads::threads()?;
    interrupt::listen(runtime.handle())?;
    machine::take_descriptors();
    let tally = Arc::new(Mutex::new(Tally::begin()));
    let client = Arc::new(Client::new(wanted));
    runtime.block_on(async {
        let run = Run { client, tally: tally.clone(), time: wanted.time };
        let telling = tell(&tally);
        let asking = async {
            match wanted.rate {
                Some(rate) => run.at_rate(rate).await,
                None => run.by_users(wanted.users.unwrap_or(1), wanted.delay).await,
            }
        };
        tokio::select! {
            () = asking => {}
            () = telling => {}
        }
    });
    let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    let open = if wanted.rate.is_some() { Layout::Vegeta } else { Layout::Siege };
    layout::print(wanted.report.unwrap_or(open), &tally);
    if let Some(told) = wanted.rate.and_then(|rate| machine::fell_behind(rate, &tally)) {
        eprintln!("lab: {told}");
    }
    interrupt::check()
}

struct Run {
    client: Arc<Client>,
    tally: Arc<Mutex<Tally>>,
    time: Duration,
}

impl Run {
    /// A request every so often, whether those before are answered or not.
    async fn at_rate(self, rate: f64) {
        let began = Instant::now();
        let mut asking = JoinSet::new();
        for number in 0u32.. {
            let due = Duration::from_secs_f64(f64::from(number) / rate);
            if due >= self.time || until(began + due).await.is_err() {
                break;
            }
            // From when it was due: what we are late is not the service's doing, but a user waits.
            asking.spawn(ask(self.client.clone(), self.tally.clone(), began + due));
        }
        while asking.join_next().await.is_some() {}
    }

    /// Each asks, waits for the answer, pauses, and asks again.
    async fn by_users(self, users: u32, delay: Duration) {
        let end = Instant::now() + self.time;
        let mut asking = JoinSet::new();
        for user in 0..users {
            let (client, tally) = (self.client.for_one_user(), self.tally.clone());
            asking.spawn(async move {
                for number in 0u64.. {
                    ask(client.clone(), tally.clone(), Instant::now()).await;
                    let pause = delay.mul_f64(part(u64::from(user) << 32 | number));
                    if until((Instant::now() + pause).min(end)).await.is_err() {
                        break;
                    }
                    if Instant::now() >= end {
                        break;
                    }
                }
            });
        }
        while asking.join_next().await.is_some() {}
    }
}

async fn ask(client: Arc<Client>, tally: Arc<Mutex<Tally>>, due: Instant) {
    lock(&tally).sent(due, Instant::now(), client.sends());
    let answer = client.ask().await;
    lock(&tally).ended(due, answer);
}

fn lock(tally: &Mutex<Tally>) -> std::sync::MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for that moment, or fails as soon as somebody wants the end.
async fn until(moment: Instant) -> Result<(), Failure> {
    loop {
        interrupt::check()?;
        let left = moment.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        time::sleep(left.min(GLANCE)).await;
    }
}

/// A number from 0 to 1, the same in each run: pauses are random, as siege's are.
fn part(number: u64) -> f64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let high = u32::try_from((mixed ^ (mixed >> 31)) >> 32).expect("32 bits are left");
    f64::from(high) / f64::from(u32::MAX)
}

/// Never ends by itself.
async fn tell(tally: &Mutex<Tally>) {
    loop {
        time::sleep(TICK).await;
        let line = lock(tally).progress();
        eprintln!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn pauses_are_random_and_half_as_long_as_the_longest_on_average() {
        let all: Vec<f64> = (0..10_000).map(part).collect();
        assert!(all.iter().all(|it| (0.0..=1.0).contains(it)));
        let mean = all.iter().sum::<f64>() / 10_000.0;
        assert!((0.49..0.51).contains(&mean), "{mean}");
        let low = all.iter().filter(|it| **it < 0.1).count();
        assert!((900..1100).contains(&low), "{low}");
    }
}
