//! Cases of `spec/migrations/11-to-12.md`.

use crate::case::{Check, MigrationCase, Suite, failed, same};
use crate::migrations::{Programs, Sample, Way, base32, by_end, hash, leaf, parent};
use multibase::Base;
use serde_json::json;

/// The cases.
pub(in crate::suites) const SUITE: Suite =
    Suite { name: "migrations/11-to-12", migrations: CASES, ..Suite::EMPTY };

const CASES: &[MigrationCase] = &[
    MigrationCase {
        name: "blocks are found by multihash, and by CIDv1 again",
        reqs: &["11-to-12.list", "blocks.cid1"],
        run: up_and_down,
    },
    MigrationCase {
        name: "filestore records get the new keys too",
        reqs: &["11-to-12.records-order"],
        run: filestore,
    },
    MigrationCase {
        name: "blocks in a LevelDB",
        reqs: &["11-to-12.datastores", "11-to-12.records-order"],
        run: blocks_in_leveldb,
    },
    MigrationCase {
        name: "an unknown datastore is refused",
        reqs: &["11-to-12.datastores"],
        run: unknown_datastore,
    },
    MigrationCase {
        name: "an earlier list is kept, and what is listed stays listed",
        reqs: &["11-to-12.list"],
        run: earlier_list,
    },
    MigrationCase {
        name: "the way back follows the links from MFS and pins",
        reqs: &["11-to-12.walk"],
        run: |programs| walk(programs, true),
    },
    MigrationCase {
        name: "it does so without a list",
        reqs: &["11-to-12.walk"],
        run: |programs| walk(programs, false),
    },
    MigrationCase {
        name: "a pin without its block is no reason to stop",
        reqs: &["11-to-12.broken-pins"],
        run: broken_pin,
    },
    MigrationCase {
        name: "a listed key that is nowhere is passed over",
        reqs: &["11-to-12.missing"],
        run: missing,
    },
    MigrationCase {
        name: "a damaged list stops the way back",
        reqs: &["11-to-12.damaged-list"],
        run: damaged_list,
    },
    MigrationCase {
        name: "a torn copy is written anew",
        reqs: &["11-to-12.torn-copies"],
        run: torn_copy,
    },
    MigrationCase {
        name: "the list of an earlier way back is kept",
        reqs: &["11-to-12.list-kept"],
        run: reverted_list,
    },
];

const LIST: &str = "11-to-12-cids.txt";
const REVERTED: &str = "11-to-12-cids.txt.reverted";
const RAW: u8 = 0x55;
const DAG_PB: u8 = 0x70;

fn cid1(codec: u8, block: &[u8]) -> Vec<u8> {
    [&[1, codec][..], &hash(block)].concat()
}

fn blocks() -> Vec<Vec<u8>> {
    (0..20).map(|number| format!("raw {number}").into_bytes()).collect()
}

fn lies(sample: &Sample, key: &[u8], block: &[u8]) -> Check {
    same(&by_end(key), &sample.read(&by_end(key)).as_deref(), &Some(block))
}

