//! Which crate may depend on which, and the size and shape of every file: the rules of
//! ARCHITECTURE.md, each a test that names the crate and says why.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use serde_json::Value;
use testkit::workspace;

/// Every crate of the workspace, as cargo sees it.
static CRATES: LazyLock<Vec<Crate>> = LazyLock::new(|| {
    let asked = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(workspace().join("Cargo.toml"))
        .output()
        .expect("cargo is there: it runs this test");
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let metadata: Value = serde_json::from_slice(&asked.stdout).expect("cargo writes JSON");
    metadata["packages"].as_array().expect("packages").iter().map(Crate::read).collect()
});

/// Has no code: with it, each crate has the same features of what it depends on (docs/adr/0018).
const FEATURES: &str = "workspace-hack";

struct Crate {
    name: String,
    description: String,
    folder: PathBuf,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    /// Lives in this workspace.
    ours: bool,
    /// Is used by tests alone.
    dev: bool,
}

impl Crate {
    fn read(package: &Value) -> Self {
        let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
        let manifest = PathBuf::from(text("manifest_path"));
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        Self {
            name: text("name"),
            description: text("description"),
            folder: manifest.parent().expect("a manifest is in a folder").to_owned(),
            dependencies: dependencies
                .map(|it| Dependency {
                    name: it["name"].as_str().unwrap_or_default().to_owned(),
                    ours: it["path"].is_string(),
                    dev: it["kind"] == "dev",
                })
                .collect(),
        }
    }

    fn is_service(&self) -> bool {
        self.folder.starts_with(workspace().join("services"))
    }

    /// What it is built with; what only its tests use may be anything, and `FEATURES` is empty.
    fn needs(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|it| !it.dev && it.name != FEATURES)
    }

    /// Which of these it is built with.
    fn needs_any(&self, forbidden: &[&str]) -> Vec<String> {
        self.needs().filter(|it| forbidden.contains(&&*it.name)).map(|it| it.name.clone()).collect()
    }
}

fn the(name: &str) -> &'static Crate {
    CRATES.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("there is no crate {name}"))
}

/// Fails with every breach, one a line.
fn none(breaches: impl IntoIterator<Item = String>) {
    let breaches: Vec<String> = breaches.into_iter().collect();
    assert!(breaches.is_empty(), "\n  {}\n", breaches.join("\n  "));
}

/// `name` may not be built with any of these.
fn keeps_clear_of(name: &str, forbidden: &[&str], why: &str) {
    let found = the(name).needs_any(forbidden);
    none(found.iter().map(|it| format!("{name} depends on {it}: {why}")));
}

/// `name` may be built with nothing else of ours.
fn needs_of_ours_only(name: &str, allowed: &[&str], why: &str) {
    let others = the(name).needs().filter(|it| it.ours && !allowed.contains(&&*it.name));
    none(others.map(|it| format!("{name} depends on {}: {why}", it.name)));
}

/// Every Rust file of ours, and what is in it.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = ["crates", "services", "tools"].map(|it| workspace().join(it)).to_vec();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder that can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).expect("a file that can be read");
                found.push((path, text));
            }
        }
    }
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(workspace()).unwrap_or(path).display().to_string()
}

/// A file without its comments, as words.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.flat_map(|line| line.split(|it: char| !it.is_alphanumeric() && it != '_'))
}

#[test]
fn services_meet_only_in_events() {
    let mut breaches = Vec::new();
    for service in CRATES.iter().filter(|it| it.is_service() && it.name != "bulsajo") {
        for needed in service.needs().filter(|it| it.ours) {
            if the(&needed.name).is_service() {
                breaches.push(format!(
                    "{} depends on {}: a service depends on no other; tell a fact in `events`",
                    service.name, needed.name
                ));
            }
        }
    }
    none(breaches);
}

#[test]
fn nothing_depends_on_the_executables() {
    for executable in ["bulsajo", "lab"] {
        let needs = |it: &&Crate| it.dependencies.iter().any(|it| it.name == executable);
        let users = CRATES.iter().filter(needs);
        none(users.map(|it| format!("{} depends on {executable}, which only runs", it.name)));
    }
}

