//! The menu: which services make up what was chosen.

use std::{process::ExitCode, sync::Arc, time::Instant};

use chaos::Chaos;
use delivery::Dispatch;
use gateway::{Backends, GatewayArgs};
use messaging::{Kafka, Policy as _, SqlLog, Transport};
use ordertrace::Projection;
use participant::Membership;
use payment::Cashier;
use runtime::{Failure, HttpArgs, Process, Service, Settings, Signals, Version};
use web::TrustedProxies;

use crate::{
    check,
    cli::{Chosen, Common, Fleet, GatewayService, Member, ProcessArgs},
    config,
    read::Wanted,
    table,
};

const VERSION: Version =
    Version { version: env!("CARGO_PKG_VERSION"), revision: env!("BULSAJO_REVISION") };

/// Who reads the log and who writes to it: nothing is removed from it before all of them have.
const FLEET: messaging::sql_log::Fleet = messaging::sql_log::Fleet {
    groups: &[Cashier::GROUP, Dispatch::GROUP, Projection::GROUP],
    producers: &["order", "payment", "delivery"],
};

/// Runs what was chosen until it is told to stop.
pub(crate) fn run(wanted: Wanted, began: Instant) -> Result<ExitCode, Failure> {
    let Wanted { chosen, settings, slips, ignored } = wanted;
    match &chosen {
        Chosen::Check(check) => return Ok(check::ask(check)),
        Chosen::Config(config) => {
            return Ok(config::show(config, &settings, &[ignored, slips].concat()));
        }
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Broken(error.into()))?;
    runtime.block_on(serve(chosen, settings, &ignored, began))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    chosen: Chosen,
    settings: Settings,
    ignored: &[String],
    began: Instant,
) -> Result<(), Failure> {
    let mut signals = Signals::catch();
    let whole = matches!(chosen, Chosen::Fleet(_));
    process_of(&chosen).log.init();
    for line in ignored {
        tracing::warn!("{line}");
    }
    let ProcessArgs {
        drain, probes, connections, faults, knobs, management, version, hosts, ..
    } = process_of(&chosen);
    let chaos = Chaos::begin(faults, knobs, &settings, began.into())?;
    let managed_at = |it: &Service| {
        let counted =
            if let Chosen::Fleet(fleet) = &chosen { fleet.base_port } else { it.address().port() };
        management.management_port.map(|first| first + (it.address().port() - counted))
    };
    // A database that is not there yet is waited for.
    let services = Box::pin(services(&chosen, &settings, &chaos));
    let Some(services) = signals.unless_told(drain, services).await else { return Ok(()) };
    let services = services?.into_iter().map(|it| {
        let port = managed_at(&it);
        chaos.install(it.built(VERSION, version).asked_as(hosts).managed_at(port))
    });
    let services = services.collect::<Result<_, Failure>>()?;
    let (probes, connections) = (probes.clone(), connections.clone());
    let process = Process::new(services, drain.clone(), probes, connections, signals);
    let mut process = chaos.delay(process);
    if matches!(chosen, Chosen::Websample(_)) {
        let told = websample::told_to_stop(drain.shutdown, drain.drain_delay.into());
        process = process.leaving_when(told);
    }
    let Some(process) = process.bind().await? else { return Ok(()) };
    if whole {
        table::fleet(&process.services());
    } else {
        table::service(&process.services());
    }
    process.run().await
}

