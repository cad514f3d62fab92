//! What `GET /actuator/prometheus` says.

use std::net::SocketAddr;

use crate::http;

/// The metrics of a service, at one moment.
pub struct Metrics(String);

impl Metrics {
    /// Asks the service at this address.
    pub fn of(address: SocketAddr) -> Result<Self, String> {
        let answer = http::send(address, "GET", "/actuator/prometheus", &[], None);
        let answer = answer.map_err(|error| error.to_string())?;
        let text = answer.text().to_owned();
        if answer.status == 200 { Ok(Self(text)) } else { Err(text) }
    }

    /// The sum of a metric that counts something, over its lines that have `label`, such as
    /// `route="/orders"`, in them; `None` when there is no such line. What a service cannot tell at
    /// the moment is -1.
    pub fn count(&self, name: &str, label: &str) -> Option<i64> {
        let values = self.0.lines().filter_map(|line| {
            let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.rsplit_once("} ")?;
            labels.contains(label).then(|| value.parse::<i64>().ok()).flatten()
        });
        values.reduce(|sum, value| sum + value)
    }
}
