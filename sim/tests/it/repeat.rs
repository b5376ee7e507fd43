//! The same seed gives the same run, and a machine that cheats is caught.

use ipfs_protocol::Time;
use ipfs_protocol::bitswap::{Bitswap, Config, Input, Output};
use ipfs_sim::machine::Machine;
use ipfs_sim::run;
use ipfs_sim::scenario::Scenario;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const TEXT: &str = r#"
    about = "Three nodes share a small file; one comes and goes."
    duration = "60s"
    content = [{ name = "file", size = "512KiB", chunk = "64KiB" }]
    expect = [{ metric = "completed", min = 1.0 }]

    [link]
    jitter = "5ms"
    loss = 0.01

    [[group]]
    name = "seed"
    count = 1
    holds = ["file"]

    [[group]]
    name = "leech"
    count = 2
    fetch = [{ content = "file", at = "500ms", spread = "1s", waves = 2 }]
    churn = { online = "4s", offline = "1s", crash = true, ends = "10s" }
"#;

fn scenario() -> Arc<Scenario> {
    Arc::new(Scenario::parse(TEXT).unwrap())
}

// spec: run.trace-hash run.threads scenario.waves scenario.churn
#[test]
fn the_number_of_threads_changes_nothing_and_the_seed_does() {
    let seeds = [1, 2, 3, 4];
    let alone = run::many::<Bitswap>(&scenario(), &seeds, 1, &()).unwrap();
    let beside = run::many::<Bitswap>(&scenario(), &seeds, 3, &()).unwrap();
    assert_eq!(alone, beside);
    assert!(alone.iter().all(|result| result.fetches.iter().all(|f| f.ended_s.is_some())));
    let mut hashes: Vec<&str> = alone.iter().map(|result| result.trace_hash.as_str()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 4);
}

// spec: scenario.waves
#[test]
fn a_wave_begins_when_the_one_before_has_ended() {
    let result = run::one::<Bitswap>(&scenario(), 5, None, &()).unwrap();
    let [first, second] = result.fetches.as_slice() else { panic!("two fetches") };
    assert_eq!((first.wave, second.wave), (0, 1));
    assert!(second.begun_s.unwrap() >= first.ended_s.unwrap() + 0.5);
}

static MACHINES: AtomicU64 = AtomicU64::new(0);

/// What the simulator must find: a machine that draws chance from outside, or says it is broken.
struct Faulty<const CHEATS: bool>(Bitswap);

impl<const CHEATS: bool> Machine for Faulty<CHEATS> {
    fn new(mut config: Config, seed: u64) -> Self {
        if CHEATS {
            let made = MACHINES.fetch_add(1, Ordering::SeqCst);
            config.client.cancel_delay += std::time::Duration::from_millis(made);
        }
        Self(Bitswap::new(config, seed))
    }
    fn handle(&mut self, now: Time, input: Input) {
        self.0.handle(now, input);
    }
    fn poll(&mut self) -> Option<Output> {
        self.0.poll()
    }
    fn timeout(&self) -> Option<Time> {
        self.0.timeout()
    }
    fn expire(&mut self, now: Time) {
        self.0.expire(now);
    }
    fn check(&self) -> Result<(), String> {
        if CHEATS { Ok(()) } else { Err("two and two are five".into()) }
    }
}

// spec: run.first-divergence
#[test]
fn chance_from_outside_is_found_and_shown() {
    let divergence = run::twice::<Faulty<true>>(&scenario(), 1).unwrap().unwrap_err();
    assert!(divergence.common > 0);
    assert_ne!(divergence.then[0], divergence.then[1]);
    let text = divergence.to_string();
    assert!(text.starts_with("the runs part after"), "{text}");
    assert!(text.contains("  - ") && text.contains("  + "), "{text}");
}

// spec: run.check-after-step
#[test]
fn a_broken_invariant_is_counted_and_shown() {
    let result = run::one::<Faulty<false>>(&scenario(), 1, None, &()).unwrap();
    assert!(result.violation_count > 100);
    assert!(result.violations[0].ends_with("node 0: two and two are five"), "{result:?}");
    assert_eq!(result.violations.len(), 16);
}
