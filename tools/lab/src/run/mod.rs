//! Runs a worksheet: types its commands, and compares what comes with what is expected.

mod outcome;
mod terminals;
mod traffic;

use std::{
    io,
    path::PathBuf,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use outcome::Seen;
pub(crate) use outcome::{Outcome, Problem, Verdict};
use terminals::{FIRST, Terminals};
pub(crate) use traffic::{Listener, Second, Traffic};

use crate::{
    failure::Failure,
    interrupt,
    pattern::Pattern,
    terminal::Shown,
    worksheet::{Action, Command, Step, Worksheet},
};

/// How long something may take, if the worksheet does not say.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long after a look the next one is.
const PACE: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(100);

/// What happens in a run, in this order for each step.
pub(crate) enum Event<'a> {
    /// A step begins; `before` is how the one before it ended.
    Begins { step: &'a Step, before: Option<&'a Outcome> },
    /// A step waits for the Enter key.
    Waits(&'a Step),
    /// A step has ended.
    Ended(&'a Outcome),
}

/// A worksheet that is run.
pub(crate) struct Run<'a> {
    worksheet: &'a Worksheet,
    began: Instant,
    terminals: Terminals,
    step_by_step: bool,
    outcomes: Vec<Outcome>,
    report: &'a mut dyn FnMut(Event<'_>),
}

