//! Spec: spec/command/bitswap-command.md
//!
//! What the exchange of blocks tells about itself.

use crate::cid_base::CidEncoder;
use crate::human;
use crate::network;
use crate::prelude::*;
use ipfs_data::cid::Cid;

/// A CID in JSON: `{"/": "CID"}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Link {
    #[serde(rename = "/")]
    cid: String,
}

impl From<&Cid> for Link {
    fn from(cid: &Cid) -> Self {
        Self { cid: cid.to_string() }
    }
}

/// As `--cid-base` wants it; as it came when it is no CID.
fn shown(encoder: &CidEncoder, link: &Link) -> String {
    match ipfs_data::cid::parse(&link.cid) {
        Ok(cid) => encoder.encode(&cid),
        Err(_) => link.cid.clone(),
    }
}

/// Counts since the start.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Stat {
    pub(crate) wantlist: Vec<Link>,
    pub(crate) peers: Vec<String>,
    pub(crate) blocks_received: u64,
    pub(crate) data_received: u64,
    pub(crate) dup_blks_received: u64,
    pub(crate) dup_data_received: u64,
    pub(crate) messages_received: u64,
    pub(crate) blocks_sent: u64,
    pub(crate) data_sent: u64,
}

impl Output for Stat {
    const NAME: &'static str = "Stat";

    // spec: bitswap-command.stat-text
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let cids = CidEncoder::from_request(request)?;
        let bytes = |count: u64| match request.bool("human") {
            true => human::bytes(count),
            false => count.to_string(),
        };
        writeln!(out, "bitswap status")?;
        writeln!(out, "\tblocks received: {}", self.blocks_received)?;
        writeln!(out, "\tblocks sent: {}", self.blocks_sent)?;
        writeln!(out, "\tdata received: {}", bytes(self.data_received))?;
        writeln!(out, "\tdata sent: {}", bytes(self.data_sent))?;
        writeln!(out, "\tdup blocks received: {}", self.dup_blks_received)?;
        writeln!(out, "\tdup data received: {}", bytes(self.dup_data_received))?;
        writeln!(out, "\twantlist [{} keys]", self.wantlist.len())?;
        for wanted in &self.wantlist {
            writeln!(out, "\t\t{}", shown(&cids, wanted))?;
        }
        writeln!(out, "\tpartners [{}]", self.peers.len())?;
        if request.bool("verbose") {
            for peer in &self.peers {
                writeln!(out, "\t\t{peer}")?;
            }
        }
        Ok(())
    }
}

// spec: bitswap-command.stat
pub(crate) fn stat(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let network = network::figures(env)?;
    emitter.emit(&network.exchanged())
}

/// CIDs.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Keys {
    keys: Vec<Link>,
}

impl Output for Keys {
    const NAME: &'static str = "KeyList";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let encoder = CidEncoder::from_request(request)?;
        let mut cids: Vec<Cid> =
            self.keys.iter().filter_map(|key| ipfs_data::cid::parse(&key.cid).ok()).collect();
        cids.sort_by_key(Cid::to_bytes);
        for cid in cids {
            writeln!(out, "{}", encoder.encode(&cid))?;
        }
        Ok(())
    }
}

// spec: bitswap-command.wantlist
pub(super) fn wantlist(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let network = network::command(env)?;
    let peer = request.str("peer").map(network::parse_peer).transpose()?;
    let peer = peer.filter(|peer| *peer != network.swarm().peer_id());
    let wants = network.wants(peer);
    emitter.emit(&Keys { keys: wants.iter().map(Link::from).collect() })
}

/// What was exchanged with one peer.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Receipt {
    pub(crate) peer: String,
    /// Bytes sent for each byte received.
    pub(crate) value: f64,
    pub(crate) sent: u64,
    pub(crate) recv: u64,
    pub(crate) exchanged: u64,
}

impl Output for Receipt {
    const NAME: &'static str = "Receipt";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "Ledger for {}", self.peer)?;
        writeln!(out, "Debt ratio:\t{:.6}", self.value)?;
        writeln!(out, "Exchanges:\t{}", self.exchanged)?;
        writeln!(out, "Bytes sent:\t{}", self.sent)?;
        Ok(writeln!(out, "Bytes received:\t{}\n", self.recv)?)
    }
}

// spec: bitswap-command.ledger
pub(super) fn ledger(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let network = network::command(env)?;
    let peer = network::parse_peer(request.argument(0).unwrap_or_default())?;
    emitter.emit(&network.ledger(&peer))
}
