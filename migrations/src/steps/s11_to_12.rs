//! Spec: spec/migrations/11-to-12.md
//!
//! Blocks and filestore records are found by multihash alone, no longer by CIDv1.

mod cid_list;
mod copy;
mod go_time;
mod spaces;
mod swap;
mod visited;
mod walk;

use crate::blocks::relocate;
use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::{Direction, Plan, Step, go_quoted};
use crate::stock::Stock;
use spaces::Spaces;
use std::path::Path;

/// The list of all keys that were changed.
const LIST_FILE: &str = "11-to-12-cids.txt";
/// What the list is called once it has served the way back.
const REVERTED_FILE: &str = "11-to-12-cids.txt.reverted";
/// Phase of the journal: the list is complete.
const LISTED: &str = "listed";

/// The step.
#[derive(Debug, Clone, Copy)]
pub struct Step11To12;

impl Step for Step11To12 {
    fn from(&self) -> u32 {
        11
    }

    fn about(&self) -> &'static str {
        "blocks and filestore records are keyed by multihash, no longer by CIDv1"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        context.report.verbose("  - loading repo configurations");
        let spaces = Spaces::open(context)?;
        context.report.verbose("  - starting CIDv1 to raw multihash block migration");
        let path = context.file(LIST_FILE);
        let line = format!("  - backup file will be written to {}", path.display());
        context.report.verbose(&line);
        // spec: 11-to-12.listed-first
        if context.phase() != LISTED {
            cid_list::write(context, &spaces)?;
            context.set_phase(LISTED)?;
        }
        tell_reading(context, &path);
        let swapped = swap::run(context, &spaces, &path)?;
        context.report.log(&format!("{swapped} CidV1s swapped to multihashes"));
        Ok(())
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        context.report.verbose("  - starting raw multihash to CIDv1 block migration");
        context.report.verbose("  - loading repo configurations");
        let spaces = Spaces::open(context)?;
        context.begin()?;
        let path = context.file(LIST_FILE);
        tell_reading(context, &path);
        let mut copier = copy::Copier::new(&spaces);
        copier.listed(context, &path)?;
        walk::run(context, &spaces, &mut copier)?;
        let copied = copier.finish(context)?;
        context.report.log(&format!("{copied} multihashes swapped to CidV1s"));
        Ok(())
    }

    fn finish(&self, context: &mut Context<'_>, direction: Direction) -> Result<(), Error> {
        match direction {
            Direction::Forward => Ok(()),
            Direction::Revert => put_list_away(context),
        }
    }

    // spec: 11-to-12.undo
    fn undo(&self, context: &mut Context<'_>, interrupted: Direction) -> Result<bool, Error> {
        if interrupted == Direction::Revert {
            return Ok(false);
        }
        let path = context.file(LIST_FILE);
        cid_list::remove_unfinished(context)?;
        if context.phase() == LISTED {
            let spaces = Spaces::open(context)?;
            let mut copier = copy::Copier::new(&spaces);
            copier.listed(context, &path)?;
            copier.finish(context)?;
        }
        put_list_away(context)?;
        Ok(true)
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let spaces = Spaces::open(context)?;
        let (items, change) = match direction {
            Direction::Forward => {
                let mut keys = 0;
                spaces.each_cid1(context, &mut |_, _| {
                    keys += 1;
                    Ok(())
                })?;
                (keys, format!("change {keys} keys from CIDv1 to multihash, listed in {LIST_FILE}"))
            }
            Direction::Revert => {
                let mut keys = 0;
                cid_list::each(context.disk(), &context.file(LIST_FILE), &mut |_, _| {
                    keys += 1;
                    Ok(())
                })?;
                (keys, format!("copy {keys} listed blocks and more of pins and MFS to CIDv1 keys"))
            }
        };
        let bytes_needed = self.space_needed(context, direction)?;
        Ok(Plan { changes: vec![change], bytes_needed, ..relocate::plan(items) })
    }

    fn forecast(&self, stock: &Stock) -> Option<Plan> {
        // The later versions have the blocks, and the list, as this one has them.
        (stock.direction == Direction::Forward).then(|| relocate::plan(stock.blocks))
    }

    // spec: 11-to-12.space
    fn space_needed(&self, context: &Context<'_>, direction: Direction) -> Result<u64, Error> {
        let mut bytes = relocate::BYTES_NEEDED;
        if direction == Direction::Revert {
            bytes += copy::bytes_listed(context, &context.file(LIST_FILE))?;
        }
        Ok(bytes)
    }

    fn announce(&self, repo: &Path, direction: Direction, report: &mut Report) {
        let verb = if direction == Direction::Forward { "applying" } else { "reverting" };
        report.log(&format!("{verb} 11-to-12 repo migration"));
        report.verbose(&format!("locking repo at {}", go_quoted(repo)));
    }

    fn verifying(&self, direction: Direction, report: &mut Report) {
        let version = if direction == Direction::Forward { 11 } else { 12 };
        report.verbose(&format!("  - verifying version is '{version}'"));
    }

    fn finished(&self, direction: Direction, report: &mut Report) {
        report.log(match direction {
            Direction::Forward => "updated version file",
            Direction::Revert => "reverted version file to version 11",
        });
    }
}

fn tell_reading(context: &mut Context<'_>, path: &Path) {
    let line = format!("  - backup file will be read from {}", path.display());
    context.report.verbose(&line);
}

// spec: 11-to-12.list-kept
/// Renames the list; an earlier one of that name is kept too.
fn put_list_away(context: &mut Context<'_>) -> Result<(), Error> {
    let (list, away) = (context.file(LIST_FILE), context.file(REVERTED_FILE));
    if context.meta(&list)?.is_none() {
        return Ok(());
    }
    if context.meta(&away)?.is_some() {
        context.set_aside(&away)?;
    }
    context.rename(&list, &away)?;
    context.sync_dir(context.repo())
}
