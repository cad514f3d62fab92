//! The knobs of one service: what is in force, and what a request is due.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::time::Instant;

use super::{
    KnobArgs, MemoryBase,
    done::{Done, Paid},
    due::Due,
    table::{KINDS, Kind, MEMORY_BASE, read},
};
use crate::dose::Budget;

/// The knobs of one service.
#[derive(Clone)]
pub(crate) struct Knobs(Arc<Inner>);

struct Inner {
    /// Whether requests are due anything, and on the workers: whoever may be looks here first.
    any: AtomicBool,
    on_workers: AtomicBool,
    state: Mutex<State>,
    changing: Mutex<()>,
    at_start: Vec<Written>,
    memory: MemoryBase,
    done: Done,
}

struct State {
    args: Arc<KnobArgs>,
    written: Vec<Written>,
    /// When requests began to cost less and less.
    cold: Instant,
}

/// A knob as it was written, and by whom.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) source: String,
}

impl Knobs {
    /// Knobs as they are set at the start: name, value and source of each of them, and of other
    /// settings.
    pub(crate) fn new<'a>(
        settings: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
        memory: &MemoryBase,
    ) -> Result<Self, String> {
        let mut written: Vec<Written> = KINDS
            .iter()
            .map(|kind| Written { text: kind.default.clone(), source: "default".to_owned() })
            .collect();
        for (name, text, source) in settings {
            if let Some(place) = KINDS.iter().position(|kind| kind.setting == name) {
                written[place] = Written { text: text.to_owned(), source: source.to_owned() };
            }
        }
        let args = Arc::new(understood(&written)?);
        let knobs = Self(Arc::new(Inner {
            any: AtomicBool::new(false),
            on_workers: AtomicBool::new(false),
            changing: Mutex::default(),
            at_start: written.clone(),
            state: Mutex::new(State { args: args.clone(), written, cold: Instant::now() }),
            memory: memory.clone(),
            done: Done::default(),
        }));
        knobs.turn(&args);
        Ok(knobs)
    }

    /// Whether requests are due anything: one load of memory.
    pub(crate) fn any(&self) -> bool {
        self.0.any.load(Ordering::Relaxed)
    }

    /// Whether they burn their CPU on the async workers.
    pub(crate) fn on_workers(&self) -> bool {
        self.0.on_workers.load(Ordering::Relaxed) && self.any()
    }

    /// The warm-up begins now.
    pub(crate) fn begin(&self) {
        self.state().cold = Instant::now();
    }

    /// What a request is due that comes now.
    pub(crate) fn due(&self) -> Due {
        let number = self.0.done.request();
        let (args, cold) = {
            let state = self.state();
            (state.args.clone(), state.cold)
        };
        Due::new(self.clone(), args, number, cold)
    }

    /// Turns a knob, until the process ends; the error says what is possible.
    pub(crate) fn set(&self, kind: &Kind, text: &str, source: String) -> Result<(), String> {
        // What takes a while is done while requests go on, one change after the other.
        let _alone = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut written = self.state().written.clone();
        written[index(kind)] = Written { text: text.to_owned(), source };
        let args = understood(&written)?;
        for size in [args.memory_per_request, args.leak_per_request] {
            self.budget().allows_memory(size.0).map_err(|refused| refused.to_string())?;
        }
        if kind.name == MEMORY_BASE {
            self.0.memory.keep(args.memory_base).map_err(|refused| refused.to_string())?;
        }
        let mut state = self.state();
        if kind.name.starts_with("warmup") {
            state.cold = Instant::now();
        }
        state.written = written;
        state.args = Arc::new(args);
        self.turn(&state.args);
        tracing::warn!(knob = kind.setting, value = text, "a knob is turned:");
        Ok(())
    }

    /// Turns a knob back to where it was at the start.
    pub(crate) fn reset(&self, kind: &Kind) -> Result<(), String> {
        let Written { text, source } = self.0.at_start[index(kind)].clone();
        self.set(kind, &text, source)
    }

    /// How a knob is set.
    pub(crate) fn written(&self, kind: &Kind) -> Written {
        let mut written = self.state().written[index(kind)].clone();
        // Another service of this process may have set what is the whole process's.
        let size = self.memory().size();
        if kind.name == MEMORY_BASE && written.text.parse() != Ok(size) {
            written = Written { text: size.to_string(), source: "this process".into() };
        }
        written
    }

    /// What was paid so far.
    pub(crate) fn paid(&self) -> Paid {
        self.0.done.paid(self.0.memory.resident())
    }

    pub(crate) fn done(&self) -> &Done {
        &self.0.done
    }

    pub(crate) fn memory(&self) -> &MemoryBase {
        &self.0.memory
    }

    pub(crate) fn budget(&self) -> &Budget {
        self.0.memory.budget()
    }

    fn turn(&self, args: &KnobArgs) {
        let free = args.cpu_per_request.is_zero()
            && args.cpu_per_row.is_zero()
            && args.memory_per_request.0 == 0
            && args.leak_per_request.0 == 0
            && args.latency.is_zero();
        self.0.any.store(!free, Ordering::Relaxed);
        self.0.on_workers.store(args.cpu_on_workers, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn index(kind: &Kind) -> usize {
    KINDS.iter().position(|it| it.name == kind.name).expect("a kind is one of them")
}

fn understood(written: &[Written]) -> Result<KnobArgs, String> {
    read(&written.iter().map(|it| it.text.clone()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use runtime::Size;

    use super::*;
    use crate::knobs::cost::MOST;

    fn knobs(settings: &[(&str, &str)]) -> Knobs {
        let memory = MemoryBase::new(Arc::new(Budget::default()), Size(0));
        let memory = memory.expect("nothing is always there");
        let settings = settings.iter().map(|(name, value)| (*name, *value, "environment"));
        Knobs::new(settings, &memory).expect("they are right")
    }

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn nothing_is_due_until_a_knob_is_turned_and_after_it_is_turned_back() {
        let knobs = knobs(&[("WARMUP", "1m")]);
        assert!(!knobs.any());
        let latency = Kind::named("latency").expect("it is there");
        knobs.set(latency, "200ms", "me".into()).expect("it is right");
        assert!(knobs.any());
        assert_eq!(knobs.due().latency(), MS(200));
        knobs.reset(latency).expect("it was right");
        assert!(!knobs.any());
    }

    #[tokio::test(start_paused = true)]
    async fn a_cold_service_costs_more_and_evenly_less() {
        let knobs =
            knobs(&[("CPU_PER_REQUEST", "10ms"), ("WARMUP", "10s"), ("WARMUP_FACTOR", "3")]);
        knobs.begin();
        for (after, expected) in [(0, 30), (5, 20), (5, 10), (60, 10)] {
            tokio::time::advance(Duration::from_secs(after)).await;
            assert_eq!(knobs.due().cpu("GET", None), MS(expected));
        }
    }

    #[test]
    fn rows_cost_and_no_request_costs_more_than_the_most() {
        let knobs = knobs(&[("CPU_PER_REQUEST", "2ms,LIST:3ms"), ("CPU_PER_ROW", "250us")]);
        assert_eq!(knobs.due().cpu("GET", Some(20)), MS(8));
        assert_eq!(knobs.due().cpu("GET", Some(0)), MS(3));
        assert_eq!(knobs.due().cpu("GET", None), MS(2));
        assert_eq!(knobs.due().cpu("GET", Some(10_000_000)), MOST);
    }

    #[test]
    fn what_is_kept_and_leaked_is_counted() {
        let knobs = knobs(&[("MEMORY_PER_REQUEST", "8KiB"), ("LEAK_PER_REQUEST", "4KiB")]);
        let kept = knobs.due().memory().expect("there is room");
        assert_eq!((knobs.paid().held, knobs.paid().leaked), (8192, 4096));
        drop(kept);
        assert_eq!(knobs.paid().held, 0);
    }
}
