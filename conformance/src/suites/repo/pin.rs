//! Cases of `spec/repo/pin.md`.

use super::add;
use crate::case::{Case, Check, Suite, failed, same};
use crate::decode;
use crate::sandbox::Sandbox;

/// A CID of which nobody has the block.
const ABSENT: &str = "bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy";

pub(crate) const SUITE: Suite = Suite {
    name: "repo/pin",
    cases: &[
        Case {
            name: "a record is the CBOR map with CID, mode and name",
            reqs: &["pin.record-cbor"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", "pinned")?;
                let add = ["add", "-q", "--cid-version=1", "--pin-name=mine", &file];
                let cid = sandbox.ok(&add)?;
                let id = pin_id(sandbox, &cid, "cidRindex")?;
                let key = format!("/pins/pin/{id}");
                let record = sandbox.bytes_with(&["diag", "datastore", "get", &key], b"")?.stdout;
                let Some(parts) = decode::cid(&cid) else { return failed(format!("{cid}?")) };
                let mut binary = vec![1, 0x55];
                binary.extend(parts.multihash);
                let wanted =
                    [&b"\xa3\x63cid\x58\x24"[..], &binary, b"\x64mode\x00\x64name\x64mine"]
                        .concat();
                same("record", &record, &wanted)
            },
        },
        Case {
            name: "every pin is in the index of its mode and its name",
            reqs: &["pin.index-keys", "pin.atomic"],
            run: |sandbox| {
                sandbox.init()?;
                let cid = add(sandbox, "one", &["--pin-name=mine"])?;
                let direct = add(sandbox, "two", &["--pin=false"])?;
                sandbox.ok(&["pin", "add", "-r=false", &direct])?;
                pin_id(sandbox, &cid, "cidRindex")?;
                pin_id(sandbox, &direct, "cidDindex")?;
                let named = sandbox.ok(&["diag", "datastore", "count", "/pins/index/nameIndex"])?;
                same("names", &named.as_str(), &"1")?;
                let dirty = ["diag", "datastore", "get", "/pins/state/dirty"];
                let marker = sandbox.bytes_with(&dirty, b"")?.stdout;
                same("marker", &marker, &vec![0])
            },
        },
        Case {
            name: "one pin per CID: again replaces the name",
            reqs: &["pin.one-per-cid"],
            run: |sandbox| {
                sandbox.init()?;
                let cid = add(sandbox, "one", &["--pin-name=first"])?;
                sandbox.ok(&["pin", "add", "--name=second", &cid])?;
                let wanted = format!("{cid} recursive second");
                sandbox.prints(&["pin", "ls", "--names", &cid], &wanted)?;
                sandbox.fails(&["pin", "add", "-r=false", &cid], "already pinned recursively")
            },
        },
        Case {
            name: "a pin that fails leaves everything as it was",
            reqs: &["pin.failure-keeps-old", "pin.blocks-first"],
            run: |sandbox| {
                sandbox.init()?;
                let json = format!(
                    "{{\"Data\":{{\"/\":{{\"bytes\":\"CAE\"}}}},\"Links\":[{{\"Hash\":{{\"/\":\"{ABSENT}\"}},\
                     \"Name\":\"x\",\"Tsize\":1}}]}}"
                );
                let node = sandbox.write("node", json)?;
                let cid = sandbox.ok(&["dag", "put", "--store-codec=dag-pb", &node])?;
                sandbox.ok(&["pin", "add", "-r=false", &cid])?;
                sandbox.fails(&["pin", "add", &cid], ABSENT)?;
                sandbox.prints(&["pin", "ls", &cid], &format!("{cid} direct"))
            },
        },
        Case {
            name: "update moves a pin with its name",
            reqs: &["pin.update-keeps-name"],
            run: |sandbox| {
                sandbox.init()?;
                let old = add(sandbox, "old", &["--pin-name=mine"])?;
                let new = add(sandbox, "new", &["--pin=false"])?;
                sandbox.ok(&["pin", "update", &old, &new])?;
                sandbox
                    .prints(&["pin", "ls", "--names", &new], &format!("{new} recursive mine"))?;
                sandbox.fails(&["pin", "ls", &old], "is not pinned")
            },
        },
        Case {
            name: "answers come in the order of the questions",
            reqs: &["pin.status-in-order"],
            run: |sandbox| {
                sandbox.init()?;
                let cids: Vec<String> =
                    (0..6).map(|n| add(sandbox, &format!("{n}"), &[])).collect::<Check<_>>()?;
                for order in [[0, 1, 2, 3, 4, 5], [5, 3, 1, 0, 2, 4]] {
                    let asked: Vec<&str> = order.iter().map(|&n| cids[n].as_str()).collect();
                    let answer =
                        sandbox.ok(&[&["pin", "ls", "--stream"], asked.as_slice()].concat())?;
                    let got: Vec<&str> =
                        answer.lines().filter_map(|line| line.split(' ').next()).collect();
                    same("order", &got, &asked)?;
                }
                Ok(())
            },
        },
        Case {
            name: "verify names the pin and the block that is lost",
            reqs: &["pin.verify-all"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", [3; 3000])?;
                let root = sandbox.ok(&["add", "-q", "-s", "size-2000", &file])?;
                let leaf = sandbox.ok(&["refs", &root])?.lines().next().unwrap_or("").to_owned();
                let Some(parts) = decode::cid(&leaf) else { return failed(format!("{leaf}?")) };
                remove_block(sandbox, &parts.multihash)?;
                let answer = sandbox.run(&["pin", "verify"])?;
                let text = answer.text() + &answer.error();
                if text.contains(&root) && text.contains(&leaf) {
                    return Ok(());
                }
                failed(format!("verify says {text:?}"))
            },
        },
    ],
    ..Suite::EMPTY
};

/// The ID of a CID's pin: the only key below its entry in an index.
fn pin_id(sandbox: &Sandbox, cid: &str, index: &str) -> Check<String> {
    let Some(parts) = decode::cid(cid) else { return failed(format!("{cid}?")) };
    let mut binary = if parts.version == 0 { vec![] } else { vec![1, parts.codec as u8] };
    binary.extend(parts.multihash);
    let text = multibase::encode(multibase::Base::Base64Url, binary);
    let prefix = format!("/pins/index/{index}/{text}");
    let count = sandbox.ok(&["diag", "datastore", "count", &prefix])?;
    same(&prefix, &count.as_str(), &"1")?;
    // The key itself is not printed by any command: it is in the log or a table, as text.
    for path in super::list(&sandbox.repo().join("datastore"))? {
        let bytes = std::fs::read(path).unwrap_or_default();
        let key = format!("{prefix}/u");
        let found = bytes.windows(key.len()).position(|window| window == key.as_bytes());
        let id = found.and_then(|at| bytes.get(at + prefix.len() + 1..at + prefix.len() + 45));
        let id = id.and_then(|id| std::str::from_utf8(id).ok());
        if let Some((_, id)) = id.and_then(|id| multibase::decode(id).ok()) {
            return Ok(String::from_utf8_lossy(&id).into_owned());
        }
    }
    failed(format!("{prefix} is in no file"))
}

/// Removes a block's file.
fn remove_block(sandbox: &Sandbox, multihash: &[u8]) -> Check {
    let key = multibase::encode(multibase::Base::Base32Upper, multihash);
    let key = &key[1..];
    let path = format!("blocks/{}/{key}.data", &key[key.len() - 3..key.len() - 1]);
    match std::fs::remove_file(sandbox.repo().join(&path)) {
        Ok(()) => Ok(()),
        Err(error) => failed(format!("{path}: {error}")),
    }
}
