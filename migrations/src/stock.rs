//! Spec: spec/migrations/programs.md
//!
//! What a repository holds, as far as the steps that come after the first one can be estimated from
//! it: they will meet what the first one leaves, which isn't there yet.

use crate::blocks::layout::block_name;
use crate::blocks::relocate::{directories, list, root};
use crate::context::Context;
use crate::error::Error;
use crate::step::{Direction, Step};
use ipfs_store::disk::Kind;

/// First version whose configuration says where pins are.
const SPEC_FROM: u32 = 6;
/// First version with pins in records.
const RECORDS_FROM: u32 = 11;

/// Numbers of objects now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// Which way the steps go.
    pub direction: Direction,
    /// Blocks, in files or in LevelDB.
    pub blocks: u64,
    /// Pins; where they can't be counted yet, as many as blocks.
    pub pins: u64,
    /// Files in the keystore, and the repository's own key.
    pub keys: u64,
    /// Bytes of the configuration.
    pub config_bytes: u64,
    /// Bytes of the LevelDB.
    pub leveldb_bytes: u64,
}

impl Stock {
    /// Of a repository of `version`. Changes nothing. May take long.
    pub(crate) fn take(
        known: &[&dyn Step],
        version: u32,
        direction: Direction,
        context: &mut Context<'_>,
    ) -> Result<Self, Error> {
        let mut items = |from: u32, direction: Direction| -> Option<u64> {
            let step = known.iter().find(|step| step.from() == from)?;
            Some(step.plan(context, direction).ok()?.items)
        };
        let in_leveldb = if version < 2 { items(1, Direction::Forward) } else { None };
        let pins = match version {
            0..=2 => items(2, Direction::Forward),
            RECORDS_FROM.. => items(10, Direction::Revert),
            SPEC_FROM.. => items(10, Direction::Forward),
            _ => None,
        };
        let blocks = in_leveldb.unwrap_or_default() + block_files(context)?;
        let config = context.read_optional(&context.file("config"))?.unwrap_or_default();
        Ok(Self {
            direction,
            blocks,
            pins: pins.unwrap_or(blocks),
            keys: files(context, "keystore")?.0 + 1,
            config_bytes: config.len() as u64,
            leveldb_bytes: files(context, "datastore")?.1,
        })
    }
}

fn block_files(context: &Context<'_>) -> Result<u64, Error> {
    let root = root(context);
    if context.meta(&root)?.is_none() {
        return Ok(0);
    }
    let mut count = 0;
    for directory in directories(context, &root)? {
        let entries = list(context, &root.join(directory))?;
        let blocks = entries.iter().filter(|entry| {
            entry.kind == Kind::File && entry.name.to_str().and_then(block_name).is_some()
        });
        count += blocks.count() as u64;
    }
    Ok(count)
}

/// Number and bytes of the files in a directory of the repository, if it is there.
fn files(context: &Context<'_>, name: &str) -> Result<(u64, u64), Error> {
    let directory = context.file(name);
    if context.meta(&directory)?.is_none() {
        return Ok((0, 0));
    }
    let (mut count, mut bytes) = (0, 0);
    for entry in list(context, &directory)? {
        count += 1;
        bytes += context.meta(&directory.join(entry.name))?.map_or(0, |meta| meta.bytes);
    }
    Ok((count, bytes))
}
