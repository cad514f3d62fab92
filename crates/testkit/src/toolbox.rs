//! Load from inside the cluster: the pod `siege` of the worksheets, and the tools in it.

use std::time::Duration;

use crate::{Namespace, eventually_within};

/// The pod `siege`, ready to run what is typed.
pub struct Toolbox<'a> {
    namespace: &'a Namespace,
}

/// What somebody who asked all the time was told.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Requests that were answered with 2xx or 3xx.
    pub answered: u64,
    /// All others: refused, reset, cut off, timed out, or answered with 4xx or 5xx.
    pub failed: u64,
}

/// A client that asks until it is told to stop.
pub struct Asking<'a> {
    toolbox: &'a Toolbox<'a>,
    name: String,
    tool: Tool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Wrk,
    Siege,
}

impl<'a> Toolbox<'a> {
    /// Starts the pod and waits for it.
    pub fn start(namespace: &'a Namespace) -> Self {
        namespace.kubectl("apply --filename k8s/toolbox.yaml");
        namespace.kubectl("wait --for=condition=Ready pod/siege --timeout=60s");
        Self { namespace }
    }

    /// Runs a line of a worksheet in it.
    pub fn run(&self, line: &str) -> String {
        self.try_run(line).unwrap_or_else(|told| panic!("{line}: {told}"))
    }

    fn try_run(&self, line: &str) -> Result<String, String> {
        let words = ["exec", "siege", "--", "bash", "-mc", line];
        let output = self.namespace.kubectl_command(&words).output().expect("kubectl runs");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Runs siege with these words, of which the last is where, to its end.
    pub fn siege(&self, words: &str) -> Tally {
        let url = words.rsplit(' ').next().expect("a word");
        // Its summary is on stderr.
        self.ask(Tool::Siege, "siege", url, &format!("exec siege {words} >/dev/null")).end()
    }

    /// So many clients who keep their connections, and ask again 5 ms after each answer: what they
    /// send may meet a server that is about to close.
    pub fn keep_asking(&self, url: &str, clients: u32) -> Asking<'_> {
        self.wrk("kept", url, clients, 5, "")
    }

    /// So many clients with a new connection for each request, who ask again 20 ms after each
    /// answer. Not siege, which does not always end when it is told to.
    pub fn ask_anew(&self, url: &str, clients: u32) -> Asking<'_> {
        self.wrk("anew", url, clients, 20, "-H 'Connection: close'")
    }

    fn wrk(&self, how: &str, url: &str, clients: u32, pause: u32, also: &str) -> Asking<'_> {
        let line = format!(
            "echo 'function delay() return {pause} end' >/tmp/$NAME.lua; \
             exec wrk -t1 -c{clients} -d1h --timeout 10s -s /tmp/$NAME.lua {also} {url}"
        );
        self.ask(Tool::Wrk, how, url, &line)
    }

    fn ask(&self, tool: Tool, how: &str, url: &str, line: &str) -> Asking<'_> {
        let part = url.trim_start_matches("http://").split(['/', ':']).next().expect("a host");
        let name = format!("{how}-{part}");
        // By itself and into a file: the connection of an exec may break off on a busy machine. With
        // -m, what runs in the background still hears SIGINT.
        self.run(&format!(
            "(NAME={name}; {line}) >/tmp/{name}.log 2>&1 & echo $! >/tmp/{name}.pid"
        ));
        Asking { toolbox: self, name, tool }
    }
}

impl Asking<'_> {
    /// Lets it finish, and reads its report.
    pub fn stop(self) -> Tally {
        let name = &self.name;
        self.toolbox.run(&format!("kill -INT $(cat /tmp/{name}.pid)"));
        self.end()
    }

    /// Waits until it has finished, and reads its report.
    fn end(self) -> Tally {
        let name = &self.name;
        eventually_within(Duration::from_mins(2), || {
            self.toolbox.try_run(&format!("! kill -0 $(cat /tmp/{name}.pid)"))
        });
        let told = self.toolbox.run(&format!("tail --lines 40 /tmp/{name}.log"));
        let tally = match self.tool {
            Tool::Wrk => wrk(&told),
            Tool::Siege => siege(&told),
        };
        let tally = tally.unwrap_or_else(|| panic!("{} says nothing to count: {told}", self.name));
        eprintln!("{}: {} answered, {} failed", self.name, tally.answered, tally.failed);
        tally
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, it| Self {
            answered: sum.answered + it.answered,
            failed: sum.failed + it.failed,
        })
    }
}

/// `2100 requests in 10.01s`, and if any failed `Socket errors: connect 0, read 3, write 0, timeout
/// 0` and `Non-2xx or 3xx responses: 7`.
fn wrk(told: &str) -> Option<Tally> {
    let requests = told.lines().find_map(|line| line.split_once(" requests in "))?;
    let requests: u64 = requests.0.trim().parse().ok()?;
    let numbers = |line: &str| -> u64 {
        let words = line.split([' ', ',']);
        words.filter_map(|word| word.parse::<u64>().ok()).sum()
    };
    let of = |heading: &str| {
        let line = told.lines().find_map(|line| line.trim().strip_prefix(heading));
        line.map_or(0, numbers)
    };
    let refused = of("Non-2xx or 3xx responses:");
    Some(Tally { answered: requests - refused, failed: refused + of("Socket errors:") })
}

/// `Successful transactions: 100` and `Failed transactions: 0`.
fn siege(told: &str) -> Option<Tally> {
    let of = |heading: &str| -> Option<u64> {
        let line = told.lines().find_map(|line| line.trim().strip_prefix(heading))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse().ok()
    };
    Some(Tally { answered: of("Successful transactions")?, failed: of("Failed transactions")? })
}
