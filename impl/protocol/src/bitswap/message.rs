//! Spec: spec/protocol/bitswap.md
//!
//! What peers say to each other.

use bytes::Bytes;
use ipfs_data::cid::Cid;

/// The first version's other protocol ID.
const UNVERSIONED: &str = "/ipfs/bitswap";

/// The protocol's versions, as streams negotiate them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `/ipfs/bitswap/1.0.0`: blocks without their CID's prefix.
    V1_0,
    /// `/ipfs/bitswap/1.1.0`: blocks with it.
    V1_1,
    /// `/ipfs/bitswap/1.2.0`: want-have, HAVE, DONT_HAVE.
    V1_2,
}

impl Version {
    // spec: bitswap.ids
    /// All versions, the preferred one first.
    pub const ALL: [Self; 3] = [Self::V1_2, Self::V1_1, Self::V1_0];

    /// The protocol IDs of all versions, the preferred one first.
    pub const IDS: [&'static str; 4] =
        [Self::V1_2.id(), Self::V1_1.id(), Self::V1_0.id(), UNVERSIONED];

    /// The protocol ID.
    pub const fn id(self) -> &'static str {
        match self {
            Self::V1_0 => "/ipfs/bitswap/1.0.0",
            Self::V1_1 => "/ipfs/bitswap/1.1.0",
            Self::V1_2 => "/ipfs/bitswap/1.2.0",
        }
    }

    /// The version with this protocol ID.
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            UNVERSIONED => Some(Self::V1_0),
            id => Self::ALL.into_iter().find(|version| version.id() == id),
        }
    }
}

/// What a want asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WantKind {
    /// Whether the peer has it.
    Have,
    /// The block itself.
    Block,
}

/// A line of a wantlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is wanted.
    pub cid: Cid,
    /// Higher ones first.
    pub priority: i32,
    /// The line takes an earlier one back.
    pub cancel: bool,
    /// What is asked for.
    pub kind: WantKind,
    /// Whether a DONT_HAVE is expected.
    pub send_dont_have: bool,
}

/// Whether a peer has a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// The block.
    pub cid: Cid,
    /// HAVE or DONT_HAVE.
    pub have: bool,
}

/// All of a CID but its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// 0 or 1.
    pub version: u8,
    /// The codec.
    pub codec: u64,
    /// The hash function.
    pub hash: u64,
    /// Bytes of the digest.
    pub digest_bytes: usize,
}

/// A block as it comes: nothing about it has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// All of its CID but the digest, which the receiver makes.
    pub prefix: Prefix,
    /// The bytes: a slice of the message.
    pub data: Bytes,
}

/// A message that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The wantlist is all that the peer wants, not a change.
    pub full: bool,
    /// Lines of the wantlist.
    pub entries: Vec<Entry>,
    /// Blocks, unchecked.
    pub payload: Vec<Payload>,
    /// HAVEs and DONT_HAVEs.
    pub presences: Vec<Presence>,
    /// Bytes that the peer has yet to send.
    pub pending_bytes: i32,
    /// Lines and presences that were left out: identity CIDs, too long ones, those above a bound.
    pub ignored: usize,
}

impl Message {
    /// Bytes of all blocks.
    pub fn payload_bytes(&self) -> u64 {
        self.payload.iter().map(|payload| payload.data.len() as u64).sum()
    }

    /// The part that a machine handles before the blocks are checked.
    pub fn into_parts(self) -> (Control, Vec<Payload>) {
        let control = Control {
            full: self.full,
            blocks: self.payload.len(),
            block_bytes: self.payload_bytes(),
            entries: self.entries,
            presences: self.presences,
        };
        (control, self.payload)
    }
}

/// A message without the bytes of its blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Control {
    /// The wantlist is all that the peer wants, not a change.
    pub full: bool,
    /// Lines of the wantlist.
    pub entries: Vec<Entry>,
    /// HAVEs and DONT_HAVEs.
    pub presences: Vec<Presence>,
    /// How many blocks came along; they follow as [`Input::Blocks`](super::Input::Blocks).
    pub blocks: usize,
    /// Their bytes.
    pub block_bytes: u64,
}

/// A message to send. The shell reads the blocks and encodes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// The wantlist is all that is wanted, not a change.
    pub full: bool,
    /// Lines of the wantlist.
    pub entries: Vec<Entry>,
    /// HAVEs and DONT_HAVEs.
    pub presences: Vec<Presence>,
    /// Blocks to read and send.
    pub blocks: Vec<Cid>,
    /// Bytes of blocks that wait for a later message.
    pub pending_bytes: i32,
}

impl Outgoing {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.presences.is_empty() && self.blocks.is_empty()
    }
}
