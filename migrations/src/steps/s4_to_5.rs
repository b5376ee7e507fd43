//! Spec: spec/migrations/4-to-5.md
//!
//! Block files move from directories named by their first characters to such named by their last
//! ones, and `SHARDING` says so.

mod half_done;

use crate::blocks::layout::{NEXT_TO_LAST, PREFIX, Shard};
use crate::blocks::relocate::{self, Kept, Place, Relocation, list, root};
use crate::context::Context;
use crate::error::Error;
use crate::step::{Direction, Plan, Step};
use crate::stock::Stock;
use ipfs_store::disk::Kind;
use std::path::Path;

/// The file that names the layout.
const SHARDING: &str = "SHARDING";
/// The file for people.
const README: &str = "_README";
/// Where later versions keep files that are being written; they empty it whenever they start.
const TEMPORARY: &str = ".temp";
/// Upstream's counter is shown for every so many keys.
const COUNTER_STEP: u64 = 1000;

// spec: 4-to-5.readme
const README_TEXT: &str = "\
Every file below this directory is one block of an IPFS repository.

Its name is the block's key in base32 (upper case, no padding) and \".data\". It
lies in the directory named by the two characters before the last one of that
base32 text; the file SHARDING says so in a form for programs:

    name:       CIQFTFEEHEDF6KLBT32BFAGLXEZL4UWFNWM4LFTLMXQBCERZ6CMLX3Y.data
    directory:  X3
";

/// The step.
#[derive(Debug, Clone, Copy)]
pub struct Step4To5;

impl Step for Step4To5 {
    fn from(&self) -> u32 {
        4
    }

    fn about(&self) -> &'static str {
        "block files move to directories named by the end of their names"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        half_done::check(context)?;
        context.begin()?;
        half_done::gather(context)?;
        context.report.log("> Upgrading datastore format to have sharding specification file");
        context.report.log("> creating a new flatfs datastore with new format");
        context.report.log("> converting current flatfs datastore to new format");
        move_blocks(context, NEXT_TO_LAST)?;
        context.report.log("> moving new datastore into place");
        // spec: 4-to-5.sharding-last
        let root = root(context);
        context.replace(&root.join(README), README_TEXT.as_bytes(), 0o444)?;
        context.replace(&root.join(SHARDING), NEXT_TO_LAST.to_string().as_bytes(), 0o644)?;
        context.report.log("> moving transferred datastore back into place");
        Ok(())
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        half_done::check(context)?;
        context.begin()?;
        half_done::gather(context)?;
        empty_temporary(context)?;
        move_blocks(context, PREFIX)?;
        let root = root(context);
        context.remove_file(&root.join(README))?;
        context.remove_file(&root.join(SHARDING))?;
        context.sync_dir(&root)
    }

    fn finish(&self, context: &mut Context<'_>, _direction: Direction) -> Result<(), Error> {
        half_done::forget_phase(context)
    }

    // spec: 4-to-5.undo
    fn undo(&self, context: &mut Context<'_>, interrupted: Direction) -> Result<bool, Error> {
        match interrupted {
            Direction::Forward => self.revert(context)?,
            Direction::Revert => self.forward(context)?,
        }
        Ok(true)
    }

    fn knows_half_done(&self) -> bool {
        true
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let shard = if direction == Direction::Forward { NEXT_TO_LAST } else { PREFIX };
        let root = root(context);
        let survey = relocation(&root, &root, shard).survey(context, &mut |_, _| {})?;
        let sharding = if direction == Direction::Forward { "write" } else { "remove" };
        Ok(Plan {
            changes: vec![
                format!(
                    "move {} of {} block files to other directories",
                    survey.moving, survey.blocks
                ),
                format!("{sharding} blocks/{SHARDING} and blocks/{README}"),
            ],
            items: survey.moving,
            ..relocate::plan(survey.blocks)
        })
    }

    fn forecast(&self, stock: &Stock) -> Option<Plan> {
        Some(relocate::plan(stock.blocks))
    }

    fn space_needed(&self, _context: &Context<'_>, _direction: Direction) -> Result<u64, Error> {
        Ok(relocate::BYTES_NEEDED)
    }
}

fn place(name: &str) -> Place {
    if name.is_ascii() { Place::Named(name.to_owned()) } else { Place::Unknown }
}

fn relocation<'a>(from: &'a Path, to: &'a Path, shard: Shard) -> Relocation<'a> {
    Relocation { from, to, shard, place: &place, remove_unfinished: true }
}

// spec: 4-to-5.in-place
fn move_blocks(context: &mut Context<'_>, shard: Shard) -> Result<(), Error> {
    let root = root(context);
    let relocation = relocation(&root, &root, shard);
    let mut kept = Kept::default();
    let survey = relocation.survey(context, &mut |_, path| {
        if is_unknown(path) {
            kept.add(path);
        }
    })?;
    context.report.log("Moving Keys...");
    relocation.run(context, &survey, &mut |report, done, of| {
        report.progress("blocks", done, Some(of));
        // Upstream counts in tens.
        let shown = if done == of { done - done % 10 } else { done };
        if (done == of || done.is_multiple_of(COUNTER_STEP)) && shown > 0 {
            report.raw(&format!("\r{shown} keys so far"));
        }
    })?;
    context.report.log("\nCleaning Up...");
    context.report.log("All Done.");
    kept.tell(context.report, &root);
    Ok(())
}

/// Whether a file that is no block is worth a note: those that versions 4 and 5 know are not.
fn is_unknown(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let known = ["diskUsage.cache", SHARDING, README].contains(&path);
    !known && !crate::blocks::layout::is_unfinished(name) && !path.starts_with(TEMPORARY)
}

// spec: 4-to-5.temporary-emptied
fn empty_temporary(context: &Context<'_>) -> Result<(), Error> {
    let directory = root(context).join(TEMPORARY);
    if context.meta(&directory)?.is_none() {
        return Ok(());
    }
    for entry in list(context, &directory)? {
        if entry.kind == Kind::File {
            context.remove_file(&directory.join(entry.name))?;
        }
    }
    Ok(())
}
