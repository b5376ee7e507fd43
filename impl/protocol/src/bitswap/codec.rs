//! Spec: spec/protocol/bitswap.md
//!
//! Messages as bytes: the protobuf of the protocol, and the varint before it. Reading is total and
//! takes memory only for what is there.

use super::config::{BLOCKS_MAX, CID_BYTES_MAX, ENTRIES_MAX, MESSAGE_BYTES_MAX, PRESENCES_MAX};
use super::message::{Entry, Message, Outgoing, Payload, Prefix, Presence, Version, WantKind};
use bytes::Bytes;
use ipfs_data::cid::{self, Cid};
use ipfs_data::protobuf::{self, Fields, Value};

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are no protobuf message.
    #[error("bitswap message: invalid protobuf")]
    Protobuf,
    /// A line or a presence names no CID.
    #[error("bitswap message: {0} is not a CID")]
    Cid(&'static str),
    /// A block's prefix is none.
    #[error("bitswap message: the prefix of block {0} is invalid")]
    Prefix(usize),
    /// The message is too long.
    #[error("bitswap message of {0} bytes: at most {MESSAGE_BYTES_MAX} are allowed")]
    TooLong(u64),
    /// The length is no varint.
    #[error("bitswap message: invalid length")]
    Length,
    /// Too many blocks.
    #[error("bitswap message: more than {BLOCKS_MAX} blocks")]
    Blocks,
}

impl From<protobuf::Invalid> for Error {
    fn from(_: protobuf::Invalid) -> Self {
        Self::Protobuf
    }
}

// spec: bitswap.message-bytes-max
// spec: bitswap.framing
/// Reads the length before a message from the bytes that came so far: the message's length and the
/// length's own; none when more bytes are needed.
///
/// # Errors
/// When it is no varint, or above [`MESSAGE_BYTES_MAX`].
pub fn decode_length(bytes: &[u8]) -> Result<Option<(usize, usize)>, Error> {
    let mut value = 0u64;
    for (at, &byte) in bytes.iter().enumerate().take(4) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            return match value <= MESSAGE_BYTES_MAX as u64 {
                true => Ok(Some((value as usize, at + 1))),
                false => Err(Error::TooLong(value)),
            };
        }
    }
    match bytes.len() {
        // Four bytes hold more than the longest message needs.
        4.. => Err(Error::TooLong(value)),
        _ => Ok(None),
    }
}

// spec: bitswap.decode-total
// spec: bitswap.unknown-fields
// spec: bitswap.missing-wantlist
/// Reads a message. Its blocks are slices of `bytes`.
///
/// # Errors
/// When the bytes are no message.
pub fn decode(bytes: &Bytes) -> Result<Message, Error> {
    let mut message = Message::default();
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Bytes(wantlist)) => decode_wantlist(wantlist, &mut message)?,
            (2, Value::Bytes(data)) => {
                let data = bytes.slice_ref(data);
                message.payload.push(Payload { prefix: Prefix::V0, data });
            }
            (3, Value::Bytes(block)) => {
                let payload = decode_block(bytes, block, message.payload.len())?;
                message.payload.push(payload);
            }
            (4, Value::Bytes(presence)) => decode_presence(presence, &mut message)?,
            (5, Value::Varint(pending)) => message.pending_bytes = pending as i32,
            (1..=4, _) => return Err(Error::Protobuf),
            _ => {}
        }
        if message.payload.len() > BLOCKS_MAX {
            return Err(Error::Blocks);
        }
    }
    Ok(message)
}

fn decode_wantlist(bytes: &[u8], message: &mut Message) -> Result<(), Error> {
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Bytes(entry)) => match decode_entry(entry)? {
                Some(entry) if message.entries.len() < ENTRIES_MAX => message.entries.push(entry),
                _ => message.ignored += 1,
            },
            (2, Value::Varint(full)) => message.full = full != 0,
            (1 | 2, _) => return Err(Error::Protobuf),
            _ => {}
        }
    }
    Ok(())
}

fn decode_entry(bytes: &[u8]) -> Result<Option<Entry>, Error> {
    let mut cid: &[u8] = &[];
    let (mut priority, mut cancel, mut kind, mut send_dont_have) =
        (0, false, WantKind::Block, false);
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Bytes(bytes)) => cid = bytes,
            (2, Value::Varint(value)) => priority = value as i32,
            (3, Value::Varint(value)) => cancel = value != 0,
            (4, Value::Varint(1)) => kind = WantKind::Have,
            (4, Value::Varint(_)) => kind = WantKind::Block,
            (5, Value::Varint(value)) => send_dont_have = value != 0,
            (1..=5, _) => return Err(Error::Protobuf),
            _ => {}
        }
    }
    let cid = decode_cid(cid, "a wanted block")?;
    Ok(cid.map(|cid| Entry { cid, priority, cancel, kind, send_dont_have }))
}

// spec: bitswap.identity-ignored
// spec: bitswap.cid-bytes-max
/// None for CIDs that are ignored: those above a bound and identity ones.
fn decode_cid(bytes: &[u8], what: &'static str) -> Result<Option<Cid>, Error> {
    if bytes.len() > CID_BYTES_MAX {
        return Ok(None);
    }
    match cid::cast(bytes) {
        Ok(cid) if cid.hash().code() == cid::hash::IDENTITY => Ok(None),
        Ok(cid) => Ok(Some(cid)),
        Err(error) if is_digest_too_large(&error) => Ok(None),
        Err(_) => Err(Error::Cid(what)),
    }
}

fn is_digest_too_large(error: &cid::Error) -> bool {
    match error {
        cid::Error::Binary(inner) => is_digest_too_large(inner),
        cid::Error::Multihash(cid::MultihashError::TooLarge(_)) => true,
        _ => false,
    }
}

