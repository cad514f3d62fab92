//! Containers that end again and again.

use serde_json::Value;

use super::{
    container::Container,
    finding::{Finding, Rank},
    hook, probe, quantity,
    read::{Read, abridged},
    runtime,
    seen::Seen,
    start,
    words::Wanted,
};

/// A container that runs that long since it ended is well again, seconds.
const STEADY: i64 = 60;
/// One that was killed for its memory will be so again, even if it runs for now.
const RECENT: i64 = 600;
/// So much more memory is given than was too little: plenty, to measure what it takes.
const PLENTY: f64 = 4.0;

/// Containers whose last words are wanted.
pub(super) fn ended(seen: &Seen) -> Vec<Wanted> {
    let containers = seen.pods().flat_map(Seen::containers).filter(|it| ends(seen, it));
    let names = |it: Container| {
        let before = it.status.pointer("/state/terminated").is_none_or(Value::is_null);
        Wanted { pod: it.pod.name().to_owned(), container: it.name().to_owned(), before }
    };
    containers.map(names).collect()
}

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let containers = seen.pods().flat_map(Seen::containers).filter(|it| ends(seen, it));
    let findings = containers.filter_map(|it| {
        let ended = it.ended()?;
        if ended.text("/reason") == "OOMKilled" {
            return Some(out_of_memory(seen, &it));
        }
        // The probe is to be cured, or what it is to start, or its hook; they tell of it.
        let told = probe::killed(seen, &it) || start::never_began(&it) || hook::failed(seen, &it);
        (!told).then(|| crash(seen, &it, ended))
    });
    findings.collect()
}

/// Whether it ends, and not as something that is done.
fn ends(seen: &Seen, it: &Container) -> bool {
    let Some(ended) = it.ended() else { return false };
    let failed = ended.whole("/exitCode") != Some(0);
    if it.waits() == "CrashLoopBackOff" {
        return true;
    }
    // What prepares a pod may end well in the end.
    let again = it.restarts() > 0 && it.place.contains("/containers/");
    let Some(since) = it.running_since() else { return failed || again };
    if ended.text("/reason") == "OOMKilled" {
        return seen.since(ended.time("/finishedAt")) < RECENT;
    }
    it.restarts() >= 2 && seen.since(Some(since)) < STEADY
}

fn out_of_memory(seen: &Seen, it: &Container) -> Finding {
    let maker = seen.maker(it.pod);
    let limit = it.spec.text("/resources/limits/memory");
    let what =
        format!("is killed for its memory (OOMKilled, exit code 137): container {}", it.name());
    let finding = Finding::new(Rank::Stops, &maker, what);
    let Some(bytes) = quantity::read(limit) else {
        return finding.because("It has no memory limit: the node itself had no more.").cure(
            seen.set_resources(&maker, it.name(), "--requests=memory=SIZE --limits=memory=SIZE"),
        );
    };
    let plenty = format!("--limits=memory={}", quantity::shown("memory", bytes * PLENTY));
    finding
        .because(format!("It takes more than its limit, which is {limit}."))
        .cure(seen.set_resources(&maker, it.name(), &plenty))
        .cure(format!(
            "then {} top pods says what it takes; set the limit a little above that",
            seen.kubectl
        ))
}

fn crash(seen: &Seen, it: &Container, ended: &Value) -> Finding {
    let maker = seen.maker(it.pod);
    let code = ended.whole("/exitCode").unwrap_or_default();
    let again = match it.waits() {
        "CrashLoopBackOff" => "ends again and again (CrashLoopBackOff)",
        _ if it.restarts() == 0 => "has ended",
        _ => "ends again and again",
    };
    let what = format!("{again}: container {}, exit code {code}", it.name());
    let words = seen.words(it.pod.name(), it.name());
    let mut finding =
        Finding::new(Rank::Stops, &maker, what).because(meaning(ended, words.is_empty()));
    let told = ended.text("/message");
    if words.is_empty() {
        finding = finding.said(abridged(told));
    }
    let known = runtime::known(seen, it, &format!("{} {told}", words.join(" ")));
    let named = it.spec.list("/env").iter().map(Read::name).find(|it| names(&words, it));
    finding = match named {
        _ if known.is_some() => {
            let (cause, cure) = known.unwrap_or_default();
            finding.because(cause).cure(cure)
        }
        Some(setting) => finding.cure(format!("{} set env {maker} {setting}=…", seen.kubectl)),
        None if code == 0 => finding.cure("give it a `command` that stays, or make it a Job"),
        None => finding.cure(
            "correct what the last line names: a setting, a file, a service that is not there",
        ),
    };
    let log = format!("{} logs {} -c {} --previous", seen.kubectl, it.pod.name(), it.name());
    for line in words {
        finding = finding.said(line);
    }
    finding.cure(format!("all it said: {log}"))
}

/// What its exit code means.
pub(super) fn meaning(ended: &Value, silent: bool) -> String {
    let meant = match ended.whole("/exitCode").unwrap_or_default() {
        0 => "It ends as if it were done; a Deployment is for what goes on.",
        126 | 127 => "Its command is not there, or is no program.",
        137 => "It was killed (SIGKILL).",
        139 => "It broke (segmentation fault).",
        143 => "It was told to end (SIGTERM).",
        _ if silent => "It ends by itself with an error, and says nothing.",
        _ => "It ends by itself with an error; its last lines say why.",
    };
    meant.to_owned()
}

/// Whether the lines have the setting's name, or its option: `--latency`.
fn names(lines: &[String], setting: &str) -> bool {
    let option = format!("--{}", setting.to_lowercase().replace('_', "-"));
    let is_it = |word: &str| word == setting || word == option;
    let parts = |it: &String| {
        it.split(|letter: char| !letter.is_alphanumeric() && !"-_".contains(letter)).any(is_it)
    };
    lines.iter().rev().take(3).any(parts)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_setting_is_named_by_its_variable_or_its_option() {
        let last = ["invalid value '50' for '--latency <LATENCY>'".to_owned()];
        assert!(names(&last, "LATENCY"));
        assert!(names(&["bad --startup-delay".to_owned()], "STARTUP_DELAY"));
        assert!(!names(&last, "LATE"));
    }
}
