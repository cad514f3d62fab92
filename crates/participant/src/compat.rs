//! `COMPAT_BUGS`: the defects of the ancestors, as an exercise. docs/guards.md is written from this
//! table.

use std::fmt::Write as _;

/// Whose defects come back.
#[derive(Debug, Clone, clap::Args)]
pub struct CompatArgs {
    /// Whose defects come back, to be found and mended as an exercise; `GET /invariants` shows the
    /// damage.
    #[arg(long, env, default_value = "none")]
    pub compat_bugs: CompatBugs,
}

/// An ancestor with defects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum CompatBugs {
    /// Nobody's
    #[default]
    None,
    /// Those of the sample of 2021: docs/guards.md lists them
    Sktkanumodel,
}

/// A defect. Where it is asked for is where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    TellsWhatFailed,
    ChargesAgain,
    CancelsTheWrongField,
    DeliversAgain,
    RecallsTheWrongOrder,
    LastWordWins,
    NeverOnItsWay,
}

struct Kind {
    bug: Bug,
    service: &'static str,
    /// What it does, in one sentence.
    about: &'static str,
    /// Where the damage is seen.
    shown: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        bug: Bug::TellsWhatFailed,
        service: "order",
        about: "An order that payment did not confirm is answered with an error, and told as \
                `Ordered` all the same.",
        shown: "`orders.told` of ordertrace is more than `orders.placed` of order; \
                `orders.inFlight`",
    },
    Kind {
        bug: Bug::ChargesAgain,
        service: "payment",
        about: "`POST /payments` for an order that has a payment makes another one.",
        shown: "`doubleCharges`",
    },
    Kind {
        bug: Bug::CancelsTheWrongField,
        service: "payment",
        about: "`OrderCancelled` writes `ORDER CANCEL` into `paymentType`: the status stays, the \
                money is kept, and `Paid` is told once more.",
        shown: "`cancelledNotRefunded`, `cancelledNotRecalled`",
    },
    Kind {
        bug: Bug::DeliversAgain,
        service: "delivery",
        about: "Every `Paid` with `END` sends the goods, so also the second one of an order.",
        shown: "`doubleDeliveries`",
    },
    Kind {
        bug: Bug::RecallsTheWrongOrder,
        service: "delivery",
        about: "`PayCancelled` compares the number of the order with that of the payment: the \
                delivery goes only if they are equal, and `DeliveryCancelled` is never told.",
        shown: "`goodsWithoutMoney`",
    },
    Kind {
        bug: Bug::LastWordWins,
        service: "ordertrace",
        about: "Each fact overwrites the status, also `ORDER CANCEL`.",
        shown: "`/orderTraces`: an order called off says `PAY END`",
    },
    Kind {
        bug: Bug::NeverOnItsWay,
        service: "ordertrace",
        about: "`Delivered` counts only with the status `START`, which delivery never says; the \
                status is then spelt `DELEVERY START`.",
        shown: "`/orderTraces`: nothing gets beyond `PAY END`",
    },
];

impl CompatBugs {
    /// Whether this defect is back.
    pub fn has(self, bug: Bug) -> bool {
        self == Self::Sktkanumodel && KINDS.iter().any(|it| it.bug == bug)
    }

    /// The setting, if any are.
    pub(crate) fn said(self) -> Option<String> {
        (self == Self::Sktkanumodel).then(|| "COMPAT_BUGS=sktkanumodel".to_owned())
    }

    /// All defects as a table in Markdown, for docs/guards.md.
    pub fn table() -> String {
        let head = "| service | defect | seen at `/invariants` |\n|---|---|---|\n";
        KINDS.iter().fold(head.to_owned(), |mut table, kind| {
            let Kind { service, about, shown, .. } = kind;
            let _ = writeln!(table, "| {service} | {about} | {shown} |");
            table
        })
    }
}
