//! Spec: spec/command/diag.md
//!
//! `ipfs diag sys` and `ipfs diag healthy`.

use crate::commands::version::PROGRAM_VERSION;
use crate::prelude::*;
use ipfs_data::block::Source;
use ipfs_data::cid::Cid;
use serde_json::{Value as Json, json};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// Facts about the system, by topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SystemFacts(pub Json);

impl Output for SystemFacts {
    const NAME: &'static str = "map";
    const TEXT: bool = false;

    fn text(&self, _: &Request, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

/// The word of a healthy node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Health(pub String);

impl Output for Health {
    const NAME: &'static str = "string";
    const TEXT: bool = false;

    fn text(&self, _: &Request, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

// spec: diag.sys
pub(super) fn facts(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let version = super::super::version::VersionInfo::current();
    let (arch, os) = version.system.split_once('/').unwrap_or(("", ""));
    emitter.emit(&SystemFacts(json!({
        "diskinfo": disk(env.repo_path()?)?,
        "environment": {"GOPATH": variable("GOPATH"), "IPFS_PATH": variable("IPFS_PATH")},
        "ipfs_commit": version.commit,
        "ipfs_version": PROGRAM_VERSION,
        "memory": {"swap": status_bytes("VmSwap:"), "virt": status_bytes("VmSize:")},
        "net": {"interface_addresses": addresses(), "online": false},
        "runtime": {
            "arch": arch,
            "compiler": "rustc",
            "gomaxprocs": processors,
            "numcpu": processors,
            "numgoroutines": threads(),
            "os": os,
            "version": env!("CARGO_PKG_RUST_VERSION"),
        },
    })))
}

// spec: diag.sys-disk
fn disk(path: &Path) -> Result<Json> {
    let file_system = rustix::fs::statfs(path).map_err(std::io::Error::from)?;
    let space = rustix::fs::statvfs(path).map_err(std::io::Error::from)?;
    Ok(json!({
        "free_space": space.f_bfree.saturating_mul(space.f_frsize),
        "fstype": file_system.f_type.to_string(),
        "total_space": space.f_blocks.saturating_mul(space.f_frsize),
    }))
}

fn status_line(key: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

fn status_bytes(key: &str) -> u64 {
    status_line(key).unwrap_or(0).saturating_mul(1024)
}

fn threads() -> u64 {
    status_line("Threads:").unwrap_or(1)
}

/// The addresses of this machine as multiaddrs, as far as the system tells.
fn addresses() -> Vec<String> {
    let mut list = Vec::new();
    let table = std::fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let mut last = None;
    for line in table.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse::<Ipv4Addr>().ok();
        } else if line.starts_with("/32 host LOCAL") {
            list.extend(last.map(|address| format!("/ip4/{address}")));
        }
    }
    let table = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    for line in table.lines() {
        let address = line.split_whitespace().next().unwrap_or_default();
        if let Ok(address) = u128::from_str_radix(address, 16) {
            list.push(format!("/ip6/{}", Ipv6Addr::from(address)));
        }
    }
    list.sort();
    list.dedup();
    list
}

// spec: diag.healthy
pub(super) fn healthy(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    // The empty directory: every repository starts with it.
    let probe = Cid::try_from("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn")?;
    env.node()?
        .blockstore()?
        .get(&probe)
        .map_err(|error| Error::from(error).context("probe fetch"))?;
    emitter.emit(&Health("ok".to_owned()))
}
