//! Spec: spec/migrations/11-to-12.md
//!
//! Finds every CIDv1 that pins and MFS reach: programs of version 11 look for those blocks under
//! their CIDv1, also for the ones that were added since.

use super::copy::Copier;
use super::spaces::Spaces;
use super::visited::{Limits, Visited};
use crate::blocks::key::{base32, codec, is_sha256, multihash_of_cid1, varint};
use crate::context::Context;
use crate::dag_pb::Node;
use crate::error::Error;
use crate::pins::records::{RECORDS, decode};
use crate::pins::set::Mode;
use multibase::Base;

/// Where the MFS root is kept.
const MFS_ROOT: &[u8] = b"/local/filesroot";
const DAG_PB: u64 = 0x70;
const DAG_CBOR: u64 = 0x71;
/// The hash function whose digest is the content itself.
const IDENTITY: u64 = 0;
/// Deepest nesting of a dag-cbor block.
const CBOR_DEPTH_MAX: usize = 1024;

/// What the walk didn't find.
#[derive(Debug, Default)]
struct Losses {
    missing: u64,
    damaged: u64,
}

struct Walk<'a, 'b> {
    spaces: &'a Spaces,
    copier: &'a mut Copier<'b>,
    visited: Visited,
    losses: Losses,
}

// spec: 11-to-12.walk
/// Copies what pins and MFS reach.
pub(super) fn run(
    context: &mut Context<'_>,
    spaces: &Spaces,
    copier: &mut Copier<'_>,
) -> Result<(), Error> {
    let visited = Visited::new(context, Limits::default())?;
    let mut walk = Walk { spaces, copier, visited, losses: Losses::default() };
    for pair in spaces.db.scan_bytes(RECORDS, false).map_err(Error::other)? {
        let (key, record) = pair.map_err(Error::other)?;
        let Some(pin) = decode(&record) else {
            let key = String::from_utf8_lossy(&key);
            return Err(Error::Step(format!("{key}: this pin record can't be read")));
        };
        match pin.mode {
            Mode::Recursive => walk.from(context, pin.key)?,
            Mode::Direct => {
                walk.losses.missing += u64::from(!walk.copier.block(context, &pin.key)?);
            }
        }
    }
    let pinned = std::mem::take(&mut walk.losses);
    if let Some(root) = spaces.db.get_bytes(MFS_ROOT).map_err(Error::other)? {
        context.report.log(&format!("MFS Root: {}", text(&root)));
        // MFS may refer to blocks that were never fetched.
        walk.from(context, root)?;
    }
    walk.visited.finish(context)?;
    // spec: 11-to-12.broken-pins
    for (count, what) in [(pinned.missing, "missing"), (pinned.damaged, "unreadable")] {
        if count > 0 {
            context.report.note(&format!(
                "{count} blocks of pins are {what}, as they were before: what lies below them can't \
                 be found"
            ));
        }
    }
    Ok(())
}

/// A CID as text.
fn text(cid: &[u8]) -> String {
    if is_sha256(cid) {
        Base::Base58Btc.encode(cid)
    } else {
        multibase::encode(Base::Base32Lower, cid)
    }
}

impl Walk<'_, '_> {
    fn from(&mut self, context: &mut Context<'_>, root: Vec<u8>) -> Result<(), Error> {
        self.visited.push(context, root)?;
        while let Some(cid) = self.visited.pop(context)? {
            if self.visited.insert(context, &cid)? {
                self.node(context, &cid)?;
            }
        }
        Ok(())
    }

