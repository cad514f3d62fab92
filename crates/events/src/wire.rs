//! A fact as bytes: `eventType` and `timestamp` first, then the fields, as the originals wrote it.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Delivery, Envelope, Event, Order, Payment};

/// Which generation of the originals the facts look like. Both can always be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// `Ordered`, and a time such as `"20210823143010"`, as the 2021 original wrote them.
    #[default]
    Sktkanumodel,
    /// `OrderPlaced`, and milliseconds since 1970, as the labs of 2022 and later print them.
    Msaez,
}

impl FromStr for Style {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "sktkanumodel" => Ok(Self::Sktkanumodel),
            "msaez" => Ok(Self::Msaez),
            _ => Err("use sktkanumodel or msaez"),
        }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sktkanumodel => "sktkanumodel",
            Self::Msaez => "msaez",
        })
    }
}

/// The body of a fact, ready to be written as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wire<'a> {
    event_type: &'static str,
    timestamp: Stamp,
    #[serde(flatten)]
    fields: Fields<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Fields<'a> {
    Order(&'a Order),
    Payment(&'a Payment),
    Delivery(&'a Delivery),
    None {},
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Stamp {
    Text(String),
    Millis(i64),
}

impl Envelope {
    /// The fact's body in this style.
    pub fn wire(&self, style: Style) -> Wire<'_> {
        let timestamp = match style {
            Style::Sktkanumodel => {
                Stamp::Text(self.occurred_at.strftime("%Y%m%d%H%M%S").to_string())
            }
            Style::Msaez => Stamp::Millis(self.occurred_at.as_millisecond()),
        };
        let fields = match &self.event {
            Event::Ordered(order) | Event::OrderCancelled(order) => Fields::Order(order),
            Event::Paid(payment) | Event::PayCancelled(payment) => Fields::Payment(payment),
            Event::Delivered(it) | Event::DeliveryCancelled(it) => Fields::Delivery(it),
            Event::Unknown => Fields::None {},
        };
        Wire { event_type: self.event.name(style), timestamp, fields }
    }
}

impl Event {
    /// The fact's name, as its body and its `type` header carry it.
    pub fn name(&self, style: Style) -> &'static str {
        match (self, style) {
            (Self::Ordered(_), Style::Sktkanumodel) => "Ordered",
            (Self::Ordered(_), Style::Msaez) => "OrderPlaced",
            (Self::OrderCancelled(_), _) => "OrderCancelled",
            (Self::Paid(_), _) => "Paid",
            (Self::PayCancelled(_), _) => "PayCancelled",
            (Self::Delivered(_), _) => "Delivered",
            (Self::DeliveryCancelled(_), _) => "DeliveryCancelled",
            (Self::Unknown, _) => "Unknown",
        }
    }
}

/// Reading: the body alone. What travels beside it (identity, exact time) is the transport's.
impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            timestamp: Option<Read>,
            #[serde(flatten)]
            event: Event,
        }
        let Body { timestamp, event } = Body::deserialize(deserializer)?;
        let occurred_at = timestamp.and_then(Read::instant).unwrap_or_else(Timestamp::now);
        Ok(Self { id: Uuid::nil(), occurred_at, event })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Read {
    Millis(i64),
    Text(String),
}

impl Read {
    fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Millis(millis) => Timestamp::from_millisecond(millis).ok(),
            Self::Text(text) => {
                let civil = DateTime::strptime("%Y%m%d%H%M%S", text).ok()?;
                Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
            }
        }
    }
}
