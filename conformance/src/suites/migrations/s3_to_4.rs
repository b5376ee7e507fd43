//! Cases of `spec/migrations/3-to-4.md`.

use crate::case::{Check, MigrationCase, Suite, failed, same};
use crate::migrations::{Programs, Sample, Way, base32, hash, hexadecimal, leaf, prefix};

/// The cases.
pub(in crate::suites) const SUITE: Suite =
    Suite { name: "migrations/3-to-4", migrations: CASES, ..Suite::EMPTY };

const CASES: &[MigrationCase] = &[
    MigrationCase {
        name: "a key that was cut is found by the content, and cut again",
        reqs: &["3-to-4.rehash", "3-to-4.revert-cleans", "blocks.cleaned-keys"],
        run: cut_keys,
    },
    MigrationCase {
        name: "a repository that is half in the other form",
        reqs: &["3-to-4.undo", "3-to-4.already-new"],
        run: half_moved,
    },
    MigrationCase {
        name: "a name that is the base32 of a CIDv1 stays",
        reqs: &["3-to-4.already-new", "blocks.cid1"],
        run: cid1_stays,
    },
    MigrationCase {
        name: "blocks of other hash functions come through the way back and up again",
        reqs: &["3-to-4.revert-leaves"],
        run: other_hash,
    },
    MigrationCase {
        name: "public keys and IPNS records get base32 keys, and raw ones again",
        reqs: &["3-to-4.public-keys", "3-to-4.ipns", "3-to-4.records-order"],
        run: records,
    },
    MigrationCase {
        name: "IPNS records with odd keys are kept",
        reqs: &["3-to-4.malformed-kept"],
        run: malformed,
    },
    MigrationCase {
        name: "no record is put over another one",
        reqs: &["3-to-4.records-order"],
        run: taken,
    },
    MigrationCase {
        name: "no block file is put over another one",
        reqs: &["blocks.never-overwritten"],
        run: file_taken,
    },
];

/// Contents tried until one has the wanted hash: one in 2000 has.
const TRIES_MAX: u32 = 200_000;

/// A block whose hash has `//` in it once and nothing else that cleaning changes; its cut key.
fn cut() -> Check<(Vec<u8>, Vec<u8>)> {
    for number in 0..TRIES_MAX {
        let block = leaf(&number.to_string());
        let key = hash(&block);
        let at = |part: &[u8]| key.windows(part.len()).position(|window| window == part);
        let others: [&[u8]; 3] = [b"///", b"/./", b"/../"];
        if let Some(place) = at(b"//")
            && others.iter().all(|part| at(part).is_none())
            && key.last() != Some(&b'/')
        {
            let cut = [&key[..place], &key[place + 1..]].concat();
            return Ok((block, cut));
        }
    }
    failed("no block has such a hash")
}

fn lies(sample: &Sample, file: &str, block: &[u8]) -> Check {
    same(file, &sample.read(file).as_deref(), &Some(block))
}

fn cut_keys(programs: &Programs) -> Check {
    let (block, key) = cut()?;
    let mut sample = Sample::new(3, &[])?;
    sample.put(&hexadecimal(&key), &block)?;
    programs.step(3, Way::Up, &mut sample)?;
    lies(&sample, &prefix(&hash(&block)), &block)?;
    programs.step(3, Way::Down, &mut sample)?;
    lies(&sample, &hexadecimal(&key), &block)
}

/// Blocks none of whose hashes cleaning changes.
fn blocks() -> Vec<Vec<u8>> {
    let all = (0..60).map(|number| leaf(&format!("half {number}")));
    all.filter(|block| !hash(block).contains(&b'/')).take(20).collect()
}

fn half_moved(programs: &Programs) -> Check {
    for (version, way, wanted) in
        [(3, Way::Up, prefix as fn(&[u8]) -> String), (4, Way::Down, hexadecimal)]
    {
        let mut sample = Sample::new(version, &[])?;
        for (number, block) in blocks().iter().enumerate() {
            let file = if number % 2 == 0 { prefix } else { hexadecimal };
            sample.put(&file(&hash(block)), block)?;
        }
        programs.step(3, way, &mut sample)?;
        blocks().iter().try_for_each(|block| lies(&sample, &wanted(&hash(block)), block))?;
    }
    Ok(())
}

