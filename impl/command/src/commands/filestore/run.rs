//! Spec: spec/command/filestore-command.md
//!
//! What `ipfs filestore ls|verify|dups` do.

use crate::commands::repo::gc::Link;
use crate::content::{Content, local};
use crate::prelude::*;
use ipfs_data::block::Source;
use ipfs_data::cid::{Cid, codec};
use ipfs_data::path::parse_cid_argument;
use ipfs_repo::filestore::{self, Listed, References, Status};
use std::any::Any;
use std::sync::Arc;

/// A reference, and whether it holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    /// 0 ok, 10 error, 11 no-file, 12 changed, 20 ERROR, 30 missing.
    pub status: i32,
    /// Why; empty when fine.
    pub error_msg: String,
    /// The block.
    pub key: Option<Link>,
    /// Where its bytes are.
    pub file_path: String,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub size: u64,
}

impl Entry {
    fn of(listed: Listed) -> Self {
        let (file_path, offset, size) = listed
            .reference
            .map(|found| (found.path, found.offset, found.size))
            .unwrap_or_default();
        Self {
            status: listed.status as i32,
            error_msg: listed.error,
            key: listed.cid.as_ref().map(Link::new),
            file_path,
            offset,
            size,
        }
    }

    fn broken_argument(text: String) -> Self {
        let listed = Listed { status: Status::Other, error: text, cid: None, reference: None };
        Self::of(listed)
    }

    fn line(&self, encoder: &CidEncoder) -> String {
        let Some(link) = &self.key else { return "<corrupt key>".into() };
        if self.file_path.is_empty() {
            return link.cid.clone();
        }
        let cid = ipfs_data::cid::parse(&link.cid).map(|cid| encoder.encode(&cid));
        let cid = cid.unwrap_or_else(|_| link.cid.clone());
        format!("{cid:<50} {:>6} {} {}", self.size, self.file_path, self.offset)
    }

    fn is_removable(&self) -> bool {
        !matches!(self.status, 0 | 20)
    }
}

fn word(status: i32) -> &'static str {
    let all = [
        Status::Ok,
        Status::FileError,
        Status::NoFile,
        Status::Changed,
        Status::Other,
        Status::Missing,
    ];
    all.into_iter().find(|known| *known as i32 == status).map_or("???", Status::word)
}

impl Output for Entry {
    const NAME: &'static str = "ListRes";
    const TEXT: bool = false;

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        Ok(writeln!(out, "{}", self.line(&CidEncoder::from_request(request)?))?)
    }
}

fn references(env: &Env) -> Result<(Content<'_>, Arc<References>)> {
    let content = Content::local(env)?;
    match content.blocks.references.clone() {
        Some(references) => Ok((content, references)),
        None => Err(filestore::Error::FilesDisabled.into()),
    }
}

/// Prints entries that hold; says what is wrong with others.
#[derive(Default)]
pub(super) struct ShowList {
    failed: bool,
}

impl PostRun for ShowList {
    fn value(&mut self, value: &dyn Any, request: &Request, terminal: &mut Terminal) -> Result<()> {
        let entry = value.downcast_ref::<Entry>().ok_or_else(|| Error::new("unexpected value"))?;
        if !entry.error_msg.is_empty() {
            self.failed = true;
            return terminal.note(&entry.error_msg);
        }
        terminal.line(&entry.line(&CidEncoder::from_request(request)?))
    }

    fn end(self: Box<Self>, result: Result<()>, _: &Request, _: &mut Terminal) -> Result<()> {
        result?;
        match self.failed {
            true => Err(Error::new("errors while displaying some entries")),
            false => Ok(()),
        }
    }
}

/// Prints each entry with its status.
pub(super) struct ShowVerified;

impl PostRun for ShowVerified {
    fn value(&mut self, value: &dyn Any, request: &Request, terminal: &mut Terminal) -> Result<()> {
        let entry = value.downcast_ref::<Entry>().ok_or_else(|| Error::new("unexpected value"))?;
        if entry.status == Status::Other as i32 {
            terminal.note(&entry.error_msg)?;
        }
        let line = entry.line(&CidEncoder::from_request(request)?);
        let word = word(entry.status);
        if !request.bool("remove-bad-blocks") {
            return terminal.line(&format!("{word:<7} {line}"));
        }
        let action = if entry.is_removable() { "remove" } else { "keep" };
        terminal.line(&format!("{word:<7} {line} {action}"))
    }
}

pub(super) fn ls(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let (_content, references) = references(env)?;
    if !request.arguments.is_empty() {
        return given(request, &references, false, emitter);
    }
    all(request, &references, false, false, emitter)
}

pub(super) fn verify(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let (_content, references) = references(env)?;
    let remove = request.bool("remove-bad-blocks");
    if !request.arguments.is_empty() {
        return given(request, &references, remove, emitter);
    }
    all(request, &references, true, remove, emitter)
}

fn all(
    request: &Request,
    references: &References,
    verify: bool,
    remove: bool,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    for listed in references.list(request.bool("file-order"), verify)? {
        request.cancel.check()?;
        show(references, listed?, remove, emitter)?;
    }
    Ok(())
}

fn given(
    request: &Request,
    references: &References,
    remove: bool,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    for argument in &request.arguments {
        request.cancel.check()?;
        match parse_cid_argument(argument) {
            Err(error) => {
                emitter.emit(&Entry::broken_argument(format!("{argument}: {error}")))?;
            }
            Ok(cid) => show(references, references.verify(cid.hash()), remove, emitter)?,
        }
    }
    Ok(())
}

fn show(
    references: &References,
    listed: Listed,
    remove: bool,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    if let (true, true, Some(cid)) = (remove, listed.is_removable(), &listed.cid) {
        references.remove_many(&[*cid.hash()])?;
    }
    emitter.emit(&Entry::of(listed))
}

/// A block.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Reference {
    /// Its CID.
    #[serde(rename = "Ref")]
    pub cid: String,
    /// What went wrong.
    pub err: String,
}

impl Output for Reference {
    const NAME: &'static str = "RefWrapper";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        match self.err.is_empty() {
            true => Ok(writeln!(out, "{}", self.cid)?),
            false => Err(Error::new(&self.err)),
        }
    }
}

pub(super) fn dups(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let (content, references) = references(env)?;
    let encoder = CidEncoder::from_request(request)?;
    for hash in references.hashes()? {
        request.cancel.check()?;
        let cid = Cid::new_v1(codec::RAW, hash?);
        if content.blocks.blocks.has(&cid).map_err(local)? {
            emitter.emit(&Reference { cid: encoder.encode(&cid), err: String::new() })?;
        }
    }
    Ok(())
}
