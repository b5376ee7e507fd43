//! Spec: spec/command/files-command.md
//!
//! What `ipfs files cp|mv|mkdir|rm|flush|chcid|chmod|touch|read|write|chroot` do.

use super::tree::{self, Tree, check_source};
use crate::content::local;
use crate::encode::quote;
use crate::prelude::*;
use ipfs_data::cid::{Cid, codec};
use ipfs_data::unixfs::{self, Kind, Mtime, directory, read, resolve};
use ipfs_repo::mfs::{self, Made, path};

pub(super) fn cp(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let argument = |at| request.argument(at).unwrap_or_default();
    let tree = Tree::open(request, env)?;
    let builder = Some(tree.mfs.settings().builder);
    let source = check_source(argument(0))?;
    let source = source.trim_end_matches('/');
    let mut target = path::check(argument(1))?;
    if target.ends_with('/') {
        target.push_str(path::split(source).1);
    }
    let (cid, tsize) = tree.node(source)?;
    if request.bool("parents") {
        tree.make_parents(&target, builder)?;
    }
    if request.bool("force") {
        tree.mfs
            .unlink_file(&target)
            .map_err(|error| local(error).context("cp: cannot unlink existing file"))?;
    }
    let flush = request.bool("flush");
    env.count_change(flush)?;
    tree.mfs
        .put(&target, cid, tsize, flush)
        .map_err(|error| local(error).context(format!("cp: cannot put node in path {target}")))?;
    tree.finish()
}

pub(super) fn mv(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let argument = |at| path::check(request.argument(at).unwrap_or_default());
    let tree = Tree::open(request, env)?;
    env.count_change(request.bool("flush"))?;
    let (from, to) = (argument(0)?, argument(1)?);
    tree.mfs.rename(&from, &to, request.bool("flush")).map_err(local)?;
    tree.finish()
}

pub(super) fn mkdir(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let tree = Tree::open(request, env)?;
    let path = path::check(request.argument(0).unwrap_or_default())?;
    let parents = request.bool("parents");
    env.count_change(request.bool("flush"))?;
    let made = Made { parents, builder: tree.builder(request)?, ..Made::default() };
    tree.mfs.mkdir(&path, made, request.bool("flush")).map_err(local)?;
    tree.finish()
}

/// A line about a path that was not removed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotRemoved(String);

impl Output for NotRemoved {
    const NAME: &'static str = "string";
    const TEXT: bool = false;

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        Ok(writeln!(out, "{}", self.0)?)
    }
}

pub(super) fn rm(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    if !request.bool("flush") {
        return Err(Error::new(
            "files rm always flushes for safety. The --flush flag cannot be set to false for \
             this command",
        ));
    }
    let (recursive, force) = (request.bool("recursive"), request.bool("force"));
    let tree = Tree::open(request, env)?;
    let mut failed = false;
    for argument in &request.arguments {
        request.cancel.check()?;
        let removed = match path::check(argument) {
            Err(error) => Err(format!("{argument} is not a valid path: {error}")),
            Ok(path) if path.trim_matches('/').is_empty() => {
                Err(format!("{path}: cannot delete root"))
            }
            Ok(path) => tree
                .mfs
                .remove(&path, recursive, force)
                .map_err(|error| format!("{path}: {}", local(error).message())),
        };
        if let Err(text) = removed {
            failed = true;
            emitter.emit(&NotRemoved(text))?;
        }
    }
    tree.finish()?;
    if failed { Err(Error::new("can't remove some files")) } else { Ok(()) }
}

/// The CID of what was flushed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Flushed {
    /// The CID.
    pub cid: String,
}

impl Output for Flushed {
    const NAME: &'static str = "flushRes";
    const TEXT: bool = false;

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        Ok(writeln!(out, "{}", self.cid)?)
    }
}

pub(super) fn flush(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let tree = Tree::open(request, env)?;
    let encoder = CidEncoder::from_request(request)?;
    let path = request.argument(0).unwrap_or("/");
    let entry = tree.mfs.flush_path(path).map_err(local)?;
    env.count_change(true)?;
    emitter.emit(&Flushed { cid: encoder.encode(&entry.cid) })
}

pub(super) fn chcid(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let path = request.argument(0).unwrap_or_default();
    if path == "/" {
        return Err(Error::new(
            "cannot change CID format of the MFS root; use 'ipfs config Import.CidVersion' and \
             'ipfs config Import.HashFunction' instead",
        ));
    }
    let tree = Tree::open(request, env)?;
    let builder = tree::given_builder(request)?;
    tree.mfs.set_builder(path, builder, request.bool("flush")).map_err(local)?;
    tree.finish()
}

pub(super) fn chmod(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let argument = |at| request.argument(at).unwrap_or_default();
    let tree = Tree::open(request, env)?;
    let path = path::check(argument(1))?;
    let mode = parse_mode(argument(0))?;
    tree.mfs.set_mode(&path, mode & 0o777).map_err(local)?;
    tree.finish()
}

fn parse_mode(text: &str) -> Result<u32> {
    let fail = |reason| Error::new(format!("strconv.ParseInt: parsing {}: {reason}", quote(text)));
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit)) {
        return Err(fail("invalid syntax"));
    }
    match i32::from_str_radix(text, 8) {
        Ok(mode) => Ok(mode as u32),
        Err(_) => Err(fail("value out of range")),
    }
}

