//! What is in a namespace, asked without a port of it being open and without an image with tools.

use std::{
    io::Write as _,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::Namespace;

impl Namespace {
    /// Asks `pods/NAME:8080` or `services/NAME:8080` through the API server. Of an answer that is
    /// an error, kubectl tells little more than its status.
    pub fn ask_inside(&self, method: &str, whom: &str, path: &str) -> Result<String, String> {
        self.send_inside(method, whom, path, "")
    }

    /// The same, with something to say.
    pub fn send_inside(
        &self,
        method: &str,
        whom: &str,
        path: &str,
        body: &str,
    ) -> Result<String, String> {
        let verb = match method {
            "GET" => "get",
            "POST" => "create",
            "PUT" => "replace",
            "DELETE" => "delete",
            _ => panic!("kubectl has no word for {method}"),
        };
        let uri = format!("/api/v1/namespaces/{}/{whom}/proxy{path}", self.name());
        let mut words = vec![verb, "--raw", &uri];
        if matches!(method, "POST" | "PUT") {
            words.extend(["--filename", "-"]);
        }
        let output = self.kubectl_with(&words, body);
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(format!("{method} {path} of {whom}: {}", text(&output.stderr)))
        }
    }

    /// The pods that a Service sends requests to, in the order of their names.
    pub fn endpoints(&self, service: &str) -> Vec<String> {
        let slices = format!("endpointslices --selector kubernetes.io/service-name={service}");
        let slices = self.get(&slices);
        let slices = slices["items"].as_array().expect("a list").iter();
        let mut pods: Vec<String> = slices.flat_map(ready_endpoints).collect();
        pods.sort_unstable();
        pods
    }

    /// What kubectl says besides its answer: warnings. The test fails if kubectl does.
    pub fn warnings(&self, words: &str) -> String {
        let all: Vec<&str> = words.split_whitespace().collect();
        let output = self.kubectl_with(&all, "");
        let told = text(&output.stderr);
        assert!(output.status.success(), "kubectl {words}: {told}");
        told
    }

    /// What kubectl makes of these objects, without giving them to the cluster.
    pub fn understood(&self, yaml: &str) -> Vec<Value> {
        let words = ["create", "--dry-run=client", "--output", "json", "--filename", "-"];
        let output = self.kubectl_with(&words, yaml);
        let objects = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
        let objects: Result<Vec<Value>, _> = objects.collect();
        objects.unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
    }

    fn kubectl_with(&self, words: &[&str], input: &str) -> Output {
        let mut command = self.kubectl_command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubectl runs");
        let mut stdin = child.stdin.take().expect("it was asked for");
        // Whatever does not read has failed, and says so itself.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }
}

/// The pods of an `EndpointSlice` that are ready.
pub fn ready_endpoints(slice: &Value) -> Vec<String> {
    let endpoints = slice["endpoints"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ready = |it: &&Value| it.pointer("/conditions/ready") == Some(&Value::Bool(true));
    let pod = |it: &Value| Some(it.pointer("/targetRef/name")?.as_str()?.to_owned());
    endpoints.iter().filter(ready).filter_map(pod).collect()
}

/// How often the container of a pod was started again.
pub fn restarts(pod: &Value) -> u64 {
    pod.pointer("/status/containerStatuses/0/restartCount").and_then(Value::as_u64).unwrap_or(0)
}

/// Whether a pod is ready.
pub fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|it| it["status"] == "True")
}

/// One of the conditions of an object.
pub fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|it| it["type"] == name)
}

/// The name of an object.
pub fn name(object: &Value) -> &str {
    object.pointer("/metadata/name").and_then(Value::as_str).expect("an object has a name")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}