#[test]
fn services_do_not_know_kubernetes() {
    let others = CRATES.iter().filter(|it| it.name != "lab");
    let breaches = others.flat_map(|it| {
        let found = it.needs_any(&["kube", "k8s-openapi"]);
        found.into_iter().map(|kube| format!("{} depends on {kube}: only lab does", it.name))
    });
    none(breaches);
    needs_of_ours_only("lab", &[], "it sees services from outside, as a student does");
}

#[test]
fn crates_do_not_know_services() {
    let mut breaches = Vec::new();
    for shared in CRATES.iter().filter(|it| !it.is_service()) {
        for needed in shared.needs().filter(|it| it.ours && the(&it.name).is_service()) {
            breaches.push(format!(
                "{} depends on {}: what is shared does not know who shares it",
                shared.name, needed.name
            ));
        }
    }
    none(breaches);
}

#[test]
fn every_crate_has_the_one_set_of_features() {
    let others = CRATES.iter().filter(|it| it.name != FEATURES);
    let without = others.filter(|it| !it.dependencies.iter().any(|it| it.name == FEATURES));
    none(without.map(|it| format!("{} does not depend on {FEATURES}", it.name)));
}

#[test]
fn every_dependency_is_used() {
    let mut breaches = Vec::new();
    let ours =
        |it: &&Crate| it.name != FEATURES && !it.folder.starts_with(workspace().join("bench"));
    for it in CRATES.iter().filter(ours) {
        let code: Vec<String> = sources()
            .into_iter()
            .filter(|(path, _)| path.starts_with(it.folder.join("src")))
            .map(|(_, text)| text)
            .collect();
        for needed in it.needs() {
            let name = needed.name.replace('-', "_");
            if !code.iter().any(|text| words(text).any(|word| word == name)) {
                breaches.push(format!("{} does not use {}", it.name, needed.name));
            }
        }
    }
    none(breaches);
}

#[test]
fn events_is_light() {
    let others = the("events").needs().filter(|it| !["serde", "uuid", "jiff"].contains(&&*it.name));
    none(others.map(|it| {
        format!("events depends on {}: it is read by everyone and stays light", it.name)
    }));
}

#[test]
fn hal_and_storage_stand_alone() {
    needs_of_ours_only("web", &[], "what all speak needs nothing else of ours");
    needs_of_ours_only("hal", &["web"], "a wire shape needs HTTP, and nothing else of ours");
    let why = "HAL is the shape of the services of the saga alone";
    for name in ["runtime", "actuator", "chaos", "gateway", "websample"] {
        keeps_clear_of(name, &["hal"], why);
    }
    needs_of_ours_only("storage", &[], "a database needs nothing else of ours");
    needs_of_ours_only("upstream", &[], "a way to a service knows no service");
}

#[test]
fn runtime_knows_neither_sql_nor_facts() {
    let why = "a process serves HTTP whatever is behind it; `participant` puts them together";
    keeps_clear_of("runtime", &["sqlx", "storage", "messaging", "events", "rdkafka"], why);
    keeps_clear_of("actuator", &["sqlx", "storage", "messaging", "runtime", "rdkafka"], why);
}

#[test]
fn only_the_executable_is_bad_on_demand() {
    let users =
        CRATES.iter().filter(|it| it.name != "bulsajo" && !it.needs_any(&["chaos"]).is_empty());
    let mut breaches: Vec<String> = users
        .map(|it| format!("{} depends on chaos: only the menu installs it", it.name))
        .collect();
    let others =
        CRATES.iter().filter(|it| !["bulsajo", "chaos", "lab", "testkit"].contains(&&*it.name));
    let folders: Vec<PathBuf> = others.map(|it| it.folder.join("src")).collect();
    for (path, text) in sources() {
        let below = folders.iter().any(|folder| path.starts_with(folder));
        // A message may name the setting FAULTS.
        let named = words(&text).find(|it| {
            ["fault", "faults", "Fault", "Faults", "knobs", "Knobs", "chaos"].contains(it)
        });
        if let Some(word) = named.filter(|_| below) {
            breaches.push(format!("{} says `{word}`: faults and knobs are in chaos", shown(&path)));
        }
    }
    none(breaches);
}

