//! Spec: spec/migrations/8-to-9.md
//!
//! Key files are named by the base32 form of the key's name.

use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::{Direction, Plan, Step};
use crate::stock::Stock;
use ipfs_store::disk::Kind;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

mod name;

use name::{decoded, encoded};

/// The step.
#[derive(Debug, Clone, Copy)]
pub struct Step8To9;

const KEYSTORE: &str = "keystore";

/// A file that gets another name.
type Renaming = (OsString, OsString);

impl Step for Step8To9 {
    fn from(&self) -> u32 {
        8
    }

    fn about(&self) -> &'static str {
        "keystore: file names become the base32 form of the keys' names"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        let renamings = forward_names(&list(context)?, context.report);
        rename(context, &renamings)
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        let renamings = revert_names(&list(context)?, context.report)?;
        rename(context, &renamings)
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let names = list(context)?;
        let silent = &mut Report::silent();
        let renamings = match direction {
            Direction::Forward => forward_names(&names, silent),
            Direction::Revert => revert_names(&names, silent)?,
        };
        let changes = renamings.iter().map(|(from, to)| {
            format!("rename {KEYSTORE}/{} to {}", from.to_string_lossy(), to.to_string_lossy())
        });
        Ok(Plan {
            changes: changes.collect(),
            items: renamings.len() as u64,
            bytes_needed: 0,
            millis: 5,
        })
    }

    fn forecast(&self, stock: &Stock) -> Option<Plan> {
        Some(Plan::reckoned(stock.keys, 0, 5))
    }

    fn announce(&self, _repo: &std::path::Path, direction: Direction, report: &mut Report) {
        match direction {
            Direction::Forward => report.log("applying 8-to-9 repo migration"),
            Direction::Revert => report.log("reverting migration"),
        }
    }

    fn verifying(&self, _direction: Direction, _report: &mut Report) {}

    fn finished(&self, direction: Direction, report: &mut Report) {
        report.log("updated version file");
        if direction == Direction::Forward {
            report.log("Migration 8 to 9 succeeded");
        }
    }
}

/// The keystore's entries by name. A repository without keystore has no keys.
// spec: 8-to-9.no-keystore
fn list(context: &Context<'_>) -> Result<Vec<(OsString, Kind)>, Error> {
    let path = context.file(KEYSTORE);
    if context.meta(&path)?.is_none() {
        return Ok(Vec::new());
    }
    let entries = context.disk().read_dir(&path).map_err(Error::io("open", path))?;
    let mut names: Vec<_> = entries.into_iter().map(|entry| (entry.name, entry.kind)).collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(names)
}

fn skip_directory(name: &OsStr, report: &mut Report) {
    report.log(&format!("skipping  {}  as it is directory!", name.to_string_lossy()));
}

// spec: 8-to-9.names, 8-to-9.collision
/// What is to be renamed, in order. A name that looks encoded is taken for encoded, unless another
/// key needs it: then it is the name that a user gave.
fn forward_names(names: &[(OsString, Kind)], report: &mut Report) -> Vec<Renaming> {
    let files = || names.iter().filter(|(_, kind)| *kind != Kind::Directory);
    let is_encoded = |name: &OsStr| decoded(name.as_bytes()).is_some();
    let mut taken: BTreeSet<OsString> = files()
        .filter(|(name, _)| !is_encoded(name))
        .map(|(name, _)| OsString::from_vec(encoded(name.as_bytes())))
        .collect();
    let mut raw: BTreeSet<&OsStr> = BTreeSet::new();
    // A name that turns out to be raw needs a name itself, which may be taken again.
    while let Some((name, _)) = files().find(|(name, _)| {
        is_encoded(name) && taken.contains(name) && !raw.contains(name.as_os_str())
    }) {
        raw.insert(name);
        taken.insert(OsString::from_vec(encoded(name.as_bytes())));
    }
    let mut first = Vec::new();
    let mut then = Vec::new();
    for (name, kind) in names {
        if *kind == Kind::Directory {
            skip_directory(name, report);
        } else if raw.contains(name.as_os_str()) {
            first.push((name.clone(), OsString::from_vec(encoded(name.as_bytes()))));
        } else if is_encoded(name) {
            let name = name.to_string_lossy();
            report.log(&format!("skipping  {name} . Already in expected format!"));
        } else {
            then.push((name.clone(), OsString::from_vec(encoded(name.as_bytes()))));
        }
    }
    // The longest first: it is what nothing else waits for.
    first.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    first.into_iter().chain(then).collect()
}

