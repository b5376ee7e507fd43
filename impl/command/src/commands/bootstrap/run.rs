//! Spec: spec/command/bootstrap.md
//!
//! What `ipfs bootstrap` and the commands below it do.

use crate::commands::config::{bootstrap_peers, merge_into_file};
use crate::prelude::*;
use ipfs_data::key::PeerId;
use ipfs_repo::config::Config;
use ipfs_repo::config::fresh::AUTO;
use serde_json::Value as Json;

/// Peers that were listed, added or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BootstrapPeers {
    /// Their addresses.
    pub peers: Option<Vec<String>>,
}

impl Output for BootstrapPeers {
    const NAME: &'static str = "BootstrapOutput";

    // spec: bootstrap.text
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let prefix = match request.path.get(1) {
            Some(&"add") => "added ",
            Some(&"rm") => "removed ",
            _ => "",
        };
        let mut peers = self.peers.clone().unwrap_or_default();
        peers.sort();
        for peer in peers {
            writeln!(out, "{prefix}{peer}")?;
        }
        Ok(())
    }
}

fn auto_enabled(config: &Config) -> bool {
    config.flag("AutoConf.Enabled").unwrap_or(true)
}

fn configured(config: &Config) -> Option<Vec<String>> {
    config.value("Bootstrap").map(|_| config.texts("Bootstrap"))
}

// spec: bootstrap.list
pub(super) fn list(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let config = env.repo()?.config();
    // The group itself lists too, but has no options.
    let expand = request.path.len() > 1 && request.bool("expand-auto");
    let peers = match expand {
        true => Some(bootstrap_peers(&config)).filter(|peers| !peers.is_empty()),
        false => configured(&config),
    };
    emitter.emit(&BootstrapPeers { peers })
}

fn store(env: &Env, peers: Option<Vec<String>>) -> Result<()> {
    let repo = env.repo()?;
    let mut tree = repo.config().tree().clone();
    tree.set("Bootstrap", peers.map_or(Json::Null, Json::from))?;
    merge_into_file(repo, &tree)
}

// spec: bootstrap.add
pub(super) fn add(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let mut given = request.all_arguments().collect::<Result<Vec<String>>>()?;
    if given.is_empty() {
        return Err(Error::new("no bootstrap peers to add"));
    }
    for peer in &mut given {
        if peer == "default" {
            *peer = AUTO.to_owned();
        }
    }
    let repo = env.repo()?;
    let _editing = repo.edit_config();
    let config = repo.config();
    if given.iter().any(|peer| peer == AUTO) && !auto_enabled(&config) {
        return Err(Error::new(
            "cannot add default bootstrap peers: AutoConf is disabled (AutoConf.Enabled=false). \
             Enable AutoConf by setting AutoConf.Enabled=true in your config, or add specific \
             peer addresses instead",
        ));
    }
    given.iter().filter(|peer| *peer != AUTO).try_for_each(|peer| check_address(peer))?;
    let mut all: Vec<String> = Vec::new();
    let mut added = Vec::new();
    for peer in given {
        if !all.contains(&peer) {
            added.push(peer.clone());
            all.push(peer);
        }
    }
    for peer in config.texts("Bootstrap") {
        if !all.contains(&peer) {
            all.push(peer);
        }
    }
    store(env, Some(all))?;
    emitter.emit(&BootstrapPeers { peers: Some(added) })
}

/// Splits an address into what comes before `/p2p/ID`, and the ID.
fn split(address: &str) -> Result<(&str, Option<PeerId>)> {
    if !address.starts_with('/') || address == "/" {
        let reason = match address {
            "" | "/" => "empty multiaddr".to_owned(),
            other => format!("failed to parse multiaddr {other:?}: must begin with /"),
        };
        return Err(Error::new(reason));
    }
    let address = address.trim_end_matches('/');
    let Some((before, id)) = address.rsplit_once('/') else { return Ok((address, None)) };
    let Some(transport) = before.strip_suffix("/p2p").or_else(|| before.strip_suffix("/ipfs"))
    else {
        return Ok((address, None));
    };
    let id = PeerId::parse(id).map_err(|error| {
        let error = error.to_string();
        let error = error.trim_start_matches("failed to parse peer ID: ");
        Error::new(format!(
            "failed to parse multiaddr {address:?}: invalid value {id:?} for protocol p2p: \
             failed to parse p2p addr: {id} {error}"
        ))
    })?;
    Ok((transport, Some(id)))
}

fn check_address(address: &str) -> Result<()> {
    match split(address)? {
        (_, None) => Err(Error::new(format!("invalid bootstrap address: {address}"))),
        ("", _) => Err(Error::new(format!("bootstrap address without a transport: {address}"))),
        _ => Ok(()),
    }
}

// spec: bootstrap.rm
pub(super) fn remove(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    if request.bool("all") {
        return remove_all(request, env, emitter);
    }
    let given = request.all_arguments().collect::<Result<Vec<String>>>()?;
    let repo = env.repo()?;
    let _editing = repo.edit_config();
    let config = repo.config();
    let listed = config.texts("Bootstrap");
    if listed.iter().any(|peer| peer == AUTO) && auto_enabled(&config) {
        return Err(Error::new(
            "cannot remove individual bootstrap peers when using 'auto' placeholder: the 'auto' \
             value is managed by AutoConf. Either disable AutoConf by setting \
             AutoConf.Enabled=false and replace 'auto' with specific peer addresses, or use \
             'ipfs bootstrap rm --all' to remove all peers",
        ));
    }
    let parse = |address: &String| match split(address)? {
        (transport, Some(id)) => Ok((transport.to_owned(), id)),
        (_, None) => Err(Error::new("invalid p2p multiaddr")),
    };
    let wanted = given.iter().map(parse).collect::<Result<Vec<_>>>()?;
    let (mut kept, mut removed) = (Vec::new(), Vec::new());
    for address in listed {
        let (transport, id) = parse(&address)?;
        // An address without transport stands for the whole peer.
        let goes = wanted
            .iter()
            .any(|(other, peer)| *peer == id && (other.is_empty() || *other == transport));
        if goes { removed.push(address) } else { kept.push(address) }
    }
    store(env, Some(kept))?;
    emitter.emit(&BootstrapPeers { peers: Some(removed) })
}

// spec: bootstrap.rm-all
pub(super) fn remove_all(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let repo = env.repo()?;
    let _editing = repo.edit_config();
    let removed = repo.config().texts("Bootstrap");
    store(env, None)?;
    emitter.emit(&BootstrapPeers { peers: Some(removed) })
}