async fn services(
    chosen: &Chosen,
    settings: &Settings,
    chaos: &Chaos,
) -> Result<Vec<Service>, Failure> {
    let settings = settings.clone();
    Ok(match chosen {
        Chosen::Fleet(fleet) => self::fleet(fleet, &settings, chaos).await?,
        Chosen::Order(it) => {
            let Member { http, common } = &it.member;
            vec![
                order::service(
                    http.clone(),
                    &it.payment.payment_url,
                    &it.charge,
                    &membership(common, chaos).await?,
                    settings,
                )
                .await?,
            ]
        }
        Chosen::Payment(it) => {
            let Member { http, common } = &it.member;
            let membership = membership(common, chaos).await?;
            vec![payment::service(http.clone(), &it.approval, &membership, settings).await?]
        }
        Chosen::Delivery(it) => {
            vec![
                delivery::service(it.http.clone(), &membership(&it.common, chaos).await?, settings)
                    .await?,
            ]
        }
        Chosen::Ordertrace(it) => {
            let Member { http, common } = &it.member;
            let membership = membership(common, chaos).await?;
            vec![ordertrace::service(http.clone(), &it.live, &membership, settings).await?]
        }
        Chosen::Gateway(it) => vec![gateway(it.http.clone(), &it.backends, &it.gateway, settings)],
        Chosen::Websample(it) => {
            let mode = it.process.drain.shutdown;
            vec![websample::service(it.http.clone(), &it.sample, mode, settings)]
        }
        Chosen::Check(_) | Chosen::Config(_) => Vec::new(),
    })
}

/// The five, in the order in which they stop: who calls stops before whom it calls.
async fn fleet(fleet: &Fleet, settings: &Settings, chaos: &Chaos) -> Result<Vec<Service>, Failure> {
    let at = |offset: u16| HttpArgs {
        host: fleet.host,
        port: fleet.base_port + offset,
        trusted_proxies: fleet.trusted_proxies.clone(),
    };
    let near = |offset: u16| format!("http://localhost:{}", fleet.base_port + offset);
    let backends = Backends::local(fleet.base_port);
    // Clients come to the gateway directly: what they say of themselves is not believed.
    let door = HttpArgs { trusted_proxies: TrustedProxies::default(), ..at(8) };
    let membership = membership(&fleet.common, chaos).await?;
    Ok(vec![
        gateway(door, &backends, &fleet.gateway, settings.clone()),
        order::service(at(1), &near(2), &fleet.charge, &membership, settings.clone()).await?,
        payment::service(at(2), &fleet.approval, &membership, settings.clone()).await?,
        delivery::service(at(3), &membership, settings.clone()).await?,
        ordertrace::service(at(4), &fleet.live, &membership, settings.clone()).await?,
    ])
}

fn gateway(http: HttpArgs, backends: &Backends, args: &GatewayArgs, settings: Settings) -> Service {
    let gateway = Service::new("gateway", http, settings)
        .serve(gateway::router(backends, args), &[], gateway::openapi())
        .as_webflux()
        .forwards()
        .described("no state of its own");
    if args.controls { gateway } else { gateway.public() }
}

async fn membership(common: &Common, chaos: &Chaos) -> Result<Membership, Failure> {
    let transport: Arc<dyn Transport> = if common.kafka.kafka_brokers.is_some() {
        Arc::new(Kafka::new(&common.kafka).map_err(|error| Failure::Setting(format!("{error:#}")))?)
    } else {
        let log = SqlLog::open(&common.database).await;
        Arc::new(log.map_err(|error| participant::failure(&error))?.of(FLEET))
    };
    let (database, messaging) = (common.database.clone(), common.messaging.clone());
    let (guards, bugs) = (common.guards, common.compat.compat_bugs);
    let transport = guards.over(transport);
    let (patience, readiness) =
        (common.request_timeout.into(), common.readiness.readiness_includes);
    let interceptors = chaos.interceptors();
    Ok(Membership {
        database,
        messaging,
        guards,
        bugs,
        transport,
        patience,
        readiness,
        interceptors,
    })
}

fn process_of(chosen: &Chosen) -> &ProcessArgs {
    match chosen {
        Chosen::Fleet(it) => &it.common.process,
        Chosen::Order(it) => &it.member.common.process,
        Chosen::Payment(it) => &it.member.common.process,
        Chosen::Delivery(it) => &it.common.process,
        Chosen::Ordertrace(it) => &it.member.common.process,
        Chosen::Gateway(it) => process_of_gateway(it),
        Chosen::Websample(it) => &it.process,
        Chosen::Check(_) | Chosen::Config(_) => {
            unreachable!("a question is no process of services")
        }
    }
}

fn process_of_gateway(gateway: &GatewayService) -> &ProcessArgs {
    &gateway.process
}
