//! Cases of `spec/migrations/framework.md`: what every step does.

use crate::case::{Check, MigrationCase, Suite, failed, same};
use crate::migrations::{Programs, Sample, Way};

/// The cases.
pub(in crate::suites) const SUITE: Suite =
    Suite { name: "migrations/framework", migrations: CASES, ..Suite::EMPTY };

macro_rules! up_and_down {
    ($($from:literal)*) => {
        &[
            $(
                MigrationCase {
                    name: concat!("up and down from version ", $from),
                    reqs: &["framework.version-bytes"],
                    run: |programs| up_and_down(programs, $from),
                },
                MigrationCase {
                    name: concat!("another version than ", $from, " is left alone"),
                    reqs: &["programs.short-lines", "programs.upstream-lines"],
                    run: |programs| other_version(programs, $from),
                },
            )*
        ]
    };
}

const CASES: &[MigrationCase] = up_and_down!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17);

/// The first step that writes the version without a newline, both ways.
const BARE_NUMBER_FROM: u32 = 16;

/// A repository of a version, with the lists of pins that it must have up to version 2.
fn sample(version: u32) -> Check<Sample> {
    let entry = |key: &str, value: &str| (key.into(), value.into());
    let lists = [
        entry("/local/pins/direct/keys", "[]"),
        entry("/local/pins/indirect/keys", "{}"),
        entry("/local/pins/recursive/keys", "[]"),
    ];
    Sample::new(version, if version <= 2 { &lists } else { &[] })
}

/// What the step from version `from` leaves in the version file.
fn version_file(from: u32, version: u32) -> Option<Vec<u8>> {
    let end = if from < BARE_NUMBER_FROM { "\n" } else { "" };
    (version > 0).then(|| format!("{version}{end}").into_bytes())
}

fn up_and_down(programs: &Programs, from: u32) -> Check {
    let mut sample = sample(from)?;
    let unknown = sample.config()["Unknown-key"].clone();
    for (way, version) in [(Way::Up, from + 1), (Way::Down, from)] {
        programs.step(from, way, &mut sample)?;
        same("version file", &sample.read("version"), &version_file(from, version))?;
        same("unknown key", &sample.config()["Unknown-key"], &unknown)?;
    }
    for lock in ["repo.lock", "daemon.lock"] {
        if sample.read(lock).is_some_and(|content| !content.is_empty()) {
            return failed(format!("{lock} is left and has content"));
        }
    }
    Ok(())
}

/// A repository that is past the step: nothing changes, and nobody is told that it was migrated. A
/// program that does nothing leaves it alone too: first it has to work.
fn other_version(programs: &Programs, from: u32) -> Check {
    programs.step(from, Way::Up, &mut sample(from)?)?;
    let newer = from + 2;
    let sample = sample(newer)?;
    let before = sample.read("config");
    let (good, text) = programs.run(from, Way::Up, sample.repo())?;
    same("version", &sample.version(), &newer.to_string())?;
    same("config", &sample.read("config"), &before)?;
    if good && !text.contains("already up to date.") {
        return failed(format!("success, and not said to be up to date: {}", text.trim()));
    }
    Ok(())
}
