//! Cases of `spec/data/car.md`.

use crate::case::{Case, Check, Suite, failed, same};
use crate::decode;
use crate::sandbox::Sandbox;

pub(crate) const SUITE: Suite = Suite {
    name: "data/car",
    cases: &[
        Case {
            name: "an export is a header and the blocks, depth first",
            reqs: &["car.verify"],
            run: |sandbox| {
                let (root, car) = export(sandbox)?;
                let sections = sections(&car)?;
                let first = decode::cid(&root).map(|cid| cid.multihash);
                let hashes: Vec<_> = sections.iter().map(|(multihash, _)| multihash).collect();
                same("first block", &hashes.first().copied(), &first.as_ref())?;
                for (multihash, data) in &sections {
                    same("hash", multihash, &decode::sha256_multihash(data))?;
                }
                same("blocks", &sections.len(), &4)
            },
        },
        Case {
            name: "a block that does not match its CID is refused and nothing is pinned",
            reqs: &["car.verify"],
            run: |sandbox| {
                let (root, mut car) = export(sandbox)?;
                if let Some(last) = car.last_mut() {
                    *last ^= 1;
                }
                refused(sandbox, &root, &car)
            },
        },
        Case {
            name: "an archive cut short is refused and nothing is pinned",
            reqs: &["car.truncation"],
            run: |sandbox| {
                let (root, car) = export(sandbox)?;
                refused(sandbox, &root, &car[..car.len() - 1])?;
                refused(sandbox, &root, &car[..30])
            },
        },
        Case {
            name: "a section longer than the limit is refused before it is read",
            reqs: &["car.section-bytes-max"],
            run: |sandbox| {
                let (root, car) = export(sandbox)?;
                let (length, rest) = decode::varint(&car).unwrap_or((0, &[]));
                let header = car.len() - rest.len() + usize::try_from(length).unwrap_or(0);
                let huge = [&car[..header], &[0xff, 0xff, 0xff, 0xff, 0x7f], &[1; 40]].concat();
                refused(sandbox, &root, &huge)
            },
        },
    ],
    ..Suite::EMPTY
};

/// A file of three leaves, exported; the repo is empty again.
fn export(sandbox: &Sandbox) -> Check<(String, Vec<u8>)> {
    sandbox.init()?;
    let data: Vec<u8> = (0..3000_u16).map(|n| (n / 500) as u8).collect();
    let file = sandbox.write("file", data)?;
    let add = ["add", "-q", "--cid-version=1", "-s", "size-1000", &file];
    let root = sandbox.ok(&add)?;
    let car = sandbox.bytes_with(&["dag", "export", "-p=false", &root], b"")?.stdout;
    sandbox.ok(&["pin", "rm", &root])?;
    sandbox.ok(&["repo", "gc"])?;
    if car.is_empty() {
        return failed("exports nothing");
    }
    Ok((root, car))
}

fn refused(sandbox: &Sandbox, root: &str, car: &[u8]) -> Check {
    let file = sandbox.write("bad.car", car)?;
    sandbox.fails(&["dag", "import", &file], "")?;
    let pins = sandbox.ok(&["pin", "ls", "--type=recursive"])?;
    if pins.contains(root) {
        return failed("the root is pinned although the import failed");
    }
    Ok(())
}

/// Multihash and data of each block.
fn sections(car: &[u8]) -> Check<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut sections = Vec::new();
    let mut rest = car;
    while let Some((length, after)) = decode::varint(rest) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(section) = after.get(..length) else { return failed("a section is cut") };
        rest = &after[length..];
        // CIDs of version 1 with a digest of 32 bytes; the header has none.
        if section.first() == Some(&1) && section.len() > 36 {
            sections.push((section[2..36].to_vec(), section[36..].to_vec()));
        }
    }
    Ok(sections)
}
