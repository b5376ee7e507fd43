//! Spec: spec/node/swarm.md
//!
//! The swarm's settings out of the configuration of a repository.

use super::config::{Announcing, Config, Trimming};
use super::filters::Filter;
use super::limits::allow::AllowedError;
use super::limits::defaults::{Machine, limits};
use super::transport::Transports;
use super::{Multiaddr, NetworkKey, PeerId};
use ipfs_repo::config::Config as RepoConfig;
use libp2p::multiaddr::Protocol;
use serde_json::Value;
use std::time::Duration;

/// Why settings make no sense. The texts are the reference's where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// `Identity.PrivKey`
    #[error("Identity.PrivKey is not base64")]
    Key,
    /// `Addresses.Swarm`
    #[error("failure to parse config.Addresses.Swarm: [{0}]")]
    Listen(String),
    /// Another list of addresses.
    #[error("{key}: {text:?} is not a multiaddr")]
    Address {
        /// The list.
        key: &'static str,
        /// The entry.
        text: String,
    },
    /// `Swarm.AddrFilters`
    #[error("incorrectly formatted address filter in config: {0}")]
    Filter(String),
    /// `Peering.Peers`
    #[error("Peering.Peers: {0:?} is not a peer ID")]
    Peer(String),
    /// `Swarm.ConnMgr.Type`
    #[error("unrecognized Swarm.ConnMgr.Type: {0:?}")]
    Trimming(String),
    /// `Swarm.ResourceMgr.Allowlist`
    #[error("creating libp2p resource manager: {0}")]
    Allowlist(AllowedError),
    // spec: swarm.pnet-quic
    /// A wire that private networks can't use was asked for.
    #[error(
        "{0} transport does not support private networks, \
         please disable Swarm.Transports.Network.{1}"
    )]
    NotPrivate(&'static str, &'static str),
}

/// Addresses that this node does not listen on, and why: for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The address.
    pub address: Multiaddr,
    /// What is missing.
    pub reason: &'static str,
}

impl Config {
    /// The settings of a repository. What stands outside of its configuration - agent version,
    /// network key, resolver - is for the caller to add; limits need to know the `machine`.
    ///
    /// # Errors
    /// When a value can't be used.
    pub fn read(
        config: &RepoConfig,
        network_key: Option<NetworkKey>,
        machine: Machine,
    ) -> Result<(Self, Vec<Skipped>), SettingsError> {
        let key = ipfs_data::multibase::decode(&[b"M", config.private_key().as_bytes()].concat());
        let mut this = Self::new(key.map_err(|_| SettingsError::Key)?.1);
        this.network_key = network_key;
        this.transports = transports(config, network_key.is_some())?;
        let texts = config.texts("Addresses.Swarm");
        let parsed: Result<Vec<Multiaddr>, _> = texts.iter().map(|text| text.parse()).collect();
        let listen = parsed.map_err(|_| SettingsError::Listen(texts.join(" ")))?;
        let (listen, skipped) = split(listen, this.transports);
        this.listen = listen;
        let (never, never_within) = never(config)?;
        this.announcing = Announcing {
            instead: addresses(config, "Addresses.Announce")?,
            also: addresses(config, "Addresses.AppendAnnounce")?,
            never,
            never_within,
        };
        for text in config.texts("Swarm.AddrFilters") {
            let filter = text.parse().map_err(|_| SettingsError::Filter(text))?;
            this.filters.push(filter);
        }
        this.trimming = trimming(config)?;
        let limits = limits(config, this.trimming.as_ref(), machine);
        this.limits = limits.map_err(SettingsError::Allowlist)?;
        this.peering = peering(config)?;
        this.mdns = config.flag("Discovery.MDNS.Enabled").unwrap_or(false);
        Ok((this, skipped))
    }
}

fn addresses(config: &RepoConfig, key: &'static str) -> Result<Vec<Multiaddr>, SettingsError> {
    let parse = |text: String| text.parse().map_err(|_| SettingsError::Address { key, text });
    config.texts(key).into_iter().map(parse).collect()
}

