//! The sample of the nonstop lab: a status for each version, and no wish to stop.

mod args;
mod http;
mod line;
mod openapi;
mod stop;
mod version;

use std::{sync::Arc, time::Duration};

use runtime::{HttpArgs, Mode, Service, Settings};
use tokio::time::MissedTickBehavior;

pub use self::{args::WebsampleArgs, openapi::openapi, stop::told_to_stop};
use self::{http::Sample, version::Version};

/// The websample service, ready to run. Its process ends as [`told_to_stop`] says.
pub fn service(http: HttpArgs, args: &WebsampleArgs, mode: Mode, settings: Settings) -> Service {
    let version = Version::new(&args.version_name);
    line::line!("{version} / starting process on {}", std::process::id());
    let summary = format!("{}; {}", version.promise(), stop::promise(mode));
    if let Err(problem) = version.status() {
        tracing::error!("every request will be answered with 500: {}", problem.detail);
    }
    let sample = Arc::new(Sample::new(version));
    let shown = Arc::clone(&sample);
    Service::new("websample", http, settings)
        .serve(http::routes(sample), &[], openapi())
        .answers_prestop()
        .spawn(async move |stopping| {
            stopping.run_until_cancelled(show_every_second(&shown)).await;
            Ok(())
        })
        .described(summary)
}

async fn show_every_second(sample: &Sample) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        seconds.tick().await;
        sample.show_open();
    }
}
