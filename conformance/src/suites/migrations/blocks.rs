//! Cases of `spec/migrations/blocks.md`: where block files lie.

use crate::case::{Check, MigrationCase, Suite, failed, same};
use crate::migrations::{Programs, SHARDING, Sample, Way, by_end, hash, hexadecimal, leaf, prefix};

/// The cases.
pub(in crate::suites) const SUITE: Suite =
    Suite { name: "migrations/blocks", migrations: CASES, ..Suite::EMPTY };

const CASES: &[MigrationCase] = &[
    MigrationCase {
        name: "blocks come out of the LevelDB and go back",
        reqs: &["blocks.layouts"],
        run: out_of_leveldb,
    },
    MigrationCase {
        name: "hexadecimal names become base32 and back",
        reqs: &["blocks.base32", "blocks.layouts", "3-to-4.rename"],
        run: base32,
    },
    MigrationCase {
        name: "directories by the end of the name, and back",
        reqs: &["blocks.layouts", "4-to-5.sharding-last"],
        run: next_to_last,
    },
    MigrationCase {
        name: "what a killed program left of a block is removed, and nothing else",
        reqs: &["blocks.unfinished"],
        run: unfinished,
    },
];

/// Some contents, none of whose hashes has a byte 0x2f.
fn contents() -> Vec<Vec<u8>> {
    let all = (0..40).map(|number| leaf(&format!("block {number}")));
    all.filter(|block| !hash(block).contains(&b'/')).take(12).collect()
}

fn are(sample: &Sample, file: fn(&[u8]) -> String) -> Check {
    contents().iter().try_for_each(|block| {
        let file = file(&hash(block));
        same(&file, &sample.read(&file).as_ref(), &Some(block))
    })
}

fn fill(sample: &Sample, file: fn(&[u8]) -> String) -> Check {
    contents().iter().try_for_each(|block| sample.put(&file(&hash(block)), block))
}

fn out_of_leveldb(programs: &Programs) -> Check {
    let entry = |block: Vec<u8>| ([b"/b/", &hash(&block)[..]].concat(), block);
    let mut sample = Sample::new(1, &contents().into_iter().map(entry).collect::<Vec<_>>())?;
    programs.step(1, Way::Up, &mut sample)?;
    are(&sample, hexadecimal)?;
    programs.step(1, Way::Down, &mut sample)?;
    if !sample.blocks().is_empty() {
        return failed("block files are left after the way down");
    }
    programs.step(1, Way::Up, &mut sample)?;
    are(&sample, hexadecimal)
}

fn base32(programs: &Programs) -> Check {
    let mut sample = Sample::new(3, &[])?;
    fill(&sample, hexadecimal)?;
    programs.step(3, Way::Up, &mut sample)?;
    are(&sample, prefix)?;
    programs.step(3, Way::Down, &mut sample)?;
    are(&sample, hexadecimal)
}

fn next_to_last(programs: &Programs) -> Check {
    let mut sample = Sample::new(4, &[])?;
    fill(&sample, prefix)?;
    programs.step(4, Way::Up, &mut sample)?;
    are(&sample, by_end)?;
    same("SHARDING", &sample.read("blocks/SHARDING"), &Some(SHARDING.into()))?;
    programs.step(4, Way::Down, &mut sample)?;
    are(&sample, prefix)?;
    same("SHARDING", &sample.read("blocks/SHARDING"), &None)
}

fn unfinished(programs: &Programs) -> Check {
    let mut sample = Sample::new(4, &[])?;
    fill(&sample, prefix)?;
    let file = prefix(&hash(&contents()[0]));
    let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
    sample.put(&format!("{directory}/put-123456"), b"a part")?;
    programs.step(4, Way::Up, &mut sample)?;
    are(&sample, by_end)?;
    same("the directory of the part", &sample.repo().join(directory).exists(), &false)
}
