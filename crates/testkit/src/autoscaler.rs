//! What a `HorizontalPodAutoscaler` sees and does, moment by moment.

use std::{
    io::BufReader,
    process::{Child, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{Namespace, eventually_within};

/// What it told at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub at: Instant,
    /// How many pods there are, as far as it knows.
    pub replicas: u64,
    /// What `kubectl get hpa` shows left of the slash, in percent; none is `<unknown>`.
    pub percent: Option<u64>,
    /// The same of a metric that is no percentage, in whole units: bytes, or facts.
    pub average: Option<u64>,
}

/// Somebody who looks at one, as `kubectl get hpa --watch` does, until this is dropped.
pub struct Autoscaler {
    name: String,
    watch: Child,
    readings: Arc<Mutex<Vec<Reading>>>,
}

impl Autoscaler {
    pub fn watch(namespace: &Namespace, name: &str) -> Self {
        let mut watch = namespace
            .kubectl_command(&["get", "hpa", name, "--watch", "--output", "json"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("kubectl runs");
        let told = BufReader::new(watch.stdout.take().expect("it was asked for"));
        let readings: Arc<Mutex<Vec<Reading>>> = Arc::default();
        let written = Arc::clone(&readings);
        // It ends with kubectl.
        thread::spawn(move || {
            let objects = serde_json::Deserializer::from_reader(told).into_iter::<Value>();
            for object in objects.map_while(Result::ok) {
                lock(&written).push(read(&object));
            }
        });
        Self { name: name.to_owned(), watch, readings }
    }

    /// All that it told, the latest last.
    pub fn readings(&self) -> Vec<Reading> {
        lock(&self.readings).clone()
    }

    /// Waits until it tells something that is so.
    pub fn tells(
        &self,
        patience: Duration,
        what: &str,
        is_so: impl Fn(&Reading) -> bool,
    ) -> Reading {
        eventually_within(patience, || {
            let latest = lock(&self.readings).last().cloned();
            let told = || format!("{} does not tell {what}: {latest:?}", self.name);
            latest.clone().filter(|reading| is_so(reading)).ok_or_else(told)
        })
    }

    /// Waits until it tells of so many pods.
    pub fn has_pods(&self, patience: Duration, count: u64) -> Reading {
        self.tells(patience, &format!("{count} pods"), |it| it.replicas == count)
    }
}

impl Drop for Autoscaler {
    fn drop(&mut self) {
        let _ = self.watch.kill();
        let _ = self.watch.wait();
    }
}

fn lock(readings: &Mutex<Vec<Reading>>) -> MutexGuard<'_, Vec<Reading>> {
    readings.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(object: &Value) -> Reading {
    let metrics = object.pointer("/status/currentMetrics").and_then(Value::as_array);
    // What is measured stands under the name of the metric's type, such as `resource`.
    let measured = metrics.into_iter().flatten().filter_map(Value::as_object).flatten();
    let measured: Vec<&Value> = measured.filter_map(|(_, it)| it.get("current")).collect();
    let percent = |it: &&Value| it.get("averageUtilization")?.as_u64();
    let value = |it: &&Value| it.get("averageValue")?.as_str().and_then(quantity);
    Reading {
        at: Instant::now(),
        replicas: object.pointer("/status/currentReplicas").and_then(Value::as_u64).unwrap_or(0),
        percent: measured.iter().find_map(percent),
        average: measured.iter().filter(|it| percent(it).is_none()).find_map(value),
    }
}

/// `23`, `7500m`, `64M` or `61Mi`, in whole units.
fn quantity(text: &str) -> Option<u64> {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "" => Some(number),
        "m" => Some(number / 1000),
        "k" => Some(number * 1000),
        "M" => Some(number * 1_000_000),
        "Ki" => Some(number << 10),
        "Mi" => Some(number << 20),
        _ => None,
    }
}
