//! `lab verify`: runs a worksheet, and reports what came of it.

use std::time::Instant;

use k8s_openapi::jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::{
    cli::Verify,
    cluster::{Cluster, Namespace, Timeline},
    failure::Failure,
    interrupt,
    report::{html, junit, terminal},
    run::{Listener, Outcome, Run},
    threads,
    worksheet::Worksheet,
};

/// Runs a worksheet, and shows each step as it is done.
pub(crate) fn verify(wanted: &Verify) -> Result<(), Failure> {
    let worksheet = Worksheet::read(&wanted.worksheet)?;
    if !worksheet.needs.cluster && wanted.namespace.is_some() {
        let told = "the worksheet needs no cluster: leave --namespace out";
        return Err(Failure::Usage(told.to_owned()));
    }
    let runtime = threads::threads()?;
    interrupt::listen(runtime.handle())?;
    let namespace =
        worksheet.needs.cluster.then(|| namespace(&runtime, wanted, &worksheet)).transpose()?;
    let began = Instant::now();
    let timeline = namespace.as_ref().map(|it| it.timeline(began));
    let listener = Listener::new(began);
    let name = namespace.as_ref().map(|it| it.name.as_str());
    terminal::begin(&worksheet, name);

    let kubeconfig = namespace.as_ref().map(Namespace::kubeconfig);
    let mut show = terminal::show(&worksheet);
    let mut run = Run::new(&worksheet, began, kubeconfig, listener.clone(), &mut show);
    if wanted.step {
        run = run.step_by_step();
    }
    let ended = run.all();
    // A namespace of ours takes all with it that is in it; nodes are not.
    let ours = wanted.namespace.is_none() && namespace.is_some();
    if ended.is_err() && (!ours || worksheet.needs.nodes.is_some()) {
        run.clean_up_after_interrupt()?;
    }
    let outcomes = run.end();
    ended?;
    let history = timeline.as_ref().map(Timeline::history).unwrap_or_default();
    let traffic = listener.traffic();
    finish(
        wanted,
        &html::Told {
            worksheet: &worksheet,
            namespace: name,
            ended: Timestamp::now(),
            outcomes: &outcomes,
            history: &history,
            traffic: &traffic,
        },
    )
}

fn finish(wanted: &Verify, told: &html::Told) -> Result<(), Failure> {
    let html::Told { worksheet, outcomes, .. } = told;
    let failed = outcomes.iter().any(Outcome::has_failed);
    let timeline = told.history.lines();
    if wanted.timeline || failed {
        terminal::timeline(&timeline);
    }
    terminal::end(worksheet, outcomes);
    if let Some(file) = &wanted.junit {
        junit::write(file, worksheet, outcomes, &timeline)?;
    }
    if let Some(file) = &wanted.html {
        html::write(file, told)?;
    }
    if failed { Err(Failure::Differs) } else { Ok(()) }
}

fn namespace<'a>(
    runtime: &'a Runtime,
    wanted: &Verify,
    worksheet: &Worksheet,
) -> Result<Namespace<'a>, Failure> {
    let cluster = Cluster::reach(runtime, wanted.context.as_deref())?;
    if let Some(nodes) = worksheet.needs.nodes {
        runtime.block_on(cluster.has_nodes(nodes))?;
    }
    match &wanted.namespace {
        Some(name) => Namespace::given(runtime, cluster, name),
        None => Namespace::make(runtime, cluster, &worksheet.name(), wanted.keep),
    }
}
