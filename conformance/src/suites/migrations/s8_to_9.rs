//! Cases of `spec/migrations/8-to-9.md`.

use crate::case::{Check, MigrationCase, Suite, same};
use crate::migrations::{Programs, Sample, Way};

/// The cases.
pub(in crate::suites) const SUITE: Suite =
    Suite { name: "migrations/8-to-9", migrations: CASES, ..Suite::EMPTY };

const CASES: &[MigrationCase] = &[MigrationCase {
    name: "key files are renamed and named back",
    reqs: &["8-to-9.names", "8-to-9.revert"],
    run: names,
}];

fn names(programs: &Programs) -> Check {
    let mut sample = Sample::new(8, &[])?;
    let files = [
        ("thisISKey1", "key_orugs42jknfwk6jr"),
        ("key2", "key_nnsxsmq"),
        ("mykey", "key_nv4wwzlz"),
    ];
    for (name, _) in files {
        sample.put(&format!("keystore/{name}"), name.as_bytes())?;
    }
    programs.step(8, Way::Up, &mut sample)?;
    for (name, file) in files {
        same(name, &sample.read(&format!("keystore/{file}")), &Some(name.into()))?;
        same(name, &sample.read(&format!("keystore/{name}")), &None)?;
    }
    programs.step(8, Way::Down, &mut sample)?;
    for (name, file) in files {
        same(name, &sample.read(&format!("keystore/{name}")), &Some(name.into()))?;
        same(name, &sample.read(&format!("keystore/{file}")), &None)?;
    }
    Ok(())
}
