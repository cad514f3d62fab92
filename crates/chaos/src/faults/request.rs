//! What somebody wants of a fault: from a JSON body, a query, or a line of `FAULTS_AT_START`.

use std::{collections::BTreeMap, time::Duration};

use super::catalogue::{Fault, KINDS, Kind, Reach};
use crate::{
    did_you_mean,
    dose::{Value, duration},
};

/// How long a fault stays in force unless told otherwise.
const TTL: Duration = Duration::from_mins(10);

/// A fault as it is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    pub fault: Fault,
    /// The share that is hit, from 0 to 1.
    pub rate: f64,
    pub value: Value,
    /// The value as it was written.
    pub written: String,
    /// How long it stays; none is until it is taken away.
    pub ttl: Option<Duration>,
    /// Which sequence of hits and misses.
    pub seed: u64,
    /// Only requests whose path begins so; none is all.
    pub routes: Vec<String>,
    /// Only requests of these methods; none is all.
    pub methods: Vec<String>,
    /// Hits so many times in turn and is over then.
    pub fail_next: Option<u64>,
    /// Whether `rate` or `failNext` was written.
    pub dosed: bool,
}

const KEYS: [&str; 7] = ["rate", "value", "ttl", "seed", "routes", "methods", "failNext"];

impl Wish {
    /// The fault as it is without any wish, for the default time to live.
    pub fn plain(fault: Fault) -> Self {
        Self::read(fault, &BTreeMap::new()).expect("each default is right: a test says so")
    }

    /// Reads what is wanted; the error says what is possible.
    pub fn read(fault: Fault, wanted: &BTreeMap<String, String>) -> Result<Self, String> {
        let kind = fault.kind();
        let allowed = keys(kind);
        if let Some(unknown) = wanted.keys().find(|key| !allowed.contains(&key.as_str())) {
            return Err(format!(
                "{unknown}: {} does not take this; it takes {}",
                kind.name,
                allowed.join(", ")
            ));
        }
        let of = |key: &str| wanted.get(key).map(String::as_str).filter(|text| !text.is_empty());
        let written = of("value").unwrap_or(kind.default).to_owned();
        let dosed = of("rate").or(of("failNext")).is_some();
        Ok(Self {
            fault,
            rate: of("rate").map_or(Ok(1.0), rate)?,
            value: kind.value.read(&written)?,
            written,
            ttl: of("ttl").map_or(Ok(Some(TTL)), ttl)?,
            seed: of("seed").map_or(Ok(0), number("seed"))?,
            routes: of("routes").map(list).unwrap_or_default(),
            methods: of("methods").map(|it| list(&it.to_uppercase())).unwrap_or_default(),
            fail_next: of("failNext").map(number("failNext")).transpose()?,
            dosed,
        })
    }

    /// Whether a request of this kind may be hit.
    pub(crate) fn concerns(&self, method: &str, path: &str) -> bool {
        let here = |route: &String| path == route || path.starts_with(&format!("{route}/"));
        (self.routes.is_empty() || self.routes.iter().any(here))
            && (self.methods.is_empty() || self.methods.iter().any(|it| it == method))
    }
}

/// What may be said of this kind of fault.
pub(crate) fn keys(kind: &Kind) -> Vec<&'static str> {
    let of_requests = |key: &&&str| match **key {
        "routes" | "methods" => kind.reach == Reach::Requests,
        "rate" | "seed" | "failNext" => kind.reach != Reach::Process,
        "value" => !kind.default.is_empty(),
        _ => true,
    };
    KEYS.iter().filter(of_requests).copied().collect()
}

/// `error rate=0.3 value=503; latency value=200ms`: what is in force from the start, for ever
/// unless a `ttl` is written.
pub(crate) fn at_start(text: &str) -> Result<Vec<Wish>, String> {
    let lines = text.split([';', '\n']).map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(line).collect()
}

fn line(line: &str) -> Result<Wish, String> {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default();
    let fault = Fault::named(name).ok_or_else(|| unknown(name))?;
    let mut wanted = BTreeMap::from([("ttl".to_owned(), "forever".to_owned())]);
    for word in words {
        let (key, value) = word.split_once('=').ok_or(format!("`{word}`: write key=value"))?;
        wanted.insert(key.to_owned(), value.to_owned());
    }
    Wish::read(fault, &wanted).map_err(|why| format!("{name}: {why}"))
}

/// What to say to somebody who wants a fault that does not exist.
pub(crate) fn unknown(name: &str) -> String {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let guess = did_you_mean(name, &names);
    format!("there is no fault `{name}`; {guess}there are {}", names.join(", "))
}

/// A share, from 0 to 1.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').map(|percent| percent.parse::<f64>().map(|it| it / 100.0));
    match number.unwrap_or_else(|| text.parse()) {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err(format!("rate: `{text}` cannot be used; write a share from 0 to 1, or 30%")),
    }
}

fn ttl(text: &str) -> Result<Option<Duration>, String> {
    if text == "forever" {
        return Ok(None);
    }
    match duration(text) {
        Some(ttl) if !ttl.is_zero() => Ok(Some(ttl)),
        _ => Err(format!("ttl: `{text}` cannot be used; write 2m, at most 1h, or forever")),
    }
}

fn number(key: &'static str) -> impl Fn(&str) -> Result<u64, String> {
    move |text| text.parse().map_err(|_| format!("{key}: `{text}` is no whole number from 0"))
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|it| it.trim().trim_end_matches('/').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_httpie_sends_is_understood() {
        let body = br#"{"rate":"0.3","value":"503","ttl":"2m","routes":["/orders"],"failNext":5}"#;
        let wanted = web::Wanted::read(None, body).expect("it is right").0.into_iter().collect();
        let wish = Wish::read(Fault::Error, &wanted).expect("it is right");
        assert_eq!((wish.rate, wish.value.clone()), (0.3, Value::Status(503)));
        assert_eq!(wish.ttl, Some(Duration::from_mins(2)));
        assert_eq!(wish.fail_next, Some(5));
        assert!(wish.concerns("GET", "/orders/1") && !wish.concerns("GET", "/orderss"));
    }

    #[test]
    fn absurd_wishes_say_what_is_possible() {
        for (fault, key, value, possible) in [
            (Fault::Error, "rate", "1.5", "from 0 to 1"),
            (Fault::Error, "value", "200", "400 to 599"),
            (Fault::Error, "ttl", "never", "2m"),
            (Fault::Error, "rat", "1", "rate, value, ttl"),
            (Fault::Deadlock, "rate", "0.5", "it takes ttl"),
            (Fault::Latency, "value", "200", "200ms"),
            (Fault::DbSlow, "routes", "/orders", "it takes rate"),
        ] {
            let refused = Wish::read(fault, &wanted(&[(key, value)])).expect_err(value);
            assert!(refused.contains(possible), "{key}={value}: {refused}");
        }
    }

    #[test]
    fn an_unknown_name_gets_the_list_and_a_guess() {
        let said = unknown("latencie");
        assert!(said.contains("did you mean latency?") && said.contains("outbox-stall"), "{said}");
    }

    #[test]
    fn faults_at_the_start_are_words_and_stay() {
        let wishes = at_start("# lab 3\nerror rate=30% value=500; latency value=200ms ttl=1m;");
        let wishes = wishes.expect("they are right");
        assert_eq!((wishes[0].rate, wishes[0].ttl), (0.3, None));
        assert_eq!(wishes[1].ttl, Some(Duration::from_mins(1)));
        at_start("eror").expect_err("a slip");
        at_start("error 0.3").expect_err("no key");
    }
}
