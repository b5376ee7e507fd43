//! Cases of `spec/migrations/blocks.md`: where block files lie.

use crate::case::{Check, MigrationCase, Suite, failed, same};
use crate::migrations::{Programs, SHARDING, Sample, Way, hash, leaf};
use multibase::Base;

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
        reqs: &["blocks.base32", "blocks.layouts"],
        run: base32,
    },
    MigrationCase {
        name: "directories by the end of the name, and back",
        reqs: &["blocks.layouts", "4-to-5.sharding-last"],
        run: next_to_last,
    },
];

/// Some contents, none of whose hashes has a byte 0x2f.
fn contents() -> Vec<Vec<u8>> {
    let all = (0..40).map(|number| leaf(&format!("block {number}")));
    all.filter(|block| !hash(block).contains(&b'/')).take(12).collect()
}

fn hexadecimal(block: &[u8]) -> String {
    let name = Base::Base16Lower.encode(hash(block));
    format!("blocks/{}/{name}.data", &name[..8])
}

fn prefix(block: &[u8]) -> String {
    let name = Base::Base32Upper.encode(hash(block));
    format!("blocks/{}/{name}.data", &name[..5])
}

fn by_end(block: &[u8]) -> String {
    let name = Base::Base32Upper.encode(hash(block));
    format!("blocks/{}/{name}.data", &name[name.len() - 3..name.len() - 1])
}

fn are(sample: &Sample, name: fn(&[u8]) -> String) -> Check {
    contents()
        .iter()
        .try_for_each(|block| same(&name(block), &sample.read(&name(block)).as_ref(), &Some(block)))
}

fn fill(sample: &Sample, name: fn(&[u8]) -> String) -> Check {
    contents().iter().try_for_each(|block| sample.put(&name(block), block))
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
