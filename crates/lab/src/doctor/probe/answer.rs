//! What a probe got, as events tell it.

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing listens there.
    Refused,
    /// An answer of HTTP.
    Status(i64),
    /// No answer in time.
    Nothing,
    /// A command that failed, or what a service of gRPC says.
    Other,
}

impl Answer {
    pub(super) fn read(said: &str) -> Self {
        if let Some((_, status)) = said.split_once("statuscode: ") {
            let digits: String = status.chars().take_while(char::is_ascii_digit).collect();
            return digits.parse().map_or(Self::Other, Self::Status);
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
            ("cat: can't open '/tmp/healthy': No such file or directory", Answer::Other),
            (r#"service unhealthy (responded with "NOT_SERVING")"#, Answer::Other),
        ] {
            assert_eq!(Answer::read(said), answer, "{said}");
        }
    }
}
