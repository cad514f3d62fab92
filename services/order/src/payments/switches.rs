//! The settings of the call to payment by name, so that they can be switched at run time.

use clap::ValueEnum as _;
use hal::Problem;
use serde_json::{Map, Value, json};

use crate::settings::{self, ChargeArgs, Fallback};

/// One setting: how it is called, what it may be, how it is read and shown.
struct Switch {
    name: &'static str,
    /// What it is called at the start; it is understood here too.
    variable: &'static str,
    possible: &'static str,
    set: fn(&mut ChargeArgs, &str) -> Result<(), String>,
    shown: fn(&ChargeArgs) -> Value,
}

const SWITCHES: &[Switch] = &[
    Switch {
        name: "timeout",
        variable: "PAYMENT_TIMEOUT",
        possible: "1ms to 10m",
        set: |args, text| settings::timeout(text).map(|it| args.payment_timeout = it),
        shown: |args| json!(args.payment_timeout.to_string()),
    },
    Switch {
        name: "retries",
        variable: "PAYMENT_RETRIES",
        possible: "0 to 10",
        set: |args, text| settings::retries(text).map(|it| args.payment_retries = it),
        shown: |args| json!(args.payment_retries),
    },
    Switch {
        name: "budget",
        variable: "PAYMENT_RETRY_BUDGET",
        possible: "0% to 100%, or off",
        set: |args, text| text.parse().map(|it| args.payment_retry_budget = it),
        shown: |args| json!(args.payment_retry_budget.to_string()),
    },
    Switch {
        name: "breaker",
        variable: "PAYMENT_BREAKER",
        possible: "on or off",
        set: |args, text| settings::on_or_off(text).map(|it| args.payment_breaker = it),
        shown: |args| json!(if args.payment_breaker { "on" } else { "off" }),
    },
    Switch {
        name: "window",
        variable: "PAYMENT_BREAKER_WINDOW",
        possible: "1 to 1000 calls",
        set: |args, text| settings::window(text).map(|it| args.payment_breaker_window = it),
        shown: |args| json!(args.payment_breaker_window),
    },
    Switch {
        name: "rate",
        variable: "PAYMENT_BREAKER_RATE",
        possible: "1% to 100%",
        set: |args, text| settings::rate(text).map(|it| args.payment_breaker_rate = it),
        shown: |args| json!(args.payment_breaker_rate.to_string()),
    },
    Switch {
        name: "wait",
        variable: "PAYMENT_BREAKER_WAIT",
        possible: "1ms to 24h",
        set: |args, text| settings::wait(text).map(|it| args.payment_breaker_wait = it),
        shown: |args| json!(args.payment_breaker_wait.to_string()),
    },
    Switch {
        name: "probes",
        variable: "PAYMENT_BREAKER_PROBES",
        possible: "1 to 100 calls",
        set: |args, text| settings::probes(text).map(|it| args.payment_breaker_probes = it),
        shown: |args| json!(args.payment_breaker_probes),
    },
    Switch {
        name: "bulkhead",
        variable: "PAYMENT_BULKHEAD",
        possible: "0 to 10000 calls at once, 0: no limit",
        set: |args, text| settings::bulkhead(text).map(|it| args.payment_bulkhead = it),
        shown: |args| json!(args.payment_bulkhead),
    },
    Switch {
        name: "fallback",
        variable: "PAYMENT_FALLBACK",
        possible: "reject or queue",
        set: |args, text| {
            let wrong = |_| "write `reject` or `queue`".to_owned();
            Fallback::from_str(text, true).map(|it| args.payment_fallback = it).map_err(wrong)
        },
        shown: |args| json!(args.payment_fallback.name()),
    },
];

