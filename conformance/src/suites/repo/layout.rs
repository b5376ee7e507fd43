//! Cases of `spec/repo/layout.md`.

use super::{list, name, read};
use crate::case::{RepoCase, Suite, failed, same};
use std::os::unix::fs::PermissionsExt;

/// What every repo of version 18 has.
const NEEDED: [&str; 6] =
    ["blocks", "config", "datastore", "datastore_spec", "keystore", "version"];

pub(crate) const SUITE: Suite = Suite {
    name: "repo/layout",
    repo: &[
        RepoCase {
            name: "the known files and folders are there",
            reqs: &["layout.files"],
            run: |repo| {
                let entries = list(repo)?;
                let names: Vec<&str> = entries.iter().map(|path| name(path)).collect();
                match NEEDED.iter().find(|needed| !names.contains(*needed)) {
                    Some(missing) => failed(format!("{missing} is missing")),
                    None => Ok(()),
                }
            },
        },
        RepoCase {
            name: "the config, with the private key in it, is the owner's alone",
            reqs: &["layout.files"],
            run: |repo| match std::fs::metadata(repo.join("config")) {
                Ok(found) => same("mode", &(found.permissions().mode() & 0o777), &0o600),
                Err(error) => failed(format!("no config: {error}")),
            },
        },
        RepoCase {
            name: "datastore_spec is the compact JSON of the datastore's essentials",
            reqs: &["layout.files"],
            run: |repo| {
                let text = read(repo, "datastore_spec")?;
                match serde_json::from_str::<serde_json::Value>(&text) {
                    Ok(value) => same("text", &value.to_string(), &text.trim_end().to_owned()),
                    Err(error) => failed(format!("no JSON: {error}")),
                }
            },
        },
    ],
    ..Suite::EMPTY
};
