//! `lab verify`: types what a worksheet says, and compares what comes.

mod outcome;
mod terminals;
mod traffic;

use std::{
    io,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use k8s_openapi::jiff::Timestamp;
use tokio::runtime::Runtime;

use outcome::Seen;
pub(crate) use outcome::{Outcome, Problem, Verdict};
use terminals::{FIRST, Terminals};
use traffic::Listener;
pub(crate) use traffic::{Second, Traffic};

use crate::{
    cli::Verify,
    cluster::{Cluster, Namespace, Timeline},
    failure::Failure,
    html, interrupt, junit,
    pattern::Pattern,
    report,
    terminal::Shown,
    worksheet::{Action, Command, Step, Worksheet},
};

/// How long something may take, if the worksheet does not say.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long after a look the next one is.
const PACE: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(100);

/// Runs a worksheet, and shows each step as it is done.
pub(crate) fn verify(wanted: &Verify) -> Result<(), Failure> {
    let worksheet = Worksheet::read(&wanted.worksheet)?;
    if !worksheet.needs.cluster && wanted.namespace.is_some() {
        let told = "the worksheet needs no cluster: leave --namespace out";
        return Err(Failure::File(told.to_owned()));
    }
    let runtime = Runtime::new()
        .map_err(|error| Failure::File(format!("no threads can be started: {error}")))?;
    interrupt::listen(runtime.handle())?;
    let namespace =
        worksheet.needs.cluster.then(|| namespace(&runtime, wanted, &worksheet)).transpose()?;
    let began = Instant::now();
    let timeline = namespace.as_ref().map(|it| it.timeline(began));
    let listener = Listener::new(began);
    report::begin(&worksheet, namespace.as_ref().map(|it| it.name.as_str()));

    let kubeconfig = namespace.as_ref().map(Namespace::kubeconfig);
    let mut run = Run {
        worksheet: &worksheet,
        began,
        terminals: Terminals::new(worksheet.folder(), kubeconfig, listener.clone()),
        step_by_step: wanted.step,
        outcomes: Vec::new(),
    };
    let ended = run.all();
    // A namespace of ours takes all with it that is in it; nodes are not.
    let ours = wanted.namespace.is_none() && namespace.is_some();
    if ended.is_err() && (!ours || worksheet.needs.nodes.is_some()) {
        interrupt::go_on();
        run.terminals.close_all();
        run.clean_up()?;
    }
    let Run { terminals, outcomes, .. } = run;
    drop(terminals);
    ended?;
    let name = namespace.as_ref().map(|it| it.name.as_str());
    let history = timeline.as_ref().map(Timeline::history).unwrap_or_default();
    let traffic = listener.traffic();
    finish(
        wanted,
        &html::Told {
            worksheet: &worksheet,
            namespace: name,
            ended: Timestamp::now(),
            outcomes: &outcomes,
            history: &history,
            traffic: &traffic,
        },
    )
}

fn finish(wanted: &Verify, told: &html::Told) -> Result<(), Failure> {
    let html::Told { worksheet, outcomes, .. } = told;
    let failed = outcomes.iter().any(Outcome::has_failed);
    let timeline = told.history.lines();
    if wanted.timeline || failed {
        report::timeline(&timeline);
    }
    report::end(worksheet, outcomes);
    if let Some(file) = &wanted.junit {
        junit::write(file, worksheet, outcomes, &timeline)?;
    }
    if let Some(file) = &wanted.html {
        html::write(file, told)?;
    }
    if failed { Err(Failure::Differs) } else { Ok(()) }
}

fn namespace<'a>(
    runtime: &'a Runtime,
    wanted: &Verify,
    worksheet: &Worksheet,
) -> Result<Namespace<'a>, Failure> {
    let cluster = Cluster::reach(runtime, wanted.context.as_deref())?;
    if let Some(nodes) = worksheet.needs.nodes {
        runtime.block_on(cluster.has_nodes(nodes))?;
    }
    match &wanted.namespace {
        Some(name) => Namespace::given(runtime, cluster, name),
        None => Namespace::make(runtime, cluster, &worksheet.name(), wanted.keep),
    }
}

struct Run<'a> {
    worksheet: &'a Worksheet,
    began: Instant,
    terminals: Terminals,
    step_by_step: bool,
    outcomes: Vec<Outcome>,
}

impl Run<'_> {
    /// An error is an interrupt, or a shell that does not start; what differs is an outcome.
    fn all(&mut self) -> Result<(), Failure> {
        for step in &self.worksheet.steps {
            let failed = self.outcomes.iter().any(Outcome::has_failed);
            if failed && !is_clean_up(step) {
                self.outcomes.push(Outcome::skipped(step, self.began.elapsed()));
                continue;
            }
            report::heading(step, self.outcomes.last());
            if self.step_by_step {
                report::about_to(step);
                enter()?;
            }
            self.take(step)?;
        }
        Ok(())
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
        report::outcome(self.worksheet, &outcome);
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
