//! A disk that is too full: refused before anything changes.

use crate::small_repo::{self, NEWEST};
use ipfs_store::disk::faulty::{Fault, Plan};
use repo_migrations::Direction::{Forward, Revert};
use repo_migrations::{Direction, Error};

fn starts() -> impl Iterator<Item = (u32, Direction)> {
    (0..NEWEST).flat_map(|from| [(from, Forward), (from, Revert)])
}

fn start(from: u32, direction: Direction) -> small_repo::Repo {
    small_repo::version(if direction == Forward { from } else { from + 1 })
}

// spec: framework.space, 1-to-2.space, 11-to-12.space
#[test]
fn a_byte_too_little_is_refused_and_changes_nothing() {
    for (from, direction) in starts() {
        let mut repo = start(from, direction);
        let before = repo.content();
        let name = format!("{from} {direction:?}");
        let mut refused = |free: u64| {
            repo.disk.set_free_bytes(Some(free));
            match repo.run(from, direction) {
                Err(Error::Space { needed, free: found, .. }) => {
                    assert_eq!(found, free);
                    needed
                }
                other => panic!("{name} with {free} bytes: {other:?}"),
            }
        };
        let needed = refused(0);
        assert!(needed > 0 && needed < 64 * 1024 * 1024, "{name}: {needed}");
        assert_eq!(refused(needed - 1), needed);
        repo.disk.plan(None);
        assert_eq!(repo.content(), before, "{name}");
        repo.disk.set_free_bytes(Some(needed));
        repo.run(from, direction).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// What was begun has had its space.
#[test]
fn an_interrupted_step_is_completed_on_a_full_disk() {
    for (from, direction) in starts() {
        let mut whole = start(from, direction);
        whole.disk.plan(None);
        whole.run(from, direction).expect("the step");
        let mut repo = start(from, direction);
        let at = whole.disk.operations() / 2;
        repo.disk.plan(Some(Plan { at, count: u64::MAX, fault: Fault::Broken, reads: false }));
        repo.run(from, direction).expect_err("interrupted");
        repo.disk.plan(None);
        let mut repo = repo.found_again();
        repo.disk.set_free_bytes(Some(0));
        repo.run(from, direction).unwrap_or_else(|error| panic!("{from} {direction:?}: {error}"));
        assert_eq!(repo.content(), whole.content(), "{from} {direction:?}");
    }
}