impl<'a> Run<'a> {
    /// Times count from `began`; each event goes to `report`.
    pub(crate) fn new(
        worksheet: &'a Worksheet,
        began: Instant,
        kubeconfig: Option<PathBuf>,
        listener: Listener,
        report: &'a mut dyn FnMut(Event<'_>),
    ) -> Self {
        let terminals = Terminals::new(worksheet.folder(), kubeconfig, listener);
        let (step_by_step, outcomes) = (false, Vec::new());
        Self { worksheet, began, terminals, step_by_step, outcomes, report }
    }

    /// Waits for the Enter key before each step.
    pub(crate) fn step_by_step(self) -> Self {
        Self { step_by_step: true, ..self }
    }

    /// Runs all steps. An error is an interrupt, or a shell that does not start; what differs is an outcome.
    pub(crate) fn all(&mut self) -> Result<(), Failure> {
        for step in &self.worksheet.steps {
            let failed = self.outcomes.iter().any(Outcome::has_failed);
            if failed && !is_clean_up(step) {
                self.outcomes.push(Outcome::skipped(step, self.began.elapsed()));
                continue;
            }
            (self.report)(Event::Begins { step, before: self.outcomes.last() });
            if self.step_by_step {
                (self.report)(Event::Waits(step));
                enter()?;
            }
            self.take(step)?;
        }
        Ok(())
    }

    /// Does what the worksheet wants done however the rest ended.
    pub(crate) fn clean_up_after_interrupt(&mut self) -> Result<(), Failure> {
        interrupt::go_on();
        self.terminals.close_all();
        self.clean_up()
    }

    /// Closes the terminals, and returns how the steps ended.
    pub(crate) fn end(self) -> Vec<Outcome> {
        self.outcomes
    }

    /// What is to be done however the rest ended.
    fn clean_up(&mut self) -> Result<(), Failure> {
        for step in self.worksheet.steps.iter().filter(|it| is_clean_up(it)) {
            self.take(step)?;
        }
        Ok(())
    }

    fn take(&mut self, step: &Step) -> Result<(), Failure> {
        let began = Instant::now();
        let seen = match &step.action {
            Action::Type(command) => self.type_in(command)?,
            Action::Start { terminal, text } => self.start(*terminal, text)?,
            Action::Look { terminal, seen, until, .. } => self.look(*terminal, seen, *until)?,
        };
        let outcome = Outcome::new(step, began - self.began, began.elapsed(), seen);
        (self.report)(Event::Ended(&outcome));
        self.outcomes.push(outcome);
        Ok(())
    }

    fn type_in(&mut self, command: &Command) -> Result<Seen, Failure> {
        let patience = command.until.or(command.within).unwrap_or(PATIENCE);
        let deadline = Instant::now() + patience;
        let mut before: Option<Problem> = None;
        for tries in 1.. {
            let terminal = self.terminals.open(FIRST)?;
            terminal.start(&command.text)?;
            let shown = terminal.watch(deadline, |_| false)?;
            let text = shown.text();
            let Some(code) = shown.code else {
                // It still runs: what is typed next needs another shell.
                self.terminals.close(FIRST);
                // What the look before it showed says more than that this one was cut off.
                let problem = before.map_or_else(
                    || Problem::late(patience, &text),
                    |it| it.after(tries - 1, patience),
                );
                return Ok(Seen(Verdict::Failed(problem), text));
            };
            match judge(command, code, &text) {
                Ok(numbers) => return Ok(Seen(Verdict::Passed(numbers), text)),
                Err(problem) if command.until.is_none() => {
                    return Ok(Seen(Verdict::Failed(problem), text));
                }
                Err(problem) if Instant::now() + PACE >= deadline => {
                    return Ok(Seen(Verdict::Failed(problem.after(tries, patience)), text));
                }
                Err(problem) => before = Some(problem),
            }
            pause(PACE)?;
        }
        unreachable!("the deadline ends it")
    }

    fn start(&mut self, number: u32, text: &str) -> Result<Seen, Failure> {
        if let Some(terminal) = self.terminals.get(number) {
            let shown = terminal.watch(Instant::now() + PATIENCE, |_| false)?;
            if shown.code.is_none() {
                let text = shown.text();
                return Ok(Seen(Verdict::Failed(Problem::late(PATIENCE, &text)), text));
            }
        }
        self.terminals.open(number)?.start(text)?;
        Ok(Seen(Verdict::Started, String::new()))
    }

    fn look(
        &mut self,
        number: u32,
        seen: &Pattern,
        until: Option<Duration>,
    ) -> Result<Seen, Failure> {
        let patience = until.unwrap_or(PATIENCE);
        let terminal = self.terminals.open(number)?;
        let enough = |it: &Shown| until.is_some() && seen.compare(&it.text()).is_ok();
        let shown = terminal.watch(Instant::now() + patience, enough)?;
        let text = shown.text();
        let verdict = match seen.compare(&text) {
            Ok(_) if until.is_none() && shown.code.is_none() => {
                Verdict::Failed(Problem::late(patience, &text))
            }
            Ok(numbers) => Verdict::Passed(numbers),
            Err(mismatch) => {
                let problem = Problem::differs(mismatch, &text);
                Verdict::Failed(if shown.code.is_none() {
                    problem.still(patience)
                } else {
                    problem
                })
            }
        };
        Ok(Seen(verdict, text))
    }
}

/// Whether a command has ended as it was to, and shown what was to be seen.
pub(crate) fn judge(
    command: &Command,
    code: i32,
    text: &str,
) -> Result<Vec<crate::pattern::Number>, Problem> {
    if (code != 0) != command.fails {
        return Err(Problem::code(code, text));
    }
    command.seen.as_ref().map_or(Ok(Vec::new()), |seen| {
        seen.compare(text).map_err(|mismatch| Problem::differs(mismatch, text))
    })
}

fn is_clean_up(step: &Step) -> bool {
    matches!(&step.action, Action::Type(command) if command.always)
}

fn pause(time: Duration) -> Result<(), Failure> {
    let deadline = Instant::now() + time;
    while Instant::now() < deadline {
        interrupt::check()?;
        thread::sleep(GLANCE.min(time));
    }
    Ok(())
}

/// Waits for the Enter key, or the end of what is typed.
fn enter() -> Result<(), Failure> {
    let (pressed, waits) = mpsc::channel();
    thread::spawn(move || pressed.send(io::stdin().read_line(&mut String::new())));
    while matches!(waits.recv_timeout(GLANCE), Err(RecvTimeoutError::Timeout)) {
        interrupt::check()?;
    }
    Ok(())
}
