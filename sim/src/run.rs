//! Spec: spec/sim/run.md
//!
//! Runs of a scenario: one seed or many, several at a time, twice in step.

use crate::content::{Catalogue, Error as ContentError};
use crate::machine::Machine;
use crate::scenario::Scenario;
use crate::trace::{Record, Trace};
use crate::world::{RunResult, World};
use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Events between two reports of progress.
const REPORT_EVENTS: u64 = 20_000;
/// Records that are shown before the first difference.
const CONTEXT_RECORDS: usize = 8;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Which seed.
    pub seed: u64,
    /// The part that is done, from 0 to 1.
    pub done: f64,
    /// Virtual seconds.
    pub virtual_s: f64,
    /// Events so far.
    pub events: u64,
    /// Fetches that ended, and all.
    pub fetches: (usize, usize),
}

/// Takes reports of progress, from several threads.
pub trait Observer: Sync {
    /// A run got further.
    fn progress(&self, progress: Progress);
    /// A run ended.
    fn ended(&self, result: &RunResult);
}

/// Nobody looks.
impl Observer for () {
    fn progress(&self, _: Progress) {}
    fn ended(&self, _: &RunResult) {}
}

/// Runs one seed. `text` gets the trace as lines.
///
/// # Errors
/// When the content can't be built.
pub fn one<M: Machine>(
    scenario: &Arc<Scenario>,
    seed: u64,
    text: Option<Box<dyn Write + Send>>,
    observer: &dyn Observer,
) -> Result<RunResult, ContentError> {
    let catalogue = Arc::new(Catalogue::build(scenario, seed)?);
    let trace = text.map_or_else(Trace::default, Trace::with_text);
    let mut world = World::<M>::new(scenario.clone(), catalogue, seed, trace);
    while world.step() {
        if world.events().is_multiple_of(REPORT_EVENTS) {
            observer.progress(Progress {
                seed,
                done: world.done(),
                virtual_s: world.now().seconds(),
                events: world.events(),
                fetches: world.fetches(),
            });
        }
    }
    let result = world.finish();
    observer.ended(&result);
    Ok(result)
}

/// Runs many seeds on `threads` threads. The results are in the order of the seeds, whatever the
/// number of threads.
///
/// # Errors
/// When the content of a seed can't be built.
// spec: run.threads
pub fn many<M: Machine>(
    scenario: &Arc<Scenario>,
    seeds: &[u64],
    threads: usize,
    observer: &dyn Observer,
) -> Result<Vec<RunResult>, ContentError> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<RunResult, ContentError>>>> =
        Mutex::new(seeds.iter().map(|_| None).collect());
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, seeds.len().max(1)) {
            scope.spawn(|| {
                while let Some((index, seed)) = take(&next, seeds) {
                    let result = one::<M>(scenario, seed, None, observer);
                    let mut results =
                        results.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                    results[index] = Some(result);
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    results.into_iter().flatten().collect()
}

fn take(next: &AtomicUsize, seeds: &[u64]) -> Option<(usize, u64)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    seeds.get(index).map(|seed| (index, *seed))
}

/// Where two runs part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// How many records are the same before.
    pub common: u64,
    /// The last ones of them.
    pub context: Vec<Record>,
    /// What each run did then; none when it was over.
    pub then: [Option<Record>; 2],
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the runs part after {} common records:", self.common)?;
        for record in &self.context {
            writeln!(f, "    {record}")?;
        }
        for (sign, record) in ["- ", "+ "].iter().zip(&self.then) {
            match record {
                Some(record) => writeln!(f, "  {sign}{record}")?,
                None => writeln!(f, "  {sign}(the run is over)")?,
            }
        }
        Ok(())
    }
}

/// Runs one seed twice, in step, and stops where the runs part.
///
/// # Errors
/// When the content can't be built.
// spec: run.first-divergence
pub fn twice<M: Machine>(
    scenario: &Arc<Scenario>,
    seed: u64,
) -> Result<Result<RunResult, Divergence>, ContentError> {
    let catalogues = [Catalogue::build(scenario, seed)?, Catalogue::build(scenario, seed)?];
    let mut worlds = catalogues.map(|catalogue| {
        World::<M>::new(scenario.clone(), Arc::new(catalogue), seed, Trace::with_recent())
    });
    let (mut common, mut context) = (0, VecDeque::new());
    loop {
        let [one, other] = [worlds[0].take_recent(), worlds[1].take_recent()];
        for index in 0..one.len().max(other.len()) {
            let (a, b) = (one.get(index), other.get(index));
            match a {
                Some(record) if a == b => {
                    common += 1;
                    if context.len() == CONTEXT_RECORDS {
                        context.pop_front();
                    }
                    context.push_back(*record);
                }
                _ => {
                    let then = [a.copied(), b.copied()];
                    return Ok(Err(Divergence { common, context: context.into(), then }));
                }
            }
        }
        let goes_on = worlds.each_mut().map(World::step);
        if goes_on == [false, false] {
            let [one, other] = worlds.map(World::finish);
            return match one.trace_hash == other.trace_hash {
                true => Ok(Ok(one)),
                false => {
                    Ok(Err(Divergence { common, context: context.into(), then: [None, None] }))
                }
            };
        }
    }
}
