//! Spec: spec/data/ipns-record.md
//!
//! IPNS records: signed statements that a key's name points to a path. Made with version 1 and 2
//! signatures, judged by version 2 alone. Time is an argument.

mod create;
mod message;
mod time;
mod validate;

pub use create::{Options, create};
pub use time::Time;
pub use validate::{public_key, select, validate, validate_for};

use crate::dag_cbor;
use crate::ipld::{Node, Text};
use crate::key::{self, PeerId, PeerIdError};
use crate::path::{self, Path};
use bytes::Bytes;
use message::Message;

/// Largest encoded record, in bytes (10 KiB).
pub const RECORD_BYTES_MAX: usize = 10 << 10;
/// Lifetime of a record unless the publisher says otherwise, in nanoseconds (48 h).
pub const LIFETIME_NS_DEFAULT: i64 = 48 * 3600 * 1_000_000_000;
/// Time a record may be cached unless the publisher says otherwise, in nanoseconds (5 min).
pub const TTL_NS_DEFAULT: i64 = 5 * 60 * 1_000_000_000;
/// What an empty value stands for: an identity CID of no bytes.
pub const NOOP_VALUE: &str = "/ipfs/bafkqaaa";

/// Fields of the signed data that have a meaning of their own.
const RESERVED: [&str; 5] = ["TTL", "Value", "Sequence", "Validity", "ValidityType"];

/// Why a record could not be read, made or trusted. The texts are the reference's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than [`RECORD_BYTES_MAX`].
    #[error("record exceeds allowed size limit")]
    Size,
    /// The record or its data is broken; the second line says how.
    #[error("record is malformed\n{0}")]
    Malformed(String),
    /// A valid signature over no data.
    #[error("record is malformed")]
    NoData,
    /// The time to live is below zero.
    #[error("record is malformed: negative TTL")]
    NegativeTtl,
    /// The validity type is not end-of-life.
    #[error("record contains an unrecognized validity type")]
    UnrecognizedValidity,
    /// The end of life is no RFC 3339 time.
    #[error("record contains an invalid validity\n{0}")]
    Validity(String),
    /// The end of life has passed.
    #[error("record is expired")]
    Expired,
    /// The value is neither a path nor a binary CID.
    #[error("value is not a valid content path\n{0}")]
    Path(String),
    /// The version 2 signature is absent or wrong.
    #[error("signature verification failed")]
    Signature,
    /// The embedded key is of another name.
    #[error("record public key does not match the expected public key")]
    PublicKeyMismatch,
    /// The embedded key cannot be read.
    #[error("public key invalid\n{0}")]
    PublicKeyInvalid(key::Error),
    /// Neither the record nor the name holds the key.
    #[error("public key is not embedded in peer ID")]
    PublicKeyNotFound,
    /// An unsigned version 1 field says something else than the signed data.
    #[error("field \"{0}\" did not match between protobuf and CBOR")]
    FieldMismatch(&'static str),
    /// Additional data under an empty name.
    #[error("metadata key must not be empty")]
    MetadataEmptyKey,
    /// Additional data under a name of the record's own fields.
    #[error("metadata key uses reserved name: {0}")]
    MetadataConflict(String),
    /// The key could not sign.
    #[error(transparent)]
    Key(key::Error),
}

/// A record as read or made. What its accessors say is only to be trusted after [`validate`].
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    message: Message,
    data: Vec<(Text, Node)>,
}

