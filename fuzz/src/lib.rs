//! Fuzzing without instrumentation: decoders of foreign bytes get the conformance vectors, changed
//! at random, and must neither panic nor take long nor contradict their encoders.
//!
//! `cargo run --release -p ipfs-fuzz -- SECONDS [TARGET]` runs longer; a short run is a test.

mod corpus;
mod mutate;
mod targets;

pub use corpus::samples;
pub use mutate::Mutator;
pub use targets::{TARGETS, Target};

use std::time::{Duration, Instant};

/// An input of at most 16 KiB that takes longer than this is a finding. Generous: the time that
/// counts is by the clock, of debug builds, on busy machines. (Base 36 and 58 are quadratic by
/// nature.)
const INPUT_TIME_MAX: Duration = Duration::from_secs(20);

/// An input that a target did not stand.
#[derive(Debug)]
pub struct Finding {
    /// The target's name.
    pub target: &'static str,
    /// What happened.
    pub what: String,
    /// The input.
    pub input: Vec<u8>,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; input ", self.target, self.what)?;
        self.input.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Feeds a target for a time. Gives the number of inputs, or what went wrong.
pub fn run(
    target: &Target,
    samples: &[Vec<u8>],
    seed: u64,
    time: Duration,
) -> Result<u64, Box<Finding>> {
    let end = Instant::now() + time;
    let mut mutator = Mutator::new(seed);
    let mut inputs = 0;
    for sample in samples {
        if Instant::now() >= end {
            return Ok(inputs);
        }
        check(target, sample)?;
        inputs += 1;
    }
    while Instant::now() < end {
        check(target, &mutator.next(samples))?;
        inputs += 1;
    }
    Ok(inputs)
}

fn check(target: &Target, input: &[u8]) -> Result<(), Box<Finding>> {
    let begin = Instant::now();
    let finding = |what| Box::new(Finding { target: target.name, what, input: input.to_vec() });
    std::panic::catch_unwind(|| (target.feed)(input)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
        finding(text.to_owned())
    })?;
    let taken = begin.elapsed();
    if taken > INPUT_TIME_MAX {
        return Err(finding(format!("took {taken:?}")));
    }
    Ok(())
}
