//! Spec: spec/command/block-commands.md
//!
//! What `ipfs block get|put|rm|stat` do.

use crate::content::{Content, local};
use crate::files::Node;
use crate::prelude::*;
use bytes::Bytes;
use ipfs_data::block::{BLOCK_BYTES_MAX, Block, Sink, Source};
use ipfs_data::cid::{self, Cid, codec, hash};
use ipfs_data::{multicodec, multihash};
use ipfs_repo::gc::Blocks;
use ipfs_repo::pin::{Filter, Mode, Status as PinStatus};
use std::any::Any;
use std::io::Read;

/// A block and its size.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stat {
    /// The CID.
    pub key: String,
    /// Bytes.
    pub size: u64,
}

impl Output for Stat {
    const NAME: &'static str = "BlockStat";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        match request.command.name {
            "put" => writeln!(out, "{}", self.key)?,
            _ => write!(out, "Key: {}\nSize: {}\n", self.key, self.size)?,
        }
        Ok(())
    }
}

pub(super) fn get(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let content = Content::open(request, env)?;
    let cid = content.resolve(request.argument(0).unwrap_or_default())?;
    let data = content.block(&cid)?;
    emitter.write(&data)
}

pub(super) fn stat(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let cid = content.resolve(request.argument(0).unwrap_or_default())?;
    cid::validate(&cid)?;
    let size = content.provided.size(&cid).map_err(local)?;
    emitter.emit(&Stat { key: encoder.encode(&cid), size })
}

/// Refuses blocks that peers would refuse.
// spec: block.size-max
// spec: block-commands.size-max
pub(in crate::commands) fn check_size(request: &Request, bytes: usize) -> Result<()> {
    if bytes <= BLOCK_BYTES_MAX || request.bool("allow-big-block") {
        return Ok(());
    }
    Err(Error::new(
        "produced block is over 2MiB: big blocks can't be exchanged with other peers. consider \
         using UnixFS for automatic chunking of bigger files, or pass --allow-big-block to \
         override",
    ))
}

/// Why there is no CID, in the reference's words.
pub(in crate::commands) fn not_hashed(error: multihash::Error) -> Error {
    match error {
        multihash::Error::IdentityTooLarge(_) => error.into(),
        other => Error::new(format!("invalid cid: {other}")),
    }
}

/// Reads a whole input, but no more than could be stored.
pub(in crate::commands) fn read_all(request: &Request, reader: &mut dyn Read) -> Result<Bytes> {
    let mut data = Vec::new();
    if request.bool("allow-big-block") {
        reader.read_to_end(&mut data)?;
    } else {
        reader.take(BLOCK_BYTES_MAX as u64 + 1).read_to_end(&mut data)?;
    }
    Ok(data.into())
}

/// How CIDs are made of blocks.
struct Naming {
    v0: bool,
    codec: u64,
    hash: u64,
    length: Option<usize>,
}

impl Naming {
    // spec: block-commands.format
    fn from_request(request: &Request, default_hash: &str) -> Result<Self> {
        let name = request.str("mhtype").filter(|name| !name.is_empty()).unwrap_or(default_hash);
        let hash = multihash::code(name)
            .ok_or_else(|| Error::new(format!("unrecognized multihash function: {name}")))?;
        let length = usize::try_from(request.int("mhlen").unwrap_or(-1)).ok();
        let mut codec = request.str("cid-codec").unwrap_or_default();
        let format = request.str("format").unwrap_or_default();
        if !format.is_empty() {
            if !matches!(codec, "" | "raw") {
                return Err(Error::new(
                    "unable to use \"format\" (deprecated) and a custom \"cid-codec\" at the \
                     same time",
                ));
            }
            codec = match format {
                "v0" | "protobuf" => "dag-pb",
                "cbor" => "dag-cbor",
                other => other,
            };
        }
        let v0 = format == "v0";
        let codec = if codec.is_empty() { codec::RAW } else { multicodec::parse(codec)? };
        if v0 && (hash != hash::SHA2_256 || length.is_some_and(|length| length != 32)) {
            return Err(Error::new("only sha2-255-32 is allowed with CIDv0"));
        }
        Ok(Self { v0, codec, hash, length })
    }

