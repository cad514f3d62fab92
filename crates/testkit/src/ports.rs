//! Ports that nobody uses.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// A port from which a fleet's can be counted. Tests of one process never share one; those of
/// others are told apart by the process's number. The kernel gives none of them to whoever asks
/// for any port.
pub fn free_base_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 400).unwrap_or(0);
    for _ in 0..1000 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % 875;
        let base = 18_000 + (start * 32 + step * 16) % 14_000;
        let free = |offset: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, base + offset)).is_ok();
        if [1, 2, 3, 4, 8].into_iter().all(free) {
            return base;
        }
    }
    panic!("no free ports");
}
