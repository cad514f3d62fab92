//! The settings, and the presets of them.

use std::time::Duration;

use clap::{Command, ValueEnum, builder::BoolishValueParser};
use runtime::Size;

use super::cost::{Costs, MOST};
use crate::dose::Delay;

/// What a start costs, and what each request costs.
#[derive(Debug, Clone, clap::Args)]
pub struct KnobArgs {
    /// Presets of the knobs: `plain` (none of them) or `jvm` (as the Spring Boot service that the
    /// labs were written for); what is set otherwise counts before them.
    #[arg(long, env, default_value = "plain")]
    pub profile: Profile,

    /// How long after its start the process begins to listen, at most 1h. Lab: zero downtime,
    /// readiness probes.
    #[arg(long, env, default_value = "0s", value_parser = at_most(Duration::from_hours(1)))]
    pub startup_delay: humantime::Duration,

    /// What a probe meets until the start is over: `closed` (no port: connection refused) or
    /// `unready` (the port is open, startup and readiness fail). Lab: tcp against http probes.
    #[arg(long, env, default_value = "closed")]
    pub startup_mode: StartupMode,

    /// CPU time that one thread burns while the process starts, at most 10m: within `STARTUP_DELAY`
    /// if there is time enough, and for longer under a CPU limit. Lab: CPU limits, startup probes.
    #[arg(long, env, default_value = "0s", value_parser = at_most(Duration::from_mins(10)))]
    #[arg(value_name = "CPU_TIME")]
    pub startup_cpu: humantime::Duration,

    /// How long after the start requests cost more CPU, falling evenly to the normal, at most 1h.
    /// Lab: a rollout under load, an autoscaler that overshoots.
    #[arg(long, env, default_value = "0s", value_parser = at_most(Duration::from_hours(1)))]
    pub warmup: humantime::Duration,

    /// How many times the CPU the first request of the warm-up costs, from 1 to 100. Lab: as
    /// `WARMUP`.
    #[arg(long, env, default_value_t = 3.0, value_parser = factor)]
    pub warmup_factor: f64,

    /// CPU time of a request, such as `3ms`, or by method, such as `3ms,POST:5ms`, at most 10s;
    /// `LIST` is a GET that is answered with a collection. Lab: autoscaling.
    #[arg(long, env, default_value = "0s", value_name = "CPU_TIME")]
    pub cpu_per_request: Costs,

    /// CPU time for each row of a collection that is answered, such as `250us`; at most 10s for all
    /// of them. Lab: autoscaling, paging.
    #[arg(long, env, default_value = "0s", value_parser = at_most(MOST), value_name = "CPU_TIME")]
    pub cpu_per_row: humantime::Duration,

    /// Whether requests burn their CPU on the async workers, so that a few of them block all
    /// others; otherwise each has a thread. `/actuator` answers in both cases. Lab: a blocked event
    /// loop.
    #[arg(long, env, default_value = "off", action = clap::ArgAction::Set)]
    #[arg(value_name = "on|off", value_parser = BoolishValueParser::new())]
    pub cpu_on_workers: bool,

    /// Memory that the process keeps resident from its start, such as `275MiB`. Lab: requests and
    /// limits, node pressure.
    #[arg(long, env, default_value = "0B")]
    pub memory_base: Size,

    /// Memory that a request keeps resident while it is handled, such as `1MiB`. Lab: a memory
    /// limit that only load reaches.
    #[arg(long, env, default_value = "0B")]
    pub memory_per_request: Size,

    /// Memory that a request takes and never gives back, such as `64KiB`. Lab: OOM kills, restarts.
    #[arg(long, env, default_value = "0B")]
    pub leak_per_request: Size,

    /// How long a request waits before it is handled: `200ms`, `400ms-620ms` (between the two) or
    /// `p50=20ms,p90=100ms,p99=1s`, at most 1h. Lab: time-outs, circuit breakers.
    #[arg(long, env, default_value = "0s")]
    pub latency: Delay,
}

/// A preset of all knobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    Plain,
    Jvm,
}

/// What a probe meets while the process starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StartupMode {
    Closed,
    Unready,
}

/// `PROFILE=jvm`, as the original was measured (docs/adr/0010); the binary itself takes the rest of
/// 290 MiB.
const JVM: [(&str, &str); 5] = [
    ("startup_delay", "16s"),
    ("startup_cpu", "4s"),
    ("cpu_per_request", "2ms,LIST:3ms,POST:5ms"),
    ("cpu_per_row", "250us"),
    ("memory_base", "275MiB"),
];

/// A Spring Cloud Gateway passes a request on for less.
const JVM_GATEWAY: (&str, &str) = ("cpu_per_request", "600us");

/// Gives a command that has these settings the presets of each profile as defaults.
#[must_use]
pub fn with_presets(command: Command) -> Command {
    let gateway = command.get_name() == "gateway";
    // In place: `mut_arg` would move each to the end of --help.
    command.mut_args(|arg| {
        let preset = JVM.iter().find(|(id, _)| arg.get_id() == id);
        let preset =
            preset.map(|it| if gateway && it.0 == JVM_GATEWAY.0 { &JVM_GATEWAY } else { it });
        match preset {
            Some((_, value)) => arg.default_value_if("profile", "jvm", *value),
            None => arg,
        }
    })
}

fn at_most(
    most: Duration,
) -> impl Fn(&str) -> Result<humantime::Duration, String> + Clone + Send + Sync {
    move |text| {
        let read: Option<humantime::Duration> = text.parse().ok();
        let most_written = humantime::format_duration(most);
        read.filter(|it| **it <= most).ok_or_else(|| {
            format!("write a number with its unit, such as 500ms, at most {most_written}")
        })
    }
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if (1.0..=100.0).contains(&factor) => Ok(factor),
        _ => Err("write a number from 1 to 100".to_owned()),
    }
}
