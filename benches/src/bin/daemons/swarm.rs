//! Many daemons that give content to each other while some are killed and started again. Every get
//! ends, what comes is what was added, and nothing is left behind.

use super::Options;
use super::client::{Answer, call};
use super::daemon::{Daemon, Folder, init};
use super::soak::Dice;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Clients that work at once.
const CLIENTS: u64 = 6;
/// Files that are kept in mind.
const KEPT_MAX: usize = 200;
/// How long a get may look, in seconds; below what a client waits.
const GET_SECONDS: u64 = 40;
/// Time between two kills at most, in milliseconds.
const KILL_MS_MAX: u64 = 4000;
/// Memory that a daemon may reach, in KiB.
const MEMORY_KIB_MAX: u64 = 400 << 10;
/// Files and sockets that a daemon may have open at the end.
const FDS_MAX: usize = 300;
/// Rest before the last look.
const REST: Duration = Duration::from_secs(5);
/// How long wants may be left that nobody has any more.
const REST_MAX: Duration = Duration::from_secs(20);

/// One of the daemons.
struct Slot {
    repo: PathBuf,
    running: Mutex<Option<Daemon>>,
    /// One more with every kill and every start.
    life: AtomicU64,
}

/// A file that one of them has.
#[derive(Clone)]
struct Kept {
    cid: String,
    seed: u64,
    most: u64,
    owner: usize,
}

struct Swarm {
    slots: Vec<Slot>,
    kept: Mutex<Vec<Kept>>,
    over: AtomicBool,
    gets: AtomicU64,
    lost: AtomicU64,
    adds: AtomicU64,
    slowest_ms: AtomicU64,
    failures: Mutex<Vec<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

pub(crate) fn run(options: &Options) -> Result<(), String> {
    let folder = Folder::new("swarm")?;
    let swarm = Swarm::make(options, &folder)?;
    let mut dice = Dice::new(options.seed);
    let deadline = Instant::now() + Duration::from_secs_f64(options.minutes * 60.0);
    let (mut kills, mut peak_kib) = (0, 0);
    std::thread::scope(|scope| -> Result<(), String> {
        for client in 0..CLIENTS {
            let swarm = &swarm;
            scope.spawn(move || swarm.client(client, options.seed));
        }
        let result = (|| {
            while Instant::now() < deadline && lock(&swarm.failures).is_empty() {
                std::thread::sleep(Duration::from_millis(dice.roll(KILL_MS_MAX)));
                peak_kib =
                    peak_kib.max(swarm.measures().iter().map(|one| one.0).max().unwrap_or(0));
                let number = dice.roll(swarm.slots.len() as u64) as usize;
                swarm.restart(number, dice.roll(3) == 0, &mut dice, options)?;
                kills += 1;
            }
            Ok(())
        })();
        swarm.over.store(true, Ordering::SeqCst);
        result
    })?;
    swarm.report(kills, peak_kib)
}

impl Swarm {
    fn make(options: &Options, folder: &Folder) -> Result<Self, String> {
        let mut slots = Vec::new();
        for number in 0..options.daemons {
            let repo = folder.0.join(number.to_string());
            std::fs::create_dir(&repo).map_err(|error| error.to_string())?;
            init(&options.ipfs, &repo)?;
            let config = std::process::Command::new(&options.ipfs)
                .args(["config", "--json", "Addresses.Swarm", "[\"/ip4/127.0.0.1/tcp/0\"]"])
                .env("IPFS_PATH", &repo)
                .status();
            if !config.is_ok_and(|status| status.success()) {
                return Err("config fails".to_owned());
            }
            let daemon = Daemon::start_with(&options.ipfs, &repo, &[])?;
            slots.push(Slot { repo, running: Mutex::new(Some(daemon)), life: AtomicU64::new(0) });
        }
        let swarm = Self {
            slots,
            kept: Mutex::default(),
            over: AtomicBool::new(false),
            gets: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            adds: AtomicU64::new(0),
            slowest_ms: AtomicU64::new(0),
            failures: Mutex::default(),
        };
        let mut dice = Dice::new(options.seed ^ 77);
        (0..swarm.slots.len()).for_each(|number| swarm.join(number, &mut dice));
        Ok(swarm)
    }

