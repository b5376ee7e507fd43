//! Spec: spec/command/repo-commands.md
//!
//! `ipfs repo stat` (also `ipfs stats repo`), `ls` and `version`.

use crate::human;
use crate::prelude::*;
use ipfs_data::cid::{Cid, codec};
use ipfs_repo::config::parse_bytes;
use ipfs_repo::version::CURRENT;

/// How big the repository is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RepoStat {
    /// Bytes used.
    pub repo_size: u64,
    /// Bytes allowed.
    pub storage_max: u64,
    /// Blocks stored; 0 when only sizes were asked for.
    pub num_objects: u64,
    /// Where it is.
    pub repo_path: String,
    /// The version of its format.
    pub version: String,
}

impl Output for RepoStat {
    const NAME: &'static str = "Stat";

    // spec: repo-commands.stat-text
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let size = |bytes: u64| match request.bool("human") {
            true => human::bytes(bytes),
            false => bytes.to_string(),
        };
        let all = !request.bool("size-only");
        if all {
            writeln!(out, "NumObjects: {}", self.num_objects)?;
        }
        writeln!(out, "RepoSize:   {}", size(self.repo_size))?;
        writeln!(out, "StorageMax: {}", size(self.storage_max))?;
        if all {
            writeln!(out, "RepoPath:   {}", self.repo_path)?;
            writeln!(out, "Version:    {}", self.version)?;
        }
        Ok(())
    }
}

// spec: repo-commands.stat
pub(in crate::commands) fn stat(
    request: &Request,
    env: &Env,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    let repo = env.node()?;
    let config = repo.config();
    let storage_max = match config.storage_max() {
        "" => u64::MAX,
        text => parse_bytes(text).map_err(Error::new)?,
    };
    let mut stat = RepoStat {
        repo_size: repo.disk_usage()?,
        storage_max,
        num_objects: 0,
        repo_path: String::new(),
        version: String::new(),
    };
    if !request.bool("size-only") {
        for multihash in repo.blockstore()?.multihashes()? {
            multihash?;
            stat.num_objects += 1;
            if stat.num_objects.is_multiple_of(1024) {
                request.cancel.check()?;
            }
        }
        stat.repo_path = env.repo_path()?.display().to_string();
        stat.version = format!("fs-repo@{CURRENT}");
    }
    emitter.emit(&stat)
}

/// One block, or why it can't be listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StoredBlock {
    /// Its CID: version 1, raw, as the codec is not stored.
    #[serde(rename = "Ref")]
    pub cid: String,
    /// Empty, or what went wrong.
    pub err: String,
}

impl Output for StoredBlock {
    const NAME: &'static str = "RefWrapper";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        if !self.err.is_empty() {
            return Err(Error::new(self.err.clone()));
        }
        writeln!(out, "{}", self.cid)?;
        Ok(())
    }
}

// spec: repo-commands.ls
pub(in crate::commands) fn list(
    request: &Request,
    env: &Env,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    for multihash in env.node()?.blockstore()?.multihashes()? {
        request.cancel.check()?;
        let cid = Cid::new_v1(codec::RAW, multihash?).to_string();
        emitter.emit(&StoredBlock { cid, err: String::new() })?;
    }
    Ok(())
}

/// The version of the repository's format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RepoVersion {
    /// The number.
    pub version: String,
}

impl Output for RepoVersion {
    const NAME: &'static str = "RepoVersion";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let name = if request.bool("quiet") { "" } else { "ipfs repo version " };
        writeln!(out, "{name}fs-repo@{}", self.version)?;
        Ok(())
    }
}

// spec: repo-commands.version
pub(super) fn version(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    // The answer is this program's version; a repository of another one fails to open.
    env.repo()?;
    emitter.emit(&RepoVersion { version: CURRENT.to_string() })
}
