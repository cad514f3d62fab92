//! `lab grade`: looks at what students have built, and counts the points of a worksheet's checks.

mod csv;
mod row;
mod table;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use row::{Graded, Lack, Row};

use crate::{
    cli::Grade,
    cluster::{Cluster, are_patterns},
    failure::Failure,
    interrupt,
    run::{Problem, judge},
    terminal::Terminal,
    worksheet::{Action, Command, Worksheet},
};

/// A check of a worksheet.
struct Check<'a> {
    line: usize,
    points: u32,
    command: &'a Command,
}

/// Looks into each namespace, several at once, and tells who has how many points.
pub(crate) fn grade(wanted: &Grade) -> Result<(), Failure> {
    let worksheet = Worksheet::read(&wanted.worksheet)?;
    let checks = checks(&worksheet)?;
    are_patterns(&wanted.namespaces)?;
    let runtime = crate::threads::threads()?;
    interrupt::listen(runtime.handle())?;
    let cluster = Cluster::reach(&runtime, wanted.context.as_deref())?;
    let namespaces = runtime.block_on(cluster.named(&wanted.namespaces))?;
    let began = Instant::now();
    let room = Room {
        runtime: &runtime,
        cluster: &cluster,
        folder: &worksheet.folder(),
        checks: &checks,
        limit: wanted.limit.into(),
    };
    let rows = room.look(namespaces, wanted.at_once)?;
    table::show(&worksheet, checks.len(), &rows, began.elapsed());
    if let Some(file) = &wanted.csv {
        fs::write(file, csv::text(&rows)).map_err(|error| Failure::unwritable(file, error))?;
    }
    if rows.iter().all(Row::has_all) { Ok(()) } else { Err(Failure::Lacking) }
}

fn checks(worksheet: &Worksheet) -> Result<Vec<Check<'_>>, Failure> {
    let checks = worksheet.steps.iter().filter_map(|step| match &step.action {
        Action::Type(command) => {
            command.points.map(|points| Check { line: step.line, points, command })
        }
        Action::Start { .. } | Action::Look { .. } => None,
    });
    let checks: Vec<Check> = checks.collect();
    if checks.is_empty() {
        return Err(Failure::Content(format!(
            "{} has no check: a block that begins with ```sh points=1",
            worksheet.path.display()
        )));
    }
    Ok(checks)
}

/// What is the same for all namespaces.
struct Room<'a> {
    runtime: &'a Runtime,
    cluster: &'a Cluster,
    /// Where commands are typed.
    folder: &'a Path,
    checks: &'a [Check<'a>],
    limit: Duration,
}

impl Room<'_> {
    /// A row for each; one that cannot be looked at does not keep the others from it. An error is an
    /// interrupt, or a shell that does not start.
    fn look(
        &self,
        namespaces: BTreeMap<String, Option<String>>,
        at_once: u32,
    ) -> Result<Vec<Row>, Failure> {
        let of = self.checks.iter().map(|it| it.points).sum();
        let rest = Mutex::new(namespaces.into_iter());
        let rows = Mutex::new(Vec::new());
        thread::scope(|threads| {
            let eye = || -> Result<(), Failure> {
                loop {
                    let next = rest.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((namespace, why)) = next else { return Ok(()) };
                    let graded = match why {
                        Some(why) => Graded::Not(why),
                        None => self.look_into(&namespace)?,
                    };
                    let row = Row { namespace, of, graded };
                    eprintln!("{}", row.short());
                    rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
                }
            };
            let eyes: Vec<_> = (0..at_once).map(|_| threads.spawn(eye)).collect();
            // The first that fails is told; the others end by themselves.
            eyes.into_iter().try_for_each(|it| it.join().expect("it does not panic"))
        })?;
        let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        rows.sort_by(|one, other| one.namespace.cmp(&other.namespace));
        Ok(rows)
    }

    fn look_into(&self, namespace: &str) -> Result<Graded, Failure> {
        // Else each check would fail, and it would look as if nothing were right there.
        match self.runtime.block_on(self.cluster.may("get", "pods", Some(namespace))) {
            Err(Failure::Cluster(why)) => return Ok(Graded::Not(why)),
            other => other?,
        }
        let door = self.cluster.door(namespace)?;
        let (mut points, mut lacks) = (0, Vec::new());
        for check in self.checks {
            // What is just changing may look wrong for a moment.
            let mut told = self.type_in(check, &door.kubeconfig())?;
            if told.is_err() {
                told = self.type_in(check, &door.kubeconfig())?;
            }
            match told {
                Ok(()) => points += check.points,
                Err(problem) => lacks.push(Lack::new(check.line, check.points, &problem)),
            }
        }
        Ok(Graded::Points { points, lacks })
    }

    /// In a shell of its own, so that a check hangs on nothing that was typed before.
    fn type_in(&self, check: &Check, kubeconfig: &Path) -> Result<Result<(), Problem>, Failure> {
        let mut terminal = Terminal::open(self.folder, Some(kubeconfig), |_| ())?;
        terminal.start(&check.command.text)?;
        let shown = terminal.watch(Instant::now() + self.limit, |_| false)?;
        Ok(match shown.code {
            None => Err(Problem::late(self.limit, &shown.text())),
            Some(code) => judge(check.command, code, &shown.text()).map(|_| ()),
        })
    }
}