fn list(sample: &Sample, name: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(&sample.read(name).unwrap_or_default()).into_owned();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn line(codec: u8, block: &[u8]) -> String {
    format!("/blocks/{}", base32(&cid1(codec, block)))
}

/// A repository of version 11 with raw blocks and one that has a CIDv0.
fn filled() -> Check<Sample> {
    let sample = Sample::new(11, &[])?;
    blocks().iter().try_for_each(|block| sample.put(&by_end(&cid1(RAW, block)), block))?;
    sample.put(&by_end(&hash(&leaf("old"))), &leaf("old"))?;
    Ok(sample)
}

fn up_and_down(programs: &Programs) -> Check {
    let mut sample = filled()?;
    programs.step(11, Way::Up, &mut sample)?;
    blocks().iter().try_for_each(|block| lies(&sample, &hash(block), block))?;
    lies(&sample, &hash(&leaf("old")), &leaf("old"))?;
    same("number of block files", &sample.blocks().len(), &(blocks().len() + 1))?;
    let mut lines: Vec<String> = blocks().iter().map(|block| line(RAW, block)).collect();
    lines.sort();
    same("list", &list(&sample, LIST), &lines)?;
    programs.step(11, Way::Down, &mut sample)?;
    blocks().iter().try_for_each(|block| lies(&sample, &cid1(RAW, block), block))?;
    same("list after the way back", &list(&sample, REVERTED), &lines)
}

fn filestore(programs: &Programs) -> Check {
    let keys = |key: Vec<u8>| format!("/filestore/{}", base32(&key)).into_bytes();
    let (old, new) = (keys(cid1(RAW, b"in a file")), keys(hash(b"in a file")));
    let mut sample = Sample::new(11, &[(old.clone(), b"reference".to_vec())])?;
    programs.step(11, Way::Up, &mut sample)?;
    let records = sample.records()?;
    same("new record", &records.get(&new), &Some(&b"reference".to_vec()))?;
    same("old record", &records.get(&old), &None)?;
    programs.step(11, Way::Down, &mut sample)?;
    same("old record", &sample.records()?.get(&old), &Some(&b"reference".to_vec()))
}

/// A version 11 whose configuration has another datastore.
fn with_datastore(
    spec: &serde_json::Value,
    disk: &serde_json::Value,
    entries: &[(Vec<u8>, Vec<u8>)],
) -> Check<Sample> {
    let sample = Sample::new(11, entries)?;
    let mut config = sample.config();
    config["Datastore"]["Spec"] = spec.clone();
    sample.put("config", config.to_string().as_bytes())?;
    sample.put("datastore_spec", disk.to_string().as_bytes())?;
    Ok(sample)
}

fn blocks_in_leveldb(programs: &Programs) -> Check {
    let record = |key: &[u8]| format!("/blocks/{}", base32(key)).into_bytes();
    let entries: Vec<_> =
        blocks().into_iter().map(|block| (record(&cid1(RAW, &block)), block)).collect();
    let spec = json!({"type": "measure", "prefix": "all", "child":
        {"type": "levelds", "path": "datastore", "compression": "none"}});
    let disk = json!({"path": "datastore", "type": "levelds"});
    let mut sample = with_datastore(&spec, &disk, &entries)?;
    programs.step(11, Way::Up, &mut sample)?;
    let records = sample.records()?;
    for block in blocks() {
        same("new record", &records.get(&record(&hash(&block))), &Some(&block))?;
        same("old record", &records.get(&record(&cid1(RAW, &block))), &None)?;
    }
    Ok(())
}

fn unknown_datastore(programs: &Programs) -> Check {
    programs.step(11, Way::Up, &mut filled()?)?;
    let spec = json!({"type": "stonetablets", "path": "datastore"});
    let sample = with_datastore(&spec, &spec, &[])?;
    let block = &blocks()[0];
    sample.put(&by_end(&cid1(RAW, block)), block)?;
    let (good, text) = programs.run(11, Way::Up, sample.repo())?;
    if good {
        return failed(format!("success: {}", text.trim()));
    }
    same("version", &sample.version(), &"11".to_owned())?;
    lies(&sample, &cid1(RAW, block), block)
}

fn earlier_list(programs: &Programs) -> Check {
    let mut sample = filled()?;
    let earlier = line(RAW, b"of an earlier time");
    sample.put(LIST, format!("{earlier}\n").as_bytes())?;
    programs.step(11, Way::Up, &mut sample)?;
    let mut lines: Vec<String> = blocks().iter().map(|block| line(RAW, block)).collect();
    lines.push(earlier);
    lines.sort();
    same("list", &list(&sample, LIST), &lines)
}

/// The record of a recursive pin, and its place in the index.
fn pin(number: u8, cid: &[u8]) -> [(Vec<u8>, Vec<u8>); 2] {
    let record = [b"\xa2\x63cid\x58", &[cid.len() as u8][..], cid, b"\x64mode\x00"].concat();
    let id = format!("pin{number}");
    let part = |bytes: &[u8]| multibase::encode(Base::Base64Url, bytes);
    let index = format!("/pins/index/cidRindex/{}/{}", part(cid), part(id.as_bytes()));
    [(format!("/pins/pin/{id}").into_bytes(), record), (index.into_bytes(), Vec::new())]
}

/// Both trees: a folder with one raw leaf, all of it by multihash.
fn walk(programs: &Programs, with_list: bool) -> Check {
    let leaves: [&[u8]; 2] = [b"leaf of MFS", b"leaf of a pin"];
    let tops = leaves.map(|leaf| parent(&cid1(RAW, leaf)));
    let mut entries = pin(1, &cid1(DAG_PB, &tops[1])).to_vec();
    entries.push((b"/local/filesroot".to_vec(), hash(&tops[0])));
    let mut sample = Sample::new(12, &entries)?;
    if with_list {
        sample.put(LIST, b"")?;
    }
    for (leaf, top) in leaves.iter().zip(&tops) {
        sample.put(&by_end(&hash(leaf)), leaf)?;
        sample.put(&by_end(&hash(top)), top)?;
    }
    programs.step(11, Way::Down, &mut sample)?;
    for (leaf, top) in leaves.iter().zip(&tops) {
        lies(&sample, &cid1(RAW, leaf), leaf)?;
        lies(&sample, &hash(top), top)?;
    }
    lies(&sample, &cid1(DAG_PB, &tops[1]), &tops[1])
}

fn broken_pin(programs: &Programs) -> Check {
    let pins = [pin(1, &cid1(RAW, b"that was never here")), pin(2, &cid1(RAW, b"that is here"))];
    let mut sample = Sample::new(12, &pins.concat())?;
    sample.put(LIST, b"")?;
    sample.put(&by_end(&hash(b"that is here")), b"that is here")?;
    programs.step(11, Way::Down, &mut sample)?;
    lies(&sample, &cid1(RAW, b"that is here"), b"that is here")
}

/// A repository of version 12 with this list, and the blocks by multihash.
fn listed(lines: &[String]) -> Check<Sample> {
    let sample = Sample::new(12, &[])?;
    blocks().iter().try_for_each(|block| sample.put(&by_end(&hash(block)), block))?;
    sample.put(LIST, format!("{}\n", lines.join("\n")).as_bytes())?;
    Ok(sample)
}

fn missing(programs: &Programs) -> Check {
    let mut lines = vec![line(RAW, b"that was removed")];
    lines.extend(blocks().iter().map(|block| line(RAW, block)));
    let mut sample = listed(&lines)?;
    programs.step(11, Way::Down, &mut sample)?;
    blocks().iter().try_for_each(|block| lies(&sample, &cid1(RAW, block), block))
}

fn damaged_list(programs: &Programs) -> Check {
    let mut lines: Vec<String> = blocks().iter().map(|block| line(RAW, block)).collect();
    programs.step(11, Way::Down, &mut listed(&lines)?)?;
    lines.insert(3, "/blocks/no key".to_owned());
    let sample = listed(&lines)?;
    let (good, text) = programs.run(11, Way::Down, sample.repo())?;
    if good {
        return failed(format!("success: {}", text.trim()));
    }
    blocks().iter().try_for_each(|block| lies(&sample, &hash(block), block))
}

fn torn_copy(programs: &Programs) -> Check {
    let lines: Vec<String> = blocks().iter().map(|block| line(RAW, block)).collect();
    let mut sample = listed(&lines)?;
    for block in blocks().iter().step_by(3) {
        sample.put(&by_end(&cid1(RAW, block)), &block[..2])?;
    }
    programs.step(11, Way::Down, &mut sample)?;
    blocks().iter().try_for_each(|block| lies(&sample, &cid1(RAW, block), block))
}

fn reverted_list(programs: &Programs) -> Check {
    let lines: Vec<String> = blocks().iter().map(|block| line(RAW, block)).collect();
    let mut sample = listed(&lines)?;
    sample.put(REVERTED, b"/blocks/EARLIER\n")?;
    programs.step(11, Way::Down, &mut sample)?;
    let mut names = sample.names().into_iter();
    if !names.any(|name| sample.read(&name).as_deref() == Some(b"/blocks/EARLIER\n")) {
        return failed("the earlier list is gone");
    }
    Ok(())
}
