//! `lab up` and `lab down`: the namespaces of a room, and keys for those who sit in it.

mod range;

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    cli::{Down, Up},
    cluster::{Cluster, Desk, Left, are_patterns},
    failure::Failure,
    interrupt,
};

/// The pod `siege`.
const TOOLBOX: &str = include_str!("../../../../k8s/toolbox.yaml");
/// A kubeconfig that needs no other files.
const VIEW: [&str; 7] = ["config", "view", "--raw", "--minify", "--flatten", "--output", "json"];
/// So many namespaces at the same time.
const AT_ONCE: usize = 8;

/// Makes namespaces with the pod `siege` and, if wanted, a kubeconfig for each.
pub(crate) fn up(wanted: &Up) -> Result<(), Failure> {
    let names = range::all(&wanted.namespaces).map_err(Failure::Usage)?;
    let (runtime, cluster) = begin(wanted.context.as_deref())?;
    if let Some(folder) = &wanted.kubeconfigs {
        fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, error))?;
    }
    runtime
        .block_on(async {
            cluster.may("create", "namespaces", None).await?;
            // All of them before any is made.
            for name in &names {
                cluster.is_free(name).await?;
            }
            let desks = stream::iter(&names).map(|name| set_up(&cluster, wanted, name));
            desks.buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await
        })
        .inspect_err(|_| {
            eprintln!("lab: what was made stays; `lab down` deletes it, `lab up` again goes on");
        })?;
    say!("\n{} namespaces. To delete them: lab down --namespaces …", names.len());
    Ok(())
}

async fn set_up(cluster: &Cluster, wanted: &Up, name: &str) -> Result<(), Failure> {
    interrupt::check()?;
    let security = wanted.security.to_string();
    let desk = Desk { name, security: &security, pods: wanted.pods };
    cluster.set_up(&desk).await?;
    let door = cluster.door(name)?;
    kubectl(door.kubeconfig(), &["apply", "--filename", "-"], TOOLBOX).await?;
    if let Some(folder) = &wanted.kubeconfigs {
        let token = cluster.token(name, wanted.valid.into()).await?;
        let ours = kubectl(door.kubeconfig(), &VIEW, "").await?;
        let key = key(&ours, name, &token)
            .ok_or_else(|| Failure::Program("kubectl shows no kubeconfig".to_owned()))?;
        write(&folder.join(format!("{name}.yaml")), &key)?;
    }
    let ready = cluster.has_siege(name).await?;
    say!(
        "{name}: {}",
        if ready { "ready" } else { "made; the pod siege is not ready: lab doctor" }
    );
    Ok(())
}

/// Deletes what `lab` has made, and nothing else.
pub(crate) fn down(wanted: &Down) -> Result<(), Failure> {
    let mut patterns = Vec::new();
    for it in &wanted.namespaces {
        let range = it.contains("..").then(|| range::all(std::slice::from_ref(it)));
        patterns.extend(range.unwrap_or_else(|| Ok(vec![it.clone()])).map_err(Failure::Usage)?);
    }
    are_patterns(&patterns)?;
    let (runtime, cluster) = begin(wanted.context.as_deref())?;
    let left = runtime.block_on(async {
        let names = cluster.named(&patterns).await?;
        let cleared = stream::iter(names.into_keys()).map(|name| {
            let cluster = &cluster;
            async move {
                let left = cluster.clear(&name).await?;
                match left {
                    Left::Gone => say!("{name}: deleted"),
                    Left::NotThere => say!("{name}: there is none"),
                    Left::NotOurs => say!("{name}: left as it is, lab did not make it"),
                }
                Ok::<_, Failure>(matches!(left, Left::NotOurs))
            }
        });
        cleared.buffer_unordered(AT_ONCE).try_collect::<Vec<bool>>().await
    })?;
    match left.iter().filter(|it| **it).count() {
        0 => Ok(()),
        some => Err(Failure::Cluster(format!("{some} left as they are: lab did not make them"))),
    }
}

fn begin(context: Option<&str>) -> Result<(Runtime, Cluster), Failure> {
    let runtime = crate::threads::threads()?;
    interrupt::listen(runtime.handle())?;
    let cluster = Cluster::reach(&runtime, context)?;
    Ok((runtime, cluster))
}

/// The lecturer's way to the cluster, and the student's name.
fn key(ours: &str, namespace: &str, token: &str) -> Option<String> {
    let mut config: Value = serde_json::from_str(ours).ok()?;
    let cluster = config.pointer("/clusters/0/name")?.clone();
    config["users"] = json!([{ "name": namespace, "user": { "token": token } }]);
    let context = json!({ "cluster": cluster, "user": namespace, "namespace": namespace });
    config["contexts"] = json!([{ "name": namespace, "context": context }]);
    config["current-context"] = json!(namespace);
    serde_json::to_string_pretty(&config).ok()
}

/// Open to its owner alone: whoever has it may do what the student may.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::unwritable(path, error))
}

/// Beside the others: what waits here would hold them up.
async fn kubectl(
    kubeconfig: PathBuf,
    words: &'static [&'static str],
    typed: &'static str,
) -> Result<String, Failure> {
    let ran = tokio::task::spawn_blocking(move || run(&kubeconfig, words, typed));
    ran.await.expect("it does not panic")
}

fn run(kubeconfig: &Path, words: &[&str], typed: &str) -> Result<String, Failure> {
    let failed = |told: String| Failure::Cluster(format!("kubectl {}: {told}", words[0]));
    let mut command = Command::new("kubectl");
    command.args(words).env("KUBECONFIG", kubeconfig);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut ran = command.spawn().map_err(|error| failed(error.to_string()))?;
    let mut keyboard = ran.stdin.take().expect("it was asked for");
    // It may have ended already: then it says why.
    let _ = keyboard.write_all(typed.as_bytes());
    drop(keyboard);
    let ended = ran.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
    }
    Err(failed(String::from_utf8_lossy(&ended.stderr).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_has_the_students_token_and_nothing_of_the_lecturers() {
        let ours = r#"{"clusters":[{"name":"school","cluster":{"server":"https://10.0.0.1"}}],
            "contexts":[{"name":"admin","context":{"cluster":"school","user":"admin"}}],
            "users":[{"name":"admin","user":{"client-key-data":"c2VjcmV0"}}],"current-context":"admin"}"#;
        let key = key(ours, "student-01", "token-of-01").expect("a kubeconfig");
        assert!(key.contains("https://10.0.0.1") && key.contains("token-of-01"), "{key}");
        assert!(key.contains(r#""namespace": "student-01""#), "{key}");
        assert!(!key.contains("admin") && !key.contains("c2VjcmV0"), "{key}");
    }
}
