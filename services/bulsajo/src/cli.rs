//! The command line: what to run, and every setting of it.

use std::{any::TypeId, net::IpAddr, time::Duration};

use chaos::{FaultArgs, KnobArgs};
use clap::{Arg, Command, CommandFactory as _, Parser, Subcommand};
use gateway::{Backends, GatewayArgs};
use messaging::{KafkaArgs, MessagingArgs};
use order::{ChargeArgs, PaymentArgs};
use ordertrace::LiveArgs;
use participant::{CompatArgs, Guards, ReadinessArgs};
use payment::ApprovalArgs;
use runtime::{
    ConnectionArgs, DrainArgs, HostArgs, HttpArgs, ManagementArgs, ProbeArgs, VersionArgs,
    telemetry::LogArgs,
};
use storage::DatabaseArgs;
use web::TrustedProxies;
use websample::WebsampleArgs;

/// Bulsajo (불사조, phoenix): a small shop of microservices to break, and to watch heal.
///
/// Without a command it runs the whole fleet in this process. Every setting is an option and an
/// environment variable; `NAME_FILE` names a file that has the value of `NAME`, as secrets are
/// mounted. An option counts before `NAME`, that before `NAME_FILE`, and that before the default.
/// Blanks, line ends and a pair of quotes around the value of a variable or a file do not count.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = FIRST)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) chosen: Chosen,
}

const FIRST: &str = "\
First:
  bulsajo               starts the fleet, and says what to try with it
  bulsajo fleet --help  lists the settings of the fleet
  bulsajo config        shows what is in force, and where each value came from";

const DURATIONS: &str = "A DURATION is a number with its unit: 500ms, 5s, 2m.";

/// What to run.
#[derive(Subcommand)]
pub(crate) enum Chosen {
    /// All five services in one process (this is what `bulsajo` alone does).
    Fleet(Box<Fleet>),
    /// Orders: taken, changed and called off.
    #[command(mut_arg("port", |arg| arg.default_value("8081")))]
    Order(Box<OrderService>),
    /// Payments: taken once per order, and given back.
    #[command(mut_arg("port", |arg| arg.default_value("8082")))]
    Payment(Box<PaymentService>),
    /// Deliveries: sent when paid, recalled when cancelled.
    #[command(mut_arg("port", |arg| arg.default_value("8083")))]
    Delivery(Box<Member>),
    /// The read model: where each order stands, and how it came there.
    #[command(mut_arg("port", |arg| arg.default_value("8084")))]
    Ordertrace(Box<TraceService>),
    /// One door in front of the four.
    #[command(mut_arg("port", |arg| arg.default_value("8088")))]
    #[command(mut_arg("trusted_proxies", |arg| arg.default_value("none")))]
    Gateway(Box<GatewayService>),
    /// The sample of the nonstop lab: a status for each version, and deaf to SIGTERM.
    #[command(mut_arg("port", |arg| arg.default_value("5000")))]
    // It logs its requests itself, in the words of the original.
    #[command(mut_arg("log_level", |arg| arg.default_value("warn")))]
    #[command(mut_arg("shutdown", |arg| arg.default_value("ignore-sigterm")))]
    Websample(Box<Websample>),
    /// Asks a running service how it is: exit code 0 if well, 1 if not.
    Check(Check),
    /// Shows the settings in force without starting anything, and where each came from.
    Config(Config),
}

/// Settings of the whole fleet in one process.
#[derive(clap::Args)]
pub(crate) struct Fleet {
    /// The address to listen on; `0.0.0.0` to be reached from other machines.
    // Not `HOST`, which some shells set to the machine's name.
    #[arg(long, env = "LISTEN_HOST", default_value = "127.0.0.1", help_heading = "HTTP")]
    pub(crate) host: IpAddr,

    /// The port from which the services' ports are counted: order +1, payment +2, delivery +3,
    /// ordertrace +4, gateway +8.
    #[arg(long, env, default_value_t = 8080, help_heading = "HTTP")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=65_000))]
    pub(crate) base_port: u16,

    /// Whose Forwarded and X-Forwarded-* headers decide the links: `gateway` (our own), `private`
    /// (any peer in a private network), `none`, or networks such as `10.0.0.0/8,192.168.1.7`.
    #[arg(long, env, default_value = "gateway", help_heading = "HTTP")]
    pub(crate) trusted_proxies: TrustedProxies,

    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten, next_help_heading = "Payments")]
    pub(crate) approval: ApprovalArgs,
    #[command(flatten, next_help_heading = "Payment call")]
    pub(crate) charge: ChargeArgs,
    #[command(flatten, next_help_heading = "Live feed")]
    pub(crate) live: LiveArgs,
    #[command(flatten, next_help_heading = "Gateway")]
    pub(crate) gateway: GatewayArgs,
}