impl Record {
    /// Reads a record without judging it.
    // spec: ipns-record.size
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(Error::Size);
        }
        let message = Message::decode(bytes)
            .map_err(|_| Error::Malformed("proto: cannot parse invalid wire-format data".into()))?;
        if message.data().is_empty() {
            return Err(Error::Malformed("record is missing the dag-cbor data field".into()));
        }
        let data = Bytes::copy_from_slice(message.data());
        match dag_cbor::decode(&data) {
            Ok(Node::Map(data)) => Ok(Self { message, data }),
            Ok(_) => Err(Error::Malformed("the dag-cbor data field is not a map".into())),
            Err(error) => Err(Error::Malformed(error.to_string())),
        }
    }

    /// The encoded record.
    pub fn encode(&self) -> Vec<u8> {
        self.message.encode()
    }

    /// Size of the encoded record in bytes.
    pub fn encoded_bytes(&self) -> usize {
        self.message.encode().len()
    }

    /// The path that the name points to. An empty value stands for [`NOOP_VALUE`].
    pub fn value(&self) -> Result<Path, Error> {
        let value = self.bytes("Value")?;
        let bad = |error: String| Error::Path(error);
        match value.first() {
            None => Path::parse(NOOP_VALUE).map_err(|e| bad(e.to_string())),
            Some(b'/') => {
                let text = std::str::from_utf8(value).map_err(|_| bad(path_not_utf8(value)))?;
                Path::parse(text).map_err(|e| bad(e.to_string()))
            }
            // spec: ipns-record.binary-value
            Some(_) => crate::cid::cast(value).map(Path::from_cid).map_err(|e| bad(e.to_string())),
        }
    }

    /// The type of the validity: 0 is end-of-life, the only one there is.
    pub fn validity_type(&self) -> Result<i64, Error> {
        self.int("ValidityType")
    }

    /// The end of life.
    pub fn validity(&self) -> Result<Time, Error> {
        if self.validity_type()? != 0 {
            return Err(Error::UnrecognizedValidity);
        }
        let text = self.bytes("Validity")?;
        std::str::from_utf8(text).ok().and_then(Time::parse).ok_or_else(|| {
            Error::Validity(format!(
                "cannot parse {} as an RFC 3339 time",
                crate::quote::quoted(text)
            ))
        })
    }

    /// The sequence number; of two records the one with the higher number is newer.
    pub fn sequence(&self) -> Result<u64, Error> {
        Ok(self.int("Sequence")? as u64)
    }

    /// How long the record may be cached, in nanoseconds. Negative values do not pass validation.
    pub fn ttl_ns(&self) -> Result<i64, Error> {
        self.int("TTL")
    }

    /// Additional fields of the signed data.
    pub fn metadata(&self) -> impl Iterator<Item = (&Text, &Node)> {
        self.data
            .iter()
            .filter(|(name, _)| !RESERVED.iter().any(|reserved| *name == **reserved))
            .map(|(name, node)| (name, node))
    }

    /// `V1+V2` or `V2`.
    pub fn signature_type(&self) -> &'static str {
        if self.message.has_version_1() { "V1+V2" } else { "V2" }
    }

    /// The embedded public key in its encoded form, if any.
    pub fn embedded_key(&self) -> Option<&[u8]> {
        self.message.public_key()
    }

    fn field(&self, name: &'static str) -> Result<&Node, Error> {
        self.data
            .iter()
            .find(|(key, _)| *key == *name)
            .map(|(_, node)| node)
            .ok_or_else(|| Error::Malformed(format!("key not found: \"{name}\"")))
    }

    fn bytes(&self, name: &'static str) -> Result<&[u8], Error> {
        match self.field(name)? {
            Node::Bytes(bytes) => Ok(bytes),
            _ => Err(Error::Malformed(format!("field \"{name}\" is not bytes"))),
        }
    }

    fn int(&self, name: &'static str) -> Result<i64, Error> {
        match self.field(name)? {
            Node::Int(value) => i64::try_from(*value).map_err(|_| {
                Error::Malformed("unsigned integer out of range of int64 type".into())
            }),
            _ => Err(Error::Malformed(format!("field \"{name}\" is not an integer"))),
        }
    }
}

fn path_not_utf8(value: &[u8]) -> String {
    format!("invalid path {}: not UTF-8", crate::quote::quoted(value))
}

/// Reads an IPNS name: a peer ID in any text form, with or without `/ipns/` in front.
pub fn parse_name(text: &str) -> Result<PeerId, PeerIdError> {
    PeerId::parse(text.strip_prefix("/ipns/").unwrap_or(text))
}

/// The key under which routing systems store the record: `/ipns/` and the multihash in binary.
pub fn routing_key(name: &PeerId) -> Vec<u8> {
    [b"/ipns/", &name.to_bytes()[..]].concat()
}

/// `/ipns/NAME` with the name in its canonical form.
pub fn name_path(name: &PeerId) -> Result<Path, path::Error> {
    Path::parse(&format!("/ipns/{}", name.to_name()))
}

#[cfg(test)]
mod tests;
