//! Spec: spec/repo/gc.md
//!
//! Mark and sweep: keeps what pins and the MFS root lead to, removes every other block.

mod lock;
mod marks;
#[cfg(test)]
mod tests;

pub use lock::{CollectorGuard, Lock, WriterGuard};

use crate::graph::Dag;
use crate::pin::{self, Mode, Pinner};
use ipfs_data::block;
use ipfs_data::cid::{Cid, Multihash, codec};
use marks::Marks;
use std::ops::ControlFlow;

/// Blocks handed to [`Blocks::remove_many`] at once.
const BATCH_BLOCKS: usize = 1024;

/// The stored blocks, as the sweep sees them.
pub trait Blocks {
    /// Shows every stored block until told to break. Blocks that are removed meanwhile may or may
    /// not be shown. A listing that ends early must fail, not look complete.
    fn for_each(
        &self,
        each: &mut dyn FnMut(Multihash) -> ControlFlow<()>,
    ) -> Result<(), block::Error>;

    /// Removes blocks. The result has one entry per block, in order.
    fn remove_many(&self, hashes: &[Multihash]) -> Vec<Result<(), block::Error>>;
}

/// Why a collection removed less than it should have.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A block under a pin is missing or damaged.
    #[error("could not retrieve links for {cid}: {source}")]
    Links {
        /// The block.
        cid: Cid,
        /// What is wrong with it.
        source: Box<block::Error>,
    },
    /// A block could not be removed.
    #[error("could not remove {cid}: {source}")]
    Remove {
        /// The block, as raw CIDv1.
        cid: Cid,
        /// What the store said.
        source: Box<block::Error>,
    },
    /// The marks are incomplete, so nothing was removed.
    #[error("garbage collection aborted: could not retrieve some links")]
    Aborted,
    /// Some blocks stayed.
    #[error("garbage collection incomplete: could not delete some blocks")]
    Incomplete,
    /// The pins can't be read.
    #[error(transparent)]
    Pins(#[from] pin::Error),
    /// The blocks can't be listed, or the caller asked to stop.
    #[error(transparent)]
    Blocks(#[from] block::Error),
}

/// What happens during a collection.
#[derive(Debug)]
pub enum Event {
    /// A block was removed; the store knows no codecs, so this is a raw CIDv1.
    Removed(Cid),
    /// Something went wrong; the collection goes on to find more.
    Failed(Error),
}

/// What a collection works on.
pub struct Collection<'a> {
    /// Keeps writers out while it runs.
    pub lock: &'a Lock,
    /// The graph, as far as it is stored here.
    pub dag: &'a dyn Dag,
    /// The blocks.
    pub blocks: &'a dyn Blocks,
    /// The pins.
    pub pinner: &'a Pinner,
    /// Gives roots whose graph may have gaps (the MFS root). Asked when no writer runs any more.
    pub partial_roots: &'a dyn Fn() -> Result<Vec<Cid>, block::Error>,
    /// Asked before every block.
    pub cancelled: &'a dyn Fn() -> bool,
}

impl Collection<'_> {
    /// Collects. Gives the number of blocks removed. Nothing is removed when anything under a pin
    /// could not be read: what is not known to be garbage stays.
    pub fn run(&self, emit: &mut dyn FnMut(Event)) -> Result<u64, Error> {
        // spec: gc.excludes-writers
        let _collecting = self.lock.collector();
        let roots = (self.partial_roots)()?;
        let marks = self.mark(&roots, emit)?;
        self.sweep(&marks, emit)
    }

    fn mark(&self, partial: &[Cid], emit: &mut dyn FnMut(Event)) -> Result<Marks, Error> {
        let mut marking = Marking { collection: self, marks: Marks::new(), emit, failed: false };
        // spec: gc.roots
        for pin in self.pinner.list(Mode::Recursive, false)? {
            marking.descend(&pin?.cid, Gaps::Refused)?;
        }
        for root in partial {
            marking.descend(root, Gaps::Expected)?;
        }
        for pin in self.pinner.list(Mode::Direct, false)? {
            marking.marks.insert_alone(&pin?.cid);
        }
        // spec: gc.stops-on-doubt
        if marking.failed { Err(Error::Aborted) } else { Ok(marking.marks) }
    }

    fn sweep(&self, marks: &Marks, emit: &mut dyn FnMut(Event)) -> Result<u64, Error> {
        let mut sweep =
            Sweep { blocks: self.blocks, emit, batch: Vec::new(), removed: 0, failed: false };
        let mut cancelled = false;
        self.blocks.for_each(&mut |hash| {
            cancelled = (self.cancelled)();
            if cancelled {
                return ControlFlow::Break(());
            }
            if !marks.contains(&hash) {
                sweep.add(hash);
            }
            ControlFlow::Continue(())
        })?;
        if cancelled {
            return Err(block::Error::Cancelled.into());
        }
        sweep.flush();
        if sweep.failed { Err(Error::Incomplete) } else { Ok(sweep.removed) }
    }
}

/// Whether missing blocks are an error.
#[derive(Clone, Copy, PartialEq)]
enum Gaps {
    Refused,
    Expected,
}

struct Marking<'a, 'b> {
    collection: &'a Collection<'a>,
    marks: Marks,
    emit: &'b mut dyn FnMut(Event),
    failed: bool,
}

impl Marking<'_, '_> {
    fn descend(&mut self, root: &Cid, gaps: Gaps) -> Result<(), Error> {
        let mut stack = vec![vec![*root].into_iter()];
        while let Some(siblings) = stack.last_mut() {
            let Some(cid) = siblings.next() else {
                stack.pop();
                continue;
            };
            // spec: gc.cancellable
            if (self.collection.cancelled)() {
                return Err(block::Error::Cancelled.into());
            }
            if !self.marks.insert(&cid) || cid.codec() == codec::RAW {
                continue;
            }
            match self.collection.dag.links(&cid) {
                Ok(links) => stack.push(links.into_iter()),
                Err(block::Error::Cancelled) => return Err(block::Error::Cancelled.into()),
                Err(block::Error::NotFound(_)) if gaps == Gaps::Expected => {}
                Err(source) => {
                    self.failed = true;
                    let source = Box::new(source);
                    (self.emit)(Event::Failed(Error::Links { cid, source }));
                }
            }
        }
        Ok(())
    }
}

struct Sweep<'a, 'b> {
    blocks: &'a dyn Blocks,
    emit: &'b mut dyn FnMut(Event),
    batch: Vec<Multihash>,
    removed: u64,
    failed: bool,
}

impl Sweep<'_, '_> {
    fn add(&mut self, hash: Multihash) {
        self.batch.push(hash);
        if self.batch.len() == BATCH_BLOCKS {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        for (hash, result) in batch.iter().zip(self.blocks.remove_many(&batch)) {
            // spec: gc.raw-output
            let cid = Cid::new_v1(codec::RAW, *hash);
            match result {
                Ok(()) => {
                    self.removed += 1;
                    (self.emit)(Event::Removed(cid));
                }
                Err(source) => {
                    self.failed = true;
                    let source = Box::new(source);
                    (self.emit)(Event::Failed(Error::Remove { cid, source }));
                }
            }
        }
    }
}
