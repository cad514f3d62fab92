//! What fleet a test wants: on which backends, in how many processes, with which settings.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use tempfile::TempDir;

use crate::{
    Cell, Fleet, Replica, Topic,
    balancer::Balancer,
    database::Database,
    fleet::Service::{self, Delivery, Gateway, Order, OrderTrace, Payment},
    pooler::Pooler,
    ports::free_base_port,
};

/// How many connections a replica may open where there are many, so that an ordinary server has
/// enough for all of them.
const CONNECTIONS: &str = "3";

/// A member hears of a rebalance with its next heartbeat. There are many in these tests.
const HEARTBEAT: &str = "heartbeat.interval.ms=250";

/// A fleet that has not been started.
#[must_use = "start it"]
pub struct Plan {
    cell: Cell,
    replicas: Option<usize>,
    settings: Vec<(String, String)>,
}

impl Plan {
    /// All five services in one process, unless [`Self::replicas`] says otherwise.
    pub(crate) fn on(cell: Cell) -> Self {
        Self { cell, replicas: None, settings: Vec::new() }
    }

    /// Every replica of every service is a process of its own, behind a balancer for each service.
    ///
    /// Services whose state is in SQLite cannot share it: in those cells the gateway has this many
    /// replicas, and the others have one.
    pub fn replicas(mut self, count: usize) -> Self {
        self.replicas = Some(count);
        self
    }

    /// Variables for every process.
    pub fn settings(mut self, settings: &[(&str, &str)]) -> Self {
        let owned = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.settings.extend(owned);
        self
    }

    /// Starts the binary with empty databases and waits until everything is ready.
    pub fn start(self, binary: &str) -> Fleet {
        let folder = TempDir::new().expect("a temporary folder");
        let name = unique_name();
        let database = self.cell.server().map(|server| Database::create(&server, &name));
        let pooler = database.as_ref().filter(|_| self.cell == Cell::Pooled);
        let pooler = pooler.map(|database| Pooler::start(&database.url()));
        let mut settings = self.backends(database.as_ref(), &name);
        settings.extend(pooler.iter().map(|it| ("DATABASE_URL".to_owned(), it.url(&name))));
        let (mut processes, mut balancers) = (Vec::new(), BTreeMap::new());
        match self.replicas {
            None => processes.push(all_in_one(binary, &folder)),
            Some(count) => {
                processes = self.separate(binary, &folder, count);
                balancers = balance(&processes);
                settings.extend(neighbours(&balancers));
            }
        }
        settings.extend(self.settings);
        for process in &mut processes {
            for (name, value) in &settings {
                process.set(name, value);
            }
        }
        let topic = self.cell.brokers().map(|brokers| Topic::new(&brokers, &name));
        let mut fleet = Fleet {
            cell: self.cell,
            processes,
            balancers,
            _pooler: pooler,
            database,
            _topic: topic,
            folder,
            name,
        };
        fleet.restart();
        fleet
    }

    fn backends(&self, database: Option<&Database>, name: &str) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        let mut set = |name: &str, value: String| settings.push((name.to_owned(), value));
        if let Some(database) = database {
            set("DATABASE_URL", database.url());
            if self.replicas.is_some() {
                set("DATABASE_CONNECTIONS", CONNECTIONS.to_owned());
            }
        }
        if let Some(brokers) = self.cell.brokers() {
            set("KAFKA_BROKERS", brokers);
            set("KAFKA_TOPIC", name.to_owned());
            set("KAFKA_GROUP", format!("{name}-{{service}}"));
            set("KAFKA_PROPERTIES", HEARTBEAT.to_owned());
        }
        settings
    }

    fn separate(&self, binary: &str, folder: &TempDir, count: usize) -> Vec<Replica> {
        let bases: Vec<u16> = (0..count).map(|_| free_base_port()).collect();
        let mut processes = Vec::new();
        for service in Service::ALL {
            let shared = self.cell.has_postgres() || service == Gateway;
            for (index, base) in bases.iter().enumerate().take(if shared { count } else { 1 }) {
                let name = format!("{}-{}", service.name(), index + 1);
                let address = at(*base, service);
                let described = (name, service.name());
                let addresses = vec![(service, address)];
                let mut process = Replica::new(binary, described, folder.path(), addresses);
                process.set("PORT", &address.port().to_string());
                processes.push(process);
            }
        }
        processes
    }
}

fn all_in_one(binary: &str, folder: &TempDir) -> Replica {
    let base = free_base_port();
    let addresses = Service::ALL.map(|service| (service, at(base, service))).to_vec();
    let described = ("fleet".to_owned(), "fleet");
    let mut process = Replica::new(binary, described, folder.path(), addresses);
    process.set("BASE_PORT", &base.to_string());
    process
}

fn at(base: u16, service: Service) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, base + service as u16).into()
}

fn balance(processes: &[Replica]) -> BTreeMap<Service, Balancer> {
    let in_front_of = |service| {
        let replicas = processes.iter().filter(|it| it.is(service));
        let replicas = replicas.map(|it| it.address(service)).collect();
        (service, Balancer::start(replicas))
    };
    Service::ALL.map(in_front_of).into()
}

/// Where each service finds the others.
fn neighbours(balancers: &BTreeMap<Service, Balancer>) -> Vec<(String, String)> {
    let variables = [
        (Order, "ORDER_URL"),
        (Payment, "PAYMENT_URL"),
        (Delivery, "DELIVERY_URL"),
        (OrderTrace, "ORDERTRACE_URL"),
    ];
    let url = |service| format!("http://{}", balancers[&service].address);
    variables.map(|(service, variable)| (variable.to_owned(), url(service))).into()
}

/// A name for databases and topics that no other test has or had.
pub fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros();
    let (process, count) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    format!("test-{now}-{process}-{count}")
}
