//! Spec: spec/gateway/path-gateway.md
//!
//! Files and symbolic links.

use super::{directory, mime, sniff};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::resolve::Resolution;
use crate::serve::{self, Content, Representation};
use crate::{Response, headers, range};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, RANGE};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::unixfs::read::Reader;
use ipfs_data::unixfs::{self, Kind, Mtime};
use ipfs_data::{block, dag_pb};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Bytes at the start of a file that its type is told by.
const SNIFF_BYTES: usize = 3072;

/// Serves what a path leads to: a file, a symbolic link, a directory.
pub(super) fn unixfs(
    gateway: &Gateway,
    request: &ContentRequest,
    resolution: &Resolution,
) -> Result<Response, Error> {
    if let Some(header) = request.head.header(RANGE)
        && !request.head.is_head()
    {
        range::parse(header).map_err(serve::invalid_range)?;
    }
    let cid = &resolution.cid;
    let failed = |error: block::Error| Error::from(error).resolving(&request.path);
    let block = gateway.content.blocks.get(cid).map_err(failed)?;
    match kind(cid, &block).map_err(|error| error.resolving(&request.path))? {
        Some(Kind::Directory | Kind::HamtShard) => {
            directory::respond(gateway, request, cid, &block)
        }
        Some(Kind::Symlink) => symlink(request, cid, &block),
        _ => respond(gateway, request, cid, cid, block, None),
    }
}

/// What a block is; `None` for bytes without structure.
fn kind(cid: &Cid, block: &Bytes) -> Result<Option<Kind>, Error> {
    match cid.codec() {
        codec::DAG_PB => Ok(Some(message(block)?.kind)),
        codec::RAW => Ok(None),
        // spec: path-gateway.unknown-codec
        _ => Err(Error::bad_request(unixfs::Error::UnknownKind.to_string())),
    }
}

fn message(block: &Bytes) -> Result<unixfs::Node, Error> {
    let node = dag_pb::decode(block).map_err(unixfs::Error::from)?;
    Ok(unixfs::Node::decode(&node.data.unwrap_or_default()).map_err(unixfs::Error::from)?)
}

/// Whether a block is a file or the root of one.
pub(super) fn is_file(cid: &Cid, block: &Bytes) -> Result<bool, Error> {
    let kind = kind(cid, block)?;
    Ok(kind.is_none_or(|kind| matches!(kind, Kind::File | Kind::Raw | Kind::Metadata)))
}

/// Serves a file whose root block is here. Its validator is made of `named`: the file itself, or
/// the directory that it stands for. A known `content_type` is not guessed.
pub(crate) fn respond(
    gateway: &Gateway,
    request: &ContentRequest,
    named: &Cid,
    cid: &Cid,
    block: Bytes,
    content_type: Option<&str>,
) -> Result<Response, Error> {
    let failed = |error: unixfs::Error| Error::from(error).resolving(&request.path);
    let (bytes, mtime, mut content) = match cid.codec() {
        codec::DAG_PB => {
            let blocks = gateway.content.blocks.clone();
            if !request.head.is_head() && request.head.header(RANGE).is_none() {
                blocks.prefetch_graph(cid);
            }
            let reader = Reader::open_shared(blocks, cid, block).map_err(failed)?;
            (reader.size(), reader.mtime(), Content::File(Box::new(reader)))
        }
        _ => (block.len() as u64, None, Content::Bytes(block)),
    };
    check_range_size(gateway, request, bytes)?;
    let mut headers = HeaderMap::new();
    headers::set_cache(&mut headers, request, named, None);
    let mut name = file_name(request);
    let download = request.head.query.get("download") == Some("true");
    let disposition = if download { "attachment" } else { "inline" };
    if let Some(filename) = request.head.query.get("filename") {
        headers::set_disposition(&mut headers, filename, disposition);
        name = filename;
    } else if download {
        // spec: path-gateway.download
        headers.insert(CONTENT_DISPOSITION, headers::value(disposition));
    }
    let content_type = match content_type.map(str::to_owned).or_else(|| mime::by_name(name)) {
        Some(known) => known,
        None => {
            // A part of a file is served also when its beginning is not here.
            // spec: path-gateway.range
            let part = request.head.header(RANGE).is_some();
            let first = beginning(&mut content, part).map_err(failed)?;
            sniff::by_content(&first, first.len() as u64 == bytes).into_owned()
        }
    };
    let content_type = match content_type.starts_with("text/html;") {
        true => "text/html",
        false => &content_type,
    };
    headers.insert(CONTENT_TYPE, headers::value(content_type));
    let modified = modified(request, mtime);
    serve::serve(&request.head, Representation { headers, modified, bytes, content })
}

/// The last component of the path, unless it is the root.
fn file_name(request: &ContentRequest) -> &str {
    request.path.segments().last().unwrap_or_default()
}

// spec: path-gateway.range-file-max
fn check_range_size(gateway: &Gateway, request: &ContentRequest, bytes: u64) -> Result<(), Error> {
    match gateway.config.range_file_bytes_max {
        Some(max) if bytes > max && request.head.header(RANGE).is_some() => Err(Error::new(
            StatusCode::NOT_IMPLEMENTED,
            format!(
                "range requests not supported for files larger than {max} bytes: switch to \
                 verifiable block requests (application/vnd.ipld.raw)"
            ),
        )),
        _ => Ok(()),
    }
}

/// The first bytes of some content; with `as_far` only those before the first missing block.
fn beginning(content: &mut Content, as_far: bool) -> Result<Bytes, unixfs::Error> {
    let reader = match content {
        Content::Bytes(bytes) => return Ok(bytes.slice(..bytes.len().min(SNIFF_BYTES))),
        Content::File(reader) => reader,
    };
    let mut first = Bytes::new();
    while first.len() < SNIFF_BYTES {
        match reader.next_piece() {
            Ok(Some(next)) if first.is_empty() => first = next,
            Ok(Some(next)) => first = [&first[..], &next[..]].concat().into(),
            Ok(None) => break,
            Err(_) if as_far => break,
            Err(error) => return Err(error),
        }
    }
    first.truncate(SNIFF_BYTES);
    match reader.seek(0) {
        Err(error) if !as_far => Err(error),
        _ => Ok(first),
    }
}

/// When content was changed last: as its author says, or now for what a name stands for.
// spec: path-gateway.last-modified
fn modified(request: &ContentRequest, mtime: Option<Mtime>) -> Option<SystemTime> {
    match mtime {
        Some(mtime) => {
            let seconds = u64::try_from(mtime.seconds).ok()?;
            UNIX_EPOCH.checked_add(Duration::new(seconds, mtime.nanos.unwrap_or(0)))
        }
        None if request.path.is_mutable() => request.modified.or_else(|| Some(SystemTime::now())),
        None => None,
    }
}

/// A symbolic link is shown, not followed.
// spec: path-gateway.symlink
fn symlink(request: &ContentRequest, cid: &Cid, block: &Bytes) -> Result<Response, Error> {
    let message = message(block)?;
    let target = message.data.clone().unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers::set_cache(&mut headers, request, cid, None);
    headers.insert(CONTENT_TYPE, headers::value("inode/symlink"));
    let (bytes, modified) = (target.len() as u64, modified(request, message.mtime));
    let content = Content::Bytes(target);
    serve::serve(&request.head, Representation { headers, modified, bytes, content })
}
