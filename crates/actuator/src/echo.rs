//! `GET /actuator/echo`: which replica answers, as `hostname/ip`.

use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs as _, UdpSocket};

pub(crate) async fn show() -> String {
    tokio::task::spawn_blocking(|| {
        let host = hostname();
        let ip = address_of(&host);
        format!("{host}/{ip}")
    })
    .await
    .unwrap_or_default()
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"));
    name.map_or_else(|_| "localhost".to_owned(), |name| name.trim().to_owned())
}

/// The address others reach us by: what the name resolves to, else the one of the default route
/// (connecting a UDP socket sends nothing).
fn address_of(host: &str) -> IpAddr {
    let resolved = (host, 0).to_socket_addrs().ok().and_then(|mut found| {
        found.find(|address| address.is_ipv4() && !address.ip().is_loopback())
    });
    resolved.map_or_else(by_route, |address| address.ip())
}

fn by_route() -> IpAddr {
    let socket = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    socket.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}
