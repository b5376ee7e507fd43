//! Spec: spec/node/content.md
//!
//! The exchange of blocks with peers, set up for a repository.

use super::settings::constructing;
use crate::env::Env;
use crate::error::Result;
use ipfs_data::cid::Cid;
use ipfs_node::bitswap::{Config, Exchange, FindProviders, Found};
use ipfs_node::content::routing::{self, Delegated, Routing};
use ipfs_node::swarm::{PeerId, Swarm};
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
    let (serves, lists) = (on("Bitswap.ServerEnabled"), env.denylists()?.clone());
    let settings = Config {
        seed: rand::random(),
        // spec: denylist.block
        allowed: Some(Arc::new(move |_: &PeerId, cid: &Cid| {
            serves && lists.check_cid(cid).is_ok()
        })),
        routing: (!routing.is_empty())
            .then(|| -> Arc<dyn FindProviders> { Arc::new(Finder { routing: routing.clone() }) }),
        ..Config::default()
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
