//! Cases of `spec/migrations/1-to-2.md`.

use crate::case::{Check, MigrationCase, Suite, failed, same};
use crate::migrations::{Programs, Sample, Way, base32, hash, hexadecimal, leaf};

/// The cases.
pub(in crate::suites) const SUITE: Suite =
    Suite { name: "migrations/1-to-2", migrations: CASES, ..Suite::EMPTY };

const CASES: &[MigrationCase] = &[
    MigrationCase {
        name: "blocks leave the LevelDB and return to it, whole",
        reqs: &["1-to-2.batch"],
        run: all_records,
    },
    MigrationCase {
        name: "a part of a block under its final name is written anew",
        reqs: &["1-to-2.torn-files"],
        run: torn,
    },
    MigrationCase {
        name: "a taken name stops the step before anything changes",
        reqs: &["1-to-2.rename-last"],
        run: name_taken,
    },
    MigrationCase {
        name: "no block is lost on the way back beside strange files",
        reqs: &["1-to-2.revert-keeps"],
        run: strange_files,
    },
    MigrationCase {
        name: "a repository of another name stays in place",
        reqs: &["1-to-2.last-component"],
        run: another_name,
    },
];

/// Blocks none of whose hashes cleaning changes.
fn blocks() -> Vec<Vec<u8>> {
    let all = (0..2000).map(|number| leaf(&format!("stored {number}")));
    all.filter(|block| !hash(block).contains(&b'/')).take(1500).collect()
}

fn key(block: &[u8]) -> Vec<u8> {
    [b"/b/", &hash(block)[..]].concat()
}

fn old() -> Check<Sample> {
    Sample::new(1, &blocks().into_iter().map(|block| (key(&block), block)).collect::<Vec<_>>())
}

fn in_files(sample: &Sample) -> Check {
    let there = |block: &Vec<u8>| sample.read(&hexadecimal(&hash(block))).as_ref() == Some(block);
    let missing = blocks().iter().filter(|block| !there(block)).count();
    same("blocks that are no files", &missing, &0)
}

fn in_records(sample: &Sample) -> Check {
    let records = sample.records()?;
    let missing = blocks().iter().filter(|block| records.get(&key(block)) != Some(block)).count();
    same("blocks that are no records", &missing, &0)
}

fn all_records(programs: &Programs) -> Check {
    let mut sample = old()?;
    in_records(&sample)?;
    programs.step(1, Way::Up, &mut sample)?;
    in_files(&sample)?;
    let left = sample.records()?.keys().filter(|key| key.starts_with(b"/b/")).count();
    same("records of blocks after the way up", &left, &0)?;
    programs.step(1, Way::Down, &mut sample)?;
    in_records(&sample)?;
    same("block files after the way back", &sample.blocks().len(), &0)
}

fn torn(programs: &Programs) -> Check {
    let mut sample = old()?;
    for block in blocks().iter().step_by(7) {
        sample.put(&hexadecimal(&hash(block)), &block[..block.len() / 2])?;
    }
    programs.step(1, Way::Up, &mut sample)?;
    in_files(&sample)
}

fn name_taken(programs: &Programs) -> Check {
    programs.step(1, Way::Up, &mut old()?)?;
    let sample = old()?;
    sample.put("../.ipfs/somebody's", b"file")?;
    let (good, text) = programs.run(1, Way::Up, sample.repo())?;
    if good {
        return failed(format!("success: {}", text.trim()));
    }
    same("version", &sample.version(), &"1".to_owned())?;
    same("the other's file", &sample.read("../.ipfs/somebody's"), &Some(b"file".into()))?;
    in_records(&sample)
}

fn strange_files(programs: &Programs) -> Check {
    let mut sample = old()?;
    programs.step(1, Way::Up, &mut sample)?;
    let later = base32(&hash(b"later"));
    for (number, block) in blocks().iter().enumerate().step_by(5) {
        let directory = hexadecimal(&hash(block));
        let directory = directory.rsplit_once('/').map_or("", |(directory, _)| directory);
        sample.put(&format!("{directory}/.{number}"), b"strange")?;
        sample.put(&format!("{directory}/{later}.data"), b"later")?;
    }
    programs.step(1, Way::Down, &mut sample)?;
    in_records(&sample)?;
    if !sample.blocks().iter().any(|content| content == b"later") {
        return failed("a block of a later version is gone");
    }
    Ok(())
}

fn another_name(programs: &Programs) -> Check {
    let mut sample = old()?.named("repository")?;
    programs.step(1, Way::Up, &mut sample)?;
    in_files(&sample)?;
    programs.step(1, Way::Down, &mut sample)?;
    in_records(&sample)
}
