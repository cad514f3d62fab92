//! The gateway's settings.

use crate::{backend::BackendUrl, headers::TrustedProxies};

/// Where the services are, and how long the gateway waits for them.
#[derive(Debug, Clone, clap::Args)]
pub struct GatewayArgs {
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

    /// Whose `Forwarded` and `X-Forwarded-*` are believed: addresses or networks, separated by
    /// commas; nobody's by default.
    #[arg(
        id = "gateway_trusted_proxies",
        long = "gateway-trusted-proxies",
        env = "GATEWAY_TRUSTED_PROXIES",
        value_name = "CIDR,…",
        default_value = "",
        hide_default_value = true
    )]
    pub trusted_proxies: TrustedProxies,
}
