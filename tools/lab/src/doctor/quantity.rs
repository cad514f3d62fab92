//! Amounts as Kubernetes writes them: `200m`, `1.5`, `128Mi`.

/// In cores or bytes.
pub(super) fn read(written: &str) -> Option<f64> {
    let end = written.find(|it: char| it.is_ascii_alphabetic()).unwrap_or(written.len());
    let (number, unit) = written.split_at(end);
    let times = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "Ki" => 1024.0,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        // `2e3`
        _ => return written.parse().ok(),
    };
    number.parse::<f64>().ok().map(|it| it * times)
}

/// So many cores, or so much memory, as people write it.
pub(super) fn shown(resource: &str, amount: f64) -> String {
    const MI: f64 = 1024.0 * 1024.0;
    match resource {
        "cpu" if amount < 1.0 => format!("{:.0}m", amount * 1000.0),
        "cpu" => format!("{}", (amount * 100.0).round() / 100.0),
        "memory" if amount >= 1024.0 * MI => {
            format!("{}Gi", (amount / MI / 1024.0 * 10.0).round() / 10.0)
        }
        "memory" => format!("{:.0}Mi", (amount / MI).ceil()),
        _ => format!("{amount}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{read, shown};

    #[test]
    fn amounts_are_read_and_shown() {
        for (resource, written, amount, again) in [
            ("cpu", "200m", 0.2, "200m"),
            ("cpu", "200", 200.0, "200"),
            ("cpu", "1.5", 1.5, "1.5"),
            ("memory", "128Mi", 134_217_728.0, "128Mi"),
            ("memory", "24581692Ki", 25_171_652_608.0, "23.4Gi"),
            ("memory", "1e9", 1e9, "954Mi"),
            ("pods", "110", 110.0, "110"),
        ] {
            let read = read(written).expect(written);
            assert!((read - amount).abs() < 1e-6, "{written}: {read}");
            assert_eq!(shown(resource, read), again, "{written}");
        }
        assert_eq!(read("much"), None);
    }
}
