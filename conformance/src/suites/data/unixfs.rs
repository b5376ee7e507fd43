//! Cases of `spec/data/unixfs.md`: the blocks that `add` makes, taken apart by our own decoder.

use crate::case::{Case, Check, Suite, failed, same};
use crate::decode::{self, Field};
use crate::sandbox::Sandbox;

pub(crate) const SUITE: Suite = Suite {
    name: "data/unixfs",
    cases: &[
        Case {
            name: "fields ascend, block sizes are unpacked, nothing else is written",
            reqs: &["unixfs.message-order"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", [9; 2500])?;
                let cid = sandbox.ok(&["add", "-q", "-s", "size-1000", &file])?;
                let message = message(sandbox, &cid)?;
                let fields = numbers(&message)?;
                same("root", &fields, &vec![(1, 2), (3, 2500), (4, 1000), (4, 1000), (4, 500)])
            },
        },
        Case {
            name: "a message of no known type is refused",
            reqs: &["unixfs.type-required"],
            run: |sandbox| {
                sandbox.init()?;
                let json = r#"{"Data":{"/":{"bytes":"CGM"}},"Links":[]}"#;
                let node = sandbox.write("node", json)?;
                let cid = sandbox.ok(&["dag", "put", "--store-codec=dag-pb", &node])?;
                sandbox.fails(&["cat", &cid], "")
            },
        },
        Case {
            name: "balanced: leaves at one depth; trickle: leaves first",
            reqs: &["unixfs.balanced", "unixfs.trickle"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", (0..=255).collect::<Vec<u8>>().repeat(20))?;
                let options = ["--raw-leaves", "--max-file-links=3", "-s", "size-512"];
                let layout = |more: &[&str]| -> Check<Vec<usize>> {
                    let words = [&["add", "-q"], &options[..], more, &[&file]].concat();
                    leaf_depths(sandbox, &sandbox.ok(&words)?)
                };
                same("balanced", &layout(&[])?, &vec![3; 10])?;
                same("trickle", &layout(&["--trickle"])?, &vec![1, 1, 1, 2, 2, 2, 2, 2, 2, 2])
            },
        },
        Case {
            name: "wrapped leaves: File in balanced, Raw in trickle files",
            reqs: &["unixfs.leaf-type"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", [1; 3000])?;
                for (layout, wanted) in [("--trickle=false", 2), ("--trickle", 0)] {
                    let add = ["add", "-q", "-s", "size-1000", layout, &file];
                    let root = sandbox.ok(&add)?;
                    let leaf =
                        sandbox.ok(&["refs", &root])?.lines().next().unwrap_or("").to_owned();
                    let message = message(sandbox, &leaf)?;
                    same(layout, &numbers(&message)?.first().copied(), &Some((1, wanted)))?;
                }
                Ok(())
            },
        },
        Case {
            name: "raw leaves have version 1",
            reqs: &["unixfs.raw-leaf-v1"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", [1; 3000])?;
                let add =
                    ["add", "-q", "--cid-version=0", "--raw-leaves", "-s", "size-1000", &file];
                let root = sandbox.ok(&add)?;
                same("root", &decode::cid(&root).map(|cid| cid.version), &Some(0))?;
                for leaf in sandbox.ok(&["refs", &root])?.lines() {
                    let leaf = decode::cid(leaf).map(|cid| (cid.version, cid.codec));
                    same("leaf", &leaf, &Some((1, 0x55)))?;
                }
                Ok(())
            },
        },
        Case {
            name: "mode and time stand on the root alone",
            reqs: &["unixfs.attributes-on-root"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", [1; 3000])?;
                let meta = ["--mode=0640", "--mtime=1000", "--mtime-nsecs=7", &file];
                let root = sandbox.ok(&[&["add", "-q", "-s", "size-1000"], &meta[..]].concat())?;
                let with_meta = message(sandbox, &root)?;
                let fields = decode::protobuf(&with_meta).unwrap_or_default();
                let mode = fields.iter().find(|(number, _)| *number == 7).map(|(_, value)| *value);
                same("mode", &mode, &Some(Field::Varint(0o640)))?;
                let time = fields.iter().find(|(number, _)| *number == 8).map(|(_, value)| *value);
                same("time", &time, &Some(Field::Bytes(&[8, 0xe8, 7, 0x15, 7, 0, 0, 0])))?;
                let leaf = sandbox.ok(&["refs", &root])?.lines().next().unwrap_or("").to_owned();
                let leaf = numbers(&message(sandbox, &leaf)?)?;
                same("leaf", &leaf.iter().any(|(number, _)| *number > 3), &false)
            },
        },
        Case {
            name: "zero nanoseconds are not written",
            reqs: &["unixfs.mtime-range"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", "x")?;
                let root = sandbox.ok(&["add", "-q", "--mtime=1000", &file])?;
                let message = message(sandbox, &root)?;
                let fields = decode::protobuf(&message).unwrap_or_default();
                let time = fields.iter().find(|(number, _)| *number == 8).map(|(_, value)| *value);
                same("time", &time, &Some(Field::Bytes(&[8, 0xe8, 7])))
            },
        },
        Case {
            name: "small blocks become identity CIDs of version 1",
            reqs: &["unixfs.inline"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", "small")?;
                let cid = sandbox.ok(&["add", "-q", "--inline", &file])?;
                let parts =
                    decode::cid(&cid).map(|cid| (cid.version, cid.multihash.first().copied()));
                same(&cid, &parts, &Some((1, Some(0))))?;
                sandbox.prints(&["cat", &cid], "small")
            },
        },
        Case {
            name: "appending continues in the trickle layout",
            reqs: &["unixfs.edit-append"],
            run: |sandbox| {
                sandbox.init()?;
                let first = [&[1; 2000][..], &[2; 100]].concat();
                sandbox.write("first", &first)?;
                sandbox.ok(&["files", "write", "--create", "/f", "first"])?;
                sandbox.ok_with(&["files", "write", "--offset=2100", "/f"], b"appended")?;
                let got = sandbox.bytes_with(&["files", "read", "/f"], b"")?.stdout;
                same("content", &got, &[&first[..], b"appended"].concat())?;
                let root = sandbox.ok(&["files", "stat", "--hash", "/f"])?;
                same("links", &sandbox.ok(&["refs", &root])?.lines().count(), &2)
            },
        },
        Case {
            name: "a write beyond the end leaves zeros",
            reqs: &["unixfs.edit-hole"],
            run: |sandbox| {
                sandbox.init()?;
                sandbox.ok_with(&["files", "write", "--create", "/f"], b"ab")?;
                sandbox.ok_with(&["files", "write", "--offset=10000", "/f"], b"end")?;
                let got = sandbox.bytes_with(&["files", "read", "/f"], b"")?.stdout;
                let wanted = [&b"ab"[..], &[0; 9998], b"end"].concat();
                same("content", &got, &wanted)?;
                let root = sandbox.ok(&["files", "stat", "--hash", "/f"])?;
                same("depths", &leaf_depths(sandbox, &root)?, &vec![1; 5])
            },
        },
        Case {
            name: "cutting a file keeps its beginning",
            reqs: &["unixfs.edit-truncate", "unixfs.edit-collapse"],
            run: |sandbox| {
                sandbox.init()?;
                sandbox.ok_with(&["files", "write", "--create", "/f"], b"a long beginning")?;
                sandbox.ok_with(&["files", "write", "--truncate", "/f"], b"short")?;
                sandbox.prints(&["files", "read", "/f"], "short")?;
                let hash = sandbox.ok(&["files", "stat", "--hash", "/f"])?;
                let leaf =
                    ["files", "write", "--create", "--cid-version=1", "--raw-leaves", "/raw"];
                sandbox.ok_with(&leaf, b"one raw leaf")?;
                let raw = sandbox.ok(&["files", "stat", "--hash", "/raw"])?;
                same("raw leaf", &decode::cid(&raw).map(|cid| cid.codec), &Some(0x55))?;
                same("wrapped", &decode::cid(&hash).map(|cid| cid.version), &Some(0))
            },
        },
    ],
    ..Suite::EMPTY
};

