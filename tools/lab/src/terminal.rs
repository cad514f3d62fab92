//! A terminal: a bash that keeps its folder and its variables from one command to the next.

use std::{
    io::{self, Read, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::{failure::Failure, interrupt};

/// How long at most until an interrupt is noticed.
const GLANCE: Duration = Duration::from_millis(100);
/// How long a command may take to end when it is told to.
const GRACE: Duration = Duration::from_secs(2);

/// A shell, and what it shows.
pub(crate) struct Terminal {
    shell: Child,
    keyboard: ChildStdin,
    screen: Arc<Screen>,
    /// What tells the end of a command from what it writes.
    mark: String,
}

/// What the last command wrote so far, and how it ended.
#[derive(Default)]
struct Screen {
    shown: Mutex<Shown>,
    changed: Condvar,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    bytes: Vec<u8>,
    /// The exit code of the command, if it has ended.
    pub(crate) code: Option<i32>,
}

impl Shown {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Terminal {
    /// Opens one in a folder, with a kubeconfig if there is one; whoever listens is told each line
    /// as it comes.
    pub(crate) fn open(
        folder: &Path,
        kubeconfig: Option<&Path>,
        hear: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self, Failure> {
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc"]).current_dir(folder);
        command.envs(kubeconfig.map(|path| ("KUBECONFIG", path)));
        // Colours would stand between the words that are to be seen.
        command.env("TERM", "dumb");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        // So that Ctrl-C is ours to handle, and what it started ends with it.
        command.process_group(0);
        let failed = |error| Failure::Program(format!("bash does not start: {error}"));
        let mut shell = command.spawn().map_err(failed)?;
        let mut keyboard = shell.stdin.take().expect("it was asked for");
        let output = shell.stdout.take().expect("it was asked for");
        keyboard.write_all(b"exec 2>&1\n").map_err(failed)?;
        let mark = format!("\n--- {} ", uuid::Uuid::new_v4().simple());
        let screen = Arc::new(Screen::default());
        let (reader, end) = (screen.clone(), mark.clone().into_bytes());
        thread::spawn(move || reader.follow(output, &end, hear));
        Ok(Self { shell, keyboard, screen, mark })
    }

    /// Types a command, as it is written; nothing waits for its end.
    pub(crate) fn start(&mut self, text: &str) -> Result<(), Failure> {
        *self.screen.lock() = Shown::default();
        let quoted = text.replace('\'', r"'\''");
        let mark = self.mark.trim();
        // Any of its lines may fail, not only the last.
        let line = format!(
            "__code=0; trap '__code=$?' ERR; {{ eval '{quoted}'; }} </dev/null; trap - ERR; \
             printf '\\n%s %d\\n' '{mark}' \"$__code\"\n"
        );
        let typed = self.keyboard.write_all(line.as_bytes());
        typed.map_err(|_| Failure::Program("the shell has ended: was `exit` typed?".to_owned()))
    }

    /// Looks at it until `done`, until the command has ended, or until the deadline.
    pub(crate) fn watch(
        &self,
        deadline: Instant,
        mut done: impl FnMut(&Shown) -> bool,
    ) -> Result<Shown, Failure> {
        let mut shown = self.screen.lock();
        loop {
            interrupt::check()?;
            if shown.code.is_some() || done(&shown) || Instant::now() >= deadline {
                return Ok(shown.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now()).min(GLANCE);
            let waited = self.screen.changed.wait_timeout(shown, left);
            shown = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.shell.id()).ok().and_then(Pid::from_raw) {
            // It fails if all of them have ended.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        let deadline = Instant::now() + GRACE;
        while matches!(self.shell.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        self.signal(Signal::KILL);
        let _ = self.shell.wait();
    }
}

impl Screen {
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what the shell writes, until it ends.
    fn follow(&self, mut output: impl Read, mark: &[u8], mut hear: impl FnMut(&str)) {
        let mut piece = [0; 8192];
        let mut begun = Vec::new();
        loop {
            let read = match output.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            let mut shown = self.lock();
            let before = shown.bytes.len().saturating_sub(mark.len());
            shown.bytes.extend_from_slice(&piece[..read]);
            shown.end_at(mark, before);
            drop(shown);
            self.changed.notify_all();
            for part in piece[..read].split_inclusive(|it| *it == b'\n') {
                begun.extend_from_slice(part);
                if begun.ends_with(b"\n") {
                    hear(String::from_utf8_lossy(&begun).trim_end());
                    begun.clear();
                }
            }
        }
        self.lock().code.get_or_insert(-1);
        self.changed.notify_all();
    }
}

impl Shown {
    /// Takes the mark off, if it is there and its line is complete.
    fn end_at(&mut self, mark: &[u8], from: usize) {
        // The code behind it may come a moment later.
        let from = from.saturating_sub(16);
        let at = self.bytes[from..].windows(mark.len()).position(|it| it == mark);
        let Some(at) = at.map(|it| it + from) else { return };
        let code = &self.bytes[at + mark.len()..];
        let Some(end) = code.iter().position(|it| *it == b'\n') else { return };
        self.code = std::str::from_utf8(&code[..end]).ok().and_then(|it| it.parse().ok());
        self.bytes.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        path::Path,
        time::{Duration, Instant},
    };

    use super::{Shown, Terminal};

    fn terminal() -> Terminal {
        Terminal::open(Path::new("/"), None, |_| ()).expect("there is a bash")
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    fn run(terminal: &mut Terminal, text: &str) -> (String, Option<i32>) {
        terminal.start(text).expect("it is open");
        let shown = terminal.watch(soon(), |_| false).expect("nobody interrupts");
        (shown.text(), shown.code)
    }

    #[test]
    fn it_keeps_its_folder_and_its_variables() {
        let mut terminal = terminal();
        assert_eq!(run(&mut terminal, "cd /usr; said='it'\"'\"'s'\n"), (String::new(), Some(0)));
        assert_eq!(run(&mut terminal, "pwd; echo $said"), ("/usr\nit's\n".to_owned(), Some(0)));
    }

    #[test]
    fn what_is_written_to_either_stream_is_seen_as_it_is_written() {
        let mut terminal = terminal();
        assert_eq!(
            run(&mut terminal, "echo one >&2; printf two"),
            ("one\ntwo".to_owned(), Some(0))
        );
        assert_eq!(run(&mut terminal, "cat"), (String::new(), Some(0)), "nothing to read");
    }

    #[test]
    fn a_line_that_fails_is_not_hidden_by_those_after_it() {
        let mut terminal = terminal();
        for (text, code) in [
            ("false\ntrue", 1),
            ("if false; then :; fi", 0),
            ("false || true", 0),
            ("sh -c 'exit 7'", 7),
            ("echo 'no end", 2),
            ("true", 0),
        ] {
            assert_eq!(run(&mut terminal, text).1, Some(code), "{text}");
        }
    }

    #[test]
    fn it_can_be_watched_while_a_command_runs_on() {
        let mut terminal = terminal();
        terminal.start("echo first; sleep 1000").expect("it is open");
        let first = |it: &Shown| it.text().contains("first");
        let shown = terminal.watch(soon(), first).expect("nobody interrupts");
        assert_eq!((shown.text().as_str(), shown.code), ("first\n", None));
    }

    #[test]
    fn who_listens_hears_each_line_once_it_is_complete() {
        let (teller, listener) = std::sync::mpsc::channel();
        let hear = move |line: &str| teller.send(line.to_owned()).expect("it is listened to");
        let mut terminal = Terminal::open(Path::new("/"), None, hear).expect("there is a bash");
        run(&mut terminal, "printf one; printf ' two\\nthree\\n'");
        drop(terminal);
        let lines: Vec<String> = listener.iter().filter(|it| !it.starts_with("---")).collect();
        assert_eq!(lines[..2], ["one two", "three"]);
    }

    #[test]
    fn a_shell_that_was_left_has_ended() {
        let mut terminal = terminal();
        assert_eq!(run(&mut terminal, "exit 3").1, Some(-1));
    }

    #[test]
    fn what_it_started_ends_with_it() {
        let mut terminal = terminal();
        let (told, _) = run(&mut terminal, "sleep 1000 & echo $!");
        let process = format!("/proc/{}/stat", told.trim());
        assert!(Path::new(&process).exists(), "{process}");
        drop(terminal);
        // It has been killed, and ends when its turn comes. One that has ended and that nobody has
        // asked for yet is a Z.
        testkit::eventually(|| match std::fs::read_to_string(&process) {
            Ok(state) if !state.contains(") Z ") => Err(state),
            _ => Ok(()),
        });
    }
}
