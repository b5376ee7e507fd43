//! Commands killed at random moments: the repository opens, what was acknowledged is there, and the
//! next start cleans up.
//!
//! `IPFS_KILL_ROUNDS` sets the number of kills, `IPFS_KILL_SEED` the first seed, `IPFS_BIN` another
//! binary.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Kills in a usual test run.
const ROUNDS: u64 = 30;
/// Bytes of the files that are added: several blocks.
const FILE_BYTES: usize = 700_000;
/// The last waiting time before a kill, in hundredths of a whole run.
const LATEST_PERCENT: u64 = 130;
/// Every command that is needed, to find out whether this build has it.
const PROBES: [&[&str]; 7] = [
    &["config", "Mounts.IPFS"],
    &["add", "-q", "--pin=false", "small"],
    &["pin", "ls"],
    &["files", "ls"],
    &["key", "list"],
    &["repo", "gc"],
    &["repo", "verify"],
];

/// A small, fast, seeded source of numbers.
struct Rng(u64);

impl Rng {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % bound
    }
}

/// What is being done when the kill comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Add,
    Pin,
    Unpin,
    FilesWrite,
    Collect,
    Config,
    KeyGen,
}

const JOBS: [Job; 7] =
    [Job::Add, Job::Pin, Job::Unpin, Job::FilesWrite, Job::Collect, Job::Config, Job::KeyGen];

/// A value that was acknowledged, and those tried since, each of which may have come through.
#[derive(Debug, Default)]
struct Maybe {
    allowed: Vec<String>,
    /// The last try was acknowledged.
    sure: bool,
    /// One of the values was acknowledged, so that no other is possible.
    complete: bool,
}

impl Maybe {
    fn tried(&mut self, value: &str, acknowledged: bool) {
        if acknowledged {
            self.allowed.clear();
        }
        self.sure = acknowledged;
        self.complete |= acknowledged;
        self.allowed.push(value.to_owned());
    }

    fn check(&self, value: &str, what: &str) {
        let known = self.allowed.iter().any(|allowed| allowed == value);
        assert!(known || !self.complete, "{what}: {value:?} is none of {:?}", self.allowed);
    }
}

/// A repository, and what it must hold.
struct Subject {
    folder: tempfile::TempDir,
    binary: OsString,
    rng: Rng,
    /// Roots whose pin was acknowledged, and the seed of their content.
    pinned: BTreeMap<String, u64>,
    /// Roots that may or may not be pinned.
    unsure: BTreeMap<String, u64>,
    keys: BTreeSet<String>,
    files: BTreeMap<String, Maybe>,
    config: Maybe,
    /// How long a run takes that is not killed.
    durations: BTreeMap<Job, Duration>,
}

fn content(seed: u64) -> Vec<u8> {
    let mut rng = Rng(seed);
    (0..FILE_BYTES / 4).flat_map(|_| (rng.below(1 << 30) as u32).to_le_bytes()).collect()
}

impl Subject {
    /// A new repository; `None` if this build lacks a command.
    fn new(seed: u64) -> Option<Self> {
        let binary = std::env::var_os("IPFS_BIN")
            .unwrap_or_else(|| assert_cmd::cargo::cargo_bin("ipfs").into_os_string());
        let subject = Self {
            folder: tempfile::tempdir().unwrap(),
            binary,
            rng: Rng(seed),
            pinned: BTreeMap::new(),
            unsure: BTreeMap::new(),
            keys: BTreeSet::new(),
            files: BTreeMap::new(),
            config: Maybe::default(),
            durations: BTreeMap::new(),
        };
        std::fs::write(subject.folder.path().join("small"), "small").unwrap();
        subject.ok(&["init", "--profile=test"]);
        for probe in PROBES {
            let output = subject.command(probe).output().unwrap();
            if String::from_utf8_lossy(&output.stderr).contains("not implemented") {
                println!("skipped: this build has no {}", probe[0]);
                return None;
            }
        }
        Some(subject)
    }

