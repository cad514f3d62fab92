//! What keeps the saga right. Each guard can be taken away, to see what it is for. `--help` and
//! docs/guards.md are written from this table.

use std::{fmt::Write as _, sync::Arc};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::BoolishValueParser};
use messaging::{Transport, Unordered};

/// Which guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    Outbox,
    Idempotency,
    Ordering,
    Compensation,
    Dlq,
}

/// What there is to know of a guard.
struct Kind {
    guard: Guard,
    /// The option.
    name: &'static str,
    variable: &'static str,
    /// What it sees to.
    about: &'static str,
    /// What happens without it.
    without: &'static str,
    /// Where the damage is seen.
    shown: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        guard: Guard::Outbox,
        name: "outbox",
        variable: "OUTBOX",
        about: "facts are kept with the change they tell of and published from there",
        without: "they are published after the change is committed, and a crash between the two \
                  loses them",
        shown: "`orders.told` of ordertrace is less than `orders.placed` of order; \
                `effectsWithoutCause`",
    },
    Kind {
        guard: Guard::Idempotency,
        name: "idempotency",
        variable: "IDEMPOTENCY",
        about: "what comes twice is done once",
        without: "a fact that is delivered again and a charge that is asked for again have their \
                  effects again",
        shown: "`doubleCharges`",
    },
    Kind {
        guard: Guard::Ordering,
        name: "ordering",
        variable: "ORDERING",
        about: "facts of one order are kept in their order, and a latecomer changes nothing",
        without: "they have no key and go to all partitions in turn, and who hears of a \
                  cancellation first forgets it: money is taken and goods are sent all the same",
        shown: "`facts.outOfOrder`; `cancelledNotRefunded`, `cancelledNotRecalled`, \
                `goodsWithoutMoney`",
    },
    Kind {
        guard: Guard::Compensation,
        name: "compensation",
        variable: "COMPENSATION",
        about: "what was done for an order is undone when it is called off",
        without: "the money is kept and the goods stay on their way",
        shown: "`cancelledNotRefunded`, `cancelledNotRecalled`",
    },
    Kind {
        guard: Guard::Dlq,
        name: "dlq",
        variable: "DLQ",
        about: "a fact that cannot be handled is set aside as a dead letter",
        without: "it is tried again for ever, and what this replica has to read behind it waits",
        shown: "`orders.inFlight` does not become 0; `moneyWithoutGoods` if it is delivery that \
                waits",
    },
];

/// Which guards are up. Without one of them the invariants of `GET /invariants` can be broken; a
/// service says so when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards([bool; KINDS.len()]);

impl Default for Guards {
    fn default() -> Self {
        Self([true; KINDS.len()])
    }
}

impl Guards {
    /// Whether this guard is up.
    pub fn has(self, guard: Guard) -> bool {
        self.0[guard as usize]
    }

    /// The settings that are off, as they are written.
    pub fn missing(self) -> Vec<String> {
        let down = KINDS.iter().filter(|it| !self.has(it.guard));
        down.map(|it| format!("{}=off", it.variable)).collect()
    }

    /// The transport as these guards leave it.
    pub fn over(self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        if self.has(Guard::Ordering) { transport } else { Arc::new(Unordered(transport)) }
    }

    /// All of them as a table in Markdown, for docs/guards.md.
    pub fn table() -> String {
        let head = "| setting | `on` | `off` | seen at `/invariants` |\n|---|---|---|---|\n";
        KINDS.iter().fold(head.to_owned(), |mut table, kind| {
            let Kind { variable, about, without, shown, .. } = kind;
            let _ = writeln!(table, "| `{variable}` | {about} | {without} | {shown} |");
            table
        })
    }
}

/// By hand, because options and table are one.
impl clap::Args for Guards {
    fn augment_args(command: Command) -> Command {
        command.args(KINDS.iter().map(|kind| {
            let Kind { name, variable, about, without, .. } = kind;
            Arg::new(*name)
                .long(*name)
                .env(*variable)
                .value_name("on|off")
                .default_value("on")
                .value_parser(BoolishValueParser::new())
                .hide_possible_values(true)
                .action(ArgAction::Set)
                .help(format!("Whether {about}: `on` or `off`. Off, {without}"))
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Guards {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut guards = Self::default();
        guards.update_from_arg_matches(matches)?;
        Ok(guards)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for kind in KINDS {
            if let Some(up) = matches.get_one(kind.name) {
                self.0[kind.guard as usize] = *up;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, Guards, KINDS};

    #[test]
    fn each_kind_stands_where_its_guard_says() {
        for (index, kind) in KINDS.iter().enumerate() {
            assert_eq!(kind.guard as usize, index, "{}", kind.name);
        }
    }

    #[test]
    fn all_are_up_unless_said_otherwise() {
        let read = |words: &[&str]| {
            let command = <Guards as clap::Args>::augment_args(clap::Command::new("order"));
            let matches = command.try_get_matches_from([&["order"], words].concat()).unwrap();
            <Guards as clap::FromArgMatches>::from_arg_matches(&matches).unwrap()
        };
        assert_eq!(read(&[]), Guards::default());
        let some = read(&["--dlq", "off", "--outbox=false"]);
        assert_eq!(some.missing(), ["OUTBOX=off", "DLQ=off"]);
        assert!(some.has(Guard::Ordering) && !some.has(Guard::Dlq));
    }
}
