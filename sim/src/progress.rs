//! Spec: spec/sim/run.md
//!
//! One line on a terminal that says how far runs are and when they will be done. Nothing when the
//! output goes elsewhere.

use crate::run::{Observer, Progress};
use crate::world::RunResult;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often the line changes.
const REFRESH: Duration = Duration::from_millis(200);

/// The line.
#[derive(Debug)]
pub struct Line {
    visible: bool,
    seeds: usize,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    drawn: Option<Instant>,
    ended: usize,
    running: BTreeMap<u64, Progress>,
}

impl Line {
    /// A line for this many seeds, where standard error is a terminal.
    // spec: run.progress
    pub fn new(seeds: usize) -> Self {
        let state = State { drawn: None, ended: 0, running: BTreeMap::new() };
        let visible = std::io::stderr().is_terminal();
        Self { visible, seeds, started: Instant::now(), state: Mutex::new(state) }
    }

    fn draw(&self, state: &mut State) {
        let now = Instant::now();
        if !self.visible || state.drawn.is_some_and(|drawn| now - drawn < REFRESH) {
            return;
        }
        state.drawn = Some(now);
        let parts: f64 = state.running.values().map(|progress| progress.done).sum();
        let done = (state.ended as f64 + parts) / self.seeds as f64;
        let events: u64 = state.running.values().map(|progress| progress.events).sum();
        let at = state.running.values().map(|p| p.virtual_s).fold(0.0, f64::max);
        let fetches = state.running.values().fold((0, 0), |(ended, all), progress| {
            (ended + progress.fetches.0, all + progress.fetches.1)
        });
        let left = remaining(self.started.elapsed(), done);
        let text = format!(
            "{:3.0} %  seed {}/{}  {at:.1} s virtual  {} of {} fetches  {:.1} M events  {left}",
            done * 100.0,
            (state.ended + state.running.len()).min(self.seeds),
            self.seeds,
            fetches.0,
            fetches.1,
            events as f64 / 1e6,
        );
        let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
        let _ = std::io::stderr().flush();
    }
}

/// How long it will take, in words.
fn remaining(elapsed: Duration, done: f64) -> String {
    if done < 0.01 {
        return "…".to_owned();
    }
    let seconds = (elapsed.as_secs_f64() * (1.0 - done) / done).ceil() as u64;
    match seconds {
        0..60 => format!("{seconds} s left"),
        60..3600 => format!("{} min {} s left", seconds / 60, seconds % 60),
        _ => format!("{} h {} min left", seconds / 3600, seconds / 60 % 60),
    }
}

impl Observer for Line {
    fn progress(&self, progress: Progress) {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        state.running.insert(progress.seed, progress);
        self.draw(&mut state);
    }

    fn ended(&self, result: &RunResult) {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        state.running.remove(&result.seed);
        state.ended += 1;
        if state.ended == self.seeds && state.drawn.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_estimated() {
        assert_eq!(remaining(Duration::from_secs(10), 0.5), "10 s left");
        assert_eq!(remaining(Duration::from_secs(100), 0.25), "5 min 0 s left");
        assert_eq!(remaining(Duration::from_secs(3600), 0.25), "3 h 0 min left");
        assert_eq!(remaining(Duration::from_secs(1), 0.0), "…");
    }
}