    fn repo(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .env("IPFS_PATH", self.repo())
            .current_dir(self.folder.path())
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Standard output of a run that must succeed.
    fn ok(&self, words: &[&str]) -> Vec<u8> {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn lines(&self, words: &[&str]) -> BTreeSet<String> {
        let text = String::from_utf8(self.ok(words)).unwrap();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    /// Starts a command and kills it at some moment, unless it ends before. `true`: it succeeded.
    fn run_killed(&mut self, job: Job, words: &[&str]) -> (bool, Output) {
        let begin = Instant::now();
        let mut child = self.command(words).spawn().unwrap();
        let killed = match self.durations.get(&job) {
            None => false,
            Some(whole) => {
                let percent = self.rng.below(LATEST_PERCENT) as u32;
                wait_or_kill(&mut child, *whole * percent / 100)
            }
        };
        let output = child.wait_with_output().unwrap();
        let acknowledged = output.status.success();
        if !killed {
            assert!(acknowledged, "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
            self.durations.entry(job).or_insert_with(|| begin.elapsed());
        }
        (acknowledged, output)
    }

    fn write_input(&self, seed: u64) {
        std::fs::write(self.folder.path().join("input"), content(seed)).unwrap();
    }

    fn attack(&mut self, job: Job, number: u64) {
        match job {
            Job::Add => {
                self.write_input(number);
                let root = self.lines(&["add", "-Q", "--only-hash", "input"]).pop_first().unwrap();
                let (done, _) = self.run_killed(job, &["add", "-Q", "input"]);
                let into = if done { &mut self.pinned } else { &mut self.unsure };
                into.insert(root, number);
            }
            Job::Pin => {
                self.write_input(number);
                let root = self.lines(&["add", "-Q", "--pin=false", "input"]).pop_first().unwrap();
                let (done, _) = self.run_killed(job, &["pin", "add", &root]);
                let into = if done { &mut self.pinned } else { &mut self.unsure };
                into.insert(root, number);
            }
            Job::Unpin => {
                if self.pinned.len() > 3
                    && let Some((root, seed)) = self.pinned.pop_first()
                {
                    let (done, _) = self.run_killed(job, &["pin", "rm", &root]);
                    if !done {
                        self.unsure.insert(root, seed);
                    }
                }
            }
            Job::FilesWrite => {
                let name = format!("/f{}", self.rng.below(3));
                self.write_input(number);
                let words = ["files", "write", "--create", "--truncate", &name, "input"];
                let (done, _) = self.run_killed(job, &words);
                self.files.entry(name).or_default().tried(&number.to_string(), done);
            }
            Job::Collect => drop(self.run_killed(job, &["repo", "gc", "-q"])),
            Job::Config => {
                let value = format!("value{number}");
                let (done, _) = self.run_killed(job, &["config", "Mounts.IPFS", &value]);
                self.config.tried(&value, done);
            }
            Job::KeyGen => {
                let name = format!("key{number}");
                let (done, _) = self.run_killed(job, &["key", "gen", &name]);
                if done {
                    self.keys.insert(name);
                }
            }
        }
    }

    /// Everything acknowledged is there.
    fn check(&mut self, what: &str) {
        let pins = self.lines(&["pin", "ls", "-q", "--type=recursive"]);
        for (root, seed) in &self.pinned {
            assert!(pins.contains(root), "{what}: {root} is not pinned");
            assert_eq!(self.ok(&["cat", root]), content(*seed), "{what}: {root}");
        }
        for (root, seed) in std::mem::take(&mut self.unsure) {
            if pins.contains(&root) {
                assert_eq!(self.ok(&["cat", &root]), content(seed), "{what}: {root} pinned");
                self.pinned.insert(root, seed);
            }
        }
        let keys = self.lines(&["key", "list"]);
        assert!(self.keys.is_subset(&keys), "{what}: {:?} {keys:?}", self.keys);
        let config = self.lines(&["config", "Mounts.IPFS"]);
        self.config.check(config.first().map_or("", String::as_str), what);
        for (name, seeds) in &self.files {
            self.check_file(name, seeds, what);
        }
    }

    fn check_file(&self, name: &str, seeds: &Maybe, what: &str) {
        let output = self.command(&["files", "read", name]).output().unwrap();
        // Creating or emptying a file and filling it are steps, in the reference too.
        let half_way = !seeds.sure && output.stdout.is_empty();
        let matches = |seed: &String| content(seed.parse().unwrap()) == output.stdout;
        let good = output.status.success() && seeds.allowed.iter().any(matches);
        assert!(good || half_way, "{what}: {name}: {} bytes", output.stdout.len());
    }

    /// Names that nothing in a repository has.
    fn orphans(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.repo()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if !is_known(&self.repo(), &entry.path()) {
                    found.push(entry.path());
                }
            }
        }
        found
    }
}

/// `true` if it had to be killed.
fn wait_or_kill(child: &mut Child, wait: Duration) -> bool {
    let end = Instant::now() + wait;
    while Instant::now() < end {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    true
}

fn is_known(repo: &Path, path: &Path) -> bool {
    let relative = path.strip_prefix(repo).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let folder = relative.parent().unwrap().to_str().unwrap();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match folder {
        "" => ["config", "datastore_spec", "repo.lock", "version"].contains(&name),
        "keystore" => name.starts_with("key_"),
        "datastore" => {
            ["CURRENT", "CURRENT.bak", "LOCK", "LOG"].contains(&name)
                || name.strip_prefix("MANIFEST-").is_some_and(digits)
                || name.strip_suffix(".ldb").is_some_and(digits)
                || name.strip_suffix(".log").is_some_and(digits)
        }
        "blocks" => ["_README", "SHARDING", "diskUsage.cache"].contains(&name),
        folder if folder.starts_with("blocks/.temp") => false,
        _ => name.ends_with(".data"),
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn kills_lose_nothing_acknowledged() {
    let seed = setting("IPFS_KILL_SEED").unwrap_or(1);
    let Some(mut subject) = Subject::new(seed) else {
        return;
    };
    for number in 1..=setting("IPFS_KILL_ROUNDS").unwrap_or(ROUNDS) {
        let job = JOBS[subject.rng.below(JOBS.len() as u64) as usize];
        subject.attack(job, number);
        subject.check(&format!("seed {seed}, kill {number}, {job:?}"));
        // A start that writes cleans up.
        subject.ok(&["config", "Mounts.IPNS", &number.to_string()]);
        subject.ok(&["add", "-q", "--pin=false", "small"]);
        let orphans = subject.orphans();
        assert!(orphans.is_empty(), "seed {seed}, kill {number}, {job:?}: {orphans:?}");
    }
    let verified = subject.lines(&["repo", "verify"]);
    assert!(verified.iter().any(|line| line.contains("verify complete")), "{verified:?}");
}
