//! `student-01..30`: names that are counted.

/// So many at most: a slip of the finger is no class.
const MOST: u32 = 200;

/// Each name, and each of a range.
pub(super) fn all(texts: &[String]) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for text in texts {
        match text.split_once("..") {
            Some((first, last)) => names.extend(counted(text, first, last)?),
            None => names.push(text.clone()),
        }
    }
    let fine = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    match names.iter().find(|it| it.is_empty() || it.len() > 63 || !it.chars().all(fine)) {
        Some(wrong) => Err(format!("`{wrong}` is no name for a namespace: a to z, 0 to 9 and -")),
        None => Ok(names),
    }
}

fn counted(text: &str, first: &str, last: &str) -> Result<Vec<String>, String> {
    let stem = first.trim_end_matches(|it: char| it.is_ascii_digit());
    let digits = &first[stem.len()..];
    let slip = || format!("`{text}`: such as student-01..30");
    let from: u32 = digits.parse().map_err(|_| slip())?;
    let to: u32 = last.parse().map_err(|_| slip())?;
    if to < from || to - from >= MOST {
        return Err(format!("`{text}`: from 1 to {MOST} namespaces, counted upwards"));
    }
    let wide = digits.len();
    Ok((from..=to).map(|number| format!("{stem}{number:0wide$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::all;

    fn names(texts: &[&str]) -> Result<Vec<String>, String> {
        all(&texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_range_is_counted_as_it_is_written() {
        for (texts, expected) in [
            (&["student-08..10"][..], &["student-08", "student-09", "student-10"][..]),
            (&["s9..11", "teacher"], &["s9", "s10", "s11", "teacher"]),
            (&["a-1..1"], &["a-1"]),
        ] {
            assert_eq!(names(texts).expect("names"), expected);
        }
    }

    #[test]
    fn a_slip_makes_nothing() {
        for (text, told) in [
            ("student-..30", "such as student-01..30"),
            ("student-01..x", "such as student-01..30"),
            ("student-9..1", "counted upwards"),
            ("student-1..1000", "counted upwards"),
            ("Student-1..2", "is no name"),
            ("student-*", "is no name"),
        ] {
            let error = names(&[text]).expect_err(text);
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
