//! Spec: spec/sim/run.md
//!
//! The simulator's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    match ipfs_sim::cli::main(std::env::args_os()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
