//! Spec: spec/command/init.md
//!
//! Making a repository.

use super::docs;
use crate::error::os_text;
use crate::keyring;
use crate::prelude::*;
use ipfs_data::block::Sink;
use ipfs_repo::Repo;
use ipfs_repo::config::{Config, Identity, Tree, fresh, profile};
use ipfs_repo::disk::RealDisk;
use ipfs_repo::layout::Layout;
use ipfs_repo::pin::{Mode, Pinner};
use ipfs_repo::repo;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Largest configuration that is read, in bytes.
const CONFIG_BYTES_MAX: u64 = 64 << 20;

/// Takes what the user is told.
type Print<'a> = &'a mut dyn FnMut(&str) -> Result<()>;

// spec: init.steps
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.require_no_daemon()?;
    let made = Made {
        tree: given_config(request)?,
        kind: request.str("algorithm").unwrap_or("ed25519"),
        bits: request.int("bits"),
        profiles: request.str("profile").unwrap_or_default(),
        empty: request.bool_opt("empty-repo").unwrap_or(true),
    };
    make(env, made, &mut |text| emitter.write(text.as_bytes()))
}

/// What a new repository shall be like.
pub(in crate::commands) struct Made<'a> {
    /// Its configuration; a new one when none.
    pub(in crate::commands) tree: Option<Tree>,
    /// The kind of key of a new configuration.
    pub(in crate::commands) kind: &'a str,
    /// The length of that key.
    pub(in crate::commands) bits: Option<i64>,
    /// Names of profiles, separated by commas.
    pub(in crate::commands) profiles: &'a str,
    /// Without the documents for a start.
    pub(in crate::commands) empty: bool,
}

/// Makes a repository and says so.
pub(in crate::commands) fn make(env: &Env, made: Made<'_>, print: Print<'_>) -> Result<()> {
    let mut tree = match made.tree {
        Some(tree) => tree,
        None => {
            let key = keyring::new_identity(made.kind, made.bits, print)?;
            fresh::tree(&Identity {
                peer_id: key.peer_id().to_string(),
                private_key: keyring::config_text(&key).to_string(),
            })
        }
    };
    let directory = env.repo_path()?;
    print(&format!("initializing IPFS node at {}\n", directory.display()))?;
    check_writable(directory)?;
    if Layout::new(directory).is_initialized(&RealDisk) {
        return Err(repo::Error::Exists.into());
    }
    apply_profiles(&mut tree, made.profiles)?;
    Repo::init(directory, &tree)?;
    seed(env.repo()?, made.empty, print)
}

fn given_config(request: &Request) -> Result<Option<Tree>> {
    let Some(entry) = request.take_files().next().transpose()? else { return Ok(None) };
    let crate::files::Node::File(file) = entry.node else {
        return Err(Error::new("expected a regular file"));
    };
    let mut text = Vec::new();
    file.open()?.take(CONFIG_BYTES_MAX).read_to_end(&mut text)?;
    Ok(Some(Tree::parse(&text)?))
}

// spec: init.profiles
fn apply_profiles(tree: &mut Tree, names: &str) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    for name in names.split(',') {
        let found = profile::find(name)
            .ok_or_else(|| Error::new(format!("invalid configuration profile: {name}")))?;
        let applied = found.apply(&Config::new(tree)?, free_port)?;
        *tree = applied.tree().clone();
    }
    Ok(())
}

fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("::", 0))?.local_addr()?.port())
}

/// Makes the folder, or sees whether it can be written to.
// spec: init.writable
fn check_writable(directory: &Path) -> Result<()> {
    let probe = directory.join("test");
    match std::fs::metadata(directory) {
        Ok(_) => match std::fs::OpenOptions::new().write(true).create_new(true).open(&probe) {
            Ok(_) => Ok(std::fs::remove_file(&probe)?),
            // Somebody's own file: then the folder could be written to.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(Error::new(format!(
                "{} is not writeable by the current user",
                directory.display()
            ))),
            Err(error) => Err(Error::new(format!(
                "unexpected error while checking writeablility of repo root: {}",
                os_text(&error)
            ))),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => std::fs::create_dir(directory)
            .map_err(|error| crate::error::path_error("mkdir", directory, &error)),
        Err(error) => Err(crate::error::path_error("stat", directory, &error)),
    }
}

/// What a new repository contains.
fn seed(repo: &Repo, empty: bool, print: Print<'_>) -> Result<()> {
    let blocks = repo.blockstore()?;
    let welcome = if empty { None } else { Some(docs::store(blocks)?) };
    let empty_folder = docs::store_empty(blocks)?;
    blocks.flush()?;
    let pins = Pinner::open(repo.datastore()?.clone())?;
    if let Some(cid) = &welcome {
        pins.set(cid, Mode::Recursive, "")?;
    }
    // spec: init.empty-folder-pinned
    pins.set(&empty_folder, Mode::Recursive, "")?;
    match welcome {
        None => Ok(()),
        Some(cid) => print(&format!("to get started, enter:\n\n\tipfs cat /ipfs/{cid}/readme\n\n")),
    }
}