    fn cid(&self, data: &[u8]) -> Result<Cid> {
        let length = self.length.filter(|_| self.hash != hash::IDENTITY);
        let hash = multihash::sum(self.hash, data, length).map_err(not_hashed)?;
        match self.v0 {
            true => Ok(Cid::new_v0(hash)?),
            false => Ok(Cid::new_v1(self.codec, hash)),
        }
    }
}

pub(super) fn put(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let default_hash = content.repo.config().import().hash_function;
    let naming = Naming::from_request(request, &default_hash)?;
    let pinner = request.bool("pin").then(|| content.pinner()).transpose()?;
    for entry in request.take_files() {
        request.cancel.check()?;
        let Node::File(file) = entry?.node else { return Err(Error::new("expected a file")) };
        let data = read_all(request, &mut file.open()?)?;
        check_size(request, data.len())?;
        let cid = naming.cid(&data)?;
        cid::validate(&cid)?;
        let size = data.len() as u64;
        let _writing = content.repo.gc_lock().writer();
        // spec: denylist.put
        content.provided.put(Block { cid, data })?;
        content.blocks.flush()?;
        if let Some(pinner) = &pinner {
            pinner.add(&content.dag(), &cid, Mode::Recursive, "", None).map_err(local)?;
        }
        emitter.emit(&Stat { key: encoder.encode(&cid), size })?;
    }
    Ok(())
}

/// A block that was deleted, or why not.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Removed {
    /// The CID.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Why it was not deleted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

impl Output for Removed {
    const NAME: &'static str = "removedBlock";
    const TEXT: bool = false;

    fn text(&self, _: &Request, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

/// Prints what was deleted; complaints go to standard error.
#[derive(Default)]
pub(super) struct ShowRemoved {
    failed: bool,
}

impl PostRun for ShowRemoved {
    fn value(&mut self, value: &dyn Any, _: &Request, terminal: &mut Terminal) -> Result<()> {
        let Some(removed) = value.downcast_ref::<Removed>() else { return Ok(()) };
        if removed.error.is_empty() {
            return terminal.line(&format!("removed {}", removed.hash));
        }
        self.failed = true;
        terminal.note(&format!("cannot remove {}: {}", removed.hash, removed.error))
    }

    fn end(self: Box<Self>, result: Result<()>, _: &Request, _: &mut Terminal) -> Result<()> {
        result?;
        match self.failed {
            true => Err(Error::new("some blocks not removed")),
            false => Ok(()),
        }
    }
}

// spec: block-commands.rm-goes-on
pub(super) fn rm(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let pinner = content.pinner()?;
    for argument in request.all_arguments() {
        request.cancel.check()?;
        let cid = content.resolve_to_remove(&argument?)?;
        let hash = encoder.encode(&cid);
        let _collecting = content.repo.gc_lock().collector();
        let error = match pinner.status(&content.stored_dag(), &[cid], Filter::Any, false) {
            Err(error) => format!("pin check failed: {error}"),
            Ok(found) => match found.first() {
                Some(PinStatus::Pinned(mode, _)) => format!("pinned: {mode}"),
                Some(PinStatus::Indirect { via }) => format!("pinned via {via}"),
                _ => remove(request, &content, &cid).err().unwrap_or_default(),
            },
        };
        if !error.is_empty() || !request.bool("quiet") {
            emitter.emit(&Removed { hash, error })?;
        }
    }
    Ok(())
}

fn remove(request: &Request, content: &Content<'_>, cid: &Cid) -> std::result::Result<(), String> {
    let present = content.blocks.has(cid).map_err(|error| error.to_string())?;
    if !present && !request.bool("force") {
        return Err(format!("ipld: could not find {cid}"));
    }
    let mut results = content.blocks.remove_many(&[*cid.hash()]);
    results.pop().unwrap_or(Ok(())).map_err(|error| error.to_string())
}
