//! Spec: spec/sim/run.md
//!
//! A message under way: as the bytes of the wire codec, or - faster - as the machine made it, with
//! the size that it would have.

use crate::content::{BlockNumber, Catalogue, fingerprint};
use crate::rng::{Rng, mix};
use crate::trace::fold;
use bytes::Bytes;
use ipfs_data::cid::Cid;
use ipfs_protocol::bitswap::{self, Control, Outgoing, Version, WantKind};

/// Bytes of an entry or a presence besides its CID: tags, lengths, flags.
const LINE_BYTES: u64 = 8;
/// Bytes of a block besides its data: tags, lengths, prefix.
const BLOCK_HEAD_BYTES: u64 = 16;
/// Bytes of a message besides its parts.
const MESSAGE_HEAD_BYTES: u64 = 6;

/// A block that a message carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The right bytes.
    True(BlockNumber),
    /// Other bytes under the name of a block: as many, and what makes them different.
    False(BlockNumber, u64),
    /// As it came over the wire.
    Raw(bitswap::Payload),
}

/// A message under way.
#[derive(Debug)]
pub struct Packet {
    body: Body,
}

#[derive(Debug)]
enum Body {
    Encoded(Bytes),
    Plain(Box<(Outgoing, Vec<Piece>)>),
}

impl Packet {
    /// Makes a message ready: itself, its bytes on the wire.
    pub fn new(
        message: Outgoing,
        pieces: Vec<Piece>,
        wire: bool,
        catalogue: &Catalogue,
    ) -> (Self, u64) {
        if wire {
            let blocks: Vec<(Cid, Bytes)> =
                pieces.iter().filter_map(|piece| piece.bytes(catalogue)).collect();
            let bytes = Bytes::from(bitswap::encode(&message, &blocks, Version::V1_2));
            let length = bytes.len() as u64;
            return (Self { body: Body::Encoded(bytes) }, length);
        }
        let lines = message.entries.iter().map(|entry| &entry.cid);
        let lines = lines.chain(message.presences.iter().map(|presence| &presence.cid));
        let lines: u64 = lines.map(|cid| cid.encoded_len() as u64 + LINE_BYTES).sum();
        let blocks: u64 = pieces.iter().map(|p| p.size(catalogue) + BLOCK_HEAD_BYTES).sum();
        let body = Body::Plain(Box::new((message, pieces)));
        (Self { body }, MESSAGE_HEAD_BYTES + lines + blocks)
    }

    /// Reads it: all but the blocks, and the blocks.
    ///
    /// # Errors
    /// When the wire codec can't read what it wrote.
    // spec: run.real-codec
    pub fn open(self) -> Result<(Control, Vec<Piece>), bitswap::CodecError> {
        match self.body {
            Body::Encoded(bytes) => {
                let start = match bitswap::decode_length(&bytes)? {
                    Some((_, start)) => start,
                    None => 0,
                };
                let (control, payload) = bitswap::decode(&bytes.slice(start..))?.into_parts();
                Ok((control, payload.into_iter().map(Piece::Raw).collect()))
            }
            Body::Plain(parts) => {
                let (message, pieces) = *parts;
                let control = Control {
                    full: message.full,
                    entries: message.entries,
                    presences: message.presences,
                    blocks: pieces.len(),
                    block_bytes: 0,
                };
                Ok((control, pieces))
            }
        }
    }
}

impl Piece {
    /// Bytes of the block.
    pub fn size(&self, catalogue: &Catalogue) -> u64 {
        match self {
            Self::True(number) | Self::False(number, _) => u64::from(catalogue.size(*number)),
            Self::Raw(payload) => payload.data.len() as u64,
        }
    }

    fn bytes(&self, catalogue: &Catalogue) -> Option<(Cid, Bytes)> {
        match self {
            Self::True(number) => {
                let entry = catalogue.entry(*number);
                Some((entry.cid, entry.data.clone()))
            }
            Self::False(number, mark) => {
                let entry = catalogue.entry(*number);
                let mut data = vec![0; entry.data.len()];
                let mut rng = Rng::new(*mark, crate::rng::Stream::Content);
                rng.fill(&mut data);
                Some((entry.cid, data.into()))
            }
            Self::Raw(_) => None,
        }
    }

    /// The CID that the bytes hash to. None when the hash can't be made.
    pub fn cid(&self, catalogue: &Catalogue) -> Option<Cid> {
        match self {
            Self::True(number) => Some(catalogue.entry(*number).cid),
            Self::False(number, mark) => Some(other_cid(&catalogue.entry(*number).cid, *mark)),
            Self::Raw(payload) => payload.prefix.cid_of(&payload.data),
        }
    }
}

/// A CID of the same kind that names other bytes.
fn other_cid(cid: &Cid, mark: u64) -> Cid {
    let mut digest = cid.hash().digest().to_vec();
    for (chunk, index) in digest.chunks_mut(8).zip(0u64..) {
        let bytes = mix(mark.wrapping_add(index)).to_le_bytes();
        chunk.copy_from_slice(&bytes[..chunk.len()]);
    }
    match ipfs_data::cid::Multihash::wrap(cid.hash().code(), &digest) {
        Ok(hash) => Cid::new_v1(cid.codec(), hash),
        Err(_) => *cid,
    }
}

/// What the entries and presences of a message count, and a fingerprint of all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Wants for presence.
    pub want_haves: u64,
    /// Wants for blocks.
    pub want_blocks: u64,
    /// Wants taken back.
    pub cancels: u64,
    /// HAVEs.
    pub haves: u64,
    /// DONT_HAVEs.
    pub dont_haves: u64,
    /// Mixes all of it in order.
    pub fingerprint: u64,
}

impl Tally {
    /// Of a message that is sent.
    pub fn of(message: &Outgoing) -> Self {
        let mut tally = Self { fingerprint: u64::from(message.full), ..Self::default() };
        for entry in &message.entries {
            let kind = match (entry.cancel, entry.kind) {
                (true, _) => &mut tally.cancels,
                (false, WantKind::Have) => &mut tally.want_haves,
                (false, WantKind::Block) => &mut tally.want_blocks,
            };
            *kind += 1;
            let flags = u64::from(entry.cancel) << 34
                | u64::from(entry.kind == WantKind::Have) << 33
                | u64::from(entry.send_dont_have) << 32
                | u64::from(entry.priority as u32);
            tally.fingerprint = fold(tally.fingerprint, [fingerprint(&entry.cid), flags]);
        }
        for presence in &message.presences {
            *(if presence.have { &mut tally.haves } else { &mut tally.dont_haves }) += 1;
            let mark = fingerprint(&presence.cid) ^ u64::from(presence.have);
            tally.fingerprint = fold(tally.fingerprint, [mark]);
        }
        let blocks = message.blocks.iter().map(fingerprint);
        tally.fingerprint = fold(tally.fingerprint, blocks.chain([message.pending_bytes as u64]));
        tally
    }

    /// Lines of all kinds.
    pub fn lines(&self) -> u64 {
        self.want_haves + self.want_blocks + self.cancels + self.haves + self.dont_haves
    }
}
