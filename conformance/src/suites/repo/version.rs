//! Cases of `spec/repo/version.md`.

use super::read;
use crate::case::{Case, RepoCase, Suite, same};

pub(crate) const SUITE: Suite = Suite {
    name: "repo/version",
    cases: &[
        Case {
            name: "newer, older and unreadable versions are refused",
            reqs: &["version.new", "version.old", "version.invalid"],
            run: |sandbox| {
                sandbox.init()?;
                for (version, message) in [
                    ("19\n", "Your programs version (18) is lower than your repos (19)"),
                    ("17\n", "ipfs repo needs migration"),
                    ("x\n", "invalid data in repo"),
                ] {
                    sandbox.write(".ipfs/version", version)?;
                    sandbox.fails(&["pin", "ls"], message)?;
                }
                sandbox.write(".ipfs/version", "18\n")?;
                sandbox.ok(&["pin", "ls"]).map(|_| ())
            },
        },
        Case {
            name: "the version is told",
            reqs: &["version.format"],
            run: |sandbox| {
                sandbox.init()?;
                sandbox.prints(&["repo", "version"], "ipfs repo version fs-repo@18")
            },
        },
    ],
    repo: &[RepoCase {
        name: "the file is the number and a newline",
        reqs: &["version.format"],
        run: |repo| same("version", &read(repo, "version")?.as_str(), &"18\n"),
    }],
    ..Suite::EMPTY
};
