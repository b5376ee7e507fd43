//! Spec: spec/repo/leveldb.md
//!
//! Background work: flushing the frozen table and compacting levels. The thread exists only while
//! there is something to do.

use super::compaction::{self, Compaction, Outcome};
use super::state::{Inner, lock};
use crate::datastore::{Error, Result};
use std::sync::Arc;

enum Job {
    Flush,
    Compact(Compaction),
}

impl Inner {
    /// Starts the thread unless it runs.
    pub(super) fn start_worker(self: &Arc<Self>) {
        let mut state = lock(&self.state);
        if state.working || state.closing {
            return;
        }
        state.failure = None;
        state.working = true;
        let inner = self.clone();
        let spawned = std::thread::Builder::new().name("leveldb".into()).spawn(move || {
            if let Err(error) = inner.work() {
                inner.rest(Some(error));
            }
        });
        match spawned {
            Ok(handle) => state.worker = Some(handle),
            Err(source) => {
                let path = self.directory.clone();
                state.failure = Some(Error::Io { operation: "start a thread for", path, source });
                state.working = false;
            }
        }
    }

    /// Waits until the worker has made room or stopped; gives the reason if it failed.
    pub(super) fn wait_for_worker(self: &Arc<Self>) -> Option<Error> {
        self.start_worker();
        let mut state = lock(&self.state);
        while state.working
            && (state.view.frozen.is_some()
                || state.view.version.level(0).len() >= self.options.level0_pause)
        {
            state = self.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        if state.working { None } else { state.failure.take() }
    }

    /// Waits until there is no background work left; gives the reason if it failed.
    pub(super) fn wait_until_idle(self: &Arc<Self>) -> Result<()> {
        self.start_worker();
        let mut state = lock(&self.state);
        while state.working {
            state = self.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        state.failure.take().map_or(Ok(()), Err)
    }

    /// Stops the worker and waits for it.
    pub(super) fn close(&self) {
        let handle = {
            let mut state = lock(&self.state);
            state.closing = true;
            state.worker.take()
        };
        if let Some(handle) = handle {
            let _ = handle.join();
        }
    }

    /// Merges each level into the next one until only the deepest has tables.
    pub(super) fn merge_levels(self: &Arc<Self>) -> Result<()> {
        let mut state = lock(&self.state);
        while state.working {
            state = self.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        // Two compactions at once would both rewrite the same tables.
        state.working = true;
        drop(state);
        let result = self.merge_levels_alone();
        self.rest(None);
        result
    }

    fn merge_levels_alone(&self) -> Result<()> {
        let mut level = 0;
        loop {
            let version = lock(&self.state).view.version.clone();
            if level > 0 && level + 1 >= version.levels.len() {
                return Ok(());
            }
            if let Some(compaction) = Compaction::of_level(version, level)
                && let Outcome::Done(edit) = compaction::run(self, &compaction)?
            {
                self.install(edit)?;
            }
            level += 1;
        }
    }

    fn next_job(&self) -> Option<Job> {
        let pointers = lock(&self.manifest).compact_pointers.clone();
        let mut state = lock(&self.state);
        if state.view.frozen.is_some() {
            return Some(Job::Flush);
        }
        let overdue = state.view.version.level(0).len() >= self.options.level0_slowdown;
        let compaction = compaction::pick(&state.view.version, &pointers, &self.options)
            .filter(|_| overdue || !state.closing);
        if compaction.is_none() {
            // Under the same lock: whoever adds work later must see that nobody is working.
            state.working = false;
            self.changed.notify_all();
        }
        compaction.map(Job::Compact)
    }

    fn rest(&self, failure: Option<Error>) {
        let mut state = lock(&self.state);
        state.failure = failure;
        state.working = false;
        self.changed.notify_all();
    }

    fn work(&self) -> Result<()> {
        while let Some(job) = self.next_job() {
            match job {
                Job::Flush => self.flush_frozen()?,
                Job::Compact(compaction) => match compaction::run(self, &compaction)? {
                    Outcome::Done(edit) => self.install(edit)?,
                    Outcome::Stopped => {
                        self.rest(None);
                        return Ok(());
                    }
                },
            }
        }
        Ok(())
    }
}
