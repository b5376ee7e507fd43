//! Spec: spec/repo/gc.md
//!
//! The lock between those who store blocks and those who collect garbage, inside one process.
//! Between processes the repo's own lock does it.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

/// How long new writers are kept out for a collector that waits, and how long they are let in
/// again after that.
// spec: gc.waiting-collector
const TURN: Duration = Duration::from_secs(2);

/// Many writers at a time, or one collector. A thread that holds it gets it again at once.
#[derive(Debug, Default)]
pub struct Lock {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Threads that write, each with the number of its guards.
    writers: HashMap<ThreadId, usize>,
    collector: Option<ThreadId>,
    waiting: usize,
    waiting_since: Option<Instant>,
}

impl State {
    /// How much longer new writers are kept out for those who wait to collect.
    fn kept_out(&self) -> Option<Duration> {
        let waited = self.waiting_since?.elapsed();
        let turns = waited.as_nanos() / TURN.as_nanos();
        let rest = waited.as_nanos() % TURN.as_nanos();
        let left = TURN.saturating_sub(Duration::from_nanos(rest as u64));
        turns.is_multiple_of(2).then_some(left)
    }
}

/// Held by a writer from its first block until a pin or the MFS root leads to all of them.
#[derive(Debug)]
pub struct WriterGuard<'a> {
    lock: &'a Lock,
    /// Guards are counted by thread: they stay in theirs.
    thread: PhantomData<*const ()>,
}

/// Held by a collector from before it reads the roots until it has removed the last block.
#[derive(Debug)]
pub struct CollectorGuard<'a> {
    lock: &'a Lock,
    thread: PhantomData<*const ()>,
}

impl Lock {
    /// Waits for a running collection, then keeps the next one out.
    pub fn writer(&self) -> WriterGuard<'_> {
        let me = std::thread::current().id();
        let mut state = self.state();
        loop {
            let inside = state.writers.contains_key(&me) || state.collector == Some(me);
            let kept_out = state.kept_out();
            if inside || (state.collector.is_none() && kept_out.is_none()) {
                break;
            }
            state = match kept_out.filter(|_| state.collector.is_none()) {
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *state.writers.entry(me).or_default() += 1;
        WriterGuard { lock: self, thread: PhantomData }
    }

    /// Waits for all writers, then keeps new ones out. Not to be asked for by a writer.
    pub fn collector(&self) -> CollectorGuard<'_> {
        let me = std::thread::current().id();
        let mut state = self.state();
        state.waiting += 1;
        state.waiting_since.get_or_insert_with(Instant::now);
        while state.collector.is_some() || !state.writers.is_empty() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.collector = Some(me);
        state.waiting -= 1;
        state.waiting_since = (state.waiting > 0).then(Instant::now);
        CollectorGuard { lock: self, thread: PhantomData }
    }

    /// Whether a collector waits: long writers pin what they have, and let it in.
    pub fn collector_waits(&self) -> bool {
        self.state().waiting > 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WriterGuard<'_> {
    fn drop(&mut self) {
        let me = std::thread::current().id();
        let mut state = self.lock.state();
        let left = state.writers.get(&me).map_or(0, |count| count.saturating_sub(1));
        match left {
            0 => state.writers.remove(&me),
            left => state.writers.insert(me, left),
        };
        if state.writers.is_empty() {
            self.lock.changed.notify_all();
        }
    }
}

impl Drop for CollectorGuard<'_> {
    fn drop(&mut self) {
        self.lock.state().collector = None;
        self.lock.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_writer_may_write_again_while_a_collector_waits() {
        let lock = Lock::default();
        let collected = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let outer = lock.writer();
            scope.spawn(|| {
                let _collecting = lock.collector();
                let _inside = lock.writer();
                collected.store(true, Ordering::SeqCst);
            });
            while !lock.collector_waits() {
                std::thread::yield_now();
            }
            let inner = lock.writer();
            drop(outer);
            assert!(!collected.load(Ordering::SeqCst));
            drop(inner);
        });
        assert!(collected.load(Ordering::SeqCst) && !lock.collector_waits());
    }

    #[test]
    fn turns_of_waiting() {
        let now = Instant::now();
        let kept_out = |waited: Duration| {
            let waiting_since = now.checked_sub(waited);
            State { waiting: 1, waiting_since, ..State::default() }.kept_out().is_some()
        };
        assert!(kept_out(Duration::ZERO));
        assert!(!kept_out(TURN + TURN / 2));
        assert!(kept_out(TURN * 2 + TURN / 4));
        assert!(State::default().kept_out().is_none());
    }
}
