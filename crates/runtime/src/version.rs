//! Which build this is, and under which name a lab knows it.

use axum::http::HeaderValue;
use serde_json::{Value, json};

/// Which build this is.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    pub version: &'static str,
    pub revision: &'static str,
}

impl Version {
    /// What `/actuator/info` says of it.
    pub(crate) fn info(&self, name: &str, called: Option<&HeaderValue>) -> Value {
        let mut app = json!({ "name": name });
        if let Some(called) = called.and_then(|it| it.to_str().ok()) {
            app["version"] = json!(called);
        }
        let revision = json!({ "commit": { "id": self.revision } });
        json!({ "app": app, "build": { "version": self.version }, "git": revision })
    }
}

/// What tells one image of a service from another.
#[derive(Debug, Clone, clap::Args)]
pub struct VersionArgs {
    /// What a lab calls this version, such as `canary` or `v2`: in the header `x-app-version` of
    /// every answer, in the first line, and in `/actuator/info` [default: none].
    #[arg(long, env, value_parser = app_version)]
    pub app_version: Option<HeaderValue>,
}

fn app_version(text: &str) -> Result<HeaderValue, &'static str> {
    let plain = text.len() <= 64 && text.bytes().all(|it| it.is_ascii_graphic());
    let value = HeaderValue::from_str(text).ok().filter(|_| plain);
    value.ok_or("at most 64 letters, digits and signs, without blanks")
}