    fn node(&mut self, context: &mut Context<'_>, cid: &[u8]) -> Result<(), Error> {
        let multihash = if is_sha256(cid) { Some(cid) } else { multihash_of_cid1(cid) };
        let Some(multihash) = multihash else {
            self.losses.damaged += 1;
            return Ok(());
        };
        let codec = if is_sha256(cid) { Some(DAG_PB) } else { codec(cid) };
        let has_links = matches!(codec, Some(DAG_PB | DAG_CBOR));
        let data = match inline(multihash) {
            Some(digest) => digest.to_vec(),
            None => {
                if !self.copier.block(context, cid)? {
                    self.losses.missing += 1;
                    return Ok(());
                }
                if !has_links {
                    return Ok(());
                }
                let blocks = &self.spaces.blocks;
                let data = match blocks.get(context, &base32(multihash))? {
                    None => blocks.get(context, &base32(cid))?,
                    data => data,
                };
                let Some(data) = data else {
                    self.losses.missing += 1;
                    return Ok(());
                };
                data
            }
        };
        let links = match codec {
            Some(DAG_PB) => dag_pb_links(&data),
            Some(DAG_CBOR) => dag_cbor_links(&data),
            _ => Some(Vec::new()),
        };
        let Some(links) = links else {
            self.losses.damaged += 1;
            return Ok(());
        };
        for link in links {
            self.visited.push(context, link)?;
        }
        Ok(())
    }
}

/// The content in an identity multihash.
fn inline(multihash: &[u8]) -> Option<&[u8]> {
    let (function, rest) = varint(multihash)?;
    let (_length, digest) = varint(rest)?;
    (function == IDENTITY).then_some(digest)
}

fn dag_pb_links(data: &[u8]) -> Option<Vec<Vec<u8>>> {
    let node = Node::decode(data).ok()?;
    Some(node.links.into_iter().map(|link| link.hash).collect())
}

/// The links of a dag-cbor block; `None` if it is none.
fn dag_cbor_links(mut data: &[u8]) -> Option<Vec<Vec<u8>>> {
    /// The tag of links.
    const LINK: u64 = 42;
    let mut links = Vec::new();
    // Items still to come at each level.
    let mut open = vec![1_u64];
    while let Some(items) = open.last_mut() {
        if *items == 0 {
            open.pop();
            continue;
        }
        *items -= 1;
        let (&first, rest) = data.split_first()?;
        let (argument, rest) = cbor_argument(first & 0x1f, rest)?;
        data = rest;
        match first >> 5 {
            2 | 3 => data = data.get(usize::try_from(argument).ok()?..)?,
            4 => open.push(argument),
            5 => open.push(argument.checked_mul(2)?),
            6 if argument == LINK => {
                let (&head, rest) = data.split_first()?;
                let (length, rest) = cbor_argument(head & 0x1f, rest)?;
                let (link, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                if head >> 5 != 2 {
                    return None;
                }
                links.push(link.strip_prefix(&[0])?.to_vec());
                data = rest;
            }
            6 => open.push(1),
            _ => {}
        }
        if open.len() > CBOR_DEPTH_MAX {
            return None;
        }
    }
    data.is_empty().then_some(links)
}

fn cbor_argument(bits: u8, data: &[u8]) -> Option<(u64, &[u8])> {
    match bits {
        0..24 => Some((u64::from(bits), data)),
        24..28 => {
            let (bytes, rest) = data.split_at_checked(1 << (bits - 24))?;
            Some((bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_of_dag_cbor_are_found_at_any_depth() {
        let cid = [1, 0x55, 0x12, 1, 7];
        let link = [&[0xd8, 42, 0x46, 0][..], &cid].concat();
        // {"a": [link, 1, {"b": link}], "c": "text"}
        let data = [
            &[0xa2, 0x61, b'a', 0x83][..],
            &link,
            &[0x01, 0xa1, 0x61, b'b'],
            &link,
            &[0x61, b'c', 0x64],
            b"text",
        ]
        .concat();
        assert_eq!(dag_cbor_links(&data), Some(vec![cid.to_vec(), cid.to_vec()]));
        assert_eq!(dag_cbor_links(&data[..data.len() - 1]), None);
        assert_eq!(dag_cbor_links(&[&data[..], &[0]].concat()), None);
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(data: Vec<u8>) {
            let _ = dag_cbor_links(&data);
            let _ = dag_pb_links(&data);
            let _ = inline(&data);
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert_eq!(dag_cbor_links(&[0x81; 5000]), None);
    }
}
