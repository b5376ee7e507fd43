//! Cases of `spec/repo/gc.md`.

use super::add;
use crate::case::{Case, Suite, failed, same};

pub(crate) const SUITE: Suite = Suite {
    name: "repo/gc",
    cases: &[
        Case {
            name: "pins and MFS stay, the rest goes, named as raw CIDs",
            reqs: &["gc.roots", "gc.raw-output"],
            run: |sandbox| {
                sandbox.init()?;
                sandbox.ok(&["repo", "gc"])?;
                let pinned = add(sandbox, "pinned", &["-w"])?;
                sandbox.ok_with(&["files", "write", "--create", "/f"], b"in the tree")?;
                let loose = add(sandbox, "loose", &["--pin=false"])?;
                let raw = ["cid", "format", "-v", "1", "-b", "base32", "--mc", "raw", &loose];
                let raw = sandbox.ok(&raw)?;
                let removed = sandbox.ok(&["repo", "gc"])?;
                if !removed.lines().any(|line| line == format!("removed {raw}")) {
                    return failed(format!("{raw} is not among {removed:?}"));
                }
                sandbox.prints(&["cat", &format!("{pinned}/added")], "pinned")?;
                sandbox.prints(&["files", "read", "/f"], "in the tree")?;
                sandbox.fails(&["cat", &loose], &loose)
            },
        },
        Case {
            name: "a block stays when any CID of it is kept",
            reqs: &["gc.by-multihash"],
            run: |sandbox| {
                sandbox.init()?;
                let v0 = add(sandbox, "twice", &["--pin=false"])?;
                let v1 = sandbox.ok(&["cid", "base32", &v0])?;
                sandbox.ok(&["pin", "add", &v1])?;
                sandbox.ok(&["repo", "gc"])?;
                sandbox.prints(&["cat", &v0], "twice")
            },
        },
        Case {
            name: "when a pinned graph is broken nothing is removed",
            reqs: &["gc.stops-on-doubt"],
            run: |sandbox| {
                sandbox.init()?;
                let lost = add(sandbox, "lost", &["--pin=false"])?;
                let json = format!(
                    "{{\"Data\":{{\"/\":{{\"bytes\":\"CAE\"}}}},\"Links\":[{{\"Hash\":{{\"/\":\"{lost}\"}},\
                     \"Name\":\"x\",\"Tsize\":1}}]}}"
                );
                let node = sandbox.write("node", json)?;
                sandbox.ok(&["dag", "put", "--pin", "--store-codec=dag-pb", &node])?;
                let loose = add(sandbox, "loose", &["--pin=false"])?;
                sandbox.ok(&["block", "rm", "--force", &lost]).or_else(|_| {
                    // A pinned block can't be removed by a command: break the repo by hand.
                    remove(sandbox, "lost")
                })?;
                let answer = sandbox.run(&["repo", "gc"])?;
                same("status", &answer.status, &1)?;
                sandbox.prints(&["cat", &loose], "loose")
            },
        },
        Case {
            name: "references to files are collected like blocks, the files stay",
            reqs: &["gc.filestore"],
            run: |sandbox| {
                sandbox.init()?;
                sandbox.ok(&["config", "--bool", "Experimental.FilestoreEnabled", "true"])?;
                let file = sandbox.write("referenced", "user's own bytes")?;
                let add = ["add", "-q", "--nocopy", "--cid-version=1", &file];
                let cid = sandbox.ok(&add)?;
                sandbox.ok(&["repo", "gc"])?;
                sandbox.prints(&["cat", &cid], "user's own bytes")?;
                sandbox.ok(&["pin", "rm", &cid])?;
                sandbox.ok(&["repo", "gc"])?;
                sandbox.prints(&["filestore", "ls"], "")?;
                same("the file", &sandbox.path(&file).is_file(), &true)
            },
        },
    ],
    ..Suite::EMPTY
};

/// Removes the file of the block whose bytes contain `part`.
fn remove(sandbox: &crate::sandbox::Sandbox, part: &str) -> crate::case::Check<String> {
    for folder in super::list(&sandbox.repo().join("blocks"))? {
        for block in if folder.is_dir() { super::list(&folder)? } else { Vec::new() } {
            let bytes = std::fs::read(&block).unwrap_or_default();
            let found = bytes.windows(part.len()).any(|window| window == part.as_bytes());
            if found && bytes.len() < 30 && std::fs::remove_file(&block).is_ok() {
                return Ok(String::new());
            }
        }
    }
    failed(format!("no block holds {part:?}"))
}
