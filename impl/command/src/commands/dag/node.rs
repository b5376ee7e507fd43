//! Spec: spec/command/dag-commands.md
//!
//! What `ipfs dag get|put|resolve` do.

use crate::commands::block::run::{check_size, not_hashed};
use crate::content::{Content, local};
use crate::files::Node;
use crate::prelude::*;
use ipfs_data::block::{Block, Sink};
use ipfs_data::cid::{self, Cid};
use ipfs_data::path::Path;
use ipfs_data::{codec, multicodec, multihash};
use ipfs_repo::pin::Mode;

/// A CID as a link of dag-json.
#[derive(Debug, Serialize, Deserialize)]
pub struct Link {
    /// The CID.
    #[serde(rename = "/")]
    pub cid: String,
}

impl Link {
    pub(super) fn to(cid: &Cid) -> Self {
        Self { cid: cid.to_string() }
    }

    pub(super) fn cid(&self) -> Result<Cid> {
        Ok(cid::parse(&self.cid)?)
    }
}

/// A stored node.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stored {
    /// Its CID.
    pub cid: Link,
}

impl Output for Stored {
    const NAME: &'static str = "OutputObject";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let encoder = CidEncoder::from_request(request)?;
        writeln!(out, "{}", encoder.encode(&self.cid.cid()?))?;
        Ok(())
    }
}

pub(super) fn put(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let content = Content::open(request, env)?;
    let default_hash = content.repo.config().import().hash_function;
    let name = request.str("hash").filter(|name| !name.is_empty()).unwrap_or(&default_hash);
    let input_codec = multicodec::parse(request.str("input-codec").unwrap_or_default())?;
    let store_codec = multicodec::parse(request.str("store-codec").unwrap_or_default())?;
    let hash = multicodec::parse(name)?;
    if !codec::has_decoder(input_codec) {
        return Err(codec::Error::NoDecoder(input_codec).into());
    }
    if !codec::has_encoder(store_codec) {
        return Err(codec::Error::NoEncoder(store_codec).into());
    }
    let pinner = request.bool("pin").then(|| content.pinner()).transpose()?;
    let (mut cids, mut writing) = (Vec::new(), None);
    for entry in request.take_files() {
        let entry = entry?;
        request.cancel.check()?;
        let Node::File(file) = entry.node else {
            return Err(Error::new("expected a regular file"));
        };
        let mut input = Vec::new();
        std::io::copy(&mut file.open()?, &mut input)?;
        // spec: dag-commands.put-broken-off
        let node = codec::decode(input_codec, &input.into())?;
        let data = codec::encode(store_codec, &node)?;
        let digest = multihash::sum(hash, &data, None).map_err(not_hashed)?;
        let cid = Cid::new_v1(store_codec, digest);
        check_size(request, data.len())?;
        cid::validate(&cid)?;
        // Not before the first input is here: a slow client holds nobody up.
        writing.get_or_insert_with(|| content.repo.gc_lock().writer());
        content.blocks.put(Block { cid, data })?;
        cids.push(cid);
        emitter.emit(&Stored { cid: Link::to(&cid) })?;
    }
    content.blocks.flush()?;
    if let Some(pinner) = pinner {
        for cid in cids {
            pinner.add(&content.dag(), &cid, Mode::Recursive, "", None).map_err(local)?;
        }
    }
    Ok(())
}

pub(super) fn get(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = request.str("output-codec").unwrap_or_default();
    let output_codec = multicodec::parse(name)?;
    let content = Content::open(request, env)?;
    let path = Path::parse_argument(request.argument(0).unwrap_or_default())?;
    let (cid, rest) = content.resolve_last(&path)?;
    let block = content.block(&cid)?;
    let root = codec::decode_shown(cid.codec(), &block).map_err(super::import::no_decoder)?;
    let mut node = &root;
    for (at, segment) in rest.iter().enumerate() {
        node = node.segment(segment.as_bytes()).map_err(|error| {
            let segment = crate::encode::quote(segment);
            let at = crate::encode::quote(&rest[..at].join("/"));
            Error::new(format!("error traversing segment {segment} on node at {at}: {error}"))
        })?;
    }
    if !codec::has_encoder(output_codec) {
        let error = codec::Error::NoEncoder(output_codec);
        let name = multicodec::name(output_codec);
        return Err(Error::new(format!("invalid encoding: {name} - {error}")));
    }
    // spec: dag-commands.get-not-encodable
    emitter.write(&codec::encode(output_codec, node)?)
}

/// How far a path leads from block to block.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resolved {
    /// The last block.
    pub cid: Link,
    /// What is left of the path.
    pub rem_path: String,
}

impl Output for Resolved {
    const NAME: &'static str = "ResolveOutput";

    // spec: dag-commands.resolve-base
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let argument = request.argument(0).unwrap_or_default();
        let from_path = || CidEncoder::from_path(argument);
        let encoder = match (!CidEncoder::is_given(request)).then(from_path).flatten() {
            Some(encoder) => encoder,
            None => CidEncoder::from_request(request)?,
        };
        write!(out, "{}", encoder.encode(&self.cid.cid()?))?;
        if !self.rem_path.is_empty() {
            write!(out, "{}", self.rem_path)?;
        }
        Ok(())
    }
}

pub(super) fn resolve(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let content = Content::open(request, env)?;
    let path = Path::parse_argument(request.argument(0).unwrap_or_default())?;
    let (cid, rest) = content.resolve_last(&path)?;
    let rem_path = rest.iter().map(|segment| format!("/{segment}")).collect();
    emitter.emit(&Resolved { cid: Link::to(&cid), rem_path })
}