// spec: 8-to-9.revert
fn revert_names(names: &[(OsString, Kind)], report: &mut Report) -> Result<Vec<Renaming>, Error> {
    let mut out: Vec<Renaming> = Vec::new();
    for (name, kind) in names {
        let shown = name.to_string_lossy();
        match decoded(name.as_bytes()) {
            _ if *kind == Kind::Directory => skip_directory(name, report),
            None => report.log(&format!("skipping  {shown} . Already in expected format!")),
            Some(raw)
                if raw.contains(&b'/') || raw.contains(&0) || matches!(&raw[..], b"." | b"..") =>
            {
                report.note(&format!("{KEYSTORE}/{shown}: its name can't be a file name, kept"));
            }
            Some(raw) => out.push((name.clone(), OsString::from_vec(raw))),
        }
    }
    // A key whose new name is still in use by another one waits for that one.
    let mut ordered: Vec<Renaming> = Vec::new();
    let mut there: BTreeSet<OsString> = names.iter().map(|(name, _)| name.clone()).collect();
    while !out.is_empty() {
        let Some(index) = out.iter().position(|(_, to)| !there.contains(to)) else {
            let (from, to) = &out[0];
            return Err(Error::Step(format!(
                "{KEYSTORE}/{} would replace {KEYSTORE}/{}: rename one of the keys first; nothing \
                 was changed",
                from.to_string_lossy(),
                to.to_string_lossy()
            )));
        };
        let renaming = out.remove(index);
        there.remove(&renaming.0);
        there.insert(renaming.1.clone());
        ordered.push(renaming);
    }
    Ok(ordered)
}

fn rename(context: &mut Context<'_>, renamings: &[Renaming]) -> Result<(), Error> {
    if renamings.is_empty() {
        return Ok(());
    }
    context.begin()?;
    let directory = context.file(KEYSTORE);
    for (from, to) in renamings {
        context.report.verbose(&format!("Renaming key's filename:  {}", from.to_string_lossy()));
        let (from, to) = (directory.join(from), directory.join(to));
        let error = |source| Error::Rename { from: from.clone(), to: to.clone(), source };
        // spec: 8-to-9.never-replaced
        if !context.disk().rename_new(&from, &to).map_err(error)? {
            return Err(error(std::io::Error::from_raw_os_error(
                rustix::io::Errno::EXIST.raw_os_error(),
            )));
        }
    }
    context.sync_dir(&directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<(OsString, Kind)> {
        list.iter().map(|name| (OsString::from(name), Kind::File)).collect()
    }

    fn up(list: &[&str]) -> Vec<(String, String)> {
        let text = |name: OsString| name.into_string().expect("UTF-8");
        let renamings = forward_names(&names(list), &mut Report::silent());
        renamings.into_iter().map(|(from, to)| (text(from), text(to))).collect()
    }

    // spec: 8-to-9.names
    #[test]
    fn names_are_encoded_once() {
        let wanted = vec![("key2".to_owned(), "key_nnsxsmq".to_owned())];
        assert_eq!(up(&["key2", "key_nv4wwzlz"]), wanted);
    }

    // spec: 8-to-9.collision
    #[test]
    fn a_name_that_only_looks_encoded_makes_room() {
        let renamings = up(&["key_nv4wwzlz", "mykey"]);
        assert_eq!(renamings.len(), 2);
        assert_eq!(renamings[0].0, "key_nv4wwzlz");
        assert_eq!(renamings[1], ("mykey".to_owned(), "key_nv4wwzlz".to_owned()));
        let after: Vec<&str> = renamings.iter().map(|(_, to)| to.as_str()).collect();
        let back = revert_names(&names(&after), &mut Report::silent()).expect("reverts");
        assert_eq!(back[0].1, "mykey");
        assert_eq!(back[1].1, "key_nv4wwzlz");
    }

    // spec: 8-to-9.revert
    #[test]
    fn the_way_back_replaces_nothing() {
        let error = revert_names(&names(&["key_nv4wwzlz", "mykey"]), &mut Report::silent());
        assert!(error.is_err_and(|error| error.to_string().contains("keystore/mykey")));
    }
}
