//! Spec: spec/gateway/path-gateway.md
//!
//! The page that lists a directory: sorted and in one piece when there are few entries, else sent
//! while the directory is read.

use super::kind::{self, EntryKind, Looker};
use crate::error::Error;
use crate::escape::{escape_path, html};
use crate::gateway::Gateway;
use crate::page;
use crate::request::ContentRequest;
use bytes::Bytes;
use ipfs_data::block::Source;
use ipfs_data::cid::Cid;
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::hamt::{Entries, Hamt};
use ipfs_data::unixfs::{self, Kind};
use ipfs_node::http::body::{self, Body, BodyError};
use std::fmt::Write;
use std::sync::Arc;

/// Entries up to which a listing is sorted by name and sent in one piece.
pub(super) const SORTED_MAX: usize = 2048;

/// Bytes of rows that are sent together.
const CHUNK_BYTES: usize = 32 << 10;

/// Entries of a directory, read as they are asked for.
enum Links {
    Plain(std::vec::IntoIter<Link>),
    Sharded(Box<Entries>, Arc<dyn Source>),
}

impl Links {
    fn of(gateway: &Gateway, cid: &Cid, node: dag_pb::Node) -> Result<Self, unixfs::Error> {
        let message = unixfs::Node::decode(&node.data.clone().unwrap_or_default())?;
        match message.kind {
            Kind::HamtShard => {
                let entries = Hamt::from_node(cid, node, &message)?.into_entries(cid);
                Ok(Self::Sharded(Box::new(entries), gateway.content.blocks.clone()))
            }
            _ => Ok(Self::Plain(node.links.into_iter())),
        }
    }

    fn next(&mut self) -> Result<Option<Link>, unixfs::Error> {
        match self {
            Self::Plain(links) => Ok(links.next()),
            Self::Sharded(entries, source) => entries.next_entry(source.as_ref()),
        }
    }
}

/// The page for a directory whose root block is here.
// spec: path-gateway.listing
pub(super) fn body(
    gateway: &Gateway,
    request: &ContentRequest,
    cid: &Cid,
    block: &Bytes,
) -> Result<Body, Error> {
    if request.head.is_head() {
        return Ok(body::empty());
    }
    let node = dag_pb::decode(block).map_err(unixfs::Error::from)?;
    let total =
        node.links.iter().fold(block.len() as u64, |sum, link| sum.saturating_add(link.tsize()));
    let mut links = Links::of(gateway, cid, node)?;
    let mut first = Vec::new();
    while first.len() <= SORTED_MAX
        && let Some(link) = links.next()?
    {
        first.push(link);
    }
    let whole = first.len() <= SORTED_MAX;
    let mut rows = Rows::new(gateway, request);
    let head = header(request, cid, total, whole.then_some(first.len()));
    if whole {
        first.sort_by(|a, b| a.name().cmp(b.name()));
        let mut page = head;
        first.iter().for_each(|link| rows.push(&mut page, link));
        page.push_str(&footer(first.is_empty()));
        return Ok(body::full(page));
    }
    // spec: path-gateway.listing-stream
    let stream = Stream { head: Some(head), first: first.into_iter(), links, rows, ended: false };
    Ok(body::pull(stream))
}

/// A page that is made while it is sent.
struct Stream {
    head: Option<String>,
    first: std::vec::IntoIter<Link>,
    links: Links,
    rows: Rows,
    ended: bool,
}

impl Iterator for Stream {
    type Item = Result<Bytes, BodyError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut chunk = self.head.take().unwrap_or_default();
        while chunk.len() < CHUNK_BYTES {
            let link = match self.first.next() {
                Some(link) => Ok(Some(link)),
                None => self.links.next(),
            };
            match link {
                Ok(Some(link)) => self.rows.push(&mut chunk, &link),
                Ok(None) => {
                    chunk.push_str(&footer(false));
                    self.ended = true;
                    break;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error.into()));
                }
            }
        }
        Some(Ok(chunk.into()))
    }
}

fn header(request: &ContentRequest, cid: &Cid, total: u64, entries: Option<usize>) -> String {
    let path = request.path.as_str();
    let mut out = page::begin(path, "A directory of content-addressed files hosted on IPFS.");
    let entries = match entries {
        Some(1) => "<span>1 entry</span>".to_owned(),
        Some(count) => format!("<span>{count} entries</span>"),
        None => String::new(),
    };
    // The heading names the root already.
    let cid = cid.to_string();
    let cid = match request.path.has_segments() || request.path.root() != cid {
        true => format!("<span class=\"cid\" translate=\"no\">{cid}</span>"),
        false => String::new(),
    };
    let _ = write!(
        out,
        "<h1>\n Index of {}</h1>\n<p class=\"facts\">{cid}{entries}<span \
         title=\"Cumulative size of IPFS DAG (data + metadata)\">{}</span></p>\n\
         <table class=\"list\">\n<thead><tr><th class=\"i\"></th><th>Name</th><th \
         class=\"t\">Type</th><th class=\"h\">CID</th><th class=\"s\">Size</th></tr></thead>\n\
         <tbody>\n",
        page::breadcrumbs(request),
        page::size(total)
    );
    if request.path.has_segments() {
        let up = format!("{}/..", request.head.path.trim_end_matches('/'));
        let _ = writeln!(
            out,
            "<tr class=\"folder\"><td class=\"i\">{}</td><td class=\"n\"><a href=\"{}\">..</a></td>\
             <td class=\"t\"></td><td class=\"h\"></td><td class=\"s\"></td></tr>",
            page::icon("up"),
            html(&escape_path(&up))
        );
    }
    out
}

fn footer(empty: bool) -> String {
    let rows = match empty {
        true => {
            "<tr><td class=\"empty\" colspan=\"5\">This directory is empty.</td></tr>\n\
             </tbody>\n</table>\n"
        }
        false => "</tbody>\n</table>\n",
    };
    format!("{rows}{}", page::END)
}

/// Makes rows.
struct Rows {
    /// Path of the directory with a slash behind.
    directory: String,
    /// What the links to CIDs need of the request.
    request: ContentRequest,
    looker: Looker,
}

impl Rows {
    fn new(gateway: &Gateway, request: &ContentRequest) -> Self {
        Self {
            directory: format!("{}/", request.head.path.trim_end_matches('/')),
            request: request.clone(),
            looker: Looker::new(gateway.content.local.clone()),
        }
    }

    fn push(&mut self, out: &mut String, link: &Link) {
        let name = String::from_utf8_lossy(link.name());
        let target = escape_path(&format!("{}{name}", self.directory));
        let cid = link.cid.to_string();
        let (kind, bytes) = self.looker.look(&name, link);
        let class = if kind == EntryKind::Folder { " class=\"folder\"" } else { "" };
        let label = kind::label(kind, &name);
        let _ = writeln!(
            out,
            "<tr{class}><td class=\"i\">{}</td><td class=\"n\"><a href=\"{}\">{}</a></td>\
             <td class=\"t\">{label}</td><td class=\"h\"><a class=\"ipfs-hash\" translate=\"no\" \
             {}>{}</a></td><td class=\"s\" title=\"{bytes} bytes\">{}</td></tr>",
            page::icon(kind.icon()),
            html(&target),
            html(&name),
            page::root_link(&self.request, &cid, Some(&name)),
            page::short(&cid),
            page::size(bytes)
        );
    }
}
