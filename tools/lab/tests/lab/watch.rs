//! `lab watch`, as a person starts it: once, into a pipe, and in a terminal.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use rustix::process::Signal;
use testkit::{Namespace, eventually, namespace::PodSecurity};

use crate::person::{Key, Run, kubeconfig, lab, signal};

fn watch(kubeconfig: impl AsRef<Path>) -> Command {
    let mut command = lab("watch");
    command.env_remove("NO_COLOR").env("KUBECONFIG", kubeconfig.as_ref());
    command
}

fn once(kubeconfig: impl AsRef<Path>, namespace: &str) -> Run {
    Run::of(watch(kubeconfig).args(["--once", "--namespace", namespace]))
}

/// A pod that pulls no image from anywhere, and a Service that has it.
fn with_a_pod() -> Namespace {
    let namespace = Namespace::create(PodSecurity::Baseline);
    namespace.kubectl("run toolbox --image bulsajo/toolbox:0.1.0 --port 80 --expose");
    namespace.kubectl("wait pod toolbox --for=condition=Ready --timeout=110s");
    namespace
}

#[test]
fn without_a_cluster_it_says_what_is_missing() {
    let missing = Run::of(watch("/dev/null/kubeconfig").arg("--once"));
    missing.complains(3, "there is no kubeconfig that can be read");
    let nowhere = Key::to_nowhere();
    let run = |options: &[&str]| Run::of(watch(nowhere.path()).args(options));
    run(&["--context", "home"]).complains(3, "the kubeconfig has no context home; it has: school");
    run(&[]).complains(3, "the cluster of context school does not answer at http://");
}

#[test]
fn once_shows_pods_and_endpoints_and_ends() {
    if !Namespace::is_available("once_shows_pods_and_endpoints_and_ends") {
        return;
    }
    let namespace = with_a_pod();
    eventually(|| {
        let run = once(kubeconfig(), namespace.name());
        run.ends_with(0);
        let shown = run.told;
        assert!(!shown.contains('\u{1b}'), "no colours into a pipe: {shown}");
        let all = ["1 pod, 1 ready: 0.1.0 1", "toolbox", "1/1", "Running", "1 of 1"];
        if all.iter().all(|it| shown.contains(it)) { Ok(()) } else { Err(shown) }
    });
    let missing = format!("{}-not", namespace.name());
    once(kubeconfig(), &missing).complains(3, &format!("there is no namespace {missing}"));
}

#[test]
fn what_may_not_be_listed_is_named_and_left_out() {
    if !Namespace::is_available("what_may_not_be_listed_is_named_and_left_out") {
        return;
    }
    let namespace = Namespace::create(PodSecurity::Baseline);
    let nobody = Key::of_nobody(&namespace);
    let run = || once(nobody.path(), namespace.name());
    run().complains(3, "you may list nothing of what is shown");
    namespace.kubectl("create role pods --verb=list,watch --resource=pods");
    namespace.kubectl(&format!(
        "create rolebinding pods --role=pods --serviceaccount={}:default",
        namespace.name()
    ));
    eventually(|| {
        let run = run();
        let told = "you may not list them: endpointslices, horizontalpodautoscalers, events";
        if run.code == Some(0) && run.told.contains(told) { Ok(()) } else { Err(run.told) }
    });
}

#[test]
fn into_a_pipe_comes_a_frame_for_each_change() {
    if !Namespace::is_available("into_a_pipe_comes_a_frame_for_each_change") {
        return;
    }
    let namespace = Namespace::create(PodSecurity::Baseline);
    let mut command = watch(kubeconfig());
    command.args(["--namespace", namespace.name()]);
    let mut run = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(run.stdout.take().expect("it was asked for")).lines();
    let mut until = |part: &str| {
        let found = lines.by_ref().map_while(Result::ok).any(|it| it.contains(part));
        assert!(found, "{part} never came");
    };
    until("no pods");
    namespace.kubectl("run toolbox --image bulsajo/toolbox:0.1.0");
    until("1 pod, 1 ready");
    namespace.kubectl("delete pod toolbox --now");
    until("no pods");
    signal(&run, Signal::INT);
    assert_eq!(run.wait().expect("it ends").code(), Some(130));
}

/// In a real terminal, as the program `script` makes one.
#[test]
fn in_a_terminal_q_ends_it_and_the_terminal_is_as_before() {
    let test = "in_a_terminal_q_ends_it_and_the_terminal_is_as_before";
    if !Namespace::is_available(test) {
        return;
    }
    let namespace = with_a_pod();
    for (key, code) in [(&b"xq"[..], 0), (b"\x03", 130)] {
        let program = env!("CARGO_BIN_EXE_lab");
        // Ctrl-C goes to the shell as well, and not every shell outlives it: `dash` does not.
        let inner = format!(
            "trap : INT; stty rows 20 cols 60; stty -g; {program} watch --namespace {}; \
             echo \"code $?\"; stty -g",
            namespace.name()
        );
        let mut command = Command::new("script");
        command.args(["--quiet", "--flush", "--command", &inner, "/dev/null"]);
        command.env("KUBECONFIG", kubeconfig()).env("TERM", "xterm").env_remove("NO_COLOR");
        // `script` asks the environment for its shell.
        command.env("SHELL", "/bin/sh");
        let run = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut run = run.expect("there is a `script` (util-linux)");
        let mut out = run.stdout.take().expect("it was asked for");
        let mut shown = String::new();
        let mut piece = [0; 4096];
        // The last line of the first whole frame.
        while !shown.contains("q ends") {
            let read = out.read(&mut piece).expect("it goes on");
            assert!(read > 0, "{shown}");
            shown += &String::from_utf8_lossy(&piece[..read]);
        }
        let mut keys = run.stdin.take().expect("it was asked for");
        keys.write_all(key).expect("it listens");
        let mut rest = Vec::new();
        out.read_to_end(&mut rest).expect("it ends");
        shown += &String::from_utf8_lossy(&rest);
        run.wait().expect("it ends");
        assert!(shown.contains(&format!("code {code}")), "{shown}");
        assert!(shown.contains("\u{1b}[32m1/1"), "in colours: {shown}");
        assert!(shown.contains("\u{1b}[?1049h") && shown.contains("\u{1b}[?25h\u{1b}[?1049l"));
        let settings: Vec<&str> = shown.lines().filter(|it| it.matches(':').count() > 30).collect();
        assert_eq!(settings.len(), 2, "{shown}");
        assert_eq!(settings[0].trim(), settings[1].trim());
    }
}
