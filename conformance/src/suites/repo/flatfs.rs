//! Cases of `spec/repo/flatfs.md`: a repo's `blocks`, read with nothing but file names and hashes.

use super::{list, name, read};
use crate::case::{Case, Check, RepoCase, Suite, failed, same};
use crate::decode;
use std::path::{Path, PathBuf};

pub(crate) const SUITE: Suite = Suite {
    name: "repo/flatfs",
    cases: &[Case {
        name: "foreign files are no blocks and stay",
        reqs: &["flatfs.keys"],
        run: |sandbox| {
            sandbox.init()?;
            let before = sandbox.ok(&["refs", "local"])?;
            for stray in [".ipfs/blocks/AA/not-a-key.data", ".ipfs/blocks/stray"] {
                sandbox.write(stray, "x")?;
            }
            same("blocks", &sandbox.ok(&["refs", "local"])?, &before)?;
            sandbox.ok(&["repo", "gc"])?;
            same("stray file", &sandbox.path(".ipfs/blocks/stray").exists(), &true)
        },
    }],
    repo: &[
        RepoCase {
            name: "SHARDING names the function",
            reqs: &["flatfs.sharding-file"],
            run: |repo| {
                let text = read(repo, "blocks/SHARDING")?;
                same("text", &text.as_str(), &"/repo/flatfs/shard/v1/next-to-last/2\n")
            },
        },
        RepoCase {
            name: "each block lies in the folder named by the last three characters but one",
            reqs: &["flatfs.shard-next-to-last"],
            run: |repo| {
                for block in blocks(repo)? {
                    let key = name(&block).trim_end_matches(".data").to_owned();
                    let shard = block.parent().map(name).unwrap_or("").to_owned();
                    let wanted = key.len().checked_sub(3).map(|at| key[at..at + 2].to_owned());
                    same(&key, &Some(shard), &wanted)?;
                }
                Ok(())
            },
        },
        RepoCase {
            name: "a block's name is its multihash, and its bytes have that hash",
            reqs: &["flatfs.keys"],
            run: |repo| {
                for block in blocks(repo)? {
                    let key = name(&block).trim_end_matches(".data");
                    let Some(multihash) = decode::base32_upper(key) else {
                        return failed(format!("{key} is no base32"));
                    };
                    let bytes = std::fs::read(&block).unwrap_or_default();
                    if multihash.starts_with(&[0x12, 0x20]) {
                        same(key, &decode::sha256_multihash(&bytes), &multihash)?;
                    }
                }
                Ok(())
            },
        },
        RepoCase {
            name: "no unfinished write is left",
            reqs: &["flatfs.put-atomic"],
            run: |repo| {
                for folder in folders(repo)? {
                    let left =
                        list(&folder)?.into_iter().find(|path| !name(path).ends_with(".data"));
                    if let Some(left) = left {
                        return failed(format!("{} is no block", left.display()));
                    }
                }
                if blocks(repo)?.is_empty() { failed("no block at all") } else { Ok(()) }
            },
        },
    ],
    ..Suite::EMPTY
};

/// The folders of shards. A temporary folder is none.
fn folders(repo: &Path) -> Check<Vec<PathBuf>> {
    let all = list(&repo.join("blocks"))?.into_iter();
    Ok(all.filter(|path| path.is_dir() && !name(path).starts_with('.')).collect())
}

/// The files of all blocks; a repo without any is not worth looking at.
fn blocks(repo: &Path) -> Check<Vec<PathBuf>> {
    let mut blocks = Vec::new();
    for folder in folders(repo)? {
        blocks.extend(list(&folder)?.into_iter().filter(|path| name(path).ends_with(".data")));
    }
    if blocks.is_empty() {
        return failed("no block at all");
    }
    Ok(blocks)
}
