//! Every step, stopped at every operation on the disk: by a kill, a power cut, and errors.

use crate::small_repo::{self, Repo};
use ipfs_store::disk::faulty::{Fault, FaultyDisk, Plan};
use repo_migrations::Direction::{self, Forward, Revert};
use repo_migrations::journal::Journal;
use repo_migrations::{verify, version_file};
use std::collections::BTreeMap;
use std::sync::Arc;

type Content = BTreeMap<String, Vec<u8>>;

/// Operations of a step on a small repository, at most: a guard against an endless test.
const OPERATIONS_MAX: u64 = 5000;

/// What a step in a direction makes of its repository, and what the way back makes of that.
struct Expected {
    start: Content,
    end: Content,
    back: Content,
}

fn ends(from: u32, direction: Direction) -> (u32, u32) {
    match direction {
        Forward => (from, from + 1),
        Revert => (from + 1, from),
    }
}

fn expected(from: u32, direction: Direction) -> Expected {
    let mut repo = small_repo::version(ends(from, direction).0);
    let start = repo.content();
    let before = inventory(&repo);
    repo.run(from, direction).expect("the step");
    let end = repo.content();
    assert_kept(before, &repo);
    repo.run(from, direction.opposite()).expect("the way back");
    Expected { start, end, back: repo.content() }
}

fn inventory(repo: &Repo) -> verify::Lines {
    let disk: ipfs_store::disk::DiskRef = Arc::new(repo.disk.after_kill());
    let (counts, lines) =
        verify::take(&disk, &repo.home, &std::env::temp_dir(), true).expect("an inventory");
    assert_eq!(counts.damaged, 0);
    lines
}

fn assert_kept(before: verify::Lines, repo: &Repo) {
    let difference = verify::compare(before, inventory(repo)).expect("a comparison");
    assert_eq!(difference.missing, 0, "{:?}", difference.named);
}

/// The names under which two contents differ.
fn differences<'a>(a: &'a Content, b: &'a Content) -> Vec<&'a String> {
    let one = a.iter().filter(|(name, value)| b.get(*name) != Some(value));
    let other = b.keys().filter(|name| !a.contains_key(*name));
    one.map(|(name, _)| name).chain(other).collect()
}

fn without_aside(mut content: Content) -> Content {
    content.retain(|name, _| !name.contains(".reverted "));
    content
}

/// The repository as the next process finds it. From what was stopped, the same command comes to
/// the same end, and its opposite takes everything back.
fn recovers(stopped: &FaultyDisk, from: u32, direction: Direction, expected: &Expected, at: &str) {
    let repo = Repo { disk: stopped.after_kill(), home: "/".into() }.found_again();
    let name = format!("{from}-to-{} {direction:?}, {at}", from + 1);
    let mut back = repo.copy();
    let begun = matches!(Journal::read(&back.disk, &back.home), Ok(Some(_)));
    let mut again = repo;
    let version = version_file::read(&again.disk, &again.home).expect("a version");
    if begun || version != ends(from, direction).1 {
        again.run(from, direction).unwrap_or_else(|error| panic!("{name}: again: {error}"));
    }
    let content = again.content();
    assert!(content == expected.end, "{name}: {:?}", differences(&content, &expected.end));
    if begun {
        let opposite = direction.opposite();
        back.run(from, opposite).unwrap_or_else(|error| panic!("{name}: back: {error}"));
        // A backup that is set aside may stay.
        let content = without_aside(back.content());
        let good = [&expected.back, &expected.start]
            .into_iter()
            .any(|wanted| content == without_aside(wanted.clone()));
        assert!(good, "{name}: back: {:?}", differences(&content, &expected.start));
    }
}

/// Stops the step at every operation. `count`: how many operations fail from there on.
fn stop_everywhere(from: u32, direction: Direction, fault: Fault, count: u64, power: bool) {
    let expected = expected(from, direction);
    let start = small_repo::version(ends(from, direction).0);
    for at in 0.. {
        assert!(at < OPERATIONS_MAX);
        let mut repo = start.copy();
        repo.disk.plan(Some(Plan { at, count, fault, reads: false }));
        let result = repo.run(from, direction);
        let reached = repo.disk.operations() > at;
        repo.disk.plan(None);
        let found = if power { repo.disk.after_power_failure(at) } else { repo.disk.after_kill() };
        if let Err(error) = &result {
            assert!(reached && !error.to_string().is_empty());
        }
        let at_text = format!("operation {at}, {fault:?} {count}, power cut: {power}");
        recovers(&found, from, direction, &expected, &at_text);
        if !reached {
            return;
        }
    }
}

fn every_way(from: u32) {
    for direction in [Forward, Revert] {
        stop_everywhere(from, direction, Fault::Broken, u64::MAX, false);
        stop_everywhere(from, direction, Fault::Broken, u64::MAX, true);
        for fault in [Fault::Broken, Fault::Full, Fault::Denied] {
            stop_everywhere(from, direction, fault, 1, false);
        }
    }
}

macro_rules! steps {
    ($($name:ident $from:literal),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                every_way($from);
            }
        )*
    };
}

steps! {
    step_0_to_1 0, step_1_to_2 1, step_2_to_3 2, step_3_to_4 3, step_4_to_5 4, step_5_to_6 5,
    step_6_to_7 6, step_7_to_8 7, step_8_to_9 8, step_9_to_10 9, step_10_to_11 10,
    step_11_to_12 11, step_12_to_13 12, step_13_to_14 13, step_14_to_15 14, step_15_to_16 15,
    step_16_to_17 16, step_17_to_18 17,
}

/// Up and down the whole way, twice: everything is there, and outside the configuration the second
/// way up ends like the first.
#[test]
fn there_and_back() {
    let mut repo = small_repo::version(0);
    let before = inventory(&repo);
    let up = |repo: &mut Repo| (0..18).for_each(|from| repo.run(from, Forward).expect("up"));
    up(&mut repo);
    let first = repo.content();
    assert_kept(before, &repo);
    let before = inventory(&repo);
    (0..18).rev().for_each(|from| repo.run(from, Revert).expect("down"));
    assert_kept(before, &repo);
    up(&mut repo);
    let second = repo.content();
    for (name, value) in first.iter().filter(|(name, _)| !name.contains("config")) {
        assert_eq!(second.get(name), Some(value), "{name}");
    }
}