pub(super) fn touch(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let tree = Tree::open(request, env)?;
    let path = path::check(request.argument(0).unwrap_or_default())?;
    let nanos = u32::try_from(request.uint("mtime-nsecs").unwrap_or_default()).unwrap_or(u32::MAX);
    let mtime = match request.int("mtime") {
        None | Some(0) => tree::now(),
        // Whole seconds in the fraction count as seconds.
        Some(seconds) => Mtime::new(
            seconds.saturating_add(i64::from(nanos / 1_000_000_000)),
            nanos % 1_000_000_000,
        ),
    };
    tree.mfs.set_mtime(&path, mtime).map_err(local)?;
    tree.finish()
}

pub(super) fn read(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let tree = Tree::open(request, env)?;
    let path = path::check(request.argument(0).unwrap_or_default())?;
    let entry = tree.mfs.file(&path).map_err(|error| match error {
        error @ (mfs::Error::NotFile(_) | mfs::Error::Symlink) => local(error),
        error => local(error).context(&path),
    })?;
    let offset = request.int("offset").unwrap_or_default();
    let offset = u64::try_from(offset).map_err(|_| Error::new("cannot specify negative offset"))?;
    let mut reader = read::Reader::open(&tree.content.provided, &entry.cid).map_err(local)?;
    let size = reader.size();
    if offset > size {
        return Err(Error::new(format!("offset was past end of file ({offset} > {size})")));
    }
    let count = match request.int("count").map(u64::try_from) {
        None => u64::MAX,
        Some(Ok(count)) => count,
        Some(Err(_)) => return Err(Error::new("cannot specify negative 'count'")),
    };
    reader.seek(offset).map_err(local)?;
    let mut left = count.min(size - offset);
    while left > 0 {
        request.cancel.check()?;
        let Some(mut piece) = reader.next_piece().map_err(local)? else { break };
        piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        left -= piece.len() as u64;
        emitter.write(&piece)?;
    }
    Ok(())
}

pub(super) fn write(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let path = path::check(request.argument(0).unwrap_or_default())?;
    let tree = Tree::open(request, env)?;
    env.count_change(request.bool("flush"))?;
    let import = tree.import();
    let builder = tree.builder(request)?;
    let offset = request.int("offset").unwrap_or_default();
    let offset =
        u64::try_from(offset).map_err(|_| Error::new("cannot have negative write offset"))?;
    let count = match request.int("count").map(u64::try_from).transpose() {
        Ok(count) => count,
        Err(_) => return Err(Error::new("cannot have negative byte count")),
    };
    if request.bool("parents") {
        tree.make_parents(&path, builder)?;
    }
    let how = mfs::Write {
        create: request.bool("create"),
        truncate: request.bool("truncate"),
        offset,
        count,
        raw_leaves: request.bool_opt("raw-leaves").or(import.raw_leaves),
        builder,
        flush: request.bool("flush"),
        now: tree::now(),
    };
    let mut input = request.take_file()?.open()?;
    let cancelled = || request.cancel.is_cancelled();
    let written = tree.mfs.write(&path, &how, &mut input, &cancelled);
    written.map_err(|error| match request.cancel.check() {
        Err(stopped) => stopped,
        Ok(()) => local(error),
    })?;
    tree.finish()
}

/// What the user is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// With its line breaks.
    pub message: String,
}

impl Output for Message {
    const NAME: &'static str = "MessageOutput";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        Ok(write!(out, "{}", self.message)?)
    }
}

pub(super) fn chroot(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    if !request.bool("confirm") {
        return Err(Error::new(
            "this is a potentially destructive operation; pass --confirm to proceed",
        ));
    }
    let encoder = CidEncoder::from_request(request)?;
    let empty = tree::empty_directory()?;
    let root = match request.argument(0) {
        None => empty,
        Some(text) => ipfs_data::path::parse_cid_argument(text)
            .map_err(|error| Error::new(format!("invalid CID {}: {error}", quote(text))))?,
    };
    let repo =
        env.repo().map_err(|error| error.context("opening repo (is the daemon running?)"))?;
    let store = repo.blocks()?;
    check_root(&store, &root, &empty, &encoder)?;
    let datastore = repo.datastore()?;
    // Unreadable means: there is nothing to name. That is what this command is for.
    let old = mfs::stored_root(datastore.as_ref()).ok().flatten();
    mfs::store_root(datastore.as_ref(), &root)?;
    let new = encoder.encode(&root);
    let message = match old.map(|old| encoder.encode(&old)) {
        None => format!("MFS root set to {new}\n"),
        Some(old) => format!(
            "MFS root changed from {old} to {new}\nThe old root {old} will be garbage collected \
             unless pinned.\n"
        ),
    };
    emitter.emit(&Message { message })
}

fn check_root(
    store: &dyn ipfs_data::block::Store,
    root: &Cid,
    empty: &Cid,
    encoder: &CidEncoder,
) -> Result<()> {
    let present =
        store.has(root).map_err(|error| local(error).context("checking if new root exists"))?;
    if !present && root == empty {
        tree::store_empty_directory(store)?;
        return Ok(());
    }
    if !present {
        return Err(Error::new(format!(
            "new root {} does not exist locally; fetch it first with 'ipfs block get'",
            encoder.encode(root)
        )));
    }
    if root.codec() != codec::DAG_PB {
        return Err(Error::new("new root is not a valid dag-pb node: unexpected codec"));
    }
    match resolve::summary(store, root) {
        Ok(found) => match found.kind {
            Some(Kind::Directory) => Ok(()),
            Some(Kind::HamtShard) => {
                directory::Directory::load(store, root, directory::Options::default())?;
                Ok(())
            }
            kind => {
                let kind = kind.map_or("Raw".into(), |kind| kind.to_string());
                Err(Error::new(format!("new root must be a directory, got {kind}")))
            }
        },
        Err(unixfs::Error::Block(error)) => Err(local(error).context("reading new root block")),
        Err(error) => Err(local(error).context("new root is not a valid UnixFS node")),
    }
}
