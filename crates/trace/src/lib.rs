//! Which request something belongs to, across HTTP and events: the `traceparent` of W3C Trace
//! Context, <https://www.w3.org/TR/trace-context/>.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// The name of the header, of a request and of a record.
pub const TRACEPARENT: &str = "traceparent";

/// A step of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    step: u64,
    flags: u8,
}

tokio::task_local! {
    static CURRENT: TraceContext;
}

impl TraceContext {
    /// Begins a trace of its own.
    pub fn begin() -> Self {
        let (trace, flags) = (Uuid::new_v4().as_u128(), 1);
        Self { trace, step: step(), flags }
    }

    /// The next step of the same trace.
    #[must_use]
    pub fn next(self) -> Self {
        Self { step: step(), ..self }
    }

    /// What is being done right now belongs to this, if to anything.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|current| *current).ok()
    }

    /// Does something as this step.
    pub async fn scope<F: Future>(self, doing: F) -> F::Output {
        CURRENT.scope(self, doing).await
    }
}

/// Zero would mean that there is none.
fn step() -> u64 {
    Uuid::new_v4().as_u64_pair().1 | 1
}

/// What a header that is no `traceparent` is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl FromStr for TraceContext {
    type Err = Unreadable;

    /// Reads version 00, and of a later version what it has in common with it.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut parts = text.split('-');
        let mut part = |length: usize| {
            let part = parts.next().filter(|part| part.len() == length).ok_or(Unreadable)?;
            let legal = part.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
            if legal {
                u128::from_str_radix(part, 16).map_err(|_| Unreadable)
            } else {
                Err(Unreadable)
            }
        };
        let (version, trace, step, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let more = parts.next().is_some();
        let step = u64::try_from(step).map_err(|_| Unreadable)?;
        let flags = u8::try_from(flags).map_err(|_| Unreadable)?;
        if version == 0xff || (version == 0 && more) || trace == 0 || step == 0 {
            return Err(Unreadable);
        }
        Ok(Self { trace, step, flags })
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of the flags we know one: whether the trace is recorded.
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.step, self.flags & 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_context_is_read_and_written() {
        let read: TraceContext = KNOWN.parse().expect("the standard's example");
        assert_eq!(read.to_string(), KNOWN);
        let next = read.next().to_string();
        assert_eq!((&next[..36], &next[52..]), (&KNOWN[..36], &KNOWN[52..]));
        assert_ne!(&next[36..52], &KNOWN[36..52]);
        let later = KNOWN.replacen("00", "01", 1) + "-more";
        assert_eq!(later.parse::<TraceContext>().map(|it| it.to_string()), Ok(KNOWN.to_owned()));
    }

    #[test]
    fn what_is_no_trace_context_is_refused() {
        let zero = "0".repeat(32);
        for text in [
            "",
            "00",
            &KNOWN[..54],
            &KNOWN.to_uppercase(),
            &format!("{KNOWN}-more"),
            &KNOWN.replacen("00", "ff", 1),
            &KNOWN.replace("4bf92f3577b34da6a3ce929d0e0e4736", &zero),
            &KNOWN.replace("00f067aa0ba902b7", &zero[..16]),
            &KNOWN.replace('4', "+"),
        ] {
            assert_eq!(text.parse::<TraceContext>(), Err(Unreadable), "{text}");
        }
    }

    #[tokio::test]
    async fn it_is_current_while_something_is_done() {
        assert_eq!(TraceContext::current(), None);
        let begun = TraceContext::begin();
        assert_eq!(begun.scope(async { TraceContext::current() }).await, Some(begun));
        assert_eq!(TraceContext::current(), None);
    }
}