fn cid1_stays(programs: &Programs) -> Check {
    let block = b"raw";
    let file = prefix(&[&[1, 0x55][..], &hash(block)].concat());
    let mut sample = Sample::new(3, &[])?;
    sample.put(&file, block)?;
    programs.step(3, Way::Up, &mut sample)?;
    lies(&sample, &file, block)
}

fn other_hash(programs: &Programs) -> Check {
    let block = leaf("of another function");
    // Multihashes of as many bytes: blake3 and keccak-256, whatever the digest.
    let keys = [0x1e, 0x1b].map(|function| [&[function, 32][..], &hash(&block)[2..]].concat());
    let mut sample = Sample::new(4, &[])?;
    keys.iter().try_for_each(|key| sample.put(&prefix(key), &block))?;
    programs.step(3, Way::Down, &mut sample)?;
    same("number of files after the way back", &sample.blocks().len(), &keys.len())?;
    programs.step(3, Way::Up, &mut sample)?;
    keys.iter().try_for_each(|key| lies(&sample, &prefix(key), &block))
}

/// A value whose hash cleaning doesn't change.
fn value(what: &str) -> Vec<u8> {
    let all = (0..100).map(|number| format!("{what} {number}").into_bytes());
    all.into_iter().find(|value| !hash(value).contains(&b'/')).unwrap_or_default()
}

fn is_there(sample: &Sample, key: &[u8], value: Option<&[u8]>) -> Check {
    let found = sample.records()?.remove(key);
    same(&String::from_utf8_lossy(key), &found.as_deref(), &value)
}

fn records(programs: &Programs) -> Check {
    let (public, record) = (value("public key"), value("record"));
    let raw = |prefix: &str, key: &[u8]| [prefix.as_bytes(), key].concat();
    let new = |prefix: &str, key: &[u8]| [prefix, &base32(key)].concat().into_bytes();
    let id = hash(&public);
    let all = [("/pk/", &public), ("/ipns/", &record)];
    let entries: Vec<_> =
        all.iter().map(|(prefix, value)| (raw(prefix, &id), value.to_vec())).collect();
    let mut sample = Sample::new(3, &entries)?;
    programs.step(3, Way::Up, &mut sample)?;
    for (prefix, value) in all {
        is_there(&sample, &new(prefix, &id), Some(value))?;
        is_there(&sample, &raw(prefix, &id), None)?;
    }
    programs.step(3, Way::Down, &mut sample)?;
    for (prefix, value) in all {
        is_there(&sample, &raw(prefix, &id), Some(value))?;
        is_there(&sample, &new(prefix, &id), None)?;
    }
    Ok(())
}

fn malformed(programs: &Programs) -> Check {
    let key = b"/ipns/no-peer";
    let good = [&b"/ipns/"[..], &hash(&value("peer"))].concat();
    let entry = |key: &[u8]| (key.to_vec(), b"record".to_vec());
    let mut sample = Sample::new(3, &[entry(key), entry(&good)])?;
    programs.step(3, Way::Up, &mut sample)?;
    is_there(&sample, &good, None)?;
    is_there(&sample, key, Some(b"record"))
}

fn taken(programs: &Programs) -> Check {
    let id = hash(&value("peer"));
    let old = [&b"/ipns/"[..], &id].concat();
    let new = ["/ipns/", &base32(&id)].concat().into_bytes();
    let entries = [(old.clone(), b"older".to_vec()), (new.clone(), b"newer".to_vec())];
    let mut sample = Sample::new(3, &entries)?;
    programs.step(3, Way::Up, &mut sample)?;
    is_there(&sample, &new, Some(b"newer"))?;
    is_there(&sample, &old, Some(b"older"))
}

fn file_taken(programs: &Programs) -> Check {
    let block = &blocks()[0];
    let mut sample = Sample::new(3, &[])?;
    sample.put(&hexadecimal(&hash(block)), b"torn")?;
    sample.put(&prefix(&hash(block)), block)?;
    programs.step(3, Way::Up, &mut sample)?;
    lies(&sample, &prefix(&hash(block)), block)?;
    same("number of files", &sample.blocks().len(), &2)
}
