//! Spec: spec/repo/gc.md
//!
//! The lock between those who store blocks and those who collect garbage, inside one process.
//! Between processes the repo's own lock does it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Many writers at a time, or one collector.
#[derive(Debug, Default)]
pub struct Lock {
    lock: RwLock<()>,
    waiting: AtomicUsize,
}

/// Held by a writer from its first block until a pin or the MFS root leads to all of them.
#[derive(Debug)]
pub struct WriterGuard<'a>(#[allow(dead_code)] RwLockReadGuard<'a, ()>);

/// Held by a collector from before it reads the roots until it has removed the last block.
#[derive(Debug)]
pub struct CollectorGuard<'a>(#[allow(dead_code)] RwLockWriteGuard<'a, ()>);

impl Lock {
    /// Waits for a running collection, then keeps the next one out.
    pub fn writer(&self) -> WriterGuard<'_> {
        WriterGuard(self.lock.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for all writers, then keeps new ones out.
    pub fn collector(&self) -> CollectorGuard<'_> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let guard = self.lock.write().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        CollectorGuard(guard)
    }

    /// Whether a collector waits: long writers pin what they have, and let it in.
    pub fn collector_waits(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }
}
