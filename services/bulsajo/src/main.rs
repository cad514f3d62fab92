//! Bulsajo: the whole fleet, or one service of it.

mod check;
mod cli;
mod config;
mod environment;
mod menu;
mod read;
mod table;

use std::{process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let began = Instant::now();
    let wanted = match read::read() {
        Ok(wanted) => wanted,
        Err(ended) => return ended,
    };
    match menu::run(wanted, began) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("bulsajo: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
