//! Spec: spec/data/ipns-record.md
//!
//! Making and signing records.

use super::message::Message;
use super::validate::signed_bytes;
use super::{Error, RECORD_BYTES_MAX, RESERVED, Record, Time};
use crate::dag_cbor;
use crate::ipld::{Node, Text};
use crate::key::PrivateKey;
use crate::path::Path;
use bytes::Bytes;

/// What a record says, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Higher than in any earlier record of the name, unless the value is the same.
    pub sequence: u64,
    /// When the record stops being valid.
    pub eol: Time,
    /// How long it may be cached, in nanoseconds; below zero counts as zero.
    pub ttl_ns: i64,
    /// Also the fields and the signature that old software looks for.
    pub version_1: bool,
    /// Whether the public key goes into the record; by default when the name does not hold it.
    pub embed_key: Option<bool>,
    /// Additional signed fields; names ought to begin with `_`.
    pub metadata: Vec<(Text, Node)>,
}

impl Options {
    /// A record with both signatures and nothing special.
    pub fn new(sequence: u64, eol: Time, ttl_ns: i64) -> Self {
        let (version_1, embed_key, metadata) = (true, None, Vec::new());
        Self { sequence, eol, ttl_ns, version_1, embed_key, metadata }
    }
}

/// Makes the record that says the key's name points to `value`.
pub fn create(key: &PrivateKey, value: &Path, options: Options) -> Result<Record, Error> {
    create_raw(key, value.as_str().as_bytes(), options)
}

pub(super) fn create_raw(
    key: &PrivateKey,
    value: &[u8],
    options: Options,
) -> Result<Record, Error> {
    let ttl_ns = options.ttl_ns.max(0);
    let validity = options.eol.to_string().into_bytes();
    let data = fields(value, &validity, ttl_ns, options.sequence, options.metadata)?;
    let encoded =
        dag_cbor::encode(&Node::Map(data)).map_err(|error| Error::Malformed(error.to_string()))?;
    let mut message = Message {
        signature_v2: Some(key.sign(&signed_bytes(&encoded)).map_err(Error::Key)?),
        ..Message::default()
    };
    // spec: ipns-record.version-1-fields
    if options.version_1 {
        // The last part is the name of the validity type.
        let signed = [value, &validity, b"EOL"].concat();
        message.signature_v1 = Some(key.sign(&signed).map_err(Error::Key)?);
        message.value = Some(value.to_vec());
        message.validity_type = Some(0);
        message.validity = Some(validity);
        message.sequence = Some(options.sequence);
        message.ttl = Some(ttl_ns as u64);
    }
    let public = key.public();
    // spec: ipns-record.embedded-key
    if options.embed_key.unwrap_or_else(|| public.peer_id().public_key().is_err()) {
        message.public_key = Some(public.to_protobuf());
    }
    message.data = Some(encoded);
    // Nobody would accept it.
    let bytes = message.encode();
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(Error::Size);
    }
    Record::decode(&bytes)
}

/// The signed data, in no particular order: the encoder sorts.
fn fields(
    value: &[u8],
    validity: &[u8],
    ttl_ns: i64,
    sequence: u64,
    metadata: Vec<(Text, Node)>,
) -> Result<Vec<(Text, Node)>, Error> {
    for (name, _) in &metadata {
        if name.is_empty() {
            return Err(Error::MetadataEmptyKey);
        }
        if RESERVED.iter().any(|reserved| *name == **reserved) {
            return Err(Error::MetadataConflict(name.to_str_lossy().into_owned()));
        }
    }
    let mut data = metadata;
    let mut put = |name: &str, node| data.push((name.into(), node));
    put("TTL", Node::Int(i128::from(ttl_ns)));
    put("Value", Node::Bytes(Bytes::copy_from_slice(value)));
    // Numbers above 2^63-1 become negative, as in the reference.
    put("Sequence", Node::Int(i128::from(sequence as i64)));
    put("Validity", Node::Bytes(Bytes::copy_from_slice(validity)));
    put("ValidityType", Node::Int(0));
    Ok(data)
}
