//! A namespace of a real cluster, and the commands that people type there.

use std::{
    collections::BTreeMap,
    io::Write as _,
    net::{IpAddr, SocketAddr},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

use crate::{Doors, fleet::Service, plan::unique_name, servers, workspace};

/// What a namespace allows of its pods (Pod Security).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodSecurity {
    /// Whatever keeps to today's practice: numeric users, no capabilities, seccomp.
    Restricted,
    /// Also what `kubectl create deploy` makes, which says nothing of all that.
    Baseline,
}

/// A namespace of its own on the cluster of `TEST_KUBECONFIG`. Dropping it deletes it, with all
/// that is in it.
pub struct Namespace {
    name: String,
    doors: Mutex<BTreeMap<Service, SocketAddr>>,
}

impl Namespace {
    /// Whether there is a cluster for tests. If not, this says in one line that `test` is skipped.
    pub fn is_available(test: &str) -> bool {
        servers::are_there(test, &["TEST_KUBECONFIG"])
    }

    /// Creates an empty one.
    pub fn create(security: PodSecurity) -> Self {
        let namespace = Self { name: unique_name(), doors: Mutex::default() };
        let level = match security {
            PodSecurity::Restricted => "restricted",
            PodSecurity::Baseline => "baseline",
        };
        let name = &namespace.name;
        run("kubectl", &format!("create namespace {name}"), None);
        let label = format!("pod-security.kubernetes.io/enforce={level}");
        run("kubectl", &format!("label namespace {name} {label}"), None);
        namespace
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `kubectl` in it, and fails the test if that fails. The words are parted at spaces.
    pub fn kubectl(&self, words: &str) -> String {
        self.try_kubectl(words).unwrap_or_else(|told| panic!("kubectl {words}: {told}"))
    }

    /// Runs `kubectl` in it; the error is what it says on stderr.
    pub fn try_kubectl(&self, words: &str) -> Result<String, String> {
        try_run("kubectl", &self.here(words), None)
    }

    /// `kubectl` in it, for words that have spaces in them.
    pub fn kubectl_command(&self, words: &[&str]) -> Command {
        let mut command = command("kubectl");
        command.args(["--namespace", &self.name]).args(words);
        command
    }

    /// Runs `helm` in it, and fails the test if that fails.
    pub fn helm(&self, words: &str) -> String {
        run("helm", &self.here(words), None)
    }

    /// Runs `helm` in it; the error is what it says.
    pub fn try_helm(&self, words: &str) -> Result<String, String> {
        try_run("helm", &self.here(words), None)
    }

    /// Gives these objects to `kubectl apply`.
    pub fn apply(&self, yaml: &str) {
        run("kubectl", &self.here("apply --filename -"), Some(yaml));
    }

    /// What `kubectl get` tells of an object, or of a list of objects.
    pub fn get(&self, what: &str) -> Value {
        let told = self.kubectl(&format!("get {what} --output json"));
        serde_json::from_str(&told).expect("kubectl writes JSON")
    }

    /// Waits until a rollout is through, or says what kubectl says.
    pub fn rolled_out(&self, what: &str, seconds: u32) {
        self.kubectl(&format!("rollout status {what} --timeout={seconds}s"));
    }

    /// The pods of these labels that are not about to go.
    pub fn pods(&self, labels: &str) -> Vec<Value> {
        let list = self.get(&format!("pods --selector {labels}"));
        let pods = list["items"].as_array().expect("a list").iter();
        pods.filter(|pod| pod.pointer("/metadata/deletionTimestamp").is_none()).cloned().collect()
    }

    fn here(&self, words: &str) -> String {
        format!("--namespace {} {words}", self.name)
    }

    /// What is asked of the machine that runs the tests goes through a port of a node: of the
    /// first port of this Service, which may be `envoy --namespace projectcontour`.
    pub fn node_port(&self, service: &str) -> SocketAddr {
        let port = self.get(&format!("service {service}"));
        let port = port.pointer("/spec/ports/0/nodePort").and_then(Value::as_u64);
        let port = port.unwrap_or_else(|| panic!("{service} has no node port"));
        let nodes = run("kubectl", "get nodes --output json", None);
        let nodes: Value = serde_json::from_str(&nodes).expect("kubectl writes JSON");
        let addresses = nodes.pointer("/items/0/status/addresses").and_then(Value::as_array);
        let addresses = addresses.expect("a node has addresses").iter();
        let internal = |it: &&Value| it["type"] == "InternalIP";
        let node: IpAddr = addresses
            .filter(internal)
            .find_map(|it| it["address"].as_str()?.parse().ok())
            .expect("a node has an address");
        (node, u16::try_from(port).expect("a port")).into()
    }
}

/// Of services that are of type `NodePort`.
impl Doors for Namespace {
    fn address(&self, service: Service) -> SocketAddr {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        *doors.entry(service).or_insert_with(|| self.node_port(service.name()))
    }
}

/// What is looked at when a test has failed.
const AFTERWARDS: [&str; 3] = [
    "get all,hpa --output wide",
    "get events --sort-by .lastTimestamp",
    // Of every pod: none has such a label.
    "logs --selector !nobody --prefix --tail 40 --ignore-errors",
];

impl Drop for Namespace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for words in AFTERWARDS {
                let told = self.try_kubectl(words).unwrap_or_else(|error| error);
                eprintln!("--- kubectl {words}\n{told}");
            }
        }
        let delete = format!("delete namespace {} --wait=false", self.name);
        let _ = try_run("kubectl", &delete, None);
        // Nothing of it is needed any more, so nothing need end well.
        let pods = "delete pods --all --grace-period=1 --wait=false";
        let _ = self.try_kubectl(pods);
    }
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("KUBECONFIG", servers::needed("TEST_KUBECONFIG"));
    // Where paths of the worksheets begin.
    command.current_dir(workspace());
    command
}

fn run(program: &str, words: &str, input: Option<&str>) -> String {
    try_run(program, words, input).unwrap_or_else(|told| panic!("{program} {words}: {told}"))
}

fn try_run(program: &str, words: &str, input: Option<&str>) -> Result<String, String> {
    let mut command = command(program);
    command.args(words.split_whitespace());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(input.unwrap_or_default().as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{}\n{}", text(&output.stdout), text(&output.stderr)))
    }
}
