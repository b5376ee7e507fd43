//! Spec: spec/command/log.md
//!
//! Followers of the log. A slow one loses lines and is told how many; it never holds up the rest.

use super::Line;
use super::level::Level;
use super::{Format, lock};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, SystemTime};

/// Lines that wait for one follower.
const WAITING_LINES_MAX: usize = 1024;

/// Followers at once.
const TAILS_MAX: usize = 32;

#[derive(Default)]
pub(super) struct Tails(Mutex<Vec<Sender>>);

struct Sender {
    level: Level,
    lines: SyncSender<Arc<str>>,
    lost: Arc<AtomicU64>,
}

/// The lines of the log from now on.
pub struct Tail {
    lines: Receiver<Arc<str>>,
    lost: Arc<AtomicU64>,
}

impl Tails {
    pub(super) fn add(&self, level: Level) -> Option<Tail> {
        let mut tails = lock(&self.0);
        if tails.len() >= TAILS_MAX {
            return None;
        }
        let (sender, lines) = sync_channel(WAITING_LINES_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        tails.push(Sender { level, lines: sender, lost: lost.clone() });
        Some(Tail { lines, lost })
    }

    // spec: log.tail-slow
    pub(super) fn send(&self, level: Level, line: impl FnOnce() -> String) {
        use std::sync::mpsc::TrySendError;
        let mut tails = lock(&self.0);
        if !tails.iter().any(|tail| level >= tail.level) {
            return;
        }
        let line: Arc<str> = line().into();
        tails.retain(|tail| {
            if level < tail.level {
                return Arc::strong_count(&tail.lost) > 1;
            }
            match tail.lines.try_send(line.clone()) {
                Ok(()) => true,
                Err(TrySendError::Full(_)) => {
                    tail.lost.fetch_add(1, Ordering::Relaxed);
                    true
                }
                Err(TrySendError::Disconnected(_)) => false,
            }
        });
    }

    fn forget_gone(&self) {
        lock(&self.0).retain(|tail| Arc::strong_count(&tail.lost) > 1);
    }
}

impl Tail {
    /// The next line with its end, or one that says how many were lost; `None` if there is none
    /// within the time.
    pub fn next_within(&self, time: Duration) -> Option<Arc<str>> {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let message = format!("{lost} lines were lost: they came faster than they were read");
            let line = Line::own(Level::Warn, message, SystemTime::now());
            return Some(line.text(Format::Json).into());
        }
        self.lines.recv_timeout(time).ok()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // Only one that is left: the sender's.
        self.lost = Arc::default();
        if let Some(log) = super::LOG.get() {
            log.tails.forget_gone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    /// spec: log.tail-slow
    #[test]
    fn a_slow_follower_loses_lines() {
        let tails = Tails::default();
        let (tail, gone) = (tails.add(Level::Info).unwrap(), tails.add(Level::Debug).unwrap());
        drop(gone);
        for at in 0..WAITING_LINES_MAX + 7 {
            tails.send(Level::Error, || format!("{at}\n"));
            tails.send(Level::Debug, || "debug".into());
        }
        assert_eq!(lock(&tails.0).len(), 1);
        assert!(tail.next_within(NOW).unwrap().contains("\"msg\":\"7 lines were lost"));
        for at in 0..WAITING_LINES_MAX {
            assert_eq!(*tail.next_within(NOW).unwrap(), format!("{at}\n"));
        }
        assert!(tail.next_within(NOW).is_none());
    }

    #[test]
    fn followers_have_a_bound() {
        let tails = Tails::default();
        let followers: Vec<_> = (0..TAILS_MAX).map(|_| tails.add(Level::Info).unwrap()).collect();
        assert!(tails.add(Level::Info).is_none());
        drop(followers);
        tails.forget_gone();
        assert!(tails.add(Level::Info).is_some());
    }
}
