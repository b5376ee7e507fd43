//! Spec: spec/command/repo-commands.md
//!
//! `ipfs repo verify`: read every block and compare it with its hash.

use crate::prelude::*;
use crate::request::Cancel;
use ipfs_data::block::{self, Sink, Source};
use ipfs_data::cid::{Cid, Multihash, codec};
use ipfs_data::multihash;
use ipfs_node::content::Fetch;
use ipfs_repo::blockstore::Blockstore;
use ipfs_repo::gc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// Blocks on the way between two threads.
const QUEUE_BLOCKS: usize = 256;
/// Threads per processor that read and hash.
const THREADS_PER_CPU: usize = 2;
const THREADS_MAX: usize = 16;

/// How far the check is, or what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifyProgress {
    /// About a broken block, or the last word; empty while counting.
    pub msg: String,
    /// Blocks checked so far; 0 beside a message.
    pub progress: u64,
}

impl Output for VerifyProgress {
    const NAME: &'static str = "VerifyProgress";

    // spec: repo-commands.verify-text
    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        if self.msg.is_empty() {
            write!(out, "{} blocks processed.\r", self.progress)?;
        } else {
            writeln!(out, "{}", self.msg)?;
        }
        Ok(())
    }
}

/// What became of one block.
enum Found {
    Valid,
    Corrupt(String),
    Removed(String),
    Stays(String),
    Healed(String),
    Lost(String),
}

#[derive(Default)]
struct Counts {
    checked: u64,
    corrupt: u64,
    removed: u64,
    stay: u64,
    healed: u64,
    lost: u64,
}

impl Counts {
    fn add(&mut self, found: Found) -> Option<String> {
        self.checked += 1;
        let message = match found {
            Found::Valid => return None,
            Found::Corrupt(message) => message,
            Found::Removed(message) => {
                self.removed += 1;
                message
            }
            Found::Stays(message) => {
                self.stay += 1;
                message
            }
            Found::Healed(message) => {
                (self.removed, self.healed) = (self.removed + 1, self.healed + 1);
                message
            }
            Found::Lost(message) => {
                (self.removed, self.lost) = (self.removed + 1, self.lost + 1);
                message
            }
        };
        self.corrupt += 1;
        Some(message)
    }

    fn summary(&self) -> String {
        let mut text = format!("verify complete, {} blocks corrupt", self.corrupt);
        if self.removed > 0 {
            text.push_str(&format!(", {} removed", self.removed));
        }
        if self.stay > 0 {
            text.push_str(&format!(", {} failed to remove", self.stay));
        }
        if self.healed > 0 {
            text.push_str(&format!(", {} healed", self.healed));
        }
        if self.lost > 0 {
            text.push_str(&format!(", {} failed to heal", self.lost));
        }
        text
    }
}

/// How blocks are brought anew that were removed.
struct Healer<'a> {
    env: &'a Env,
    cancel: &'a Cancel,
    /// The longest wait for one block; none without a bound.
    wait: Option<Duration>,
}

impl Healer<'_> {
    /// Asks the network for a block, and stores it.
    fn bring(&self, hash: &Multihash) -> Result<()> {
        let cid = Cid::new_v1(codec::RAW, *hash);
        let bound = self.wait.and_then(|wait| Instant::now().checked_add(wait));
        let until = [bound, self.cancel.deadline()].into_iter().flatten().min();
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let cancel = Cancel::with_timeout(self.cancel.flag().clone(), left);
        let fetch = self.env.fetch(&cancel)?;
        let entered = fetch.as_ref().map(Fetch::enter);
        let brought = self.env.source()?.get(&cid);
        std::mem::drop(entered);
        fetch.iter().for_each(Fetch::finish);
        brought?;
        Ok(self.env.blocks()?.flush()?)
    }
}

/// What to do about blocks.
struct Task<'a> {
    store: &'a Blockstore,
    /// Broken ones are dropped, while nobody else writes.
    drop: Option<&'a gc::Lock>,
    /// And brought again.
    heal: Option<Healer<'a>>,
}

impl Task<'_> {
    /// Checks one block; drops a broken one if told to.
    fn check(&self, hash: &Multihash) -> Option<Found> {
        let Some(broken) = reason(self.store, hash)? else { return Some(Found::Valid) };
        let Some(lock) = self.drop else {
            return Some(Found::Corrupt(message(hash, &broken)));
        };
        // Nobody may put the block right between the look at it and its removal.
        let removed = {
            let _collecting = lock.collector();
            remove(self.store, hash)?
        };
        // spec: repo-commands.verify-heal
        Some(match (removed, &self.heal) {
            (Found::Removed(message), Some(healer)) => match healer.bring(hash) {
                Ok(()) => Found::Healed(format!("{message}, healed")),
                Err(error) => {
                    Found::Lost(format!("{message}, failed to heal ({})", error.message()))
                }
            },
            (found, _) => found,
        })
    }
}

