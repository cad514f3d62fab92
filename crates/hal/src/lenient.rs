//! Reading what clients really send: numbers as text, text as numbers, blanks for nothing.
//!
//! Each function is for `#[serde(default, deserialize_with = "hal::lenient::long")]`.

use std::fmt::{self, Display};

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

use crate::json;

/// The most characters that a text may have, about four times as many as the originals' columns.
pub const TEXT: usize = 1000;

/// How the message about a longer one begins.
pub(crate) const TOO_LONG: &str = "the text is too long";

/// A whole number of 64 bits; `"3"`, `3.0` and `3e0` will do, `""` is nothing.
pub fn long<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    from.deserialize_any(Whole { min: i64::MIN, max: i64::MAX })
}

/// The number of a row, which a database counts from 1.
pub fn id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    from.deserialize_any(Whole { min: 1, max: i64::MAX })
}

/// A whole number of 32 bits, as Java's `Integer`.
pub fn int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i32>, D::Error> {
    let number = from.deserialize_any(Whole { min: i32::MIN.into(), max: i32::MAX.into() })?;
    number.map(|number| i32::try_from(number).map_err(D::Error::custom)).transpose()
}

/// A finite number, as Java's `Double`.
pub fn double<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    from.deserialize_any(Real)
}

/// Text of at most [`TEXT`] characters; numbers and truth values become the words for them.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    from.deserialize_any(Text)
}

struct Whole {
    min: i64,
    max: i64,
}

impl Whole {
    fn within<E: Error>(&self, number: i64) -> Result<Option<i64>, E> {
        if (self.min..=self.max).contains(&number) {
            return Ok(Some(number));
        }
        Err(self.outside(number))
    }

    fn outside<E: Error>(&self, number: impl Display) -> E {
        E::custom(format_args!("{number} is outside {} to {}", self.min, self.max))
    }

    fn real<E: Error>(&self, number: f64) -> Result<Option<i64>, E> {
        // A float of this size may stand for a neighbour that no i64 can be.
        const BOUND: f64 = 9_223_372_036_854_775_808.0;
        if number.fract() != 0.0 {
            return Err(E::custom(format_args!("{} is not a whole number", json::double(number))));
        }
        if number.abs() >= BOUND {
            return Err(self.outside(json::double(number)));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within bounds, just checked"
        )]
        self.within(number as i64)
    }
}

impl Visitor<'_> for Whole {
    type Value = Option<i64>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a whole number")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.within(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.within(number),
            Err(_) => Err(self.outside(number)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        self.real(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let Some(text) = told(text) else { return Ok(None) };
        if let Ok(number) = text.parse() {
            return self.within(number);
        }
        match finite(text) {
            Some(number) => self.real(number),
            None => Err(E::custom(format_args!("{} is not a whole number", quoted(text)))),
        }
    }
}

struct Real;

impl Visitor<'_> for Real {
    type Value = Option<f64>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a number")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    #[expect(clippy::cast_precision_loss, reason = "a double holds what it can, as in Java")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "a double holds what it can, as in Java")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let Some(text) = told(text) else { return Ok(None) };
        match finite(text) {
            Some(number) => Ok(Some(number)),
            None => Err(E::custom(format_args!("{} is not a finite number", quoted(text)))),
        }
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Option<String>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("text")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Some(truth.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(json::double(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        kept(text)?;
        Ok(Some(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        kept(&text)?;
        Ok(Some(text))
    }
}

/// Whether this can be kept.
fn kept<E: Error>(text: &str) -> Result<(), E> {
    // PostgreSQL cannot keep it, and would make a 500 of it.
    if text.contains('\0') {
        return Err(E::custom("text must not contain the character U+0000"));
    }
    match text.chars().count() {
        ..=TEXT => Ok(()),
        length => {
            let long = format_args!("{TOO_LONG}: it has {length} characters, and may have {TEXT}");
            Err(E::custom(long))
        }
    }
}

/// What a text says, if it says anything; Jackson takes `""` and `"null"` for nothing.
fn told(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty() && *text != "null")
}

fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A client's words in our message: short, and with nothing that could disturb a terminal.
fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    format!("{shown:?}")
}
