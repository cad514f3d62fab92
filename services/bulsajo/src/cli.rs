//! The command line: what to run, and every setting of it.

use std::{ffi::OsString, net::IpAddr, process::ExitCode};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, error::ErrorKind};
use gateway::{Backends, GatewayArgs};
use hal::TrustedProxies;
use messaging::{KafkaArgs, MessagingArgs};
use order::{ChargeArgs, PaymentArgs};
use payment::ApprovalArgs;
use runtime::{DrainArgs, HttpArgs, Settings, telemetry::LogArgs};
use storage::DatabaseArgs;

/// Bulsajo (불사조, phoenix): a small shop of microservices to break, and to watch heal.
///
/// Without a command it runs the whole fleet in this process. Every setting can be given as an
/// option or as the environment variable named beside it.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    chosen: Chosen,
}

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
    Ordertrace(Box<Member>),
    /// One door in front of the four.
    #[command(mut_arg("port", |arg| arg.default_value("8088")))]
    #[command(mut_arg("trusted_proxies", |arg| arg.default_value("none")))]
    Gateway(Box<GatewayService>),
    /// Asks a running service how it is: exit code 0 if well, 1 if not.
    Check(Check),
}

/// Settings of the whole fleet in one process.
#[derive(clap::Args)]
pub(crate) struct Fleet {
    /// The address to listen on; `0.0.0.0` to be reached from other machines.
    // Not `HOST`, which some shells set to the machine's name.
    #[arg(long, env = "LISTEN_HOST", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,

    /// The port from which the services' ports are counted: order +1, payment +2, delivery +3,
    /// ordertrace +4, gateway +8.
    #[arg(long, env, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..=65_000))]
    pub(crate) base_port: u16,

    /// Whose Forwarded and X-Forwarded-* headers decide the links: `gateway` (our own), `private`
    /// (any peer in a private network), `none`, or networks such as `10.0.0.0/8,192.168.1.7`.
    #[arg(long, env, default_value = "gateway")]
    pub(crate) trusted_proxies: TrustedProxies,

    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) approval: ApprovalArgs,
    #[command(flatten)]
    pub(crate) charge: ChargeArgs,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
}

/// Settings of every service that takes part in the saga.
#[derive(clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) messaging: MessagingArgs,
    #[command(flatten)]
    pub(crate) kafka: KafkaArgs,
    /// How long a request may take before it is answered with 503.
    #[arg(long, env, default_value = "20s")]
    pub(crate) request_timeout: humantime::Duration,

    #[command(flatten)]
    pub(crate) process: ProcessArgs,
}

/// Settings of every process.
#[derive(clap::Args)]
pub(crate) struct ProcessArgs {
    #[command(flatten)]
    pub(crate) drain: DrainArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Settings of a service that takes part in the saga.
#[derive(clap::Args)]
pub(crate) struct Member {
    #[command(flatten)]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Settings of order.
#[derive(clap::Args)]
pub(crate) struct OrderService {
    #[command(flatten)]
    pub(crate) member: Member,
    #[command(flatten)]
    pub(crate) payment: PaymentArgs,
    #[command(flatten)]
    pub(crate) charge: ChargeArgs,
}

/// Settings of payment.
#[derive(clap::Args)]
pub(crate) struct PaymentService {
    #[command(flatten)]
    pub(crate) member: Member,
    #[command(flatten)]
    pub(crate) approval: ApprovalArgs,
}

/// Settings of the gateway.
#[derive(clap::Args)]
pub(crate) struct GatewayService {
    #[command(flatten)]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    #[command(flatten)]
    pub(crate) backends: Backends,
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
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
    #[arg(long, default_value = "2s")]
    pub(crate) timeout: humantime::Duration,
}

/// Understands the command line, or says what is wrong with it in one line.
pub(crate) fn read() -> Result<(Chosen, Settings), ExitCode> {
    let mut command = Cli::command();
    command.build();
    let matches = command.try_get_matches_from_mut(arguments()).map_err(|error| explain(&error))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| explain(&error))?;
    let settings = matches
        .subcommand()
        .and_then(|(name, matches)| Some(Settings::read(command.find_subcommand(name)?, matches)));
    Ok((cli.chosen, settings.unwrap_or_default()))
}

/// `cargo run` and `cargo run -- --base-port 9080` mean the fleet.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let first = arguments.get(1).and_then(|it| it.to_str()).unwrap_or("--fleet");
    let global = ["--help", "-h", "--version", "-V"].contains(&first);
    if first.starts_with('-') && !global {
        arguments.insert(1, "fleet".into());
    }
    arguments
}

/// Help is printed as it is; a mistake becomes one line, and exit code 2.
fn explain(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let told = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let told: Vec<&str> =
        told.filter(|line| !line.is_empty() && !line.starts_with("For more")).collect();
    eprintln!("bulsajo: {}; see --help", told.join(" ").trim_start_matches("error: "));
    ExitCode::from(2)
}
