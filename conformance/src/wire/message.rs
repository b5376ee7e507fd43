//! Bitswap messages, written and read from the published format.

use crate::decode::{self, Field};
use crate::encode::{Cid, field_bytes, field_varint, varint};

/// Version 1.2.0 of the protocol.
pub const V120: &str = "/ipfs/bitswap/1.2.0";
/// Version 1.1.0.
pub const V110: &str = "/ipfs/bitswap/1.1.0";
/// Version 1.0.0.
pub const V100: &str = "/ipfs/bitswap/1.0.0";
/// The name without a version, which speaks 1.0.0.
pub const LEGACY: &str = "/ipfs/bitswap";
/// Largest message, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// One want, or the cancel of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The CID, as it stands.
    pub cid: Vec<u8>,
    /// Larger is more urgent.
    pub priority: i32,
    /// Whether the want is withdrawn.
    pub cancel: bool,
    /// Whether it is enough to hear who has the block.
    pub have: bool,
    /// Whether DONT_HAVE is to be sent.
    pub send_dont_have: bool,
}

impl Entry {
    /// A want-block.
    pub fn block(cid: &Cid) -> Self {
        let cid = cid.bytes().to_vec();
        Self { cid, priority: 1, cancel: false, have: false, send_dont_have: false }
    }

    /// A want-have.
    pub fn have(cid: &Cid) -> Self {
        Self { have: true, ..Self::block(cid) }
    }

    /// The cancel of either.
    pub fn cancel(cid: &Cid) -> Self {
        Self { cancel: true, ..Self::block(cid) }
    }

    /// The same, and DONT_HAVE is to be sent.
    #[must_use]
    pub fn or_dont_have(mut self) -> Self {
        self.send_dont_have = true;
        self
    }

    /// The same with a priority.
    #[must_use]
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// The field's inside.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        field_bytes(&mut out, 1, &self.cid);
        // Negative numbers take ten bytes, as in every int32 of protobuf.
        field_varint(&mut out, 2, i64::from(self.priority) as u64);
        for (number, flag) in [(3, self.cancel), (4, self.have), (5, self.send_dont_have)] {
            if flag {
                field_varint(&mut out, number, 1);
            }
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut entry = Self {
            cid: Vec::new(),
            priority: 0,
            cancel: false,
            have: false,
            send_dont_have: false,
        };
        for field in decode::protobuf(bytes)? {
            match field {
                (1, Field::Bytes(cid)) => entry.cid = cid.to_vec(),
                (2, Field::Varint(priority)) => entry.priority = priority as i32,
                (3, Field::Varint(flag)) => entry.cancel = flag != 0,
                (4, Field::Varint(kind)) => entry.have = kind == 1,
                (5, Field::Varint(flag)) => entry.send_dont_have = flag != 0,
                _ => {}
            }
        }
        Some(entry)
    }
}

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Wants and cancels. `None` leaves the whole wantlist out.
    pub wantlist: Option<Vec<Entry>>,
    /// Whether the wantlist replaces everything wanted before.
    pub full: bool,
    /// Blocks without prefix (1.0.0).
    pub bare: Vec<Vec<u8>>,
    /// Blocks: the prefix of the CID, and the bytes.
    pub payload: Vec<(Vec<u8>, Vec<u8>)>,
    /// Who is asked about, and whether it is a DONT_HAVE.
    pub presences: Vec<(Vec<u8>, bool)>,
    /// Bytes that are still in the queue.
    pub pending_bytes: i32,
}

impl Message {
    /// A message of wants and cancels.
    pub fn wants(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self { wantlist: Some(entries.into_iter().collect()), ..Self::default() }
    }

    /// A message with a block.
    pub fn block(cid: &Cid, bytes: &[u8]) -> Self {
        Self { payload: vec![(prefix(cid), bytes.to_vec())], ..Self::default() }
    }

    /// A message of presences.
    pub fn presence(cid: &Cid, dont_have: bool) -> Self {
        Self { presences: vec![(cid.bytes().to_vec(), dont_have)], ..Self::default() }
    }

