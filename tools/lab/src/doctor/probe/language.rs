//! Probes that ask in a language that is not understood: another protocol, a program or port that is not there.

use serde_json::{Value, json};

use super::{Failing, Kind};
use crate::doctor::{
    container::{Container, ports},
    finding::{Finding, Rank},
    read::Read as _,
    seen::Seen,
};

impl Failing<'_> {
    /// Whether it asks by HTTP, and not by HTTPS.
    pub(super) fn asks_plainly(&self) -> bool {
        self.probe.get("httpGet").is_some() && self.probe.text("/httpGet/scheme") != "HTTPS"
    }

    pub(super) fn not_secure(&self, it: Finding) -> Finding {
        it.because("It asks by HTTPS, and what listens there does not speak it.")
            .cure(self.set("scheme", &json!("HTTP")))
    }

    pub(super) fn not_plain(&self, it: Finding) -> Finding {
        it.because("It asks by HTTP, and what listens there wants HTTPS, or speaks no HTTP at all.")
            .cure(self.set("scheme", &json!("HTTPS")))
            .cure("or ask by tcpSocket or grpc, if it is no HTTP")
    }

    pub(super) fn no_program(&self, it: Finding) -> Finding {
        let command = self.probe.list("/exec/command").first().and_then(Value::as_str);
        let program = command.unwrap_or_default();
        let port = ports(self.container.pod).first().copied().unwrap_or(8080);
        let place = format!("{}/{}", self.container.place, self.kind.field());
        let (maker, name) = (&self.maker, self.container.name());
        it.because(format!("The image of the container {name} has no program {program}: it is not in its PATH."))
            .cure(format!("let the probe run what the image has, or ask from outside: httpGet or tcpSocket on port {port}, at {place} of {maker}"))
    }

    pub(super) fn no_health(&self, it: Finding) -> Finding {
        it.because("It asks by gRPC, and the service does not implement grpc.health.v1.Health.")
            .cure(format!(
                "ask by tcpSocket, or give it that service: {} of {}",
                self.kind.field(),
                self.maker
            ))
    }
}

/// A probe whose port has a name that its container does not know: it cannot even be asked. No event is
/// needed to see that.
pub(super) fn without_port(seen: &Seen, container: &Container, kind: Kind) -> Option<Finding> {
    let probe = container.spec.get(kind.field())?;
    let (way, asked) = ["httpGet", "tcpSocket"]
        .into_iter()
        .map(|way| (way, probe.text(&format!("/{way}/port"))))
        .find(|(_, name)| !name.is_empty())?;
    let its = container.spec.list("/ports");
    if its.iter().any(|it| it.text("/name") == asked) {
        return None;
    }
    let names: Vec<&str> =
        its.iter().map(|it| it.text("/name")).filter(|it| !it.is_empty()).collect();
    let known = if names.is_empty() { "it names none".to_owned() } else { names.join(", ") };
    let number = its.first().map_or(json!("PORT"), |it| it["containerPort"].clone());
    let meant = names.first().map_or(number, |it| json!(it));
    let (maker, name, word) =
        (seen.maker(container.pod), container.name(), kind.word().to_lowercase());
    let path = format!("{}/{}/{way}/port", container.place, kind.field());
    Some(
        Finding::new(
            Rank::Fails,
            &maker,
            format!("has a {word} that cannot be asked: it knows no port {asked}"),
        )
        .because(format!("The container {name} has no port of that name: {known}."))
        .cure(seen.patch(&maker, &path, &meant)),
    )
}
