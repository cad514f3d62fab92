//! `kubectl run` made Deployments, `Job`s and `CronJob`s once; now it makes a pod.

use super::{Command, Context, Flag, flags};
use crate::migrate::change::Found;

const LOST: [&str; 4] = ["requests", "limits", "serviceaccount", "hostport"];
const POD: &str = "`kubectl run` makes a pod without being told";
const DEPLOYMENT: &str = "`kubectl run` makes a pod now; this makes a Deployment, as it once did, \
                          whose pods have the label app=NAME in place of run=NAME";

pub(super) fn mend(command: &Command<'_>, context: &Context, found: &mut Found) {
    let call = &command.call;
    if let Some(flag) = call.flags.iter().find(|it| LOST.contains(&it.name.as_str())) {
        let told = "`kubectl run` has lost this flag: write a manifest, or `--overrides`";
        found.tell(command.at(flag.at), told);
    }
    let kind = call.value("generator").unwrap_or_default();
    let replicas = call.get("replicas").is_some();
    let name = call.rest.first().map_or("", |at| command.word(*at).text.as_str());
    let one = call.value("replicas") == Some("1");
    if kind.starts_with("run-pod/") && (one || !replicas) {
        command.drop_flags(&["generator", "replicas"], POD, found);
    } else if kind.starts_with("deployment") || (kind.is_empty() && replicas) {
        deployment(command, true, found);
    } else if call.get("generator").is_some() {
        let told = "`--generator` is gone since kubectl 1.18: `kubectl create job`, `cronjob` …";
        found.tell(command.at(call.verbs[0]), told);
    } else if let Some(flag) = call.get("schedule") {
        let told = "`kubectl run` makes no CronJob any more: `kubectl create cronjob NAME \
                    --image=… --schedule=… -- COMMAND`";
        found.tell(command.at(flag.at), told);
    } else if let Some(kind) = context.kind_of(name) {
        named_elsewhere(command, kind, context.is_sure(name), found);
    }
}

/// A command after it speaks of `deployment NAME`.
fn named_elsewhere(command: &Command<'_>, kind: &str, sure: bool, found: &mut Found) {
    let call = &command.call;
    let pods = ["attach", "command", "rm", "stdin", "tty"].iter().any(|it| call.get(it).is_some());
    let restarts = matches!(call.value("restart"), None | Some("Always"));
    if kind == "deployment" && restarts && !pods {
        deployment(command, sure, found);
    } else {
        let told = format!(
            "`kubectl run` makes a pod now, and other commands ask for a {kind} of this name: \
             `kubectl create {kind}`"
        );
        found.tell(command.at(call.verbs[0]), told);
    }
}

/// `kubectl create deployment`, if it takes all that is said; only told, if it may be a pod all the same.
fn deployment(command: &Command<'_>, sure: bool, found: &mut Found) {
    let call = &command.call;
    let taken = |flag: &Flag| {
        flag.name == "generator" || flags::takes_flag("create deployment", &flag.name)
    };
    let verb = command.word(call.verbs[0]);
    if let Some(other) = call.flags.iter().find(|it| !taken(it)) {
        let written = &command.word(other.at).text;
        let told = format!("{DEPLOYMENT}: `kubectl create deployment`, which has no {written}");
        found.tell(command.at(other.at), told);
    } else if call.dash.is_some() || call.rest.len() > 1 {
        let told = format!(
            "{DEPLOYMENT}: `kubectl create deployment`, for which what is behind `--` is the \
             command, not its arguments"
        );
        found.tell(verb.place.start, told);
    } else if sure {
        found.edit(verb.place.clone(), "create deployment", DEPLOYMENT);
        command.drop_flags(&["generator"], DEPLOYMENT, found);
    } else {
        let told = "`kubectl run` makes a pod now, and other commands ask for a deployment of this \
                    name: if no file makes it, this has to be `kubectl create deployment`";
        found.tell(verb.place.start, told);
    }
}