    /// The bytes, without a length in front.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(entries) = &self.wantlist {
            let mut inner = Vec::new();
            entries.iter().for_each(|entry| field_bytes(&mut inner, 1, &entry.encode()));
            if self.full {
                field_varint(&mut inner, 2, 1);
            }
            field_bytes(&mut out, 1, &inner);
        }
        self.bare.iter().for_each(|block| field_bytes(&mut out, 2, block));
        for (prefix, data) in &self.payload {
            let mut inner = Vec::new();
            field_bytes(&mut inner, 1, prefix);
            field_bytes(&mut inner, 2, data);
            field_bytes(&mut out, 3, &inner);
        }
        for (cid, dont_have) in &self.presences {
            let mut inner = Vec::new();
            field_bytes(&mut inner, 1, cid);
            if *dont_have {
                field_varint(&mut inner, 2, 1);
            }
            field_bytes(&mut out, 4, &inner);
        }
        if self.pending_bytes != 0 {
            field_varint(&mut out, 5, i64::from(self.pending_bytes) as u64);
        }
        out
    }

    /// The bytes with their length in front, as on a stream.
    pub fn framed(&self) -> Vec<u8> {
        frame(&self.encode())
    }

    /// Reads a message. What is not well-formed is `None`.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut message = Self::default();
        for field in decode::protobuf(bytes)? {
            match field {
                (1, Field::Bytes(inner)) => {
                    let entries = message.wantlist.get_or_insert_default();
                    for field in decode::protobuf(inner)? {
                        match field {
                            (1, Field::Bytes(entry)) => entries.push(Entry::decode(entry)?),
                            (2, Field::Varint(full)) => message.full = full != 0,
                            _ => {}
                        }
                    }
                }
                (2, Field::Bytes(block)) => message.bare.push(block.to_vec()),
                (3, Field::Bytes(inner)) => message.payload.push(pair(inner)?),
                (4, Field::Bytes(inner)) => {
                    let fields = decode::protobuf(inner)?;
                    let cid = fields.iter().find_map(|field| match field {
                        (1, Field::Bytes(cid)) => Some(cid.to_vec()),
                        _ => None,
                    })?;
                    message.presences.push((cid, fields.contains(&(2, Field::Varint(1)))));
                }
                (5, Field::Varint(pending)) => message.pending_bytes = pending as i32,
                _ => {}
            }
        }
        Some(message)
    }
}

/// Bytes with their length in front.
pub fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut framed = varint(bytes.len() as u64);
    framed.extend(bytes);
    framed
}

fn pair(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut prefix, mut data) = (Vec::new(), Vec::new());
    for field in decode::protobuf(bytes)? {
        match field {
            (1, Field::Bytes(bytes)) => prefix = bytes.to_vec(),
            (2, Field::Bytes(bytes)) => data = bytes.to_vec(),
            _ => {}
        }
    }
    Some((prefix, data))
}

/// What goes before a block: its CID without the digest.
pub fn prefix(cid: &Cid) -> Vec<u8> {
    let version = u64::from(!cid.is_v0());
    let (code, rest) = decode::varint(cid.multihash()).unwrap_or((0, &[]));
    let (length, _) = decode::varint(rest).unwrap_or((0, &[]));
    [version, cid.codec(), code, length].iter().flat_map(|number| varint(*number)).collect()
}

/// The CID of a block that came with this prefix. `None` for a hash that is not known here.
pub fn prefixed(prefix: &[u8], bytes: &[u8]) -> Option<Cid> {
    let (version, rest) = decode::varint(prefix)?;
    let (codec, rest) = decode::varint(rest)?;
    let (code, rest) = decode::varint(rest)?;
    let (length, rest) = decode::varint(rest)?;
    match (version, codec, code, length, rest.is_empty()) {
        (0, 0x70, 0x12, 32, true) => Some(Cid::v0(bytes)),
        (1, _, 0x12, 32, true) => Some(Cid::of(codec, bytes)),
        (1, _, 0x13, 64, true) => Some(Cid::v1(codec, &crate::encode::sha512(bytes))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::RAW;

    #[test]
    fn a_message_reads_back() {
        let cid = Cid::of(RAW, b"x");
        let mut message = Message::wants([
            Entry::block(&cid).priority(-5),
            Entry::have(&cid).or_dont_have(),
            Entry::cancel(&cid),
        ]);
        message.full = true;
        message.bare.push(b"bare".to_vec());
        message.payload.push((prefix(&cid), b"x".to_vec()));
        message.presences = vec![(cid.bytes().to_vec(), true), (cid.bytes().to_vec(), false)];
        message.pending_bytes = 77;
        assert_eq!(Message::decode(&message.encode()), Some(message));
    }

    #[test]
    fn known_bytes() {
        assert_eq!(Message::wants([]).framed(), [2, 0x0a, 0]);
        assert_eq!(Message::default().framed(), [0]);
        assert_eq!(prefix(&Cid::of(RAW, b"x")), [1, 0x55, 0x12, 32]);
        assert_eq!(prefix(&Cid::v0(b"x")), [0, 0x70, 0x12, 32]);
        let cid = Cid::v0(b"x");
        assert_eq!(prefixed(&prefix(&cid), b"x"), Some(cid));
        assert_eq!(Message::decode(&[0x0a, 9]), None);
    }
}
