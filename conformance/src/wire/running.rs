//! A daemon that this program starts to dial it.

use super::{PATIENCE, Wire};
use crate::case::{Check, failed};
use crate::daemon::Daemon;
use crate::sandbox::Sandbox;
use std::path::Path;

/// What carries the connection to a daemon that is started here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Carrier {
    /// TCP, with TLS or Noise and yamux.
    #[default]
    Tcp,
    /// QUIC v1.
    Quic,
}

impl Carrier {
    /// By its name on the command line.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "tcp" => Some(Self::Tcp),
            "quic" => Some(Self::Quic),
            _ => None,
        }
    }
}

/// A running daemon; it is stopped when dropped.
#[derive(Debug)]
pub struct Started {
    /// How to reach it.
    pub wire: Wire,
    _daemon: Daemon,
    _sandbox: Sandbox,
}

impl Started {
    /// Starts a daemon that listens on free ports of the loopback interface, TCP and QUIC.
    pub fn start(binary: &Path, carrier: Carrier) -> Result<Self, String> {
        Self::attempt(binary, carrier).map_err(|why| format!("{why:?}"))
    }

    fn attempt(binary: &Path, carrier: Carrier) -> Check<Self> {
        let sandbox = Sandbox::new(binary)
            .or_else(|error| failed(format!("no temporary folder: {error}")))?;
        sandbox.init()?;
        let listen = r#"["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]"#;
        let daemon = Daemon::start_with(&sandbox, &[("Addresses.Swarm", listen)], &[])?;
        let id = daemon.rpc.post("/api/v0/id")?.expect(200)?.json()?;
        let addresses = id["Addresses"].as_array().cloned().unwrap_or_default();
        let mut texts = addresses.iter().filter_map(|address| address.as_str());
        let part = match carrier {
            Carrier::Tcp => "/tcp/",
            Carrier::Quic => "/quic-v1",
        };
        let own = |text: &&str| text.starts_with("/ip4/127.0.0.1/") && text.contains(part);
        let Some(address) = texts.find(own) else {
            return failed(format!("it listens on no {carrier:?} port: {id}"));
        };
        let mut wire = Wire::new(address, Some(daemon.rpc.clone())).or_else(failed)?;
        wire.pid = Some(daemon.pid());
        wire.patience = PATIENCE;
        Ok(Self { wire, _daemon: daemon, _sandbox: sandbox })
    }
}
