//! Sizes as people write them.

use std::{fmt, str::FromStr};

/// A size in bytes, with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        bytes(text).map(Self).ok_or_else(|| "write a size such as 64MiB".to_owned())
    }
}

impl fmt::Display for Size {
    /// In the largest unit that leaves a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let whole = |unit: &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(unit.1);
        let (unit, size) = units.iter().find(whole).unwrap_or(&("B", 1));
        write!(f, "{}{unit}", self.0 / size)
    }
}

/// A size: a number with `KiB`, `MiB`, `GiB`, `Ki`, `Mi`, `Gi`, `KB`, `MB`, `GB`, `B`, or none.
fn bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 10] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];
    let text = text.trim();
    let unit = UNITS.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, *size)));
    let (number, size) = unit.unwrap_or((text, 1));
    number.trim().parse::<u64>().ok()?.checked_mul(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_units_of_kubernetes_and_of_people() {
        for (text, expected) in [("64MiB", 64 << 20), ("1Gi", 1 << 30), ("5 KB", 5_000), ("7", 7)] {
            assert_eq!(bytes(text), Some(expected), "{text}");
        }
        assert_eq!(Size(64 << 20).to_string(), "64MiB");
        assert_eq!(Size(1_500).to_string(), "1500B");
        assert_eq!(bytes("much"), None);
        assert_eq!(bytes("99999999999GiB"), None);
    }
}