    /// The RPC of a daemon and its life, if it runs.
    fn rpc(&self, number: usize) -> Option<(String, u64)> {
        let slot = &self.slots[number];
        let life = slot.life.load(Ordering::SeqCst);
        lock(&slot.running).as_ref().map(|daemon| (daemon.rpc.clone(), life))
    }

    fn same_life(&self, number: usize, life: u64) -> bool {
        self.slots[number].life.load(Ordering::SeqCst) == life
    }

    /// Connects a daemon to three others.
    fn join(&self, number: usize, dice: &mut Dice) {
        for _ in 0..3 {
            let other = dice.roll(self.slots.len() as u64) as usize;
            if other != number {
                self.connect(number, other);
            }
        }
    }

    /// Connects two, if both run. Whether that went well shows in what follows.
    fn connect(&self, from: usize, to: usize) -> bool {
        let (Some((from, _)), Some((to, _))) = (self.rpc(from), self.rpc(to)) else { return false };
        let Ok(answer) = call(&to, "id", None) else { return false };
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let Some(address) = text.split('"').find(|word| word.starts_with("/ip4/127.0.0.1/tcp/"))
        else {
            return false;
        };
        let command = format!("swarm/connect?arg={address}");
        call(&from, &command, None).is_ok_and(|answer| answer.status == 200)
    }

    fn restart(
        &self,
        number: usize,
        gently: bool,
        dice: &mut Dice,
        options: &Options,
    ) -> Result<(), String> {
        let slot = &self.slots[number];
        slot.life.fetch_add(1, Ordering::SeqCst);
        let daemon = lock(&slot.running).take();
        match (daemon, gently) {
            (Some(daemon), true) => daemon.stop()?,
            (Some(daemon), false) => daemon.kill(),
            (None, _) => {}
        }
        std::thread::sleep(Duration::from_millis(dice.roll(1500)));
        let daemon = Daemon::start_with(&options.ipfs, &slot.repo, &[])?;
        *lock(&slot.running) = Some(daemon);
        slot.life.fetch_add(1, Ordering::SeqCst);
        self.join(number, dice);
        Ok(())
    }

