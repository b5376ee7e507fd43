//! Puts a daemon through hardship: hostile clients, or random work with kills in between.
//!
//! `endure abuse --ipfs PATH [--scale N]` and `endure soak --ipfs PATH [--minutes N] [--seed N]`.
//! The daemon listens on loopback only; run it where nothing else can connect.

mod abuse;
mod client;
mod daemon;
mod soak;

use std::path::PathBuf;
use std::process::ExitCode;

/// What the command line asks for.
struct Options {
    ipfs: PathBuf,
    /// Per mille of the full numbers of connections.
    scale: usize,
    minutes: f64,
    seed: u64,
}

fn options(words: &[String]) -> Result<Options, String> {
    let mut options = Options { ipfs: "ipfs".into(), scale: 1000, minutes: 1.0, seed: 1 };
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} needs a value", pair[0])) };
        let bad = |_| format!("{name}: not a number: {value}");
        match name.as_str() {
            "--ipfs" => options.ipfs = value.into(),
            "--scale" => options.scale = value.parse().map_err(|_| bad(()))?,
            "--minutes" => options.minutes = value.parse().map_err(|_| bad(()))?,
            "--seed" => options.seed = value.parse().map_err(|_| bad(()))?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.split_first() {
        Some((job, rest)) => options(rest).and_then(|options| match job.as_str() {
            "abuse" => abuse::run(&options),
            "soak" => soak::run(&options),
            _ => Err(format!("unknown job {job}: abuse or soak")),
        }),
        None => Err("usage: endure abuse|soak --ipfs PATH [--scale N] [--minutes N]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("endure: {error}");
            ExitCode::FAILURE
        }
    }
}
