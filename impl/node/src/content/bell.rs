//! Spec: spec/node/content.md
//!
//! A condition variable that costs nothing while nobody waits: the standard one calls the system
//! each time that it is notified, here several times for each block.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::Duration;

/// What is waited for must change under the lock that is waited with.
#[derive(Debug, Default)]
pub(super) struct Bell {
    condition: Condvar,
    /// Changes under the lock, before a wait gives it up: who rings after a change of his own sees
    /// everybody who did not see the change.
    waiting: AtomicUsize,
}

impl Bell {
    /// Waits until it rings; may wake for nothing.
    pub(super) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.waiting.fetch_add(1, Relaxed);
        let guard = self.condition.wait(guard).unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Relaxed);
        guard
    }

    /// Waits until it rings, at most for so long.
    pub(super) fn wait_for<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        time: Duration,
    ) -> MutexGuard<'a, T> {
        self.waiting.fetch_add(1, Relaxed);
        let waited = self.condition.wait_timeout(guard, time);
        self.waiting.fetch_sub(1, Relaxed);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Wakes all who wait.
    pub(super) fn ring(&self) {
        if self.waiting.load(Relaxed) > 0 {
            self.condition.notify_all();
        }
    }
}
