//! Spec: spec/gateway/path-gateway.md
//!
//! From an immutable path to the block it names: through directories plain and sharded, and along
//! the links of other codecs.

use crate::error::Error as GatewayError;
use ipfs_data::block::{self, Source};
use ipfs_data::cid::{self, Cid, codec as code};
use ipfs_data::codec;
use ipfs_data::ipld::Node;
use ipfs_data::path::{Namespace, Path};
use ipfs_data::unixfs::{self, resolve::entry};

/// Segments of a path beyond which it is refused.
pub const SEGMENTS_MAX: usize = 1024;

/// Why a path leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A block on the way can't be read.
    #[error(transparent)]
    Block(#[from] block::Error),
    /// A directory on the way is damaged.
    #[error(transparent)]
    UnixFs(unixfs::Error),
    /// A block on the way is damaged, or of a codec that has no links.
    #[error(transparent)]
    Codec(#[from] codec::Error),
    /// A CID on the way may not name content.
    #[error(transparent)]
    Cid(#[from] cid::Insecure),
    /// Nothing of that name is there.
    #[error("no link named {} under {cid}", ipfs_data::path::quote(name))]
    NoLink {
        /// The segment.
        name: String,
        /// What has no such link.
        cid: Cid,
    },
}

impl Error {
    /// Whether the content says that there is nothing, so that the rules of `_redirects` apply.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::NoLink { .. } | Self::Block(block::Error::NotFound(_)) => true,
            Self::UnixFs(unixfs::Error::Block(block::Error::NotFound(_))) => true,
            Self::UnixFs(error) => matches!(error, unixfs::Error::NoEntry),
            _ => false,
        }
    }
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// One CID for each segment of the path, root first; the last is [`Resolution::cid`].
    pub roots: Vec<Cid>,
    /// The last block on the way.
    pub cid: Cid,
    /// Segments that lead on inside that block, to something that is no link.
    pub remainder: Vec<String>,
}

impl Resolution {
    /// The path of the last block, with what leads on inside of it.
    pub fn path(&self) -> String {
        let mut text = format!("/ipfs/{}", self.cid);
        for segment in &self.remainder {
            text.push('/');
            text.push_str(segment);
        }
        text
    }
}

/// Follows an immutable path. The last block is not read.
///
/// # Errors
/// When a segment leads nowhere or a block on the way can't be read.
pub fn resolve(source: &dyn Source, path: &Path) -> Result<Resolution, GatewayError> {
    let root = *path.require_cid()?;
    let segments: Vec<&str> = path.segments().collect();
    // spec: path-gateway.segments-max
    if segments.len() > SEGMENTS_MAX {
        return Err(GatewayError::bad_request("path has too many components"));
    }
    Ok(follow(source, path.namespace(), root, &segments)?)
}

/// Follows segments from a block on.
///
/// # Errors
/// As [`resolve`].
pub fn follow(
    source: &dyn Source,
    namespace: Namespace,
    root: Cid,
    segments: &[&str],
) -> Result<Resolution, Error> {
    cid::validate(&root)?;
    let mut found = Resolution { roots: vec![root], cid: root, remainder: Vec::new() };
    let mut inside: Option<Node> = None;
    for &segment in segments {
        let unixfs = inside.is_none() && namespace == Namespace::Ipfs;
        let next = match (unixfs, found.cid.codec()) {
            (true, code::DAG_PB) => Some(child(source, &found.cid, segment)?),
            (_, code::RAW) => return Err(no_link(segment, &found.cid)),
            _ => {
                let node = match inside.take() {
                    Some(node) => node,
                    None => codec::decode(found.cid.codec(), &source.get(&found.cid)?)?,
                };
                match node.segment(segment.as_bytes()) {
                    Err(_) => return Err(no_link(segment, &found.cid)),
                    Ok(Node::Link(target)) => Some(**target),
                    Ok(value) => {
                        inside = Some(value.clone());
                        None
                    }
                }
            }
        };
        match next {
            Some(next) => {
                cid::validate(&next)?;
                found.cid = next;
                found.remainder.clear();
            }
            None => found.remainder.push(segment.to_owned()),
        }
        found.roots.push(found.cid);
    }
    Ok(found)
}

fn child(source: &dyn Source, cid: &Cid, segment: &str) -> Result<Cid, Error> {
    match entry(source, cid, segment.as_bytes()) {
        Ok(link) => Ok(link.cid),
        Err(unixfs::Error::NoEntry | unixfs::Error::NotDirectory) => Err(no_link(segment, cid)),
        Err(unixfs::Error::Block(error)) => Err(error.into()),
        Err(other) => Err(Error::UnixFs(other)),
    }
}

// spec: path-gateway.no-link
fn no_link(name: &str, cid: &Cid) -> Error {
    Error::NoLink { name: name.to_owned(), cid: *cid }
}
