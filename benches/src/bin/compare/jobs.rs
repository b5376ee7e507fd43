//! The jobs that both programs do.

use ipfs_benches::process::{self, Cost};
use ipfs_repo::disk::{Disk, Open, RealDisk};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Something both programs can do, and the ratio of wall time that we want to reach.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) name: &'static str,
    /// Highest wanted ratio to the peer's time.
    pub(crate) reach: f64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A command that needs no content, many times over.
    Start(&'static [&'static str]),
    /// Adding to a fresh repository.
    Add(&'static [&'static str], Input),
    /// Reading from a repository that has everything.
    Read(Read, Cache),
    /// Importing an archive into a fresh repository.
    Import,
    /// Removing everything.
    Collect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    File,
    Tree,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Cat,
    Get,
    Export,
    Verify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cache {
    Warm,
    Cold,
}

/// All jobs, in the order they run.
pub(crate) const JOBS: &[Job] = &[
    job("version", 0.1, Kind::Start(&["version"])),
    job("id", 0.1, Kind::Start(&["id"])),
    job("add, hash only", 0.5, Kind::Add(&["add", "-Q", "-n"], Input::File)),
    job("add", 0.5, Kind::Add(&["add", "-Q"], Input::File)),
    job("add, small files", 0.25, Kind::Add(&["add", "-Q", "-r"], Input::Tree)),
    job("cat, cached", 0.8, Kind::Read(Read::Cat, Cache::Warm)),
    job("cat, cold", 0.5, Kind::Read(Read::Cat, Cache::Cold)),
    job("get", 0.9, Kind::Read(Read::Get, Cache::Warm)),
    job("dag export", 0.8, Kind::Read(Read::Export, Cache::Warm)),
    job("dag import", 0.9, Kind::Import),
    job("repo verify", 0.8, Kind::Read(Read::Verify, Cache::Warm)),
    job("repo gc", 0.8, Kind::Collect),
];

/// Runs of a job that only starts the program, per round.
const STARTS: usize = 20;

const fn job(name: &'static str, reach: f64, kind: Kind) -> Job {
    Job { name, reach, kind }
}

/// One of the two programs and its folders.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) program: PathBuf,
    folder: PathBuf,
    /// A repository that has the file and the tree, once it was needed, and the file's root.
    full: Option<(PathBuf, String)>,
    fresh: u32,
}

/// What both programs work on.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) file: PathBuf,
    pub(crate) tree: PathBuf,
    pub(crate) archive: PathBuf,
}

fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{}: not text", path.display()))
}

impl Side {
    /// A program with a folder of its own, which must exist.
    pub(crate) fn new(program: PathBuf, folder: PathBuf) -> Self {
        Self { program, folder, full: None, fresh: 0 }
    }

    /// A path that was never used: nothing is removed between runs, as file systems avoid inodes
    /// that were freed lately.
    fn fresh(&mut self, what: &str) -> PathBuf {
        self.fresh += 1;
        self.folder.join(format!("{what}-{}", self.fresh))
    }

    fn fresh_repo(&mut self) -> Result<PathBuf, String> {
        let repo = self.fresh("repo");
        self.prepare(&repo, &["init"])?;
        Ok(repo)
    }

    fn prepare(&self, repo: &Path, words: &[&str]) -> Result<String, String> {
        process::output(&mut self.command(repo, words))
    }

    fn command(&self, repo: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).env("IPFS_PATH", repo);
        command
    }

    fn measure(&self, repo: &Path, words: &[&str]) -> Result<Cost, String> {
        process::measure(&self.command(repo, words), None)
    }

    fn full(&mut self, inputs: &Inputs) -> Result<(PathBuf, String), String> {
        if self.full.is_none() {
            let repo = self.fresh_repo()?;
            let root = self.prepare(&repo, &["add", "-Q", text(&inputs.file)?])?;
            self.prepare(&repo, &["add", "-Q", "-r", text(&inputs.tree)?])?;
            self.full = Some((repo, root));
        }
        self.full.clone().ok_or_else(String::new)
    }

    /// Makes the archive to import from the full repository.
    pub(crate) fn write_archive(&mut self, inputs: &Inputs) -> Result<(), String> {
        let (repo, root) = self.full(inputs)?;
        let archive = std::fs::File::create(&inputs.archive).map_err(|error| error.to_string())?;
        let status =
            self.command(&repo, &["dag", "export", "-p=false", &root]).stdout(archive).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            status => Err(format!("dag export: {status:?}")),
        }
    }

    /// Does a job once.
    pub(crate) fn run(&mut self, job: &Job, inputs: &Inputs) -> Result<Vec<Cost>, String> {
        let once = |cost: Cost| vec![cost];
        match job.kind {
            Kind::Start(words) => {
                let (repo, _) = self.full(inputs)?;
                (0..STARTS).map(|_| self.measure(&repo, words)).collect()
            }
            Kind::Add(words, input) => {
                let repo = self.fresh_repo()?;
                let path = match input {
                    Input::File => &inputs.file,
                    Input::Tree => &inputs.tree,
                };
                let mut words = words.to_vec();
                words.push(text(path)?);
                settle(&self.folder)?;
                self.measure(&repo, &words).map(once)
            }
            Kind::Read(read, cache) => {
                let (repo, root) = self.full(inputs)?;
                let target = self.fresh("out");
                settle(&self.folder)?;
                if cache == Cache::Cold {
                    drop_caches(&repo.join("blocks"))?;
                }
                let words = match read {
                    Read::Cat => vec!["cat", &root],
                    Read::Get => vec!["get", "-o", text(&target)?, &root],
                    Read::Export => vec!["dag", "export", "-p=false", &root],
                    Read::Verify => vec!["repo", "verify"],
                };
                self.measure(&repo, &words).map(once)
            }
            Kind::Import => {
                let repo = self.fresh_repo()?;
                settle(&self.folder)?;
                self.measure(&repo, &["dag", "import", text(&inputs.archive)?]).map(once)
            }
            Kind::Collect => {
                let repo = self.fresh_repo()?;
                self.prepare(&repo, &["add", "-Q", "--pin=false", text(&inputs.file)?])?;
                settle(&self.folder)?;
                self.measure(&repo, &["repo", "gc", "-q"]).map(once)
            }
        }
    }
}

/// Lets no write-back of earlier runs fall into the next one.
fn settle(folder: &Path) -> Result<(), String> {
    RealDisk.sync_all(folder).map_err(|error| format!("sync: {error}"))
}

/// Takes all files below a directory out of the page cache.
fn drop_caches(directory: &Path) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", directory.display());
    for entry in RealDisk.read_dir(directory).map_err(fail)? {
        let path = directory.join(&entry.name);
        if path.is_dir() {
            drop_caches(&path)?;
        } else {
            RealDisk.open(&path, Open::Read).map_err(fail)?.drop_cache();
        }
    }
    Ok(())
}
