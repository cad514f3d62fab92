//! Figures that a part keeps by itself, and that are read off when somebody looks.

use prometheus::{
    core::{Collector, Desc},
    proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType},
};

/// How figures of a family are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// Figures of one name, told apart by the values of one label if there are several.
pub struct Family {
    pub name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    /// The label's name; `""` for a figure without one.
    pub label: &'static str,
    /// The label's values, each with its figure. It must be quick: it is called on a worker.
    pub read: Box<dyn Fn() -> Vec<(&'static str, f64)> + Send + Sync>,
}

/// A family as Prometheus knows it.
pub(crate) struct Sampled {
    family: Family,
    described: Desc,
}

impl Sampled {
    pub(crate) fn new(family: Family) -> Self {
        let labels = [family.label].into_iter().filter(|it| !it.is_empty());
        let labels = labels.map(ToOwned::to_owned).collect();
        let (name, help) = (family.name.to_owned(), family.help.to_owned());
        let described = Desc::new(name, help, labels, [].into()).expect("valid names");
        Self { family, described }
    }

    fn metric(&self, value: &str, figure: f64) -> Metric {
        let mut metric = Metric::default();
        if !self.family.label.is_empty() {
            let mut label = LabelPair::default();
            label.set_name(self.family.label.to_owned());
            label.set_value(value.to_owned());
            metric.set_label(vec![label]);
        }
        match self.family.kind {
            Kind::Counter => {
                let mut counter = Counter::default();
                counter.set_value(figure);
                metric.set_counter(counter);
            }
            Kind::Gauge => {
                let mut gauge = Gauge::default();
                gauge.set_value(figure);
                metric.set_gauge(gauge);
            }
        }
        metric
    }
}

impl Collector for Sampled {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.described]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let figures = (self.family.read)();
        let metrics = figures.into_iter().map(|(value, figure)| self.metric(value, figure));
        let mut family = MetricFamily::default();
        family.set_name(self.family.name.to_owned());
        family.set_help(self.family.help.to_owned());
        family.set_field_type(match self.family.kind {
            Kind::Counter => MetricType::COUNTER,
            Kind::Gauge => MetricType::GAUGE,
        });
        family.set_metric(metrics.collect());
        vec![family]
    }
}
