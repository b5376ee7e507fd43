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

use ipfs_benches::options;
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

fn parse(words: &[String]) -> Result<Options, String> {
    let mut wanted = Options {
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
    options::read(words, USAGE, |given| {
        match given.name {
            "--ipfs" => wanted.ipfs = given.path(),
            "--peer" => wanted.peer = given.path(),
            "--scale" => wanted.scale = given.number()?,
            "--minutes" => wanted.minutes = given.number()?,
            "--seed" => wanted.seed = given.number()?,
            "--rounds" => wanted.rounds = given.number()?,
            "--mib" => wanted.mib = given.number()?,
            "--daemons" => wanted.daemons = given.number::<usize>()?.max(2),
            "--files" => wanted.files = given.number()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(wanted)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.split_first() {
        Some((job, rest)) => parse(rest).and_then(|options| match job.as_str() {
            "abuse" => abuse::run(&options),
            "soak" => soak::run(&options),
            "swarm-soak" => swarm::run(&options),
            "race" => race::run(&options),
            _ => Err(format!("unknown job {job}; {USAGE}")),
        }),
        None => Err(USAGE.to_owned()),
    };
    options::exit("daemons", result)
}
