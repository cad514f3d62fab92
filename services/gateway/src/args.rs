//! The gateway's settings.

use clap::builder::BoolishValueParser;

use crate::backend::BackendUrl;

/// Where the services are.
#[derive(Debug, Clone, clap::Args)]
pub struct Backends {
    /// Where `/orders` goes, as `http://host:port`.
    #[arg(long, env = "ORDER_URL", value_name = "URL", default_value = "http://localhost:8081")]
    pub order_url: BackendUrl,

    /// Where `/payments` goes, as `http://host:port`.
    #[arg(long, env = "PAYMENT_URL", value_name = "URL", default_value = "http://localhost:8082")]
    pub payment_url: BackendUrl,

    /// Where `/deliveries` goes, as `http://host:port`.
    #[arg(long, env = "DELIVERY_URL", value_name = "URL", default_value = "http://localhost:8083")]
    pub delivery_url: BackendUrl,

    /// Where `/orderTraces` goes, as `http://host:port`.
    #[arg(
        long,
        env = "ORDERTRACE_URL",
        value_name = "URL",
        default_value = "http://localhost:8084"
    )]
    pub ordertrace_url: BackendUrl,
}

/// How long the gateway waits for the services.
#[derive(Debug, Clone, clap::Args)]
pub struct GatewayArgs {
    /// How long a service may take to accept a connection, with its unit (`500ms`, `2s`).
    #[arg(
        long = "gateway-connect-timeout",
        env = "GATEWAY_CONNECT_TIMEOUT",
        value_name = "DURATION",
        default_value = "2s"
    )]
    pub connect_timeout: humantime::Duration,

    /// How long a service may take to begin its answer, with its unit; an upload that still
    /// moves does not count.
    #[arg(
        long = "gateway-response-timeout",
        env = "GATEWAY_RESPONSE_TIMEOUT",
        value_name = "DURATION",
        default_value = "30s"
    )]
    pub response_timeout: humantime::Duration,

    /// Whether an idempotent request without a body is sent once more when the service closed
    /// the connection before it answered; switch it off where a lab counts resets.
    #[arg(
        long = "gateway-retry",
        env = "GATEWAY_RETRY",
        value_name = "BOOL",
        action = clap::ArgAction::Set,
        default_value_t = true
    )]
    pub retry: bool,

    /// Whether what changes the gateway itself is on its own port, which everybody reaches: faults,
    /// knobs, what SIGTERM does, down, up and maintenance under `/actuator`. Otherwise it is on
    /// `MANAGEMENT_PORT` alone.
    #[arg(
        long = "gateway-controls",
        env = "GATEWAY_CONTROLS",
        value_name = "BOOL",
        action = clap::ArgAction::Set,
        value_parser = BoolishValueParser::new(),
        default_value = "false"
    )]
    pub controls: bool,

    /// Whether the paths with which old worksheets harm a service, such as `/orders/memleak`, lead
    /// to it through the gateway; asked without the gateway, a service has them always.
    #[arg(
        long = "gateway-worksheets",
        env = "GATEWAY_WORKSHEETS",
        value_name = "BOOL",
        action = clap::ArgAction::Set,
        value_parser = BoolishValueParser::new(),
        default_value = "false"
    )]
    pub worksheets: bool,
}

impl Backends {
    /// The services of a fleet in one process, at their distance from its first port.
    pub fn local(base_port: u16) -> Self {
        let at = |offset: u16| BackendUrl::local(base_port + offset);
        Self { order_url: at(1), payment_url: at(2), delivery_url: at(3), ordertrace_url: at(4) }
    }
}