    fn client(&self, number: u64, seed: u64) {
        let mut dice = Dice::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number + 1));
        while !self.over.load(Ordering::SeqCst) {
            let result = if dice.roll(3) == 0 { self.add(&mut dice) } else { self.get(&mut dice) };
            if let Err(error) = result {
                lock(&self.failures).push(format!("client {number}: {error}"));
                return;
            }
        }
    }

    fn add(&self, dice: &mut Dice) -> Result<(), String> {
        let owner = dice.roll(self.slots.len() as u64) as usize;
        let Some((rpc, life)) = self.rpc(owner) else { return Ok(()) };
        let most = [5000, 300_000, 3 << 20][dice.roll(3) as usize];
        let seed = dice.roll(u64::MAX) | 1;
        let bytes = Dice::new(seed).bytes(most);
        match call(&rpc, "add?cid-version=1", Some(&bytes)) {
            Ok(answer) if answer.status == 200 => {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                let cid = text.split("\"Hash\":\"").nth(1).and_then(|rest| rest.split('"').next());
                let Some(cid) = cid else { return self.gone(owner, life, &text) };
                let kept = Kept { cid: cid.to_owned(), seed, most, owner };
                let mut all = lock(&self.kept);
                match all.len() < KEPT_MAX {
                    true => all.push(kept),
                    false => {
                        let at = dice.roll(KEPT_MAX as u64) as usize;
                        all[at] = kept;
                    }
                }
                self.adds.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
            Ok(answer) => self.gone(owner, life, &String::from_utf8_lossy(&answer.body)),
            Err(error) => self.gone(owner, life, &error.to_string()),
        }
    }

    /// A failure, unless the daemon was stopped or started meanwhile.
    fn gone(&self, number: usize, life: u64, why: &str) -> Result<(), String> {
        match self.same_life(number, life) && !self.over.load(Ordering::SeqCst) {
            true => Err(format!("daemon {number}: {why:.500}")),
            false => Ok(()),
        }
    }

    fn get(&self, dice: &mut Dice) -> Result<(), String> {
        let kept = {
            let all = lock(&self.kept);
            match all.is_empty() {
                true => return Ok(()),
                false => all[dice.roll(all.len() as u64) as usize].clone(),
            }
        };
        let getter = dice.roll(self.slots.len() as u64) as usize;
        let (Some((rpc, life)), Some((_, owner_life))) = (self.rpc(getter), self.rpc(kept.owner))
        else {
            return Ok(());
        };
        let connected = getter == kept.owner || self.connect(getter, kept.owner);
        let start = Instant::now();
        let answer = call(&rpc, &format!("cat?arg={}&timeout={GET_SECONDS}s", kept.cid), None);
        let took = start.elapsed();
        self.slowest_ms.fetch_max(took.as_millis() as u64, Ordering::SeqCst);
        self.gets.fetch_add(1, Ordering::SeqCst);
        let undisturbed = connected
            && self.same_life(getter, life)
            && self.same_life(kept.owner, owner_life)
            && !self.over.load(Ordering::SeqCst);
        match answer {
            Ok(Answer { status: 200, body, stream_error: None }) => {
                match body == Dice::new(kept.seed).bytes(kept.most) || !undisturbed {
                    true => Ok(()),
                    false => Err(format!("{} has other bytes than were added", kept.cid)),
                }
            }
            _ if !undisturbed => {
                self.lost.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
            Ok(answer) => Err(format!(
                "daemon {getter} does not get {} of daemon {} within {took:?}: status {} {:.300}",
                kept.cid,
                kept.owner,
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )),
            Err(error) => Err(format!("a get did not end: {error} after {took:?}")),
        }
    }

    /// Memory in KiB and open files of those that run.
    fn measures(&self) -> Vec<(u64, usize)> {
        let measure = |slot: &Slot| {
            let running = lock(&slot.running);
            running.as_ref().map(|daemon| (daemon.memory_kib(), daemon.fds()))
        };
        self.slots.iter().filter_map(measure).collect()
    }

    /// Wants that are still open somewhere, although nobody asks any more.
    fn open_wants(&self) -> usize {
        let wants = |number| {
            let (rpc, _) = self.rpc(number)?;
            let answer = call(&rpc, "bitswap/wantlist", None).ok()?;
            Some(String::from_utf8_lossy(&answer.body).matches("\"/\"").count())
        };
        (0..self.slots.len()).filter_map(wants).sum()
    }

    fn report(&self, kills: u64, peak_kib: u64) -> Result<(), String> {
        let rested = Instant::now();
        let mut wants = self.open_wants();
        while rested.elapsed() < REST || (wants > 0 && rested.elapsed() < REST_MAX) {
            std::thread::sleep(Duration::from_millis(500));
            wants = self.open_wants();
        }
        let measures = self.measures();
        let kib: Vec<u64> = measures.iter().map(|one| one.0).collect();
        let fds: Vec<usize> = measures.iter().map(|one| one.1).collect();
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        println!(
            "{} daemons, {kills} restarts, {} adds, {} gets, {} of them lost with a daemon, the \
             slowest {} ms",
            self.slots.len(),
            count(&self.adds),
            count(&self.gets),
            count(&self.lost),
            count(&self.slowest_ms)
        );
        let (kib_max, fds_max) = (kib.iter().max(), fds.iter().max());
        println!(
            "memory at most {peak_kib} KiB, at rest {:?}..{:?} KiB; open files at rest {:?}..{:?}; \
             {wants} wants left",
            kib.iter().min(),
            kib_max,
            fds.iter().min(),
            fds_max
        );
        let mut failures = lock(&self.failures).clone();
        if peak_kib.max(kib_max.copied().unwrap_or(0)) > MEMORY_KIB_MAX {
            failures.push(format!("more than {MEMORY_KIB_MAX} KiB of memory"));
        }
        if fds_max.is_some_and(|fds| *fds > FDS_MAX) {
            failures.push(format!("more than {FDS_MAX} open files"));
        }
        if wants > 0 {
            failures.push(format!("{wants} wants that nobody has any more"));
        }
        match failures.first() {
            None if count(&self.gets) > 0 => Ok(()),
            None => Err("nothing was got".to_owned()),
            Some(first) => Err(format!("{} failures, the first: {first}", failures.len())),
        }
    }
}
