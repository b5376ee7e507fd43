//! Spec: spec/command/delegation.md
//!
//! Where a command runs: in this process, or in the daemon whose address is known.

use crate::client::{self, Daemon, secret};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::request::Request;
use ipfs_node::http::Address;
use std::io::Read;
use std::path::Path;

/// Longest API file that is read, in bytes.
const API_FILE_BYTES_MAX: u64 = 2048;

/// Where a command runs.
pub(super) enum Place {
    /// In this process.
    Here,
    /// In a daemon.
    Daemon(Daemon),
}

/// Decides where the command runs. Nobody is asked yet whether the daemon is there.
///
/// # Errors
/// When it can run nowhere, or the address makes no sense.
// spec: delegation.where
pub(super) fn find(request: &Request, env: &Env) -> Result<Place> {
    let command = request.command;
    if command.no_local && command.no_remote {
        return Err(Error::new(format!("command disabled: [{}]", request.path.join(" "))));
    }
    if !command.no_local && command.no_repo {
        return Ok(Place::Here);
    }
    let given = request.str("api").map(Address::parse).transpose()?;
    if command.no_remote {
        if given.is_some() && request.path != ["daemon"] {
            return Err(Error::new("api flag specified but command cannot be run on the daemon"));
        }
        return Ok(Place::Here);
    }
    let forced = given.is_some();
    let address = match given {
        Some(address) => Some(address),
        None => api_file(env.repo_path()?)?,
    };
    let Some(address) = address else {
        if command.no_local {
            return Err(client::needs_daemon(request));
        }
        return Ok(Place::Here);
    };
    // spec: delegation.stale-api-file
    let fallback = !forced && env.repo_path()?.join("config").exists();
    let authorization = request.str("api-auth").map(secret::authorization);
    Ok(Place::Daemon(Daemon { address, fallback, authorization }))
}

/// The address in the file `api` of the repository, if there is such a file.
// spec: delegation.api-file
fn api_file(repo: &Path) -> Result<Option<Address>> {
    let path = repo.join("api");
    let fail = |error| crate::error::path_error("open", &path, &error);
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    let mut bytes = Vec::new();
    file.take(API_FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 == API_FILE_BYTES_MAX {
        return Err(Error::new(format!(
            "API file too large, must be <2048 bytes long: {}",
            path.display()
        )));
    }
    Ok(Some(Address::parse(String::from_utf8_lossy(&bytes).trim())?))
}
