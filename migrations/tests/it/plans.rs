//! What a dry run says, and that it changes nothing.

use crate::small_repo::{self, NEWEST, step};
use repo_migrations::Direction::{Forward, Revert};
use repo_migrations::{Direction, Report, Step, engine, steps};

fn chain(version: u32, direction: Direction) -> Vec<&'static dyn Step> {
    match direction {
        Forward => (version..NEWEST).map(step).collect(),
        Revert => (0..version).rev().map(step).collect(),
    }
}

// spec: programs.dry-run
#[test]
fn a_range_is_planned_to_its_end_and_nothing_is_written() {
    for version in 0..=NEWEST {
        for direction in [Forward, Revert] {
            let repo = small_repo::version(version);
            let (before, names) = (repo.content(), repo.disk.files());
            repo.disk.plan(None);
            let chain = chain(version, direction);
            let report = &mut Report::silent();
            let plans = engine::plan_all(&chain, steps::ALL, direction, &repo.target(), report);
            let plans = plans.unwrap_or_else(|error| panic!("{version} {direction:?}: {error}"));
            assert_eq!(plans.len(), chain.len());
            assert_eq!(repo.disk.operations(), 0, "{version} {direction:?}");
            assert_eq!(repo.disk.files(), names);
            assert_eq!(repo.content(), before);
        }
    }
}

#[test]
fn later_steps_need_no_more_space_than_was_said() {
    for (version, direction) in [(0, Forward), (6, Forward), (NEWEST, Revert), (11, Revert)] {
        let mut repo = small_repo::version(version);
        let report = &mut Report::silent();
        let chain = chain(version, direction);
        let said = engine::plan_all(&chain, steps::ALL, direction, &repo.target(), report);
        for (step, said) in chain.iter().zip(said.expect("plans")) {
            let name = format!("{} {direction:?} from {version}", step.name());
            let plan = engine::plan(*step, direction, &repo.target(), report);
            let plan = plan.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(plan.bytes_needed <= said.bytes_needed, "{name}: {plan:?}, {said:?}");
            repo.run(step.from(), direction).expect("the step");
        }
    }
}