#[test]
fn the_right_saga_stands_alone() {
    let mut breaches = Vec::new();
    for file in [
        "order/orders",
        "payment/policy",
        "payment/payments",
        "delivery/policy",
        "ordertrace/projection",
    ] {
        let (service, name) = file.split_once('/').expect("service/file");
        let path = the(service).folder.join(format!("src/{name}.rs"));
        let text = fs::read_to_string(&path).expect("every service has its policy");
        for word in ["Guard", "Guards", "Bug", "CompatBugs"] {
            if words(&text).any(|it| it == word) {
                breaches.push(format!(
                    "{} says `{word}`: what labs take away is in unguarded.rs or defects.rs",
                    shown(&path)
                ));
            }
        }
    }
    none(breaches);
}

#[test]
fn messaging_knows_no_http() {
    let http = ["axum", "hyper", "hyper-util", "tower-http", "runtime", "actuator", "hal", "web"];
    keeps_clear_of("messaging", &http, "facts travel without HTTP");
    let ours = ["events", "storage", "trace"];
    needs_of_ours_only("messaging", &ours, "facts need their words, a store and where they belong");
}

#[test]
fn the_gateway_has_no_state_and_hears_nothing() {
    let state = ["sqlx", "storage", "messaging", "events", "participant", "rdkafka"];
    keeps_clear_of("gateway", &state, "it forwards, nothing else");
}

#[test]
fn the_executable_speaks_no_sql() {
    let why = "it is a menu without logic; only its tests look into databases";
    keeps_clear_of("bulsajo", &["sqlx", "axum", "hyper", "prometheus"], why);
}

#[test]
fn the_testkit_is_for_tests_only() {
    let users = CRATES.iter().filter(|it| !it.needs_any(&["testkit"]).is_empty());
    none(users.map(|it| {
        format!("{} depends on testkit: it may be a dev-dependency, never shipped", it.name)
    }));
}

#[test]
fn aggregates_decide_and_never_wait() {
    let mut breaches = Vec::new();
    for file in ["order/order", "payment/payment", "delivery/delivery", "ordertrace/trace"] {
        let (service, thing) = file.split_once('/').expect("service/thing");
        let path = the(service).folder.join(format!("src/{thing}.rs"));
        let text = fs::read_to_string(&path).expect("every service has its thing");
        for word in ["async", "await", "sqlx", "axum", "hyper", "tokio"] {
            if words(&text).any(|it| it == word) {
                breaches.push(format!(
                    "{} says `{word}`: an aggregate decides; it neither waits nor speaks SQL or HTTP",
                    shown(&path)
                ));
            }
        }
    }
    none(breaches);
}

#[test]
fn sql_is_spoken_in_stores_only() {
    let mut breaches = Vec::new();
    for service in CRATES.iter().filter(|it| it.is_service()) {
        for (path, text) in sources() {
            let elsewhere = path.starts_with(service.folder.join("src"))
                && !path.iter().any(|part| part == "store" || part == "store.rs");
            let speaks = text.contains("sqlx::query") || text.contains("sqlx::raw_sql");
            if elsewhere && speaks {
                breaches.push(format!(
                    "{} runs SQL: in a service all of it is in store.rs, or below it",
                    shown(&path)
                ));
            }
        }
    }
    none(breaches);
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let sizes = sources().into_iter().map(|(path, text)| (path, text.lines().count()));
    let long = sizes.filter(|(_, lines)| *lines > 400);
    none(long.map(|(path, lines)| {
        format!("{} has {lines} lines: split it by topic at 400", shown(&path))
    }));
}

#[test]
fn every_crate_says_what_it_is_for() {
    let mut breaches = Vec::new();
    for it in CRATES.iter() {
        if it.description.is_empty() {
            breaches.push(format!("{} has no description in its Cargo.toml", it.name));
        }
        let entry = ["src/lib.rs", "src/main.rs"].map(|file| it.folder.join(file));
        for path in entry.into_iter().filter(|path| path.exists()) {
            let text = fs::read_to_string(&path).expect("a file that can be read");
            if !text.starts_with("//! ") {
                breaches.push(format!("{} does not begin with a //! sentence", shown(&path)));
            }
        }
    }
    none(breaches);
}
