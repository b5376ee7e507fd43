//! Random work by several clients, with kills in between. What a client was told is kept.

use super::Options;
use super::client::{Answer, call, get};
use super::daemon::{Daemon, Folder, init};
use ipfs_benches::noise::Noise;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

/// Clients that work at once.
const CLIENTS: u64 = 8;

/// Pinned files that each client keeps in mind.
const KEPT_MAX: usize = 50;

/// Longest life of a daemon, in milliseconds.
const LIFE_MS_MAX: u64 = 15_000;

/// Memory that a daemon may reach, in KiB.
const MEMORY_KIB_MAX: u64 = 400 << 10;

/// Chance: the same seed, the same work.
pub(super) struct Dice(Noise);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Noise::new(seed))
    }

    pub(super) fn roll(&mut self, below: u64) -> u64 {
        self.0.below(below)
    }

    /// At least one byte, and so many at most.
    pub(super) fn bytes(&mut self, most: u64) -> Vec<u8> {
        let length = self.roll(most) as usize + 1;
        self.0.bytes(length)
    }
}

struct Soak {
    addresses: RwLock<(String, String)>,
    /// Nobody starts something new: the daemon is going to be killed or is not there.
    down: AtomicBool,
    over: AtomicBool,
    done: AtomicU64,
    failures: Mutex<Vec<String>>,
}

/// A file that was acknowledged as added and pinned.
struct Kept {
    cid: String,
    seed: u64,
    most: u64,
}

