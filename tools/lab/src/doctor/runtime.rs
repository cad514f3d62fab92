//! What container runtimes and kernels say of a program that cannot be started.

use super::{container::Container, read::Read as _, seen::Seen};

/// The cause and the cure, if the words are known.
pub(super) fn known(seen: &Seen, it: &Container, said: &str) -> Option<(String, String)> {
    let maker = seen.maker(it.pod);
    let name = it.name();
    let tell = |cause: &str, cure: String| Some((cause.to_owned(), cure));
    let says = |parts: &[&str]| parts.iter().any(|it| said.contains(it));
    if says(&["exec format error"]) {
        return Some(another_machine(seen, it));
    }
    if executed(said, "no such file or directory") {
        return tell(
            "Its program is there, but what it needs to start is not: a script's first line (`#!`) names what the image lacks, such as bash, or the script has line ends of Windows (CRLF); or a program wants another C library.",
            "write the script with line ends of Unix (LF), and with `#!/bin/sh` or what the image has; build the program in the image that it runs in".to_owned(),
        );
    }
    if executed(said, "permission denied") || says(&["exec: "]) && says(&["permission denied"]) {
        return tell(
            "Its program may not be executed: it has no x bit, or is a folder.",
            "COPY --chmod=755 in its Dockerfile, or correct `command`".to_owned(),
        );
    }
    if says(&["chdir to cwd", "mkdir cwd", "set working directory"]) {
        return tell(
            "Its workingDir is not a folder of the image.",
            format!("correct workingDir of the container {name} in {maker}"),
        );
    }
    if says(&["mount a directory onto a file", "not a directory"]) && says(&["mount"]) {
        return tell(
            "A volume is a folder, and its mountPath is a file of the image, or the other way round.",
            format!(
                "mount it at a folder of its own in {maker}, or one key of it as a file: subPath"
            ),
        );
    }
    if says(&["subPath"]) {
        return tell(
            "The subPath of a volumeMount is not in the volume, or not as it should be.",
            format!("correct subPath of the container {name} in {maker}"),
        );
    }
    if says(&["no command specified"]) {
        return tell(
            "Its image names no program, and the manifest does not either.",
            format!("give the container {name} in {maker} a `command`"),
        );
    }
    if says(&[
        "unable to find user",
        "no matching entries in passwd",
        "no users found",
        "unable to find group",
    ]) {
        return tell(
            "It is to run as a user or group that its image does not know.",
            format!("set securityContext.runAsUser of the container {name} in {maker} to a number"),
        );
    }
    if says(&["memory limit too low", "init was OOM-killed"]) {
        return tell(
            "Its memory limit is too little even to start it.",
            seen.set_resources(&maker, name, "--limits=memory=128Mi"),
        );
    }
    if says(&["no space left on device"]) {
        return tell(
            "The disk that it writes to is full.",
            format!("{} describe nodes, at DiskPressure", seen.kubectl),
        );
    }
    if says(&["read-only file system", "Read-only file system"]) {
        return tell(
            "It writes where nothing may be written (readOnlyRootFilesystem, or a Secret or ConfigMap).",
            format!("mount an emptyDir in {maker} at the folder that the line names"),
        );
    }
    None
}

/// `exec /start: no such file or directory`, which the kernel says of a file that is there.
fn executed(said: &str, error: &str) -> bool {
    said.match_indices("exec ").any(|(at, word)| {
        let rest = &said[at + word.len()..];
        rest.split_once(": ")
            .is_some_and(|(program, told)| !program.contains([' ', '"']) && told.starts_with(error))
    })
}

fn another_machine(seen: &Seen, it: &Container) -> (String, String) {
    let node = it.pod.text("/spec/nodeName");
    let node = seen.all("nodes").iter().find(|it| it.name() == node);
    let machine =
        node.map(|it| it.text("/status/nodeInfo/architecture")).filter(|it| !it.is_empty());
    let whose =
        machine.map_or_else(|| "its node's".to_owned(), |it| format!("its node's, which is {it}"));
    let platform = machine.unwrap_or("amd64");
    (
        format!(
            "Its program is not for this processor architecture ({whose}), or it is a script without `#!/bin/sh` as its first line."
        ),
        format!(
            "build the image for it: docker build --platform linux/{platform}; in a script, write #!/bin/sh at the very top"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::executed;

    #[test]
    fn what_the_kernel_says_of_a_program_is_told_from_what_a_program_says() {
        let no = "no such file or directory";
        assert!(executed("exec /start: no such file or directory", no));
        assert!(!executed(r#"exec: "/start": stat /start: no such file or directory"#, no));
        assert!(!executed("exec of job: no such file or directory", no));
        assert!(executed("log: exec ./run.sh: permission denied", "permission denied"));
    }
}