/// What is wrong with a block; nothing at all when it was removed since it was listed.
fn reason(store: &Blockstore, hash: &Multihash) -> Option<Option<String>> {
    Some(match store.read(hash) {
        Ok(None) => return None,
        Ok(Some(data)) => match multihash::verify(hash, &data) {
            Ok(true) => None,
            Ok(false) => Some("block in storage has different hash than requested".to_owned()),
            Err(error) => Some(error.to_string()),
        },
        Err(error) => Some(error.to_string()),
    })
}

fn message(hash: &Multihash, reason: &str) -> String {
    format!("block {} was corrupt ({reason})", Cid::new_v1(codec::RAW, *hash))
}

fn remove(store: &Blockstore, hash: &Multihash) -> Option<Found> {
    let Some(reason) = reason(store, hash)? else { return Some(Found::Valid) };
    let message = message(hash, &reason);
    Some(match store.delete(hash) {
        Ok(()) => Found::Removed(format!("{message}, removed")),
        Err(error) => Found::Stays(format!("{message}, failed to remove ({error})")),
    })
}

// spec: repo-commands.verify
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let repo = env.node()?;
    let store = repo.blockstore()?;
    let timeout = crate::duration::parse(request.str("heal-timeout").unwrap_or("30s"))
        .map_err(|reason| Error::new(format!("invalid heal-timeout: {reason}")))?;
    if timeout < 0 {
        return Err(Error::new("heal-timeout must be >= 0"));
    }
    // spec: repo-commands.verify-heal
    let heal = request.bool("heal");
    if heal && !env.may_use_network() {
        return Err(Error::new(crate::commands::offline::COMMAND));
    }
    let wait = u64::try_from(timeout).ok().filter(|&wait| wait > 0).map(Duration::from_nanos);
    let task = Task {
        store,
        drop: (heal || request.bool("drop")).then(|| repo.gc_lock().as_ref()),
        heal: heal.then_some(Healer { env, cancel: &request.cancel, wait }),
    };
    let counts = check_all(&task, request, emitter)?;
    if counts.corrupt == 0 {
        let msg = "verify complete, all blocks validated.".to_owned();
        return emitter.emit(&VerifyProgress { msg, progress: 0 });
    }
    if task.drop.is_none() || counts.stay > 0 || counts.lost > 0 {
        return Err(Error::new(counts.summary()));
    }
    emitter.emit(&VerifyProgress { msg: counts.summary(), progress: 0 })
}

fn check_all(task: &Task<'_>, request: &Request, emitter: &mut Emitter<'_>) -> Result<Counts> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) * THREADS_PER_CPU;
    let stop = AtomicBool::new(false);
    let (hash_sender, hashes) = sync_channel::<Multihash>(QUEUE_BLOCKS);
    let (result_sender, results) = sync_channel::<Found>(QUEUE_BLOCKS);
    let hashes = Mutex::new(hashes);
    std::thread::scope(|scope| {
        let lister = scope.spawn(|| -> std::result::Result<(), block::Error> {
            let sender = hash_sender;
            for hash in task.store.multihashes().map_err(block::Error::store)? {
                let hash = hash.map_err(block::Error::store)?;
                if stop.load(Ordering::Relaxed) || sender.send(hash).is_err() {
                    break;
                }
            }
            Ok(())
        });
        for _ in 0..threads.min(THREADS_MAX) {
            let (sender, hashes, stop) = (result_sender.clone(), &hashes, &stop);
            scope.spawn(move || {
                while let Some(hash) = next(hashes) {
                    let Some(found) = task.check(&hash) else { continue };
                    if stop.load(Ordering::Relaxed) || sender.send(found).is_err() {
                        break;
                    }
                }
            });
        }
        std::mem::drop(result_sender);
        let counted = count(&results, request, emitter);
        stop.store(true, Ordering::Relaxed);
        // Unblocks whoever waits to send.
        results.iter().for_each(std::mem::drop);
        let listed = lister.join().map_err(|_| Error::new("listing the blocks failed"))?;
        let counts = counted?;
        listed?;
        Ok(counts)
    })
}

fn next(hashes: &Mutex<Receiver<Multihash>>) -> Option<Multihash> {
    hashes.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).recv().ok()
}

fn count(
    results: &Receiver<Found>,
    request: &Request,
    emitter: &mut Emitter<'_>,
) -> Result<Counts> {
    let mut counts = Counts::default();
    for found in results {
        request.cancel.check()?;
        if let Some(msg) = counts.add(found) {
            emitter.emit(&VerifyProgress { msg, progress: 0 })?;
        }
        emitter.emit(&VerifyProgress { msg: String::new(), progress: counts.checked })?;
    }
    Ok(counts)
}
