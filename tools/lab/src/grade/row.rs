//! What was found in one namespace.

use crate::run::Problem;

/// So many characters of a reason are told: a line that a person reads.
const SHORT: usize = 160;

pub(super) struct Row {
    pub(super) namespace: String,
    /// The points of all checks.
    pub(super) of: u32,
    pub(super) graded: Graded,
}

pub(super) enum Graded {
    Points {
        points: u32,
        lacks: Vec<Lack>,
    },
    /// It could not be looked at.
    Not(String),
}

/// A check that failed.
pub(super) struct Lack {
    /// Where the worksheet has it.
    pub(super) line: usize,
    pub(super) points: u32,
    pub(super) why: String,
}

impl Row {
    pub(super) fn has_all(&self) -> bool {
        matches!(&self.graded, Graded::Points { lacks, .. } if lacks.is_empty())
    }

    /// `student-07: 3 of 4`
    pub(super) fn short(&self) -> String {
        match &self.graded {
            Graded::Points { points, .. } => format!("{}: {points} of {}", self.namespace, self.of),
            Graded::Not(_) => format!("{}: not graded", self.namespace),
        }
    }
}

impl Lack {
    pub(super) fn new(line: usize, points: u32, problem: &Problem) -> Self {
        let mut told = problem.told.clone();
        // An exit code says less than what the command said last.
        if told.len() == 1 {
            // Of `kubectl exec`, behind what was said in the pod.
            let said = |it: &&String| !it.starts_with("command terminated with exit code");
            told.extend(problem.came.iter().rev().find(said).cloned());
        }
        Self { line, points, why: plain(&told.join(", ")) }
    }
}

/// One line, without what a terminal would take for an order: it comes from somebody's pods.
fn plain(text: &str) -> String {
    let visible: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lack, plain};
    use crate::run::Problem;

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(plain("  two\n lines\u{1b}[31m"), "two lines [31m");
        assert_eq!(plain(&"가".repeat(200)).chars().count(), 161);
    }

    #[test]
    fn an_exit_code_comes_with_what_the_command_said_last() {
        let told = vec!["it ended with code 1".to_owned()];
        let came = ["one", "Error: no order", "command terminated with exit code 1"];
        let came = came.map(ToOwned::to_owned).to_vec();
        let lack = Lack::new(7, 1, &Problem { told, line: None, came });
        assert_eq!(lack.why, "it ended with code 1, Error: no order");
        let told = vec!["expected  /orders".to_owned(), "came      /".to_owned()];
        let lack = Lack::new(7, 1, &Problem { told, line: None, came: vec!["x".to_owned()] });
        assert_eq!(lack.why, "expected /orders, came /");
    }
}
