//! Messages that are known, and whatever the cluster reports besides.

use serde_json::{Value, json};

use super::made::{
    ago, deployment, merge, not_ready, nothing, object, pod, says, spec, state, warning, with,
};
use crate::doctor::{headline, kinds};

/// A Deployment whose container is in this state.
fn broken(of: &Value, now: &Value, before: &Value) -> Vec<Value> {
    let mut all = deployment("shop", of);
    merge(&mut all[2], not_ready(100, &state("main", false, 3, now, before)));
    all.push(object(
        "Node",
        "node1",
        json!({ "status": { "nodeInfo": { "architecture": "riscv64" } } }),
    ));
    all
}

fn waits(reason: &str, message: &str) -> Value {
    json!({ "waiting": { "reason": reason, "message": message } })
}

fn ended(code: i64, message: &str) -> Value {
    json!({ "terminated": { "exitCode": code, "reason": "Error", "message": message,
        "startedAt": ago(50), "finishedAt": ago(45) } })
}

#[test]
fn what_a_runtime_says_of_a_program_is_understood() {
    let long = "layer/".repeat(60);
    let mount = format!(
        "failed to create shim task: error mounting \"/var/{long}\" to rootfs at \"/etc/app.conf\": not a directory"
    );
    for (said, part) in [
        ("exec /app: exec format error", "riscv64"),
        ("exec /start.sh: no such file or directory", "CRLF"),
        ("exec /start.sh: permission denied", "--chmod=755"),
        (r#"exec: "/app/": is a directory: permission denied"#, "x bit"),
        (
            "chdir to cwd (\"/work\") set in config.json failed: no such file or directory",
            "workingDir",
        ),
        (mount.as_str(), "rootfs at \"/etc/app.conf\": not a directory"),
        (mount.as_str(), "mountPath is a file"),
        ("no command specified", "names no program"),
        ("unable to find user app: no matching entries in passwd file", "user or group"),
        ("container init was OOM-killed (memory limit too low?)", "--limits=memory=128Mi"),
        (r#"exec: "serve": executable file not found in $PATH"#, "not have the program"),
    ] {
        let seen = with(broken(&spec(json!({})), &waits("CreateContainerError", said), &json!({})));
        says(&seen, "deploy/shop", &[part]);
    }
    // The kernel's words in a log, where the program was started.
    let mut seen = with(broken(&spec(json!({})), &waits("CrashLoopBackOff", ""), &ended(255, "")));
    let of = ("shop-5b-x1".to_owned(), "main".to_owned());
    seen.last_words.insert(of, vec!["exec /app: exec format error".to_owned()]);
    says(&seen, "deploy/shop", &["ends again and again", "--platform linux/riscv64"]);
}

#[test]
fn what_a_registry_says_is_understood() {
    for (said, part) in [
        ("no match for platform in manifest: not found", "--platform linux/riscv64"),
        (
            "no matching manifest for linux/riscv64 in the manifest list entries",
            "not for this node's processor",
        ),
        ("http: server gave HTTP response to HTTPS client", "speaks HTTP"),
        ("write /var/lib/x: no space left on device", "no room"),
    ] {
        let mut all = broken(&spec(json!({})), &waits("ImagePullBackOff", "Back-off"), &json!({}));
        let event =
            warning(&all[2], "Failed", &format!("Failed to pull image \"shop/main:1\": {said}"));
        all.push(event);
        says(&with(all), "deploy/shop", &["does not come", part]);
    }
    let mut all = broken(&spec(json!({})), &waits("ErrImagePull", "unauthorized"), &json!({}));
    all[2]["spec"]["imagePullSecrets"] = json!([{ "name": "hub" }]);
    let event = warning(
        &all[2],
        "FailedToRetrieveImagePullSecret",
        "Unable to retrieve some image pull secrets (hub)",
    );
    all.push(event);
    says(&with(all), "deploy/shop", &["not there: hub", "create secret docker-registry hub"]);
}

#[test]
fn a_hook_that_fails_is_named() {
    let of = spec(json!({ "lifecycle": {
        "postStart": { "exec": { "command": ["warm-up", "--all"] } },
        "preStop": { "httpGet": { "path": "/leave", "port": 9000 } },
    } }));
    let mut all = broken(&of, &waits("CrashLoopBackOff", "back-off"), &ended(137, ""));
    let event = warning(&all[2], "FailedPostStartHook", "PostStartHook failed");
    all.push(event);
    says(
        &with(all),
        "deploy/shop",
        &["the hook postStart of its container main fails", "runs warm-up --all"],
    );
    // The pod itself is gone.
    let mut all = deployment("shop", &of);
    let gone = pod("shop-5b-gone", json!({}));
    all.push(warning(&gone, "FailedPreStopHook", "PreStopHook failed"));
    says(
        &with(all),
        "deploy/shop",
        &["the hook preStop of its container main fails", "asks /leave on port 9000"],
    );
}

#[test]
fn memory_in_the_wrong_unit_is_found() {
    let limited = |amount: &str| spec(json!({ "resources": { "limits": { "memory": amount } } }));
    for (amount, meant) in [("96m", "96Mi"), ("256", "256Mi"), ("0.5m", "128Mi"), ("512k", "512Mi")]
    {
        let seen = with(deployment("shop", &limited(amount)));
        says(&seen, "deploy/shop", &[amount, &format!("--limits=memory={meant}")]);
    }
    nothing(&with(deployment("shop", &limited("96Mi"))));
    let mut job = object("Job", "import", json!({ "spec": {} }));
    job["spec"]["template"] = json!({ "spec": limited("96m") });
    says(&with([job]), "job/import", &["less than a byte", "96Mi"]);
}

/// A Deployment with a readiness probe that got this answer.
fn probed(probe: &Value, said: &str) -> Vec<Value> {
    let ports = json!([{ "name": "web", "containerPort": 8080 }]);
    let of = spec(json!({ "ports": ports, "readinessProbe": probe }));
    let mut all = deployment("shop", &of);
    let runs = json!({ "running": { "startedAt": ago(100) } });
    merge(&mut all[2], not_ready(100, &state("main", false, 0, &runs, &json!({}))));
    let event = warning(&all[2], "Unhealthy", said);
    all.push(event);
    all
}

#[test]
fn a_probe_that_asks_in_the_wrong_language_is_told_so() {
    let http = json!({ "httpGet": { "path": "/", "port": 8080, "scheme": "HTTP" } });
    let exec = json!({ "exec": { "command": ["wget", "localhost"] } });
    let named = json!({ "httpGet": { "path": "/", "port": "http" } });
    let grpc = json!({ "grpc": { "port": 8080 } });
    let no_program = format!(
        "Readiness probe errored and resulted in unknown state: rpc error: {}: exec: \"wget\": executable file not found in $PATH",
        "failed to start exec ".repeat(20)
    );
    for (probe, said, parts) in [
        (
            &http,
            r#"Readiness probe failed: Get "https://10.0.0.1:8080/": http: server gave HTTP response to HTTPS client"#,
            ["by HTTPS", r#"httpGet/scheme","value":"HTTP""#],
        ),
        (
            &http,
            r#"Readiness probe failed: Get "http://10.0.0.1:8080/": malformed HTTP response "\x15""#,
            ["wants HTTPS", r#"httpGet/scheme","value":"HTTPS""#],
        ),
        (
            &http,
            "Readiness probe failed: HTTP probe failed with statuscode: 400",
            ["wants HTTPS", r#""HTTPS""#],
        ),
        (&exec, no_program.as_str(), ["has no program wget", "executable file not found"]),
        (
            &named,
            "Readiness probe errored: strconv.Atoi: parsing \"http\": invalid syntax",
            ["no port of that name: web", r#"httpGet/port","value":"web""#],
        ),
        (
            &grpc,
            r#"Readiness probe failed: service unhealthy (responded with "UNIMPLEMENTED")"#,
            ["grpc.health.v1", "tcpSocket"],
        ),
    ] {
        says(&with(probed(probe, said)), "deploy/shop", &parts);
    }
}

#[test]
fn what_no_judgement_knows_is_told_in_the_clusters_words() {
    let bad = |of: &str, status: &str| {
        json!({ "status": { "conditions": [
        { "type": of, "status": status, "reason": "Odd", "message": "the moon is full", "lastTransitionTime": ago(300) },
    ] } })
    };
    for (of, status, wrong) in [
        ("Ready", "False", true),
        ("Degraded", "True", true),
        ("SyncFailed", "True", true),
        ("Ready", "True", false),
        ("Degraded", "False", false),
        ("Active", "False", false),
    ] {
        let mut seen = with([]);
        let odd = object("Cache", "front", bad(of, status));
        seen.objects.insert("caches.shop.example".to_owned(), vec![odd]);
        if wrong {
            says(&seen, "caches.shop.example/front", &["(Odd)", "the moon is full"]);
        } else {
            nothing(&seen);
        }
    }
    let mut idle = deployment("shop", &spec(json!({})));
    idle.truncate(2);
    merge(&mut idle[0], bad("Available", "False"));
    says(&with(idle), "deploy/shop", &["Available is False", "the moon is full"]);
    let service = object(
        "Service",
        "shop",
        json!({ "spec": { "type": "ExternalName", "externalName": "a.example" } }),
    );
    let warned = warning(&service, "SyncLoadBalancerFailed", "no quota for addresses");
    says(&with([service, warned]), "service/shop", &["SyncLoadBalancerFailed", "no quota"]);
}

#[test]
fn it_is_said_what_was_looked_at_and_what_was_not() {
    let mut seen = with(deployment("shop", &spec(json!({}))));
    seen.objects.insert("jobs".to_owned(), Vec::new());
    assert!(headline("class", &seen, 0, 0).starts_with("Nothing is wrong in the namespace class"));
    assert!(headline("class", &seen, 0, 1).starts_with("No finding so far"));
    let told = kinds::looked_at(&seen);
    assert_eq!(
        told,
        ["Looked at: deployments (1), pods (1), replicasets (1)", "There are no jobs"]
    );

    seen.hidden = vec!["nodes".to_owned()];
    assert!(
        headline("class", &seen, 0, 0).starts_with("Nothing is wrong"),
        "no part of the namespace"
    );
    seen.hidden.push("ingresses".to_owned());
    assert!(
        headline("class", &seen, 0, 0).starts_with("No finding in the namespace class, in what")
    );
    let told = kinds::looked_at(&seen);
    assert_eq!(
        told.last().map(String::as_str),
        Some("Not looked at, because you may not: nodes, ingresses")
    );
}
