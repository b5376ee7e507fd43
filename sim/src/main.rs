//! Spec: spec/sim/run.md
//!
//! The simulator's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    match ipfs_sim::cli::main(std::env::args_os()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(ipfs_sim::cli::Error::Arguments(error)) => {
            // It says by itself that it is an error, or is help.
            let _ = error.print();
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
