//! Spec: spec/sim/run.md
//!
//! A fetch: walks the graph below a root, depth first, links in order, and asks ahead for at most
//! so many blocks.

use crate::content::{BlockNumber, Catalogue};
use crate::time::Time;
use ipfs_protocol::bitswap::SessionId;
use std::collections::{BTreeSet, VecDeque};

/// A fetch that runs.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub(crate) session: SessionId,
    /// Files that are to come, the current one first.
    files: VecDeque<u32>,
    /// Blocks that are to be asked for; the next one last.
    stack: Vec<BlockNumber>,
    /// Blocks that are asked for.
    pub(crate) outstanding: BTreeSet<BlockNumber>,
    /// Blocks of the current file that are yet to come.
    left: usize,
    ahead: usize,
    pub(crate) pin: bool,
    /// When the last block came, or the fetch began.
    pub(crate) progress: Time,
    /// The longest time without a block, in nanoseconds.
    pub(crate) stall: u64,
    /// Since when a provider is back, while nothing has come since.
    pub(crate) restored: Option<Time>,
}

/// What a block brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It was not asked for (any more).
    Nothing,
    /// It was one of many.
    Goes,
    /// It was a file's last one.
    File(u32),
    /// It was the last one.
    Done(u32),
}

impl Fetch {
    pub(crate) fn new(
        session: SessionId,
        files: Vec<u32>,
        (ahead, pin): (u32, bool),
        now: Time,
    ) -> Self {
        Self {
            session,
            files: files.into(),
            stack: Vec::new(),
            outstanding: BTreeSet::new(),
            left: 0,
            ahead: ahead as usize,
            pin,
            progress: now,
            stall: 0,
            restored: None,
        }
    }

    /// Begins the current file from its root.
    pub(crate) fn restart(&mut self, session: SessionId, catalogue: &Catalogue) {
        self.session = session;
        self.outstanding.clear();
        self.stack.clear();
        if let Some(file) = self.files.front().map(|file| &catalogue.files()[*file as usize]) {
            self.stack.push(file.root);
            self.left = file.blocks.len();
        }
    }

    /// The next block to ask for, while there is room.
    // spec: run.walk
    pub(crate) fn next(&mut self) -> Option<BlockNumber> {
        if self.outstanding.len() >= self.ahead {
            return None;
        }
        let block = self.stack.pop()?;
        self.outstanding.insert(block);
        Some(block)
    }

    /// A block is there.
    pub(crate) fn arrived(&mut self, block: BlockNumber, now: Time, catalogue: &Catalogue) -> Step {
        if !self.outstanding.remove(&block) {
            return Step::Nothing;
        }
        self.stall = self.stall.max(now.0 - self.progress.0);
        self.progress = now;
        self.stack.extend(catalogue.entry(block).links.iter().rev());
        self.left -= 1;
        if self.left > 0 {
            return Step::Goes;
        }
        match self.files.pop_front() {
            Some(file) if self.files.is_empty() => Step::Done(file),
            Some(file) => {
                self.restart(self.session, catalogue);
                Step::File(file)
            }
            None => Step::Nothing,
        }
    }
}

/// A fetch of the scenario, at one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) node: u32,
    /// Fetches with the same number belong together: those of one entry of the scenario.
    pub(crate) entry: u32,
    pub(crate) wave: u32,
    pub(crate) files: Vec<u32>,
    pub(crate) bytes: u64,
    /// Earliest time, or - in later waves - time after the wave before has ended.
    pub(crate) at: u64,
    pub(crate) ahead: u32,
    pub(crate) pin: bool,
    pub(crate) begun: Option<Time>,
    pub(crate) ended: Option<Time>,
    /// The longest time without a block, in nanoseconds.
    pub(crate) stall: u64,
}
