//! Spec: spec/command/repo-commands.md
//!
//! What `ipfs repo gc` does.

use crate::content::{Content, local};
use crate::prelude::*;
use ipfs_data::block;
use ipfs_data::cid::Cid;
use ipfs_repo::gc::{self, Collection, Event};
use ipfs_repo::mfs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// Reports that wait for a listener at most.
const WAITING_EVENTS_MAX: usize = 16 << 10;
/// How long a collection waits for a listener that takes none of them.
const LISTENER_PATIENCE: Duration = Duration::from_secs(30);
const LISTENER_LOOK: Duration = Duration::from_millis(5);

/// A removed block, or what went wrong.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Collected {
    /// The block.
    pub key: Option<Link>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// A CID in JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Link {
    /// Its text.
    #[serde(rename = "/")]
    pub cid: String,
}

impl Link {
    /// The link to a CID.
    pub fn new(cid: &Cid) -> Self {
        Self { cid: cid.to_string() }
    }
}

impl Output for Collected {
    const NAME: &'static str = "GcResult";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        match &self.key {
            _ if request.bool("silent") => {}
            None => writeln!(out, "Error: {}", self.error)?,
            Some(link) if request.bool("quiet") => writeln!(out, "{}", link.cid)?,
            Some(link) => writeln!(out, "removed {}", link.cid)?,
        }
        Ok(())
    }
}

/// Collects garbage: what neither pins nor the mutable files lead to.
pub(crate) fn collect(
    content: &Content<'_>,
    cancelled: &dyn Fn() -> bool,
    emit: &mut dyn FnMut(Event),
) -> Result<std::result::Result<u64, gc::Error>> {
    // A tree that can't be opened would look empty, and its blocks like garbage.
    let files = content.files()?;
    let datastore = content.repo.datastore()?;
    let roots = || {
        // The root with changes that wait in memory, and the one that a crash would lead back to.
        let stored = mfs::stored_root(datastore.as_ref()).map_err(block::Error::store)?;
        let current = files.current_root().map_err(block::Error::store)?;
        Ok(stored.into_iter().chain([current]).collect())
    };
    let collection = Collection {
        lock: content.repo.gc_lock(),
        dag: &content.stored_dag(),
        blocks: content.blocks.as_ref(),
        pinner: content.pinner()?,
        partial_roots: &roots,
        cancelled,
    };
    Ok(collection.run(emit))
}

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let (silent, stream) = (request.bool("silent"), request.bool("stream-errors"));
    let content = Content::local(env)?;
    let (sender, events) = sync_channel(WAITING_EVENTS_MAX);
    let stuck = AtomicBool::new(false);
    let cancelled = || request.cancel.is_cancelled() || stuck.load(Ordering::Relaxed);
    let mut errors: Vec<String> = Vec::new();
    let mut unsent = None;
    let result = std::thread::scope(|scope| {
        let collecting = scope.spawn(|| {
            let sender = sender;
            collect(&content, &cancelled, &mut |event| {
                let wanted = !silent || matches!(event, Event::Failed(_));
                if wanted && !send(&sender, event) {
                    stuck.store(true, Ordering::Relaxed);
                }
            })
        });
        for event in events {
            let report = match event {
                Event::Removed(cid) => {
                    Collected { key: Some(Link::new(&cid)), error: String::new() }
                }
                Event::Failed(error) => {
                    errors.push(error.to_string());
                    if !stream {
                        continue;
                    }
                    Collected { key: None, error: error.to_string() }
                }
            };
            // Whoever listened may be gone; the collection still ends properly.
            if unsent.is_none() {
                unsent = emitter.emit(&report).err();
            }
        }
        collecting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    request.cancel.check()?;
    if let Some(error) = unsent {
        return Err(error);
    }
    finish(result, errors, stream, emitter)
}

/// Hands over an event. Nobody may hold the collection up, and with it all who want to store
/// blocks: false when the listener takes nothing for too long.
// spec: repo-commands.gc-not-held-up
fn send(sender: &SyncSender<Event>, event: Event) -> bool {
    let mut event = event;
    let begin = Instant::now();
    loop {
        event = match sender.try_send(event) {
            Err(TrySendError::Full(event)) => event,
            // Nobody listens any more: that alone is no reason to stop.
            Ok(()) | Err(TrySendError::Disconnected(_)) => return true,
        };
        if begin.elapsed() > LISTENER_PATIENCE {
            return false;
        }
        std::thread::sleep(LISTENER_LOOK);
    }
}

fn finish(
    result: std::result::Result<u64, gc::Error>,
    mut errors: Vec<String>,
    stream: bool,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    if let Err(error) = result {
        let error = local(error).message().to_owned();
        if stream {
            emitter.emit(&Collected { key: None, error: error.clone() })?;
        }
        errors.push(error);
    }
    match errors.is_empty() {
        true => Ok(()),
        false if stream => Err(Error::new("encountered errors during gc run")),
        false => Err(Error::new(errors.join("; "))),
    }
}
