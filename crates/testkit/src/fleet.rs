//! The real binary, started as a user starts it, on ports of its own.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, process::ExitStatus};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    Cell, Plan, Replica, Response, Topic, balancer::Balancer, database, database::Database,
    eventually, http, pooler::Pooler,
};

/// A running fleet: one process with every service in it, or a process for each replica of each.
/// Dropping it kills all of them, and drops its database.
pub struct Fleet {
    pub(crate) cell: Cell,
    // In this order they are dropped: what is used after those that use it.
    pub(crate) processes: Vec<Replica>,
    pub(crate) balancers: BTreeMap<Service, Balancer>,
    /// What stands between the services and their database.
    pub(crate) _pooler: Option<Pooler>,
    pub(crate) database: Option<Database>,
    /// Only to be deleted at the end.
    pub(crate) _topic: Option<Topic>,
    pub(crate) folder: TempDir,
    pub(crate) name: String,
}

/// A running fleet, wherever it runs.
pub trait Doors {
    /// Where others find this service.
    fn address(&self, service: Service) -> SocketAddr;

    /// A request as httpie sends it, to one service.
    fn ask(&self, service: Service, method: &str, path: &str, body: Option<Value>) -> Response {
        let body = body.map(|body| body.to_string());
        let mut headers = vec![("Accept", "application/json, */*;q=0.5")];
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        http::send(self.address(service), method, path, &headers, body.as_deref())
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }
}

/// Which service of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Order = 1,
    Payment = 2,
    Delivery = 3,
    OrderTrace = 4,
    Gateway = 8,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Order, Self::Payment, Self::Delivery, Self::OrderTrace, Self::Gateway];

    /// Those that keep state.
    pub const STATEFUL: [Self; 4] = [Self::Order, Self::Payment, Self::Delivery, Self::OrderTrace];

    /// Its command, and what its database and its consumer group are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Payment => "payment",
            Self::Delivery => "delivery",
            Self::OrderTrace => "ordertrace",
            Self::Gateway => "gateway",
        }
    }
}

impl Fleet {
    /// Starts one process on SQLite with an empty data folder, and waits until it is ready.
    pub fn start(binary: &str, settings: &[(&str, &str)]) -> Self {
        Self::on(Cell::Embedded).settings(settings).start(binary)
    }

    /// Plans a fleet on these backends.
    pub fn on(cell: Cell) -> Plan {
        Plan::on(cell)
    }

    /// Starts again what does not run, on the same data and ports, and waits until it is ready.
    pub fn restart(&mut self) {
        self.launch();
        for process in &mut self.processes {
            eventually(|| process.ready());
        }
    }

    /// Starts again what does not run, without waiting.
    pub fn launch(&mut self) {
        self.processes.iter_mut().filter(|it| !it.is_running()).for_each(Replica::launch);
    }

    /// Kills all of it as `kill -9` does.
    pub fn kill(&mut self) {
        self.processes.iter_mut().filter(|it| it.is_running()).for_each(Replica::kill);
    }

    /// Sends every process a signal by name, as `kill -TERM` does.
    pub fn signal(&self, name: &str) {
        self.processes.iter().for_each(|it| it.signal(name));
    }

    /// Waits until every process has ended by itself; tells of the first that did not end well.
    pub fn ended(&mut self) -> ExitStatus {
        let ended: Vec<ExitStatus> = self.processes.iter_mut().map(Replica::ended).collect();
        ended.iter().find(|it| !it.success()).unwrap_or(&ended[0]).to_owned()
    }

    /// Sets a variable of every process, or another value of it, for the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.processes.iter_mut().for_each(|it| it.set(name, value));
    }

    /// Its backends.
    pub fn cell(&self) -> Cell {
        self.cell
    }

    /// What its database, its topic and the beginning of its groups' names are called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A process that runs this service, counted from 1: where all are in one process, that one.
    pub fn replica(&mut self, service: Service, number: usize) -> &mut Replica {
        let mut replicas = self.processes.iter_mut().filter(|it| it.is(service));
        replicas.nth(number - 1).unwrap_or_else(|| panic!("there is no {service:?} {number}"))
    }

    /// Where each replica of a service listens, past its balancer.
    pub fn addresses(&self, service: Service) -> Vec<SocketAddr> {
        let replicas = self.processes.iter().filter(|it| it.is(service));
        replicas.map(|it| it.address(service)).collect()
    }

    /// Where others find this service: its balancer, if it has one.
    pub fn address(&self, service: Service) -> SocketAddr {
        match self.balancers.get(&service) {
            Some(balancer) => balancer.address,
            None => self.addresses(service)[0],
        }
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs SQL in the tables of `owner`: a service's name, or `log`.
    pub fn run_sql(&self, owner: &str, sql: &str) {
        if let Some(database) = &self.database {
            database.run(owner, sql);
        } else {
            let file = self.folder().join(format!("data/{owner}.db"));
            database::run_in_file(&file, sql);
        }
    }

    /// Asks the tables of `owner` for a number, as a BIGINT.
    pub fn number(&self, owner: &str, sql: &str) -> i64 {
        match &self.database {
            Some(database) => database.number(owner, sql),
            None => database::number_in_file(&self.folder().join(format!("data/{owner}.db")), sql),
        }
    }

    /// A request as httpie sends it, through the gateway.
    pub fn http(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        self.ask(Service::Gateway, method, path, body)
    }

    /// A request as httpie sends it, to one service.
    pub fn ask(&self, service: Service, method: &str, path: &str, body: Option<Value>) -> Response {
        Doors::ask(self, service, method, path, body)
    }
}

impl Doors for Fleet {
    fn address(&self, service: Service) -> SocketAddr {
        Self::address(self, service)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.processes.iter().for_each(Replica::show_log);
        }
    }
}
