//! Spec: spec/migrations/4-to-5.md
//!
//! What upstream's program leaves when it is interrupted: the blocks in `blocks-v4`, in `blocks-v5`
//! or in both, and `revert-phase`. Both directions go on from any of these states.

use super::{README, SHARDING, relocation};
use crate::blocks::layout::PREFIX;
use crate::blocks::relocate::{Kept, list, remove_if_empty, root};
use crate::context::Context;
use crate::error::Error;
use ipfs_store::disk::Kind;
use std::path::{Path, PathBuf};

/// Directories that upstream's program moves blocks through.
const OTHER_ROOTS: [&str; 2] = ["blocks-v4", "blocks-v5"];
/// Upstream's note of how far a revert is.
const PHASE_FILE: &str = "revert-phase";

fn others(context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for path in OTHER_ROOTS.map(|name| context.file(name)) {
        if context.meta(&path)?.is_some() {
            found.push(path);
        }
    }
    Ok(found)
}

/// That there are blocks at all.
pub(super) fn check(context: &Context<'_>) -> Result<(), Error> {
    let root = root(context);
    if context.meta(&root)?.is_none() && others(context)?.is_empty() {
        let root = root.display();
        return Err(Error::Step(format!("rename {root} {root}-v4: no such file or directory")));
    }
    Ok(())
}

// spec: 4-to-5.gathers
/// Brings everything back together in `blocks`, whatever its layout.
pub(super) fn gather(context: &mut Context<'_>) -> Result<(), Error> {
    let root = root(context);
    for other in others(context)? {
        if context.meta(&root)?.is_none() {
            context.rename(&other, &root)?;
            context.sync_dir(context.repo())?;
            context.report.log(&format!("... blocks were in {}, continuing", other.display()));
            continue;
        }
        merge(context, &other, &root)?;
    }
    Ok(())
}

/// Moves what is in `from` to `to`.
fn merge(context: &mut Context<'_>, from: &Path, to: &Path) -> Result<(), Error> {
    for generated in [SHARDING, README] {
        context.remove_file(&from.join(generated))?;
    }
    for entry in list(context, from)?.into_iter().filter(|entry| entry.kind == Kind::File) {
        let (from, to) = (from.join(&entry.name), to.join(&entry.name));
        let failed = |source| Error::Rename { from: from.clone(), to: to.clone(), source };
        context.disk().rename_new(&from, &to).map_err(failed)?;
    }
    let relocation = relocation(from, to, PREFIX);
    let mut kept = Kept::default();
    let survey = relocation.survey(context, &mut |_, path| kept.add(path))?;
    relocation.run(context, &survey, &mut |_, _, _| {})?;
    if remove_if_empty(context, from)? {
        let from = from.display();
        context.report.note(&format!("moved {} blocks from {from} back to blocks", survey.blocks));
    } else {
        kept.tell(context.report, from);
    }
    context.sync_dir(context.repo())
}

/// Removes upstream's note, which would mislead its reverts of other steps.
pub(super) fn forget_phase(context: &Context<'_>) -> Result<(), Error> {
    let path = context.file(PHASE_FILE);
    if context.meta(&path)?.is_some() {
        context.remove_file(&path)?;
        context.sync_dir(context.repo())?;
    }
    Ok(())
}
