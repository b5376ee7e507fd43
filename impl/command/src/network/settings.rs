//! Spec: spec/command/swarm-command.md
//!
//! From the configuration, the repository and the machine to the settings of the network.

mod custom;
mod limits;
mod retrieval;

pub(super) use custom::check as check_custom;
pub(super) use retrieval::{gateways, protocols, routers};

use crate::commands::version::PROGRAM_VERSION;
use crate::env::Env;
use crate::error::{Error, Result};
use ipfs_node::swarm::{Config, Machine, Names, NetworkKey};
use ipfs_repo::Repo;
use ipfs_repo::config::Config as Tree;
use rustix::process::{Resource, getrlimit};
use std::fmt::Display;
use std::io::{ErrorKind, Read};
use std::sync::Arc;

/// Largest `swarm.key` that is read, in bytes.
const KEY_FILE_BYTES_MAX: u64 = 4096;
/// Where names of AutoTLS are.
const AUTO_TLS_DOMAIN: &str = "libp2p.direct";
/// Descriptors when the system has no limit.
const DESCRIPTORS_GUESS: u64 = 1 << 20;

/// What the reference says when a node can't be made.
pub(super) fn constructing(error: impl Display) -> Error {
    Error::new(format!("constructing the node (see log for full detail): {error}"))
}

/// How this program calls itself to others.
// spec: swarm-command.agent
pub(super) fn agent(config: &Tree) -> String {
    let suffix = config.text("Version.AgentSuffix").map(str::trim).unwrap_or_default();
    match suffix {
        "" => format!("kubo/{PROGRAM_VERSION}"),
        suffix => format!("kubo/{PROGRAM_VERSION}/{suffix}"),
    }
}

/// The settings of the swarm.
// spec: swarm-command.settings
pub(super) fn swarm(env: &Env, repo: &Repo) -> Result<Config> {
    let config = repo.config();
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(DESCRIPTORS_GUESS);
    let machine = Machine { memory: rustix::system::sysinfo().totalram as u64, descriptors };
    let read = Config::read(&config, network_key(repo)?, machine);
    let (mut settings, skipped) = read.map_err(constructing)?;
    for address in skipped {
        tracing::warn!(target: "swarm", "not listening on {}: {}", address.address, address.reason);
    }
    settings.agent_version = agent(&config);
    let telling = telling_domains(&config);
    settings.resolver = Some(Arc::new(Names::new(env.names()?.dns().clone(), &telling)));
    limits::overrides(repo, &config, &mut settings.limits)?;
    Ok(settings)
}

/// Domains whose names contain addresses.
// spec: swarm-command.telling
fn telling_domains(config: &Tree) -> Vec<&str> {
    if config.flag("AutoTLS.SkipDNSLookup") == Some(false) {
        return Vec::new();
    }
    let own = config.text("AutoTLS.DomainSuffix").filter(|suffix| !suffix.is_empty());
    std::iter::once(AUTO_TLS_DOMAIN).chain(own).collect()
}

// spec: swarm-command.private-network
fn network_key(repo: &Repo) -> Result<Option<NetworkKey>> {
    let path = repo.layout().directory().join("swarm.key");
    let forced = std::env::var("LIBP2P_FORCE_PNET").is_ok_and(|value| value == "1");
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound && forced => {
            return Err(constructing(
                "private network was not configured but is enforced by the environment",
            ));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(crate::error::path_error("open", &path, &error)),
    };
    let mut bytes = Vec::new();
    file.take(KEY_FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| crate::error::path_error("read", &path, &error))?;
    NetworkKey::parse(&bytes)
        .map(Some)
        .map_err(|error| constructing(format!("failed to configure private network: {error}")))
}
