//! Lab: runs the worksheets of the labs, says where they are not true and what is broken, grades what
//! students have built, makes load.

/// Prints a line on stdout. A pipe that is closed ends nothing.
macro_rules! say {
    ($($line:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($line)*);
    }};
}

mod blocks;
mod bundle;
mod cli;
mod cluster;
mod doctor;
mod failure;
mod grade;
mod interrupt;
mod load;
mod migrate;
mod pattern;
mod read;
mod report;
mod room;
mod run;
mod terminal;
mod text;
mod threads;
mod verify;
mod watch;
mod worksheet;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    cli::{Chosen, Cli},
    failure::Failure,
};

fn main() -> ExitCode {
    let done = match Cli::parse().chosen {
        Chosen::Verify(wanted) => verify::verify(&wanted),
        Chosen::Load(wanted) => load::load(&wanted),
        Chosen::Blocks(wanted) => blocks::blocks(&wanted),
        Chosen::Bundle(wanted) => bundle::bundle(&wanted),
        Chosen::Doctor(wanted) => doctor::doctor(&wanted),
        Chosen::Grade(wanted) => grade::grade(&wanted),
        Chosen::Up(wanted) => room::up(&wanted),
        Chosen::Down(wanted) => room::down(&wanted),
        Chosen::Migrate(wanted) => migrate::migrate(&wanted),
        Chosen::Watch(wanted) => watch::watch(&wanted),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // What is different or wrong has been shown where it was found.
            if !matches!(failure, Failure::Differs | Failure::Found | Failure::Lacking) {
                eprintln!("lab: {failure}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
