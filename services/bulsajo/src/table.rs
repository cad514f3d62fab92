//! What a person sees first: a table of services, and commands to try.

use std::{fmt::Write as _, net::SocketAddr};

/// One table for the whole fleet, and what to type next.
#[expect(clippy::print_stdout, reason = "this is the program's answer, not a log line")]
pub(crate) fn fleet(services: &[(&'static str, SocketAddr, String)]) {
    let mut text = String::from("\n  service     url                      state and events\n");
    for (name, address, summary) in services {
        let url = format!("http://localhost:{}", address.port());
        let _ = writeln!(text, "  {name:<11} {url:<24} {summary}");
    }
    let port = |wanted: &str| {
        let found = services.iter().find(|(name, ..)| *name == wanted);
        found.map_or(0, |(_, address, _)| address.port())
    };
    let (gateway, order) = (port("gateway"), port("order"));
    let _ = write!(
        text,
        "
Try:
  http :{gateway}/orders productId=1 qty=1 paymentType=cash cost=1000 productName=Coffee
  http :{gateway}/orderTraces
  http DELETE :{gateway}/orders/1
  http PUT :{order}/actuator/down
Without httpie:
  curl -i localhost:{gateway}/orders -H 'Content-Type: application/json' -d '{{\"productId\":1,\"qty\":1,\"cost\":1000}}'
Read the API at http://localhost:{order}/docs · stop with Ctrl-C
"
    );
    println!("{text}");
}

/// One line for a single service.
#[expect(clippy::print_stdout, reason = "this is the program's answer, not a log line")]
pub(crate) fn service(services: &[(&'static str, SocketAddr, String)]) {
    for (name, address, summary) in services {
        println!("{name} listens on http://{address} ({summary})");
    }
}
