use std::ops::Range;

use proptest::prelude::*;

use super::{Mismatch, Pattern};

fn compare(pattern: &str, came: &str) -> Result<Vec<String>, Mismatch> {
    let numbers = Pattern::read(pattern, 1).expect(pattern).compare(came)?;
    let digits = |it: char| it.is_ascii_digit() || it == '-' || it == '.';
    let plain = |it: &str| it.trim_end_matches(|it| !digits(it)).to_owned();
    Ok(numbers.into_iter().map(|it| plain(&it.written)).collect())
}

#[test]
fn a_number_is_told_with_what_was_expected_and_its_unit() {
    for (pattern, came, told) in [
        ("Availability: {50..82} %", "Availability:   69.80 %", "Availability: 50-82 % 69.80 %"),
        ("cpu: {51..}%/50%", "cpu: 290%/50%", "cpu: at least 51% 290%"),
        ("order 1/1 {..90}s", "order   1/1   75s", "order 1/1: at most 90s 75s"),
        (
            "Rate: {1..2.5} trans/sec",
            "Rate:  1.33 trans/sec",
            "Rate: 1-2.5 trans/sec 1.33 trans/sec",
        ),
        ("{3..3} of 4", "3 of 4", " 3 3"),
        ("at {-5..5}", "at -1", "at: -5 to 5 -1"),
    ] {
        let numbers = Pattern::read(pattern, 1).expect(pattern).compare(came).expect(pattern);
        let number = &numbers[0];
        assert_eq!(format!("{} {} {}", number.name(), number.wanted, number.written), told);
    }
}

#[test]
fn what_is_as_it_is_to_be() {
    for (pattern, came, numbers) in [
        ("", "", &[] as &[&str]),
        ("…", "", &[]),
        ("…", "a\nb", &[]),
        ("pod/siege created", "pod/siege created\n", &[]),
        ("NAME READY", "NAME     READY   ", &[]),
        ("order-… 1/1 Running", "order-6b-x2 1/1 Running", &[]),
        ("…\nb\n…", "a\nb\nc", &[]),
        ("…\nb", "b", &[]),
        ("a\n\nb", "a\n\nb", &[]),
        ("…\na\n…\na", "a\na\nb\na", &[]),
        ("Availability: {55..80} %", "Availability:   69.81 %", &["69.81"]),
        ("{1..1} {-5..} {..0.5}", "1 7 0.25", &["1", "7", "0.25"]),
        ("cpu: {51..}%/50%", "cpu: 290%/50%", &["290"]),
        ("AGE {70..90}s", "AGE 75s", &["75"]),
        ("…{5..6}s …", "1s 5s ago", &["5"]),
        (r#"{"status":"UP"}"#, r#"{"status":"UP"}"#, &[]),
        ("{}{..}{a..b}", "{}{..}{a..b}", &[]),
        ("실습 …개", "실습 3개", &[]),
    ] {
        let found = compare(pattern, came);
        assert_eq!(found, Ok(numbers.iter().map(ToString::to_string).collect()), "{pattern}");
    }
}

#[test]
fn what_is_not_is_told_with_its_line_and_what_came_nearest() {
    type Told<'a> = (Option<usize>, Option<&'a str>, Option<&'a str>);
    for (pattern, came, told) in [
        ("a", "", (Some(1), None, None)),
        ("a", "b", (Some(1), Some("b"), None)),
        ("a", "a\nb", (None, Some("b"), None)),
        ("", "b", (None, Some("b"), None)),
        ("a b", "ab", (Some(1), Some("ab"), None)),
        ("a\n…\nb c\nd", "a\nx\nb x\ny", (Some(3), Some("b x"), None)),
        ("Av: {55..80} %", "Av: 100.00 %", (Some(1), Some("Av: 100.00 %"), Some("100.00"))),
        ("…\nAv: {55..80} %\n…", "x\nAv: 12 %\nAnd", (Some(2), Some("Av: 12 %"), Some("12"))),
        ("{1..5}", "15", (Some(1), Some("15"), Some("15"))),
        ("…{1..5}", "15", (Some(1), Some("15"), Some("15"))),
        ("{1..5}", "five", (Some(1), Some("five"), None)),
        ("{1..5}", "5.5", (Some(1), Some("5.5"), Some("5.5"))),
    ] as [(&str, &str, Told); 12]
    {
        let mismatch = compare(pattern, came).expect_err(pattern);
        let number = mismatch.number.as_deref().map(|it| it.split(' ').next().expect("a word"));
        assert_eq!((mismatch.line, mismatch.nearest.as_deref(), number), told, "{pattern}");
    }
}

/// Text in which nothing has a meaning.
fn plain(lines: Range<usize>) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-z {}.:/]{0,12}", lines)
        .prop_map(|lines| lines.into_iter().map(|it| format!("{it}|").replace("..", ".")).collect())
}

proptest! {
    #[test]
    fn any_text_is_as_it_is_to_be_where_parts_are_left_open(
        lines in plain(0..8),
        open in proptest::collection::vec(any::<(bool, prop::sample::Index)>(), 8),
    ) {
        let pattern: Vec<String> = lines.iter().zip(&open).map(|(line, (whole, at))| {
            if *whole { "…".to_owned() } else { format!("{}…|", &line[..at.index(line.len())]) }
        }).collect();
        let result = compare(&pattern.join("\n"), &lines.join("\n"));
        prop_assert!(result.is_ok(), "{pattern:?}: {result:?}");
    }

    #[test]
    fn a_line_that_is_missing_is_noticed(
        lines in plain(1..8),
        at in any::<prop::sample::Index>(),
    ) {
        let mut fewer = lines.clone();
        fewer.remove(at.index(lines.len()));
        prop_assert!(compare(&lines.join("\n"), &fewer.join("\n")).is_err());
    }

    #[test]
    fn a_number_is_in_its_range_or_it_is_not(from in -99..99i32, more in 0..99i32, it in -299..299i32) {
        let pattern = format!("… is {{{from}..{}}} %", from + more);
        let fits = (from..=from + more).contains(&it);
        prop_assert_eq!(compare(&pattern, &format!("it is {it} %")).is_ok(), fits);
    }
}
