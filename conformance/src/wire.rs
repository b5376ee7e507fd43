//! The peer under test: where to dial it, what it was given, and how to ask it for something.

mod connection;
mod content;
pub mod identify;
mod message;
mod negotiate;
mod null;
mod peer;
mod running;

pub use connection::{Profile, Security};
pub use content::{Content, content, noise, nowhere, unheard, unheard_file};
pub use message::{
    Entry, LEGACY, MESSAGE_BYTES_MAX, Message, V100, V110, V120, frame, prefix, prefixed,
};
pub use negotiate::{HEADER, REFUSED, line};
pub(crate) use null::nulls;
pub use peer::{Peer, Received, Seen, Stream};
pub use running::{Carrier, Started};

use crate::case::{Check, Stop, failed, same};
use crate::encode::Cid;
use crate::http::{Answer, Request, Server};
use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a subject may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The boundary of multipart bodies.
const BOUNDARY: &str = "----boundary-of-the-wire-cases";

/// A peer under test.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Where to dial it.
    pub address: Multiaddr,
    /// Where it takes commands, for cases in which it has to fetch something.
    pub rpc: Option<Server>,
    /// Its process, for cases that look at its memory.
    pub pid: Option<u32>,
    /// Whether it has the content that cases want.
    pub loaded: bool,
    /// How long it may take to answer.
    pub patience: Duration,
}

impl Wire {
    /// A peer at an address, without content and without a look whether it is there.
    pub fn at(address: &str) -> Result<Self, String> {
        let address = address.parse().map_err(|error| format!("{address}: {error}"))?;
        Ok(Self { address, rpc: None, pid: None, loaded: false, patience: PATIENCE })
    }

    /// A peer at an address, which may have the content. With an RPC address it is given it.
    pub fn new(address: &str, rpc: Option<Server>) -> Result<Self, String> {
        let mut wire = Self { rpc, loaded: true, ..Self::at(address)? };
        wire.load().map_err(|why| format!("cannot load the content: {why:?}"))?;
        let mut peer = wire.dial().map_err(|why| format!("{why:?}"))?;
        wire.loaded = wire.serves(&mut peer).is_ok();
        Ok(wire)
    }

    /// Whether it is one of those that do nothing.
    pub(crate) fn is_null(&self) -> bool {
        self.patience < PATIENCE
    }

    /// Gives it the content, if it takes commands.
    fn load(&self) -> Check {
        let Some(rpc) = &self.rpc else { return Ok(()) };
        let path = "/api/v0/dag/import?pin-roots=false&allow-big-block=true";
        rpc.send(&upload(path, &content().car()))?.expect(200).map(|_| ())
    }

    /// A new peer, connected to it.
    pub fn dial(&self) -> Check<Peer> {
        self.dial_as(&Profile::default())
    }

    /// A new peer of this kind.
    pub fn dial_as(&self, profile: &Profile) -> Check<Peer> {
        self.dial_with(Keypair::generate_ed25519(), profile)
    }

    /// A peer with this identity.
    pub fn dial_with(&self, key: Keypair, profile: &Profile) -> Check<Peer> {
        Peer::dial(&self.address, key, profile, self.patience)
    }

    /// A peer that is known to be served.
    pub fn served(&self) -> Check<Peer> {
        self.loaded()?;
        let mut peer = self.dial()?;
        self.serves(&mut peer)?;
        Ok(peer)
    }

    /// For cases that want the content.
    pub fn loaded(&self) -> Check {
        match self.loaded {
            true => Ok(()),
            false => Err(Stop::Unprepared("the subject has not the content".to_owned())),
        }
    }

    /// Whether this peer gets the block that it wants. It is one of many, so that it is not always
    /// the same.
    pub fn serves(&self, peer: &mut Peer) -> Check {
        let small = &content().small;
        let cid = &small[peer.seen.order.len() % small.len()];
        let before = peer.seen.order.len();
        let asked = Message::wants([Entry::block(cid)]);
        peer.ask("a block that it has", &asked, |seen| seen.order[before..].contains(cid))?;
        same("the block", &peer.seen.blocks[cid].as_slice(), &content().bytes(cid))
    }

    /// Whether others are served: one that comes now.
    pub fn is_well(&self) -> Check {
        match self.served() {
            Err(Stop::Failed(why)) => failed(format!("another peer is not served: {why}")),
            other => other.map(|_| ()),
        }
    }

    /// Where it takes commands.
    pub fn rpc(&self) -> Check<&Server> {
        self.rpc.as_ref().ok_or_else(|| Stop::Unprepared("no RPC address was given".to_owned()))
    }

    /// Gives it a raw block.
    pub fn put(&self, bytes: &[u8]) -> Check {
        let path = "/api/v0/block/put?cid-codec=raw&allow-big-block=true";
        self.rpc()?.send(&upload(path, bytes))?.expect(200).map(|_| ())
    }

    /// Asks it for a block, which it may have to fetch, within this many seconds.
    pub fn get(&self, cid: &Cid, seconds: u64) -> Check<Fetch> {
        self.fetch(&format!("block/get?arg={cid}&timeout={seconds}s"))
    }

    /// Asks it for something that it may have to fetch.
    pub fn fetch(&self, command: &str) -> Check<Fetch> {
        let (rpc, target) = (self.rpc()?.clone(), format!("/api/v0/{command}"));
        Ok(Fetch(std::thread::spawn(move || rpc.post(&target))))
    }

    /// Memory of its process, in KiB.
    pub fn memory_kib(&self) -> Check<u64> {
        let Some(pid) = self.pid else {
            return Err(Stop::Unprepared("the subject's process is not known".to_owned()));
        };
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        match line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()) {
            Some(kib) => Ok(kib),
            None => failed("the subject's process has gone"),
        }
    }
}

/// A command that runs.
#[derive(Debug)]
pub struct Fetch(JoinHandle<Check<Answer>>);

impl Fetch {
    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits for its answer.
    pub fn answer(self) -> Check<Answer> {
        self.0.join().unwrap_or_else(|_| failed("the client died"))
    }

    /// Waits for its answer, which must be these bytes.
    pub fn gives(self, bytes: &[u8]) -> Check {
        let answer = self.answer()?.expect(200)?;
        match answer.body == bytes && answer.complete {
            true => Ok(()),
            false => failed(format!("other bytes: {} of {}", answer.body.len(), bytes.len())),
        }
    }
}

fn upload(path: &str, bytes: &[u8]) -> Request {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let body = [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    Request::new("POST", path).header("Content-Type", &kind).body(body)
}