fn decode_block(message: &Bytes, bytes: &[u8], index: usize) -> Result<Payload, Error> {
    let (mut prefix, mut data): (&[u8], &[u8]) = (&[], &[]);
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Bytes(bytes)) => prefix = bytes,
            (2, Value::Bytes(bytes)) => data = bytes,
            (1 | 2, _) => return Err(Error::Protobuf),
            _ => {}
        }
    }
    let prefix = Prefix::decode(prefix).ok_or(Error::Prefix(index))?;
    let data = if data.is_empty() { Bytes::new() } else { message.slice_ref(data) };
    Ok(Payload { prefix, data })
}

fn decode_presence(bytes: &[u8], message: &mut Message) -> Result<(), Error> {
    let (mut cid, mut have): (&[u8], bool) = (&[], true);
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Bytes(bytes)) => cid = bytes,
            (2, Value::Varint(kind)) => have = kind == 0,
            (1 | 2, _) => return Err(Error::Protobuf),
            _ => {}
        }
    }
    match decode_cid(cid, "a presence")? {
        Some(cid) if message.presences.len() < PRESENCES_MAX => {
            message.presences.push(Presence { cid, have });
        }
        _ => message.ignored += 1,
    }
    Ok(())
}

// spec: bitswap.encode
/// A message as bytes, its length before it. `blocks` are those of `message.blocks` that could be
/// read. What a peer of an old version would not understand is left out.
pub fn encode(message: &Outgoing, blocks: &[(Cid, Bytes)], version: Version) -> Vec<u8> {
    let mut wantlist = Vec::with_capacity(message.entries.len() * 52);
    let mut entry = Vec::with_capacity(64);
    for line in &message.entries {
        entry.clear();
        encode_entry(line, version, &mut entry);
        protobuf::put_bytes(&mut wantlist, 1, &entry);
    }
    if message.full {
        protobuf::put_varint(&mut wantlist, 2, 1);
    }
    let data: usize = blocks.iter().map(|(_, data)| data.len() + 32).sum();
    let mut body = Vec::with_capacity(16 + wantlist.len() + data + message.presences.len() * 48);
    // The reserved room is for the length, which is known last.
    body.extend_from_slice(&[0; LENGTH_ROOM]);
    protobuf::put_bytes(&mut body, 1, &wantlist);
    for (cid, data) in blocks {
        encode_block(cid, data, version, &mut body);
    }
    if version >= Version::V1_2 {
        for presence in &message.presences {
            entry.clear();
            encode_presence(presence, &mut entry);
            protobuf::put_bytes(&mut body, 4, &entry);
        }
        if message.pending_bytes > 0 {
            protobuf::put_varint(&mut body, 5, message.pending_bytes as u64);
        }
    }
    with_length(body)
}

const LENGTH_ROOM: usize = 5;

fn with_length(mut body: Vec<u8>) -> Vec<u8> {
    let mut length = Vec::with_capacity(LENGTH_ROOM);
    protobuf::varint(&mut length, (body.len() - LENGTH_ROOM) as u64);
    let start = LENGTH_ROOM - length.len();
    body[start..LENGTH_ROOM].copy_from_slice(&length);
    body.drain(..start);
    body
}

// spec: bitswap.version-fallback
/// Before 1.2.0 every want is for the block.
fn encode_entry(line: &Entry, version: Version, out: &mut Vec<u8>) {
    put_cid(out, &line.cid);
    if line.priority != 0 {
        // A negative priority takes ten bytes, as protobuf has it.
        protobuf::put_varint(out, 2, i64::from(line.priority) as u64);
    }
    if line.cancel {
        protobuf::put_varint(out, 3, 1);
    }
    if version < Version::V1_2 {
        return;
    }
    if line.kind == WantKind::Have {
        protobuf::put_varint(out, 4, 1);
    }
    if line.send_dont_have {
        protobuf::put_varint(out, 5, 1);
    }
}

fn encode_presence(presence: &Presence, out: &mut Vec<u8>) {
    put_cid(out, &presence.cid);
    if !presence.have {
        protobuf::put_varint(out, 2, 1);
    }
}

fn encode_block(cid: &Cid, data: &Bytes, version: Version, out: &mut Vec<u8>) {
    if version == Version::V1_0 {
        protobuf::put_bytes(out, 2, data);
        return;
    }
    let mut head = Vec::with_capacity(16);
    Prefix::of(cid).encode(&mut head);
    let mut block = Vec::with_capacity(32);
    protobuf::put_bytes(&mut block, 1, &head);
    protobuf::put_length(&mut block, 2, data.len());
    protobuf::put_length(out, 3, block.len() + data.len());
    out.extend_from_slice(&block);
    out.extend_from_slice(data);
}

// spec: bitswap.block-size-max
/// The most bytes that a block may have: those of a message less its empty wantlist (2), the
/// lengths with their tags (5 each) and the prefix with its own (2).
pub(super) fn block_bytes_max(cid: &Cid) -> usize {
    MESSAGE_BYTES_MAX - (2 + 5 + 2 + Prefix::of(cid).encoded_bytes() + 5)
}

fn put_cid(out: &mut Vec<u8>, cid: &Cid) {
    protobuf::put_length(out, 1, cid.encoded_len());
    cid::write(cid, out);
}

/// Bytes that a presence takes in a message.
pub(super) fn presence_bytes(cid: &Cid) -> usize {
    cid.encoded_len() + 6
}

/// Bytes that a line takes in a message, at most.
pub(super) fn entry_bytes(cid: &Cid) -> usize {
    cid.encoded_len() + 24
}

#[cfg(test)]
mod tests;