/// The UnixFS message inside a block: field 1 of its dag-pb form.
fn message(sandbox: &Sandbox, cid: &str) -> Check<Vec<u8>> {
    let block = sandbox.bytes_with(&["block", "get", cid], b"")?.stdout;
    let fields = decode::protobuf(&block).unwrap_or_default();
    let data = fields.iter().find_map(|(number, value)| match value {
        Field::Bytes(bytes) if *number == 1 => Some(bytes.to_vec()),
        _ => None,
    });
    data.map_or_else(|| failed(format!("{cid} is no UnixFS node")), Ok)
}

/// The fields of a message in order; for bytes, their length.
fn numbers(message: &[u8]) -> Check<Vec<(u64, u64)>> {
    let Some(fields) = decode::protobuf(message) else { return failed("no protobuf message") };
    let number = |(number, field): &(u64, Field<'_>)| match field {
        Field::Varint(value) => (*number, *value),
        Field::Bytes(bytes) => (*number, bytes.len() as u64),
    };
    Ok(fields.iter().map(number).collect())
}

/// How deep below the root each leaf lies, from left to right.
fn leaf_depths(sandbox: &Sandbox, root: &str) -> Check<Vec<usize>> {
    let mut depths = Vec::new();
    let mut waiting = vec![(root.to_owned(), 0)];
    while let Some((cid, depth)) = waiting.pop() {
        let links = sandbox.ok(&["refs", &cid])?;
        if links.is_empty() {
            depths.push(depth);
        }
        waiting.extend(links.lines().rev().map(|link| (link.to_owned(), depth + 1)));
    }
    Ok(depths)
}
