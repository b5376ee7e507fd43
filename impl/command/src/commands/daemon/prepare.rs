//! Spec: spec/command/daemon.md
//!
//! What happens before there is a node: a repository is made, an old one is refused or migrated.

use crate::commands::init;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::migrations;
use crate::request::Request;
use crate::terminal::Terminal;
use ipfs_repo::config::{self, Tree};
use ipfs_repo::disk::RealDisk;
use ipfs_repo::layout::Layout;
use ipfs_repo::version;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{BufRead, ErrorKind};
use std::path::Path;

/// Files that a daemon wants to have open at once (`IPFS_FD_MAX` overrides it).
const OPEN_FILES: u64 = 8192;
/// With fewer it complains.
const OPEN_FILES_MIN: u64 = 2048;
/// Questions before no answer counts as no.
const QUESTIONS_MAX: usize = 3;

/// Makes a repository if there is none and `--init` is given.
// spec: daemon.init
pub(super) fn initialize(request: &Request, env: &Env, terminal: &mut Terminal) -> Result<()> {
    let directory = env.repo_path()?;
    if !request.bool("init") || Layout::new(directory).is_initialized(&RealDisk) {
        return Ok(());
    }
    let given = request.str("init-config").filter(|path| !path.is_empty());
    let tree = given.map(|path| given_config(Path::new(path))).transpose()?;
    let profiles = request.str("init-profile").unwrap_or_default();
    let made = init::Made { tree, kind: "ed25519", bits: None, profiles, empty: false };
    init::make(env, made, &mut |text| terminal.write(text.as_bytes()))
}

fn given_config(path: &Path) -> Result<Tree> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Error::new("ipfs not initialized, please run 'ipfs init'"))
        }
        _ => Ok(config::load(&RealDisk, path)?),
    }
}

/// Opens the repository; an older one is migrated first, after the reference's question.
// spec: daemon.migrate
// spec: daemon.killed
pub(super) fn open(request: &Request, env: &Env, terminal: &mut Terminal) -> Result<()> {
    // Found out before it is opened, so that the error keeps its type.
    let layout = Layout::new(env.repo_path()?);
    let found = match version::check(&RealDisk, &layout) {
        Err(version::Error::Old { found }) if layout.is_initialized(&RealDisk) => found,
        _ => return env.repo().map(drop),
    };
    let directory = env.repo_path()?.display();
    terminal.line(&format!(
        "Kubo repository at {directory} has version {found} and needs to be migrated to version \
         {}.",
        version::CURRENT
    ))?;
    let migrate = match request.bool_opt("migrate") {
        Some(migrate) => migrate,
        None => ask(terminal)?,
    };
    if !migrate {
        terminal.line(&format!(
            "Not running migrations on repository at {directory}. Re-run daemon with --migrate or \
             see 'ipfs repo migrate --help'"
        ))?;
        return Err(Error::new("fs-repo requires migration"));
    }
    terminal.flush()?;
    let target = migrations::target(env.repo_path()?);
    migrations::run(target, found, version::CURRENT, &mut |bytes| {
        terminal.write(bytes)?;
        terminal.flush()
    })?;
    env.repo().map(drop)
}

fn ask(terminal: &mut Terminal) -> Result<bool> {
    for _ in 0..QUESTIONS_MAX {
        terminal.write(b"Run migrations now? [y/N] ")?;
        terminal.flush()?;
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(0) => terminal.line("Invalid input: EOF. Please try again.")?,
            Ok(_) => match line.trim() {
                "y" | "Y" => return Ok(true),
                "n" | "N" | "" => return Ok(false),
                _ => terminal.line("Please press either 'y' or 'n'")?,
            },
            Err(error) => {
                let why = crate::error::os_text(&error);
                terminal.line(&format!("Invalid input: {why}. Please try again."))?;
            }
        }
    }
    Ok(false)
}

/// Raises the number of files that may be open; a note when there are too few.
// spec: daemon.open-files
pub(super) fn raise_open_files() -> Option<String> {
    let wanted = match std::env::var("IPFS_FD_MAX").ok().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => match text.parse::<u64>() {
            Ok(count) => Some(count),
            Err(_) => return Some(format!("bad value for IPFS_FD_MAX: {text}")),
        },
    };
    let target = wanted.filter(|&count| count > 0).unwrap_or(OPEN_FILES);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| target <= current) {
        return None;
    }
    let raise = |to: u64, maximum: Option<u64>| {
        setrlimit(Resource::Nofile, Rlimit { current: Some(to), maximum })
    };
    let higher = maximum.map(|maximum| maximum.max(target));
    if raise(target, higher).is_ok() {
        return None;
    }
    let reachable = maximum.map_or(target, |maximum| maximum.min(target));
    match raise(reachable, maximum) {
        Err(error) => Some(format!("the limit of open files can't be raised: {error}")),
        Ok(()) if wanted.is_some_and(|wanted| reachable < wanted) => {
            Some(format!("failed to raise ulimit to IPFS_FD_MAX ({target}): set to {reachable}"))
        }
        Ok(()) if reachable < OPEN_FILES_MIN => {
            Some(format!("failed to raise ulimit to minimum {OPEN_FILES_MIN}: set to {reachable}"))
        }
        Ok(()) => None,
    }
}
