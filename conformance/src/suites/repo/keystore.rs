//! Cases of `spec/repo/keystore.md`.

use super::{list, name};
use crate::case::{RepoCase, Suite, failed, same};
use crate::decode::{self, Field};
use std::os::unix::fs::PermissionsExt;

pub(crate) const SUITE: Suite = Suite {
    name: "repo/keystore",
    repo: &[
        RepoCase {
            name: "a key's file is named after it in base32 and only its owner reads it",
            reqs: &["keystore.file-name", "keystore.put"],
            run: |repo| {
                for path in list(&repo.join("keystore"))? {
                    let Some(text) = name(&path).strip_prefix("key_") else {
                        return failed(format!("{} is no key", path.display()));
                    };
                    let key = decode::base32(text).and_then(|name| String::from_utf8(name).ok());
                    if key.is_none_or(|key| key.is_empty()) {
                        return failed(format!("{text} is no name in base32"));
                    }
                    let mode = std::fs::metadata(&path).map(|found| found.permissions().mode());
                    same(text, &mode.unwrap_or(0).trailing_zeros().min(6), &6)?;
                }
                known_repo(repo)
            },
        },
        RepoCase {
            name: "a key without passphrase is a libp2p private key",
            reqs: &["keystore.put"],
            run: |repo| {
                for path in list(&repo.join("keystore"))? {
                    let bytes = std::fs::read(&path).unwrap_or_default();
                    if bytes.starts_with(b"-----BEGIN ENCRYPTED") {
                        continue;
                    }
                    let fields = decode::protobuf(&bytes).unwrap_or_default();
                    match fields.as_slice() {
                        [(1, Field::Varint(0..=3)), (2, Field::Bytes(_))] => {}
                        _ => return failed(format!("{} holds something else", path.display())),
                    }
                }
                known_repo(repo)
            },
        },
    ],
    ..Suite::EMPTY
};

/// A keystore may be empty, but only in a repo.
fn known_repo(repo: &std::path::Path) -> crate::case::Check {
    super::read(repo, "version").map(|_| ())
}
