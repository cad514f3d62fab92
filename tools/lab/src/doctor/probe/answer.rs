//! What a probe got, as events tell it.

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing listens there.
    Refused,
    /// An answer of HTTP.
    Status(i64),
    /// No answer in time.
    Nothing,
    /// It was asked by HTTPS, and speaks HTTP or nothing of the kind.
    NotSecure,
    /// It was asked by HTTP, and speaks HTTPS or another language.
    NotPlain,
    /// The image does not have the program that the probe runs.
    NoProgram,
    /// It is asked by gRPC, and does not know the question.
    NoHealth,
    /// A command that failed, or what a service of gRPC says.
    Other,
}

impl Answer {
    pub(super) fn read(said: &str) -> Self {
        if let Some((_, status)) = said.split_once("statuscode: ") {
            let digits: String = status.chars().take_while(char::is_ascii_digit).collect();
            return digits.parse().map_or(Self::Other, Self::Status);
        }
        let says = |parts: &[&str]| parts.iter().any(|it| said.contains(it));
        if says(&["server gave HTTP response to HTTPS", "first record does not look like a TLS"]) {
            return Self::NotSecure;
        }
        if says(&["malformed HTTP response", "malformed HTTP status", "malformed HTTP version"]) {
            return Self::NotPlain;
        }
        if says(&["executable file not found"])
            || says(&["exec: "]) && says(&["no such file or directory"])
        {
            return Self::NoProgram;
        }
        if says(&["UNIMPLEMENTED", "does not implement the grpc health", "doesn't implement"]) {
            return Self::NoHealth;
        }
        if said.contains("connection refused") || said.contains("failed to connect service") {
            return Self::Refused;
        }
        let late = ["deadline exceeded", "i/o timeout", "timed out", "Timeout exceeded"];
        if late.iter().any(|it| said.contains(it)) { Self::Nothing } else { Self::Other }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn answers_are_told_apart() {
        for (said, answer) in [
            ("HTTP probe failed with statuscode: 404", Answer::Status(404)),
            (
                r#"Get "http://10.1.1.1:8090/a": dial tcp 10.1.1.1:8090: connect: connection refused"#,
                Answer::Refused,
            ),
            ("dial tcp 10.1.1.1:8080: connect: connection refused", Answer::Refused),
            (
                r#"Get "http://10.1.1.1:8080/a": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"#,
                Answer::Nothing,
            ),
            (r#"command timed out: "sleep 5" timed out after 1s"#, Answer::Nothing),
            (
                r#"Get "https://10.1.1.1:8080/": http: server gave HTTP response to HTTPS client"#,
                Answer::NotSecure,
            ),
            (
                r#"Get "http://10.1.1.1:8443/": malformed HTTP response "\x15\x03""#,
                Answer::NotPlain,
            ),
            (
                r#"rpc error: OCI runtime exec failed: exec: "wget": executable file not found in $PATH"#,
                Answer::NoProgram,
            ),
            (r#"service unhealthy (responded with "UNIMPLEMENTED")"#, Answer::NoHealth),
            ("cat: can't open '/tmp/healthy': No such file or directory", Answer::Other),
            (r#"service unhealthy (responded with "NOT_SERVING")"#, Answer::Other),
        ] {
            assert_eq!(Answer::read(said), answer, "{said}");
        }
    }
}
