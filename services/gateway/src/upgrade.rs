//! Connections that stop being HTTP, such as a web socket: asked for, granted, then bytes both ways.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{CONNECTION, UPGRADE},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

use crate::headers::tokens;

const CONNECTION_UPGRADE: HeaderValue = HeaderValue::from_static("upgrade");

/// The protocol that one side wants or grants.
pub(crate) fn protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut options = tokens(headers, CONNECTION);
    if !options.any(|option| option.eq_ignore_ascii_case("upgrade")) {
        return None;
    }
    // HTTP in another version would be requests that no longer pass the routes.
    let is_http = |name: &str| {
        name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("h2c"))
            || name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http"))
            || name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("tls"))
    };
    if tokens(headers, UPGRADE).any(is_http) { None } else { headers.get(UPGRADE).cloned() }
}

/// Says what was wanted or granted, after the hop's own headers have been taken off.
pub(crate) fn restore(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, CONNECTION_UPGRADE);
    headers.insert(UPGRADE, protocol);
}

/// Carries bytes both ways until both sides have ended, or one has failed.
#[expect(
    clippy::disallowed_methods,
    reason = "a tunnel belongs to its two connections, outlives the request, and ends with them"
)]
pub(crate) fn tunnel(service: &'static str, client: OnUpgrade, backend: OnUpgrade) {
    tokio::spawn(async move {
        if let Err(error) = carry(client, backend).await {
            tracing::debug!(service, error = &*error, "a tunnel broke off");
        }
    });
}

async fn carry(
    client: OnUpgrade,
    backend: OnUpgrade,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (client, backend) = tokio::try_join!(client, backend)?;
    copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(backend)).await?;
    Ok(())
}
