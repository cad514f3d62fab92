//! `lab watch`: what is in a namespace, as it changes.

mod frame;
mod now;
mod screen;
mod table;

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use k8s_openapi::jiff::Timestamp;

use frame::{Place, frame};
use now::{KINDS, Now};
use screen::{Screen, size};

use crate::{
    cli::Watch,
    cluster::{Cluster, Kind, News, follow, unreachable},
    failure::Failure,
    interrupt,
};

/// Ages change by the second.
const TICK: Duration = Duration::from_secs(1);
/// How soon after something changed it is shown; what changes meanwhile is shown with it.
const SOON: Duration = Duration::from_millis(100);
/// How long the cluster may take until everything has been told once.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where there is no terminal, nothing has to be cut.
const WIDE: usize = 160;

/// What can happen while we look.
enum Heard {
    News(Kind, News),
    Key(u8),
}

/// Shows it until somebody wants the end.
pub(crate) fn watch(wanted: &Watch) -> Result<(), Failure> {
    let runtime = crate::threads::threads()?;
    let cluster = Cluster::reach(&runtime, wanted.context.as_deref())?;
    let current = cluster.client().default_namespace();
    let namespace = wanted.namespace.clone().unwrap_or_else(|| current.to_owned());
    runtime.block_on(cluster.has(&namespace))?;
    interrupt::listen_quietly(runtime.handle())?;
    let (tell, heard) = mpsc::channel();
    for kind in KINDS {
        let tell = tell.clone();
        // It fails when nobody looks any more.
        let news = move |kind, news| drop(tell.send(Heard::News(kind, news)));
        runtime.spawn(follow(cluster.client().clone(), namespace.clone(), kind, news));
    }
    let mut view =
        View { heard, now: Now::default(), namespace, context: cluster.context().to_owned() };
    view.begin()?;
    let terminal = io::stdout().is_terminal();
    let colours = terminal && wanted.no_color.as_ref().is_none_or(|it| it.is_empty());
    if wanted.once {
        view.print(colours);
        return Ok(());
    }
    if !terminal {
        return view.print_changes();
    }
    let screen = Screen::take(colours).map_err(Failure::Terminal)?;
    screen.keys(move |key| tell.send(Heard::Key(key)).is_ok());
    view.show(&screen)
}

struct View {
    heard: Receiver<Heard>,
    now: Now,
    namespace: String,
    context: String,
}

impl View {
    /// Until everything has been told once.
    fn begin(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while !self.now.is_complete() && Instant::now() < deadline {
            interrupt::check()?;
            self.wait(SOON);
        }
        if KINDS.iter().all(|it| self.now.hidden.contains(it)) {
            return Err(unreachable(format_args!(
                "context {}: you may list nothing of what is shown in the namespace {}; ask for a \
                 role that allows it (the ClusterRole `view` does)",
                self.context, self.namespace
            )));
        }
        match self.now.silent.values().next() {
            Some(why) if !self.now.is_complete() => Err(unreachable(why)),
            _ => Ok(()),
        }
    }

    /// Until something is told, or for so long. Whether the end is wanted, and whether anything changed.
    fn wait(&mut self, time: Duration) -> (bool, bool) {
        match self.heard.recv_timeout(time) {
            Ok(Heard::Key(key)) => (matches!(key, b'q' | b'Q'), true),
            Ok(Heard::News(kind, news)) => {
                self.now.hear(kind, news);
                (false, true)
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => (false, false),
        }
    }

    /// Until it is time to show it again. Whether the end is wanted.
    fn next(&mut self) -> Result<bool, Failure> {
        let mut until = Instant::now() + TICK;
        loop {
            interrupt::check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            match self.wait(left.min(SOON)) {
                (true, _) => return Ok(true),
                (_, true) => until = until.min(Instant::now() + SOON),
                _ => {}
            }
        }
    }

    fn lines(&self, wide: usize) -> Vec<table::Line> {
        let (namespace, context) = (&self.namespace, &self.context);
        frame(&self.now, &Place { namespace, context, now: Timestamp::now() }, wide)
    }

    fn show(&mut self, screen: &Screen) -> Result<(), Failure> {
        loop {
            let (wide, rows) = size().unwrap_or((80, 24));
            // The terminal is gone.
            if screen.show(&self.lines(wide), rows).is_err() || self.next()? {
                return Ok(());
            }
        }
    }

    /// Whether somebody reads it.
    fn print(&self, colours: bool) -> bool {
        let wide = size().map_or(WIDE, |(wide, _)| wide);
        let lines = self.lines(wide).into_iter().map(|it| it.written(colours) + "\n");
        io::stdout().write_all(lines.collect::<String>().as_bytes()).is_ok()
    }

    /// A frame for each change, and a blank line between two.
    fn print_changes(&mut self) -> Result<(), Failure> {
        while self.print(false) && writeln!(io::stdout()).is_ok() {
            let end = Instant::now() + TICK;
            let mut changed = false;
            while !changed || Instant::now() < end {
                interrupt::check()?;
                changed |= self.wait(SOON).1;
            }
        }
        Ok(())
    }
}
