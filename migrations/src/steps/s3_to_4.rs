//! Spec: spec/migrations/3-to-4.md
//!
//! Block files get base32 names; so do the keys of public keys and IPNS records in LevelDB.

mod names;
mod records;

use crate::blocks::layout::{HEX, PREFIX, Shard};
use crate::blocks::relocate::{self, Kept, Place, Relocation, root};
use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::{Direction, Plan, Step, go_quoted};
use crate::stock::Stock;
use ipfs_store::leveldb::{LevelDb, Options};

/// Upstream's counter is shown for every so many items.
const COUNTER_STEP: u64 = 1000;

/// The step.
#[derive(Debug, Clone, Copy)]
pub struct Step3To4;

impl Step for Step3To4 {
    fn from(&self) -> u32 {
        3
    }

    fn about(&self) -> &'static str {
        "block files and records get base32 names"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        let db = open(context)?;
        context.report.log("transfering blocks to new key format");
        context.report.raw("\r                         \renumerating keys");
        move_blocks(context, Direction::Forward)?;
        context.report.log("transferring stored public key records");
        records::run(context, &db, records::Kind::PublicKey, Direction::Forward)?;
        context.report.log("transferring stored ipns records");
        records::run(context, &db, records::Kind::Ipns, Direction::Forward)
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        let db = open(context)?;
        context.report.log("reverting blocks to old key format");
        move_blocks(context, Direction::Revert)?;
        context.report.log("reverting stored public key records");
        records::run(context, &db, records::Kind::PublicKey, Direction::Revert)?;
        context.report.log("reverting stored ipns records");
        records::run(context, &db, records::Kind::Ipns, Direction::Revert)
    }

    // spec: 3-to-4.undo
    fn undo(&self, context: &mut Context<'_>, interrupted: Direction) -> Result<bool, Error> {
        match interrupted {
            Direction::Forward => self.revert(context)?,
            Direction::Revert => self.forward(context)?,
        }
        Ok(true)
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let from = root(context);
        let survey = relocation(&from, direction).survey(context, &mut |_, _| {})?;
        let db = open(context)?;
        let records = records::count(&db, direction)?;
        let names = if direction == Direction::Forward { "base32" } else { "hexadecimal" };
        Ok(Plan {
            changes: vec![
                format!(
                    "rename {} of {} block files to {names} names",
                    survey.moving, survey.blocks
                ),
                format!("store {records} public key and IPNS records under new keys"),
            ],
            items: survey.moving + records,
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

fn open(context: &mut Context<'_>) -> Result<LevelDb, Error> {
    let line = format!("  - opening datastore at {}", go_quoted(context.repo()));
    context.report.verbose(&line);
    let options = Options { mode: context.leveldb_mode(), ..Options::default() };
    LevelDb::open(context.disk_ref(), context.file("datastore"), options).map_err(Error::other)
}

fn relocation(root: &std::path::Path, direction: Direction) -> Relocation<'_> {
    let (shard, place): (Shard, &dyn Fn(&str) -> Place) = match direction {
        Direction::Forward => (PREFIX, &names::forward),
        Direction::Revert => (HEX, &names::revert),
    };
    Relocation { from: root, to: root, shard, place, remove_unfinished: false }
}

// spec: 3-to-4.rename
fn move_blocks(context: &mut Context<'_>, direction: Direction) -> Result<(), Error> {
    let root = root(context);
    let relocation = relocation(&root, direction);
    let mut kept = Kept::default();
    let forward = direction == Direction::Forward;
    let survey = relocation.survey(context, &mut |report, path| {
        if forward && !path.ends_with(crate::blocks::layout::EXTENSION) {
            report.log(&format!("skipping (no .data):  {path}"));
        }
        kept.add(path);
    })?;
    if !forward {
        tell_gathered(context.report, survey.blocks);
    }
    context.begin()?;
    let skipped = if forward { 0 } else { survey.blocks - survey.moving };
    relocation.run(context, &survey, &mut |report, done, of| {
        tell_progress(report, "blocks", done, of, skipped);
    })?;
    context.report.log("");
    kept.tell(context.report, &root);
    Ok(())
}

fn tell_gathered(report: &mut Report, count: u64) {
    report.log("gathering keys...");
    report.log(&format!("got {count} keys, beginning transfer. This will take some time."));
}

fn tell_progress(report: &mut Report, what: &str, done: u64, of: u64, skipped: u64) {
    report.progress(what, done, Some(of));
    if done == of || done.is_multiple_of(COUNTER_STEP) {
        let skipped = if skipped > 0 { format!(" (skipped: {skipped})") } else { String::new() };
        report.raw(&format!("\r[{done} / {of}]{skipped}"));
    }
}
