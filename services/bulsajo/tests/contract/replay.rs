//! The recordings, sent again.

use std::{collections::BTreeMap, net::SocketAddr};

use testkit::{Connection, eventually, fleet::Service, http};

use crate::{
    answer::Answer,
    differences::{Asked, DIFFERENCES, Difference, NEED_NOT_MATCH},
    sample::Sample,
    script::{NO_BROKER, ORDERS, OTHERS, PAGING, PAYMENT_DOWN, Step},
    world::{Alone, closed, original_like},
};

const JSON: [(&str, &str); 2] = [("Accept", "*/*"), ("Content-Type", "application/json")];

/// How one recording fared: by which differences it was changed, and what is wrong nevertheless.
struct Fared {
    through: Vec<&'static str>,
    wrong: Vec<String>,
}

struct Run {
    samples: BTreeMap<String, Sample>,
    fared: BTreeMap<String, Fared>,
}

#[test]
fn every_recording_comes_out_as_agreed() {
    let samples = Sample::all().into_iter().map(|sample| (sample.name.clone(), sample));
    let mut run = Run { samples: samples.collect(), fared: BTreeMap::new() };

    let fleet = original_like();
    run.play(ORDERS, |service| fleet.address(service));
    run.play(OTHERS, |service| fleet.address(service));
    run.make_45_rows(fleet.address(Service::Order));
    run.play(PAGING, |service| fleet.address(service));
    let fleet = original_like();
    run.play(NO_BROKER, |service| fleet.address(service));
    run.play_without_payment();

    run.report();
}

#[test]
fn every_difference_names_recordings_that_exist() {
    let names: Vec<String> = Sample::all().into_iter().map(|sample| sample.name).collect();
    let listed = DIFFERENCES.iter().flat_map(|difference| difference.samples);
    for name in listed.chain(NEED_NOT_MATCH.iter().map(|(name, _)| name)) {
        assert!(names.iter().any(|known| known == name), "there is no recording {name}");
    }
}

impl Run {
    fn play(&mut self, steps: &[Step], address: impl Fn(Service) -> SocketAddr) {
        for step in steps {
            match *step {
                Step::Replay(name) => {
                    let service = self.samples[name].service();
                    self.replay(name, address(service));
                }
                Step::Do(service, line, body) => act(address(service), line, body),
                Step::Await(service, path, text) => until(address(service), path, text),
            }
        }
    }

    fn replay(&mut self, name: &str, address: SocketAddr) {
        let sample = &self.samples[name];
        let response = Connection::open(address)
            .and_then(|mut wire| wire.exchange(&sample.request, sample.method == "HEAD"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut actual = Answer::of(&response);
        mask_host(&mut actual, sample);
        let (expected, through) = agreed(&Asked { sample, address });
        let fared = Fared { through, wrong: expected.unlike(&actual) };
        assert!(self.fared.insert(name.to_owned(), fared).is_none(), "{name} came twice");
    }

    fn make_45_rows(&self, order: SocketAddr) {
        let coffee = String::from_utf8_lossy(&self.samples["order-005-post-full"].request);
        let coffee = coffee.rsplit("\r\n").next().unwrap().to_owned();
        for _ in 21..=51 {
            act(order, "POST /orders", &coffee);
        }
        for id in 22..=26 {
            act(order, &format!("DELETE /orders/{id}"), "");
        }
    }

    fn play_without_payment(&mut self) {
        let nobody = format!("http://{}", closed());
        let order = Alone::start("order", &[("PAYMENT_URL", &nobody)]);
        let gateway = Alone::start("gateway", &[("ORDER_URL", &order.url())]);
        self.play(PAYMENT_DOWN, |service| match service {
            Service::Gateway => gateway.address,
            _ => order.address,
        });
    }

    /// One line a recording; anything left over, unused or wrong fails.
    fn report(&self) {
        let mut wrong = Vec::new();
        for name in self.samples.keys() {
            let excused = NEED_NOT_MATCH.iter().find(|(excused, _)| excused == name);
            let told = match (self.fared.get(name), excused) {
                (Some(fared), None) if fared.wrong.is_empty() => fared.told(),
                (Some(fared), None) => {
                    wrong.push(format!("{name}: {}", fared.wrong.join("\n  ")));
                    format!("WRONG, with {}", fared.told())
                }
                (None, Some((_, why))) => format!("need not match: {why}"),
                (Some(_), Some(_)) => panic!("{name} is replayed and excused"),
                (None, None) => panic!("{name} is neither replayed nor excused"),
            };
            println!("{name:44} {told}");
        }
        println!("\nThe differences:");
        for Difference { name, why, .. } in &DIFFERENCES {
            println!("  {name}: {why}");
        }
        wrong.extend(self.unused());
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }

    fn unused(&self) -> impl Iterator<Item = String> {
        let used = |name: &str| self.fared.values().any(|fared| fared.through.contains(&name));
        let unused = DIFFERENCES.iter().filter(move |difference| !used(difference.name));
        unused.map(|difference| format!("no recording needs the difference {:?}", difference.name))
    }
}

impl Fared {
    fn told(&self) -> String {
        if self.through.is_empty() { "exactly".to_owned() } else { self.through.join(", ") }
    }
}

/// What is expected, and which differences made it so.
fn agreed(asked: &Asked) -> (Answer, Vec<&'static str>) {
    let mut answer = asked.sample.answer.clone();
    let mut through = Vec::new();
    for difference in &DIFFERENCES {
        let named = difference.samples.contains(&asked.sample.name.as_str());
        if !named && !difference.samples.is_empty() {
            continue;
        }
        let before = answer.clone();
        (difference.apply)(&mut answer, asked);
        if before != answer {
            through.push(difference.name);
        } else if named {
            panic!("{}: {:?} changes nothing", asked.sample.name, difference.name);
        }
    }
    (answer, through)
}

/// Which machine answers is known to nobody; that it says so can be seen.
fn mask_host(answer: &mut Answer, sample: &Sample) {
    let told = answer.body.split_once('/').map(|(host, address)| (host, address.parse()));
    if sample.target.ends_with("/echo")
        && let Some((host, Ok(std::net::IpAddr::V4(_)))) = told
        && !host.is_empty()
    {
        "(host/address)".clone_into(&mut answer.body);
        answer.set("content-length", Some(&answer.body.len().to_string()));
    }
}

fn act(address: SocketAddr, line: &str, body: &str) {
    let (method, path) = line.split_once(' ').unwrap();
    let body = (!body.is_empty()).then_some(body);
    let answer = http::send(address, method, path, &JSON, body)
        .unwrap_or_else(|error| panic!("{line}: {error}"));
    assert!((200..300).contains(&answer.status), "{line}: {}", answer.status);
}

fn until(address: SocketAddr, path: &str, text: &str) {
    eventually(|| {
        let answer = http::send(address, "GET", path, &JSON[..1], None)?;
        let shown = answer.text().contains(text);
        let reason = || std::io::Error::other(format!("{path} shows {:?}", answer.text()));
        if shown { Ok(()) } else { Err(reason()) }
    });
}
