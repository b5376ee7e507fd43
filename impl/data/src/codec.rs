//! Spec: spec/data/codec.md
//!
//! All codecs by code: blocks to values, values to blocks, blocks to links.

use crate::cid::{Cid, codec as code};
use crate::dag_pb::Absent;
use crate::ipld::{Node, WrongKind};
use crate::{cbor, dag_cbor, dag_jose, dag_json, dag_pb, git_raw, json, raw};
use bytes::Bytes;
use std::io::Read;

/// Largest git object that is taken out of its compressed form, in bytes (32 MiB).
pub const INFLATED_BYTES_MAX: u64 = 32 << 20;

/// Why a block could not be decoded, or a value not encoded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The codec is not implemented.
    #[error("no decoder registered for multicodec code {0} (0x{0:x})")]
    NoDecoder(u64),
    /// The codec is not implemented.
    #[error("no encoder registered for multicodec code {0} (0x{0:x})")]
    NoEncoder(u64),
    /// `cbor` and `dag-cbor`.
    #[error(transparent)]
    Cbor(#[from] cbor::Error),
    /// `json` and `dag-json`.
    #[error(transparent)]
    Json(#[from] json::Error),
    /// A block that is not dag-pb.
    #[error(transparent)]
    DagPb(#[from] dag_pb::Error),
    /// A value that is no dag-pb node.
    #[error(transparent)]
    DagPbModel(#[from] dag_pb::ModelError),
    /// `dag-jose`
    #[error(transparent)]
    DagJose(#[from] dag_jose::Error),
    /// `git-raw`
    #[error(transparent)]
    GitRaw(#[from] git_raw::Error),
    /// `raw`
    #[error(transparent)]
    Kind(#[from] WrongKind),
    /// A compressed git object that is damaged.
    #[error("zlib: {0}")]
    Inflate(std::io::Error),
    /// A compressed git object above [`INFLATED_BYTES_MAX`].
    #[error("zlib: git object is larger than {INFLATED_BYTES_MAX} bytes")]
    InflatedSize,
}

/// Whether [`decode`] knows the codec.
pub fn has_decoder(codec: u64) -> bool {
    has_encoder(codec) || codec == git_raw::COMPRESSED
}

/// Whether [`encode`] knows the codec.
pub fn has_encoder(codec: u64) -> bool {
    matches!(
        codec,
        code::CBOR
            | code::RAW
            | code::DAG_PB
            | code::DAG_CBOR
            | code::GIT_RAW
            | code::DAG_JOSE
            | code::DAG_JSON
            | code::JSON
    )
}

/// Decodes a block, or input that is to become one.
// spec: codec.set
pub fn decode(codec: u64, block: &Bytes) -> Result<Node, Error> {
    decode_as(codec, block, Absent::Omitted)
}

/// Decodes a block to show it: absent fields of dag-pb nodes are null.
// spec: codec.shown-null
pub fn decode_shown(codec: u64, block: &Bytes) -> Result<Node, Error> {
    decode_as(codec, block, Absent::Null)
}

fn decode_as(codec: u64, block: &Bytes, absent: Absent) -> Result<Node, Error> {
    Ok(match codec {
        code::CBOR => cbor::decode(block)?,
        code::RAW => raw::decode(block),
        code::DAG_PB => dag_pb_value(block, absent)?,
        code::DAG_CBOR => dag_cbor::decode(block)?,
        code::GIT_RAW => git_raw::decode(block)?,
        code::DAG_JOSE => dag_jose::decode(block)?,
        code::DAG_JSON => dag_json::decode(block)?,
        code::JSON => json::decode(block)?,
        git_raw::COMPRESSED => git_raw::decode(&inflate(block)?)?,
        other => return Err(Error::NoDecoder(other)),
    })
}

/// When a block is converted, the fields keep the order that they have in it.
fn dag_pb_value(block: &Bytes, absent: Absent) -> Result<Node, Error> {
    const DATA_TAG: u8 = 0x0a;
    let mut value = dag_pb::to_ipld(&dag_pb::decode(block)?, absent);
    if let (Absent::Omitted, Node::Map(map)) = (absent, &mut value)
        && block.first() == Some(&DATA_TAG)
    {
        map.reverse();
    }
    Ok(value)
}

/// Encodes a value.
pub fn encode(codec: u64, node: &Node) -> Result<Bytes, Error> {
    Ok(match codec {
        code::CBOR => cbor::encode(node)?.into(),
        code::RAW => raw::encode(node)?,
        code::DAG_PB => dag_pb::encode(&dag_pb::from_ipld(node)?).into(),
        code::DAG_CBOR => dag_cbor::encode(node)?.into(),
        code::GIT_RAW => git_raw::encode(node)?.into(),
        code::DAG_JOSE => dag_jose::encode(node)?.into(),
        code::DAG_JSON => dag_json::encode(node)?.into(),
        code::JSON => json::encode(node)?.into(),
        other => return Err(Error::NoEncoder(other)),
    })
}

/// Calls `found` with every link of a block, in order. The block is checked as by [`decode`]; for
/// the codecs that matter no value is built.
// spec: codec.links-in-order
pub fn for_each_link(codec: u64, block: &Bytes, mut found: impl FnMut(Cid)) -> Result<(), Error> {
    match codec {
        code::RAW => {}
        code::DAG_PB => dag_pb::for_each_link(block, found)?,
        code::DAG_CBOR => dag_cbor::for_each_link(block, found)?,
        other => decode(other, block)?.for_each_link(&mut found),
    }
    Ok(())
}

/// The links of a block, in order.
pub fn links(codec: u64, block: &Bytes) -> Result<Vec<Cid>, Error> {
    let mut links = Vec::new();
    for_each_link(codec, block, |cid| links.push(cid))?;
    Ok(links)
}

/// Undoes zlib compression, up to a bound.
// spec: codec.inflate-max
fn inflate(block: &[u8]) -> Result<Bytes, Error> {
    let mut out = Vec::new();
    let mut inflated = flate2::read::ZlibDecoder::new(block).take(INFLATED_BYTES_MAX + 1);
    inflated.read_to_end(&mut out).map_err(Error::Inflate)?;
    match out.len() as u64 > INFLATED_BYTES_MAX {
        true => Err(Error::InflatedSize),
        false => Ok(out.into()),
    }
}

#[cfg(test)]
mod tests;
