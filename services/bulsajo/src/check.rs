//! `bulsajo check`: the probe for images that have no shell.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::ExitCode,
    time::Duration,
};

use crate::cli::Check;

/// Asks, prints the answer, and is 0 if the service is well.
#[expect(clippy::print_stdout, reason = "this is the program's answer, not a log line")]
pub(crate) fn ask(check: &Check) -> ExitCode {
    match answer(check) {
        Ok((true, body)) => {
            println!("{body}");
            ExitCode::SUCCESS
        }
        Ok((false, body)) => {
            println!("{body}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("nothing answers on port {}: {error}", check.port);
            ExitCode::FAILURE
        }
    }
}

fn answer(check: &Check) -> std::io::Result<(bool, String)> {
    let path = match check.what.as_str() {
        "health" => "/actuator/health".to_owned(),
        group => format!("/actuator/health/{group}"),
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, check.port));
    let timeout: Duration = check.timeout.into();
    let mut socket = TcpStream::connect_timeout(&address, timeout)?;
    socket.set_read_timeout(Some(timeout))?;
    write!(socket, "GET {path} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status == "200", body.to_owned()))
}