/// These settings with some of them changed, or what is wrong with the first that cannot be.
pub(crate) fn changed(
    mut args: ChargeArgs,
    wanted: &[(String, String)],
) -> Result<ChargeArgs, Problem> {
    if wanted.is_empty() {
        return Err(Problem::bad_request("nothing is asked to be changed").hint(possible()));
    }
    for (name, value) in wanted {
        let switch = find(name).ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            Problem::bad_request(format!("{shown:?} is no setting; nothing was changed"))
                .hint(possible())
        })?;
        (switch.set)(&mut args, value.trim()).map_err(|reason| {
            let (name, shown) = (switch.name, value.chars().take(40).collect::<String>());
            Problem::bad_request(format!("{name}={shown}: {reason}; nothing was changed"))
                .hint(possible())
        })?;
    }
    Ok(args)
}

fn find(name: &str) -> Option<&'static Switch> {
    let name = name.trim().replace('-', "_");
    let called = |it: &&Switch| {
        let short = it.variable.trim_start_matches("PAYMENT_");
        [it.name, it.variable, short].iter().any(|it| it.eq_ignore_ascii_case(&name))
    };
    SWITCHES.iter().find(called)
}

fn possible() -> String {
    let all: Vec<_> = SWITCHES.iter().map(|it| format!("{} ({})", it.name, it.possible)).collect();
    format!("possible are {}", all.join(", "))
}

/// Every setting and its value.
pub(crate) fn shown(args: &ChargeArgs) -> Map<String, Value> {
    SWITCHES.iter().map(|it| (it.name.to_owned(), (it.shown)(args))).collect()
}

/// What those that are not as at the start were then.
pub(crate) fn differing(now: &ChargeArgs, start: &ChargeArgs) -> Map<String, Value> {
    let before = shown(start);
    let now = shown(now);
    before.into_iter().filter(|(name, value)| now.get(name) != Some(value)).collect()
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    fn defaults() -> (Command, ChargeArgs) {
        let command = ChargeArgs::augment_args(Command::new("order"));
        let matches = command.clone().try_get_matches_from(["order"]).unwrap();
        (command, ChargeArgs::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn every_setting_of_the_start_can_be_switched() {
        let (command, args) = defaults();
        let variables = command.get_arguments().filter_map(|it| it.get_env());
        let variables: Vec<_> = variables.map(|it| it.to_string_lossy().into_owned()).collect();
        let switches: Vec<_> = SWITCHES.iter().map(|it| it.variable).collect();

        assert_eq!(variables, switches);
        for (name, value) in shown(&args) {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            assert_eq!(changed(args, &[(name, value)]), Ok(args));
        }
    }

    #[test]
    fn names_and_values_are_read_leniently_and_differences_told() {
        let (_, start) = defaults();
        let wanted = [
            ("Retries", "5"),
            ("budget", "OFF"),
            ("PAYMENT_TIMEOUT", " 610ms "),
            ("breaker-wait", "2s"),
            ("rate", "60"),
            ("breaker", "false"),
        ];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));

        let now = changed(start, &wanted).unwrap();

        let before = json!({
            "timeout": "1s", "retries": 2, "budget": "20%", "breaker": "on", "rate": "50%",
            "wait": "5s"
        });
        assert_eq!(Value::Object(differing(&now, &start)), before);
        assert_eq!(shown(&now)["timeout"], "610ms");
    }

    #[test]
    fn what_cannot_be_is_refused_and_what_can_be_is_listed() {
        let (_, start) = defaults();
        for (name, value) in [
            ("retrys", "5"),
            ("retries", "11"),
            ("retries", "-1"),
            ("timeout", "610"),
            ("timeout", "0s"),
            ("timeout", "11m"),
            ("rate", "0%"),
            ("budget", "101%"),
            ("breaker", "maybe"),
            ("probes", "0"),
            ("fallback", "cached"),
        ] {
            let refused = changed(start, &[(name.to_owned(), value.to_owned())]).unwrap_err();
            assert!(refused.detail.contains(name), "{refused:?}");
            let hint = refused.hint.unwrap();
            assert!(SWITCHES.iter().all(|it| hint.contains(it.name)), "{hint}");
        }
    }
}
