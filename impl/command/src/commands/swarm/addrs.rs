//! Spec: spec/command/swarm-command.md
//!
//! `ipfs swarm addrs`

use super::{Strings, printable};
use crate::network;
use crate::prelude::*;
use ipfs_node::swarm::Multiaddr;
use std::collections::BTreeMap;

/// Addresses by peer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Known {
    /// Those of each peer, sorted.
    addrs: BTreeMap<String, Vec<String>>,
}

impl Output for Known {
    const NAME: &'static str = "addrMap";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for (peer, addresses) in &self.addrs {
            writeln!(out, "{peer} ({})", addresses.len())?;
            for address in addresses {
                writeln!(out, "\t{}", printable(address))?;
            }
        }
        Ok(())
    }
}

fn sorted(addresses: &[Multiaddr]) -> Vec<String> {
    let mut texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.dedup();
    texts
}

// spec: swarm-command.addrs
pub(super) fn known(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::action(request, env)?.swarm();
    let mut addrs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (peer, addresses) in swarm.addresses() {
        addrs.entry(peer.to_string()).or_default().extend(sorted(&addresses));
    }
    emitter.emit(&Known { addrs })
}

// spec: swarm-command.addrs-local
pub(super) fn local(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::action(request, env)?.swarm();
    let mut strings = sorted(&swarm.announced_addresses());
    if request.bool("id") {
        let own = swarm.peer_id();
        strings.iter_mut().for_each(|text| text.push_str(&format!("/p2p/{own}")));
    }
    emitter.emit(&Strings { strings: Some(strings).filter(|all| !all.is_empty()) })
}

// spec: swarm-command.addrs-listen
pub(super) fn listen(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::action(request, env)?.swarm();
    let strings = sorted(&swarm.listen_addresses());
    emitter.emit(&Strings { strings: Some(strings).filter(|all| !all.is_empty()) })
}

/// Whether others can reach this node.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reachability {
    /// `Public`, `Private` or `Unknown`
    reachability: String,
}

impl Output for Reachability {
    const NAME: &'static str = "autoNATResult";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "AutoNAT V2 Status:\n  Reachability: {}\n", self.reachability)?;
        writeln!(out, "Per-Address Reachability:")?;
        Ok(writeln!(out, "  (no address reachability data available)")?)
    }
}

/// Nobody is asked yet, so nothing is known.
// spec: swarm-command.autonat
pub(super) fn autonat(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    network::command(env)?;
    emitter.emit(&Reachability { reachability: "Unknown".to_owned() })
}