/// Settings of every service that takes part in the saga.
#[derive(clap::Args)]
pub(crate) struct Common {
    #[command(flatten, next_help_heading = "State")]
    pub(crate) database: DatabaseArgs,
    #[command(flatten, next_help_heading = "Events")]
    pub(crate) messaging: MessagingArgs,
    #[command(flatten, next_help_heading = "Guards (switch one off to see what it is for)")]
    pub(crate) guards: Guards,
    #[command(flatten, next_help_heading = "Guards (switch one off to see what it is for)")]
    pub(crate) compat: CompatArgs,
    #[command(flatten, next_help_heading = "Kafka")]
    pub(crate) kafka: KafkaArgs,
    /// How long a request may take before it is answered with 503.
    #[arg(long, env, default_value = "20s", help_heading = "HTTP")]
    pub(crate) request_timeout: humantime::Duration,
    #[command(flatten, next_help_heading = "Probes")]
    pub(crate) readiness: ReadinessArgs,
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
}

/// Settings of every process.
#[derive(clap::Args)]
pub(crate) struct ProcessArgs {
    #[command(flatten, next_help_heading = "Shutdown")]
    pub(crate) drain: DrainArgs,
    #[command(flatten, next_help_heading = "Probes")]
    pub(crate) probes: ProbeArgs,
    #[command(flatten, next_help_heading = "Connections")]
    pub(crate) connections: ConnectionArgs,
    #[command(flatten, next_help_heading = "Logs")]
    pub(crate) log: LogArgs,
    #[command(flatten, next_help_heading = "HTTP")]
    pub(crate) version: VersionArgs,
    #[command(flatten, next_help_heading = "HTTP")]
    pub(crate) hosts: HostArgs,
    #[command(flatten, next_help_heading = "Faults")]
    pub(crate) faults: FaultArgs,
    #[command(flatten, next_help_heading = "Faults")]
    pub(crate) management: ManagementArgs,
    #[command(flatten, next_help_heading = "Knobs")]
    pub(crate) knobs: KnobArgs,
}

/// Settings of a service that takes part in the saga.
#[derive(clap::Args)]
pub(crate) struct Member {
    #[command(flatten, next_help_heading = "HTTP")]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Settings of order.
#[derive(clap::Args)]
pub(crate) struct OrderService {
    #[command(flatten)]
    pub(crate) member: Member,
    #[command(flatten, next_help_heading = "Payment call")]
    pub(crate) payment: PaymentArgs,
    #[command(flatten, next_help_heading = "Payment call")]
    pub(crate) charge: ChargeArgs,
}

/// Settings of payment.
#[derive(clap::Args)]
pub(crate) struct PaymentService {
    #[command(flatten)]
    pub(crate) member: Member,
    #[command(flatten, next_help_heading = "Payments")]
    pub(crate) approval: ApprovalArgs,
}

/// Settings of ordertrace.
#[derive(clap::Args)]
pub(crate) struct TraceService {
    #[command(flatten)]
    pub(crate) member: Member,
    #[command(flatten, next_help_heading = "Live feed")]
    pub(crate) live: LiveArgs,
}

/// Settings of the gateway.
#[derive(clap::Args)]
pub(crate) struct GatewayService {
    #[command(flatten, next_help_heading = "HTTP")]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    #[command(flatten, next_help_heading = "Gateway")]
    pub(crate) backends: Backends,
    #[command(flatten, next_help_heading = "Gateway")]
    pub(crate) gateway: GatewayArgs,
}

/// Settings of the sample.
#[derive(clap::Args)]
pub(crate) struct Websample {
    #[command(flatten, next_help_heading = "HTTP")]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    #[command(flatten, next_help_heading = "Sample")]
    pub(crate) sample: WebsampleArgs,
}

/// What to ask a running service.
#[derive(clap::Args)]
pub(crate) struct Check {
    /// What to ask for: `health`, `liveness`, `readiness` or `startup`.
    #[arg(default_value = "health", value_parser = ["health", "liveness", "readiness", "startup"])]
    pub(crate) what: String,

    /// The port of the service on this machine.
    #[arg(long, env, default_value_t = 8080)]
    pub(crate) port: u16,

    /// How long to wait for the answer.
    #[arg(long, env = "CHECK_TIMEOUT", default_value = "2s")]
    pub(crate) timeout: humantime::Duration,
}

/// How to show settings; the command line gives it the services as commands of its own.
#[derive(clap::Args)]
#[command(override_usage = "bulsajo config [--json] [SERVICE] [the options of a start]")]
pub(crate) struct Config {
    /// As JSON, in the form of `settings` in `GET /actuator/info`.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Every command with its settings.
pub(crate) fn command() -> Command {
    let command = Cli::command().mut_subcommands(|it| chaos::knobs::with_presets(described(it)));
    let questions = ["check", "config"];
    let services = command.get_subcommands().filter(|it| !questions.contains(&it.get_name()));
    let services: Vec<Command> = services.cloned().collect();
    command.mut_subcommand("config", |config| config.subcommands(services))
}

/// Says of every duration in the same words how it is written.
fn described(command: Command) -> Command {
    let timed = command.get_arguments().any(is_duration);
    let command =
        command.mut_args(|it| if is_duration(&it) { it.value_name("DURATION") } else { it });
    if timed { command.after_help(DURATIONS) } else { command }
}

fn is_duration(argument: &Arg) -> bool {
    let durations = [TypeId::of::<humantime::Duration>(), TypeId::of::<Duration>()];
    durations.iter().any(|it| argument.get_value_parser().type_id() == *it)
}

#[cfg(test)]
mod tests;
