//! Services in processes of their own: started at once, and the call to payment refused clearly when
//! it cannot work, and whole again when it can.

mod fake;
mod switches;
mod visible;

use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Response, eventually, http};

use crate::BINARY;

/// One service in a process of its own.
struct Alone {
    process: Child,
    address: std::net::SocketAddr,
}

impl Alone {
    fn start(service: &str, port: u16, folder: &TempDir, settings: &[(&str, &str)]) -> Self {
        let alone = Self::launch(service, port, folder, settings);
        eventually(|| http::send(alone.address, "GET", "/actuator/health", &[], None));
        alone
    }

    fn launch(service: &str, port: u16, folder: &TempDir, settings: &[(&str, &str)]) -> Self {
        let process = Command::new(BINARY)
            .arg(service)
            .current_dir(folder.path())
            .env_clear()
            .envs(settings.iter().copied())
            .env("PORT", port.to_string())
            .env("LOG_LEVEL", "error")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, address: ([127, 0, 0, 1], port).into() }
    }

    fn order(&self) -> Response {
        let headers = [("Content-Type", "application/json"), ("Accept", "*/*")];
        http::send(self.address, "POST", "/orders", &headers, Some(r#"{"cost":10}"#)).unwrap()
    }

    fn send(&self, method: &str, path: &str, body: Option<&str>) -> Response {
        http::send(self.address, method, path, &[], body).unwrap()
    }

    fn get(&self, path: &str) -> Value {
        self.send("GET", path, None).json()
    }

    fn text(&self, path: &str) -> String {
        self.send("GET", path, None).text().to_owned()
    }

    /// Sends this body, or none for null, and has what is shown after the change.
    fn put(&self, path: &str, body: &Value) -> Value {
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = self.send("PUT", path, body.as_deref());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// The circuit breaker in brief.
    fn breaker(&self) -> Value {
        self.get("/actuator/circuitbreakers")["circuitBreakers"][0].clone()
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn two_ports() -> (u16, u16) {
    let base = testkit::free_base_port();
    (base + 1, base + 2)
}

#[test]
fn an_order_is_refused_while_payment_is_away_and_taken_when_it_is_back() {
    let folder = TempDir::new().unwrap();
    let (order_port, payment_port) = two_ports();
    let url = format!("http://127.0.0.1:{payment_port}");
    let settings = [
        ("PAYMENT_URL", url.as_str()),
        ("PAYMENT_RETRIES", "0"),
        ("PAYMENT_BREAKER_WAIT", "200ms"),
    ];
    let order = Alone::start("order", order_port, &folder, &settings);

    let refused = order.order();
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let problem = refused.json();
    assert!(problem["detail"].as_str().unwrap().contains("could not be reached"), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("PAYMENT_URL"), "{problem}");

    eventually(|| {
        let told = order.order().json()["detail"].as_str().unwrap().to_owned();
        if told.contains("circuit breaker is open") { Ok(()) } else { Err(told) }
    });
    assert_eq!(order.breaker()["state"], "open");
    assert_eq!(order.get("/orders")["page"]["totalElements"], 0);

    let _payment = Alone::start("payment", payment_port, &folder, &[]);
    eventually(|| match order.order().status {
        201 => Ok(()),
        other => Err(other.to_string()),
    });
    assert_eq!(order.breaker()["state"], "half-open");
    for _ in 0..2 {
        assert_eq!(order.order().status, 201);
    }
    assert_eq!(order.breaker()["state"], "closed");
    assert_eq!(order.get("/orders")["page"]["totalElements"], 3);
}

#[test]
fn a_breaker_that_is_off_asks_every_time() {
    let folder = TempDir::new().unwrap();
    let (order_port, payment_port) = two_ports();
    let url = format!("http://127.0.0.1:{payment_port}");
    let settings =
        [("PAYMENT_URL", url.as_str()), ("PAYMENT_RETRIES", "0"), ("PAYMENT_BREAKER", "off")];
    let order = Alone::start("order", order_port, &folder, &settings);

    for _ in 0..40 {
        assert_eq!(order.order().status, 503);
    }

    let breaker = order.breaker();
    assert_eq!(breaker["state"], "off");
    assert_eq!(breaker["failed"], 40);
    assert_eq!(breaker["notPermitted"], 0);
}

#[test]
fn services_that_start_at_once_share_one_folder() {
    for _ in 0..5 {
        let folder = TempDir::new().unwrap();
        let ((one, two), (three, four)) = (two_ports(), two_ports());
        let launch = |service, port| Alone::launch(service, port, &folder, &[]);
        let started = [
            launch("order", one),
            launch("payment", two),
            launch("delivery", three),
            launch("ordertrace", four),
        ];

        for service in &started {
            eventually(|| http::send(service.address, "GET", "/actuator/health", &[], None));
        }
    }
}
