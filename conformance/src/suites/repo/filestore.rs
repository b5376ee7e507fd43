//! Cases of `spec/repo/filestore.md`.

use crate::case::{Case, Check, Suite, failed, same};
use crate::decode;
use crate::sandbox::Sandbox;

pub(crate) const SUITE: Suite = Suite {
    name: "repo/filestore",
    cases: &[
        Case {
            name: "a reference is path, offset and size under the multihash",
            reqs: &["filestore.record", "filestore.key"],
            run: |sandbox| {
                let cid = add(sandbox, "folder/file", "referenced bytes")?;
                let Some(parts) = decode::cid(&cid) else { return failed(format!("{cid}?")) };
                let key = multibase::encode(multibase::Base::Base32Upper, parts.multihash);
                let key = format!("/filestore/{}", &key[1..]);
                let record = sandbox.bytes_with(&["diag", "datastore", "get", &key], b"")?.stdout;
                same("record", &record, &b"\x0a\x0bfolder/file\x10\x00\x18\x10".to_vec())
            },
        },
        Case {
            name: "bytes that changed are not given out",
            reqs: &["filestore.verified"],
            run: |sandbox| {
                let cid = add(sandbox, "file", "before")?;
                sandbox.prints(&["cat", &cid], "before")?;
                sandbox.write("file", "behind")?;
                sandbox.fails(&["cat", &cid], "")
            },
        },
        Case {
            name: "files outside the root are refused",
            reqs: &["filestore.inside-root"],
            run: |sandbox| {
                add(sandbox, "file", "inside")?;
                let outside = tempfile::NamedTempFile::new();
                let Ok(outside) = outside else { return failed("no temporary file") };
                if std::fs::write(outside.path(), "outside").is_err() {
                    return failed("cannot write the temporary file");
                }
                let path = outside.path().display().to_string();
                let refusal = "cannot add filestore references outside ipfs root";
                sandbox.fails(&["add", "-q", "--nocopy", "--raw-leaves", &path], refusal)
            },
        },
        Case {
            name: "what is stored is not referenced, what is referenced not stored",
            reqs: &["filestore.no-copy-of-referenced"],
            run: |sandbox| {
                add(sandbox, "file", "only once")?;
                let before = blocks(sandbox)?;
                sandbox.ok(&["block", "put", "file"])?;
                same("blocks", &blocks(sandbox)?, &before)
            },
        },
    ],
    ..Suite::EMPTY
};

/// Makes a repo with the experiment and adds a file by reference.
fn add(sandbox: &Sandbox, name: &str, text: &str) -> Check<String> {
    sandbox.init()?;
    sandbox.ok(&["config", "--bool", "Experimental.FilestoreEnabled", "true"])?;
    let file = sandbox.write(name, text)?;
    sandbox.ok(&["add", "-q", "--nocopy", "--cid-version=1", &file])
}

/// The number of block files.
fn blocks(sandbox: &Sandbox) -> Check<usize> {
    let mut count = 0;
    for folder in super::list(&sandbox.repo().join("blocks"))? {
        count += if folder.is_dir() { super::list(&folder)?.len() } else { 0 };
    }
    Ok(count)
}
