//! Bulsajo: the whole fleet, or one service of it.

mod check;
mod cli;
mod menu;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let (chosen, settings) = match cli::read() {
        Ok(understood) => understood,
        Err(ended) => return ended,
    };
    match menu::run(chosen, settings) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("bulsajo: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