/// Single addresses and ranges stand in one list.
fn never(config: &RepoConfig) -> Result<(Vec<Multiaddr>, Vec<Filter>), SettingsError> {
    const KEY: &str = "Addresses.NoAnnounce";
    let (mut single, mut ranges) = (Vec::new(), Vec::new());
    for text in config.texts(KEY) {
        match text.parse::<Filter>() {
            Ok(filter) => ranges.push(filter),
            Err(_) => {
                let address = text.parse();
                single.push(address.map_err(|_| SettingsError::Address { key: KEY, text })?);
            }
        }
    }
    Ok((single, ranges))
}

fn transports(config: &RepoConfig, private: bool) -> Result<Transports, SettingsError> {
    let wires =
        [("QUIC", "QUIC"), ("WebTransport", "WebTransport"), ("WebRTC Direct", "WebRTCDirect")];
    for (name, key) in wires {
        let asked = config.flag(&format!("Swarm.Transports.Network.{key}")) == Some(true);
        if private && asked {
            return Err(SettingsError::NotPrivate(name, key));
        }
    }
    let default = Transports::default();
    let priority = |key: &str, default: Option<i64>| match config.value(key) {
        Some(Value::Bool(false)) => None,
        Some(Value::Number(number)) => number.as_i64().or(default),
        _ => default,
    };
    Ok(Transports {
        tcp: config.flag("Swarm.Transports.Network.TCP").unwrap_or(true),
        quic: config.flag("Swarm.Transports.Network.QUIC").unwrap_or(!private),
        tls: priority("Swarm.Transports.Security.TLS", default.tls),
        noise: priority("Swarm.Transports.Security.Noise", default.noise),
    })
}

// spec: swarm.listen-skipped
/// What can be listened on, and what not.
fn split(listen: Vec<Multiaddr>, which: Transports) -> (Vec<Multiaddr>, Vec<Skipped>) {
    let (mut good, mut skipped) = (Vec::new(), Vec::new());
    for address in listen {
        let parts: Vec<Protocol<'_>> = address.iter().collect();
        let reason = match parts.as_slice() {
            [Protocol::Ip4(_) | Protocol::Ip6(_), Protocol::Tcp(_)] if which.tcp => None,
            [Protocol::Ip4(_) | Protocol::Ip6(_), Protocol::Tcp(_)] => {
                Some("Swarm.Transports.Network.TCP is false")
            }
            [Protocol::Ip4(_) | Protocol::Ip6(_), Protocol::Udp(_), Protocol::QuicV1] => {
                (!which.quic).then_some("QUIC is off")
            }
            _ => Some("this program has no transport for it"),
        };
        match reason {
            None => good.push(address),
            Some(reason) => skipped.push(Skipped { address, reason }),
        }
    }
    (good, skipped)
}

fn trimming(config: &RepoConfig) -> Result<Option<Trimming>, SettingsError> {
    match config.text("Swarm.ConnMgr.Type") {
        None | Some("" | "basic") => {}
        Some("none") => return Ok(None),
        Some(other) => return Err(SettingsError::Trimming(other.to_owned())),
    }
    let default = Trimming::default();
    let count = |key: &str, default: usize| {
        config.integer(key).map_or(default, |count| usize::try_from(count).unwrap_or(0))
    };
    let time = |key: &str, default: Duration| config.duration(key).unwrap_or(default);
    Ok(Some(Trimming {
        high_water: count("Swarm.ConnMgr.HighWater", default.high_water),
        low_water: count("Swarm.ConnMgr.LowWater", default.low_water),
        grace: time("Swarm.ConnMgr.GracePeriod", default.grace),
        silence: time("Swarm.ConnMgr.SilencePeriod", default.silence),
    }))
}

fn peering(config: &RepoConfig) -> Result<Vec<(PeerId, Vec<Multiaddr>)>, SettingsError> {
    let Some(Value::Array(peers)) = config.value("Peering.Peers") else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for entry in peers {
        let id = entry.get("ID").and_then(Value::as_str).unwrap_or("");
        let peer = id.parse().map_err(|_| SettingsError::Peer(id.to_owned()))?;
        let mut addresses = Vec::new();
        for text in entry.get("Addrs").and_then(Value::as_array).into_iter().flatten() {
            let text = text.as_str().unwrap_or("");
            let key = "Peering.Peers";
            let bad = || SettingsError::Address { key, text: text.to_owned() };
            addresses.push(text.parse().map_err(|_| bad())?);
        }
        all.push((peer, addresses));
    }
    Ok(all)
}
