//! Runs the targets for a while: `ipfs-fuzz SECONDS [TARGET]`, each for that long, from a seed
//! taken from the clock.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let seconds = words.first().and_then(|word| word.parse().ok()).unwrap_or(10);
    let only = words.get(1).map_or("", String::as_str);
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/vectors");
    let samples = ipfs_fuzz::samples(vectors.as_ref());
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs());
    let mut good = true;
    for target in ipfs_fuzz::TARGETS.iter().filter(|target| target.name.contains(only)) {
        match ipfs_fuzz::run(target, &samples, seed, Duration::from_secs(seconds)) {
            Ok(inputs) => println!("{}: {inputs} inputs", target.name),
            Err(finding) => {
                println!("{finding}");
                good = false;
            }
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
