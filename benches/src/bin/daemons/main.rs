//! Whole daemons under test: hostile clients, random work with kills in between, many daemons that
//! give content to each other, and a race against a peer.
//!
//! `daemons abuse --ipfs PATH [--scale N]`, `daemons soak --ipfs PATH [--minutes N] [--seed N]`,
//! `daemons swarm-soak --ipfs PATH [--daemons N] [--minutes N] [--seed N]`,
//! `daemons race --ipfs PATH --peer PATH [--rounds N] [--mib N]`. The daemons listen on loopback
//! only; run this where nothing else can connect.

mod abuse;
mod client;
mod daemon;
mod race;
mod soak;
mod swarm;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: daemons abuse|soak|swarm-soak|race --ipfs PATH [--peer PATH] [--scale PER-MILLE] \
                     [--minutes N] [--seed N] [--rounds N] [--mib N] [--files N] [--daemons N]";

/// What the command line asks for.
struct Options {
    ipfs: PathBuf,
    peer: PathBuf,
    /// Per mille of the full numbers of connections.
    scale: usize,
    minutes: f64,
    seed: u64,
    rounds: usize,
    /// Size of the large file in MiB.
    mib: usize,
    /// Files of the large directory.
    files: usize,
    /// Daemons of a swarm.
    daemons: usize,
}

fn options(words: &[String]) -> Result<Options, String> {
    let mut options = Options {
        ipfs: "ipfs".into(),
        peer: "ipfs".into(),
        scale: 1000,
        minutes: 1.0,
        seed: 1,
        rounds: 3,
        mib: 1024,
        files: 10_000,
        daemons: 20,
    };
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} needs a value", pair[0])) };
        let number = || value.parse().map_err(|_| format!("{name}: not a number: {value}"));
        match name.as_str() {
            "--ipfs" => options.ipfs = value.into(),
            "--peer" => options.peer = value.into(),
            "--scale" => options.scale = number()?,
            "--minutes" => options.minutes = value.parse().map_err(|_| USAGE.to_owned())?,
            "--seed" => options.seed = number()? as u64,
            "--rounds" => options.rounds = number()?,
            "--mib" => options.mib = number()?,
            "--daemons" => options.daemons = number()?.max(2),
            "--files" => options.files = number()?,
            _ => return Err(format!("unknown option {name}; {USAGE}")),
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
            "swarm-soak" => swarm::run(&options),
            "race" => race::run(&options),
            _ => Err(format!("unknown job {job}; {USAGE}")),
        }),
        None => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("daemons: {error}");
            ExitCode::FAILURE
        }
    }
}
