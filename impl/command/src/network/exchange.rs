//! Spec: spec/node/content.md
//!
//! The exchange of blocks with peers, set up for a repository.

use super::settings::constructing;
use crate::env::Env;
use crate::error::Result;
use ipfs_data::cid::Cid;
use ipfs_node::bitswap::{Config, Exchange, FindProviders, Found, MachineConfig};
use ipfs_node::content::routing::{self, Delegated, Routing};
use ipfs_node::swarm::{PeerId, Swarm};
use ipfs_repo::config;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Starts the exchange; `None` when it is switched off.
// spec: bitswap-command.switches
pub(super) fn start(
    env: &Env,
    swarm: &Swarm,
    routing: &Arc<Delegated>,
) -> Result<Option<Exchange>> {
    let config = env.repo()?.config();
    let on = |key: &str| config.flag(key).unwrap_or(true);
    if !on("Bitswap.Libp2pEnabled") {
        return Ok(None);
    }
    let lists = env.denylists()?.clone();
    let settings = Config {
        machine: machine(&config),
        seed: rand::random(),
        // spec: denylist.block
        allowed: Some(Arc::new(move |_: &PeerId, cid: &Cid| lists.check_cid(cid).is_ok())),
        routing: (!routing.is_empty())
            .then(|| -> Arc<dyn FindProviders> { Arc::new(Finder { routing: routing.clone() }) }),
    };
    let blocks = env.blocks()?;
    let exchange = Exchange::start(swarm.clone(), blocks.clone(), settings);
    let exchange = exchange.map_err(constructing)?;
    let told = exchange.clone();
    // spec: content.announced
    blocks.blocks.observe(Box::new(move |cid, bytes| {
        told.stored(&[(*cid, u32::try_from(bytes).unwrap_or(u32::MAX))]);
    }));
    Ok(Some(exchange))
}

/// Bounds and delays as the configuration has them. Values without sense leave the default.
// spec: bitswap-command.settings
fn machine(config: &config::Config) -> MachineConfig {
    let mut machine = MachineConfig::default();
    let bitswap = &mut machine.bitswap;
    let number = |key: &str| config.integer(&format!("Internal.Bitswap.{key}"));
    let size = |key: &str| number(key).and_then(|value| usize::try_from(value).ok());
    let control = |key: &str| config.flag(&format!("Internal.Bitswap.BroadcastControl.{key}"));
    bitswap.server.enabled = config.flag("Bitswap.ServerEnabled").unwrap_or(true);
    if let Some(bytes) = size("MaxOutstandingBytesPerPeer").filter(|&bytes| bytes > 0) {
        bitswap.server.outstanding_bytes_per_peer_max = bytes as u64;
    }
    if let Some(bytes) = number("WantHaveReplaceSize") {
        bitswap.server.want_have_replace_bytes = u32::try_from(bytes).unwrap_or(0);
    }
    if let Some(delay) = config.duration("Internal.Bitswap.ProviderSearchDelay") {
        bitswap.client.provider_search_delay = delay;
    }
    if let Some(results) = size("ProviderSearchMaxResults") {
        bitswap.client.provider_search_results_max =
            if results == 0 { PROVIDERS_MAX } else { results.min(PROVIDERS_MAX) };
    }
    let broadcast = &mut bitswap.broadcast;
    broadcast.enabled = control("Enable").unwrap_or(broadcast.enabled);
    broadcast.local_peers = control("LocalPeers").unwrap_or(broadcast.local_peers);
    broadcast.peered_peers = control("PeeredPeers").unwrap_or(broadcast.peered_peers);
    broadcast.to_pending_peers =
        control("SendToPendingPeers").unwrap_or(broadcast.to_pending_peers);
    if let Some(peers) = number("BroadcastControl.MaxPeers") {
        broadcast.peers_max = usize::try_from(peers).ok();
    }
    if let Some(peers) = size("BroadcastControl.MaxRandomPeers") {
        broadcast.random_peers_max = peers;
    }
    machine
}

/// Most providers of one search, also where the configuration says without limit.
const PROVIDERS_MAX: usize = 1_000;

/// Peers that delegated routers know of.
struct Finder {
    routing: Arc<Delegated>,
}

impl FindProviders for Finder {
    fn find(
        &self,
        cid: Cid,
        found: mpsc::Sender<Found>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let (sender, mut holders) = routing::queue();
            let take = async {
                while let Some(holder) = holders.recv().await {
                    let Ok(peer) = holder.peer.parse() else { continue };
                    let addresses = holder.addresses.iter().filter_map(|text| text.parse().ok());
                    if found.send((peer, addresses.collect())).await.is_err() {
                        return;
                    }
                }
            };
            tokio::join!(self.routing.find(cid, sender), take);
        })
    }
}