pub(crate) fn run(options: &Options) -> Result<(), String> {
    let folder = Folder::new("soak")?;
    init(&options.ipfs, &folder.0)?;
    let soak = Soak {
        addresses: RwLock::default(),
        down: AtomicBool::new(true),
        over: AtomicBool::new(false),
        done: AtomicU64::new(0),
        failures: Mutex::default(),
    };
    let deadline = Instant::now() + Duration::from_secs_f64(options.minutes * 60.0);
    let mut dice = Dice::new(options.seed);
    let (mut lives, mut memory) = (0, 0);
    std::thread::scope(|scope| -> Result<(), String> {
        for client in 0..CLIENTS {
            let soak = &soak;
            scope.spawn(move || soak.client(client, options.seed));
        }
        let result = (|| {
            while Instant::now() < deadline && soak.failures().is_empty() {
                let daemon = Daemon::start(&options.ipfs, &folder.0)?;
                *write(&soak.addresses) = (daemon.rpc.clone(), daemon.gateway.clone());
                soak.down.store(false, Ordering::SeqCst);
                lives += 1;
                std::thread::sleep(Duration::from_millis(dice.roll(LIFE_MS_MAX)));
                memory = memory.max(daemon.memory_kib());
                soak.down.store(true, Ordering::SeqCst);
                match dice.roll(4) {
                    0 => daemon.stop()?,
                    _ => daemon.kill(),
                }
            }
            Ok(())
        })();
        soak.over.store(true, Ordering::SeqCst);
        result
    })?;
    let verify = std::process::Command::new(&options.ipfs)
        .args(["repo", "verify"])
        .env("IPFS_PATH", &folder.0)
        .output()
        .map_err(|error| error.to_string())?;
    let done = soak.done.load(Ordering::SeqCst);
    println!("{done} requests, {lives} lives, {memory} KiB at most");
    let mut failures = soak.failures().clone();
    if !verify.status.success() {
        failures.push(format!("repo verify: {}", String::from_utf8_lossy(&verify.stderr)));
    }
    if memory > MEMORY_KIB_MAX {
        failures.push(format!("{memory} KiB of memory"));
    }
    match failures.first() {
        None if done > 0 => Ok(()),
        None => Err("nothing was done".to_owned()),
        Some(first) => Err(format!("{} failures, the first: {first}", failures.len())),
    }
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Soak {
    fn failures(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.failures.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn addresses(&self) -> (String, String) {
        self.addresses.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    fn client(&self, number: u64, seed: u64) {
        let mut dice = Dice::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number + 1));
        let mut kept: Vec<Kept> = Vec::new();
        while !self.over.load(Ordering::SeqCst) {
            if self.down.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            if let Err(error) = self.step(number, &mut dice, &mut kept) {
                self.failures().push(format!("client {number}: {error}"));
                return;
            }
        }
    }

    /// An answer, or `None` when the daemon went away meanwhile.
    fn ask(
        &self,
        what: &str,
        ask: impl Fn(&(String, String)) -> std::io::Result<Answer>,
    ) -> Result<Option<Vec<u8>>, String> {
        let addresses = self.addresses();
        match ask(&addresses) {
            Ok(answer) if answer.status == 200 && answer.stream_error.is_none() => {
                self.done.fetch_add(1, Ordering::SeqCst);
                Ok(Some(answer.body))
            }
            Ok(_) if self.went_away(&addresses) => Ok(None),
            Ok(answer) => Err(format!(
                "{what}: status {} {:?} {}",
                answer.status,
                answer.stream_error,
                String::from_utf8_lossy(&answer.body)
            )),
            Err(_) if self.went_away(&addresses) => Ok(None),
            Err(error) => Err(format!("{what}: {error}")),
        }
    }

    fn went_away(&self, addresses: &(String, String)) -> bool {
        self.down.load(Ordering::SeqCst) || self.addresses() != *addresses
    }

    fn step(&self, number: u64, dice: &mut Dice, kept: &mut Vec<Kept>) -> Result<(), String> {
        match dice.roll(10) {
            0..=2 if kept.len() < KEPT_MAX => {
                let most = if dice.roll(8) == 0 { 3 << 20 } else { 5000 };
                let seed = dice.roll(u64::MAX) | 1;
                let bytes = Dice::new(seed).bytes(most);
                let added = self.ask("add", |at| call(&at.0, "add?cid-version=1", Some(&bytes)))?;
                let Some(added) = added else { return Ok(()) };
                let text = String::from_utf8_lossy(&added).into_owned();
                let cid = text.split("\"Hash\":\"").nth(1).and_then(|rest| rest.split('"').next());
                let cid = cid.ok_or_else(|| format!("add answered {text}"))?.to_owned();
                kept.push(Kept { cid, seed, most });
            }
            3 if kept.len() > 5 => {
                let gone = kept.swap_remove(dice.roll(kept.len() as u64) as usize);
                // Equal content may have been added by nobody else: contents are random.
                self.ask("pin rm", |at| call(&at.0, &format!("pin/rm?arg={}", gone.cid), None))?;
            }
            4 => self.files(number, dice)?,
            5 if dice.roll(20) == 0 => {
                self.ask("repo gc", |at| call(&at.0, "repo/gc", None))?;
            }
            6 => {
                self.ask("pin ls", |at| call(&at.0, "pin/ls?type=recursive&stream=true", None))?;
            }
            _ if !kept.is_empty() => {
                let one = &kept[dice.roll(kept.len() as u64) as usize];
                let wanted = Dice::new(one.seed).bytes(one.most);
                let by_gateway = dice.roll(2) == 0;
                let got = self.ask("read", |at| match by_gateway {
                    true => get(&at.1, &format!("/ipfs/{}", one.cid)),
                    false => call(&at.0, &format!("cat?arg={}", one.cid), None),
                })?;
                if got.is_some_and(|got| got != wanted) {
                    return Err(format!("{} has other bytes than were added", one.cid));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes a mutable file and reads it back.
    fn files(&self, number: u64, dice: &mut Dice) -> Result<(), String> {
        let path = format!("/soak-{number}/{}", dice.roll(10));
        let bytes = dice.bytes(20_000);
        let write = format!("files/write?arg={path}&create=true&parents=true&truncate=true");
        let written = self.ask("files write", |at| call(&at.0, &write, Some(&bytes)))?;
        if written.is_none() {
            return Ok(());
        }
        let read =
            self.ask("files read", |at| call(&at.0, &format!("files/read?arg={path}"), None))?;
        match read.is_none_or(|read| read == bytes) {
            true => Ok(()),
            false => Err(format!("{path} has other bytes than were written")),
        }
    }
}
