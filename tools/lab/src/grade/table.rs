//! The rows as a person reads them.

use std::time::Duration;

use super::row::{Graded, Row};
use crate::worksheet::Worksheet;

pub(super) fn show(worksheet: &Worksheet, checks: usize, rows: &[Row], took: Duration) {
    let of = rows.first().map_or(0, |it| it.of);
    say!("\n{}: {checks} checks, {of} points\n", worksheet.path.display());
    let wide = rows.iter().map(|it| it.namespace.len()).max().unwrap_or(0).max("NAMESPACE".len());
    say!("{:wide$}  POINTS", "NAMESPACE");
    for Row { namespace, of, graded } in rows {
        match graded {
            Graded::Points { points, lacks } => {
                say!("{namespace:wide$}  {points} of {of}");
                for lack in lacks {
                    say!("{:wide$}    {} for line {}: {}", "", lack.points, lack.line, lack.why);
                }
            }
            Graded::Not(why) => say!("{namespace:wide$}  not graded: {why}"),
        }
    }
    let all = rows.iter().filter(|it| it.has_all()).count();
    let not = rows.iter().filter(|it| matches!(it.graded, Graded::Not(_))).count();
    let less = rows.len() - all - not;
    say!(
        "\n{} namespaces: {all} with all points, {less} with less, {not} not graded; in {:.1} s",
        rows.len(),
        took.as_secs_f64()
    );
}
