//! `bulsajo check`: the probe for images that have no shell.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::ExitCode,
    time::Duration,
};

use serde_json::Value;

use crate::cli::Check;

/// Asks, prints the answer in one line, and is 0 if the service is well.
#[expect(clippy::print_stdout, reason = "this is the program's answer, not a log line")]
pub(crate) fn ask(check: &Check) -> ExitCode {
    let told = match answer(check, "") {
        Ok((true, _)) => {
            println!("{} is UP", check.what);
            return ExitCode::SUCCESS;
        }
        // Reasons take a while, and are asked for only when they are needed.
        Ok((false, body)) => match answer(check, "?details") {
            Ok((_, details)) => reason(&check.what, &details),
            Err(_) => reason(&check.what, &body),
        },
        // As the kernel calls it when a socket has said nothing in time.
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            let (port, timeout) = (check.port, check.timeout);
            format!("{} is unknown: port {port} gave no answer within {timeout}", check.what)
        }
        Err(error) => format!("nothing answers on port {}: {error}", check.port),
    };
    println!("{}", runtime::escape(&told));
    ExitCode::FAILURE
}

/// `readiness is OUT_OF_SERVICE: still starting`
fn reason(what: &str, body: &str) -> String {
    let told: Value = serde_json::from_str(body).unwrap_or_default();
    let Some(status) = told["status"].as_str() else {
        return format!("{what} is unknown: {}", body.trim());
    };
    let reasons = ["/details/reason", "/components/switch/details/reason"];
    let reason = reasons.iter().find_map(|it| told.pointer(it)?.as_str());
    let left = told.pointer("/details/secondsLeft").and_then(Value::as_u64);
    let mut text = format!("{what} is {status}");
    text.extend(reason.map(|it| format!(": {it}")));
    text.extend(left.map(|it| format!(", accepting for another {it} s")));
    text
}

fn answer(check: &Check, query: &str) -> std::io::Result<(bool, String)> {
    let path = match check.what.as_str() {
        "health" => "/actuator/health".to_owned(),
        group => format!("/actuator/health/{group}"),
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, check.port));
    let timeout: Duration = check.timeout.into();
    let mut socket = TcpStream::connect_timeout(&address, timeout)?;
    socket.set_read_timeout(Some(timeout))?;
    let head = "Host: localhost\r\nAccept: application/json\r\nConnection: close";
    write!(socket, "GET {path}{query} HTTP/1.0\r\n{head}\r\n\r\n")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status == "200", body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn the_reason_is_one_line_whatever_was_answered() {
        for (what, body, line) in [
            ("health", r#"{"status":"DOWN"}"#, "health is DOWN"),
            (
                "readiness",
                r#"{"status":"OUT_OF_SERVICE","details":{"reason":"draining","secondsLeft":4}}"#,
                "readiness is OUT_OF_SERVICE: draining, accepting for another 4 s",
            ),
            (
                "health",
                r#"{"status":"DOWN","components":{"switch":{"details":{"reason":"by hand"}}}}"#,
                "health is DOWN: by hand",
            ),
            ("health", "Not Found\n", "health is unknown: Not Found"),
        ] {
            assert_eq!(reason(what, body), line);
        }
    }
}
