//! Spec: spec/command/add.md
//!
//! The command itself: settings, import, directories, pins.

use super::import::{Importer, References};
use super::output::{AddEvent, wants_progress};
use super::settings::Settings;
use super::walk::{Added, Report, Tree, Walk};
use crate::commands::provide::fast::{self, After};
use crate::content::{Blocks, Content};
use crate::files::{DirectoryNode, Entry, Meta, Node};
use crate::prelude::*;
use bytes::Bytes;
use ipfs_data::block::{self, Block, Sink, Source, Store};
use ipfs_data::cid::Cid;
use ipfs_data::unixfs;
use ipfs_data::unixfs::build::Part;
use ipfs_repo::pin::Mode;
use std::os::unix::ffi::OsStrExt;
use std::sync::Mutex;

/// Progress is told at most every so many bytes of a file.
const PROGRESS_BYTES: u64 = 256 << 10;
/// References that are stored together.
const REFERENCES_MAX: usize = 1024;

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let content = Content::open(request, env)?;
    let config = content.repo.config();
    let mut settings = Settings::new(request, &config.import())?;
    settings.progress = wants_progress(request);
    if settings.reference_files && !config.filestore_enabled() && !config.urlstore_enabled() {
        return Err(Error::new(
            "either the filestore or the urlstore must be enabled to use nocopy, see: \
             https://github.com/ipfs/kubo/blob/master/docs/experimental-features.md#ipfs-filestore",
        ));
    }
    let cids = CidEncoder::from_request(request)?;
    let mut arguments = request.take_files();
    if settings.wrap {
        let root = Node::Directory(DirectoryNode::from_entries(arguments, Meta::default()));
        arguments = Box::new(std::iter::once(Ok(Entry { name: "".into(), node: root })));
    }
    let mut arguments = arguments.peekable();
    if arguments.peek().is_none() {
        return Err(Error::new("expected a file argument"));
    }
    let mut add = Add { request, content: &content, settings: &settings, cids, emitter, mfs: None };
    let added = arguments.try_for_each(|argument| add.argument(argument?));
    // Also after an error: arguments before it are linked.
    let finished = add.finish();
    added.and(finished)?;
    if settings.only_hash {
        return Ok(());
    }
    fast::tell(request, env, After::Add, 1)
}

/// One run over all arguments.
struct Add<'r, 'e, 'a> {
    request: &'r Request,
    content: &'r Content<'r>,
    settings: &'r Settings,
    cids: CidEncoder,
    emitter: &'e mut Emitter<'a>,
    mfs: Option<super::to_files::ToFiles<'r>>,
}

impl<'r> Add<'r, '_, '_> {
    fn argument(&mut self, argument: Entry) -> Result<()> {
        let _writing = self.content.repo.gc_lock().writer();
        let discard = Discard;
        let mixed = self.settings.reference_files || self.request.bool("fscache");
        let store: &dyn Store = match (self.settings.only_hash, mixed) {
            (true, _) => &discard,
            // spec: add.references-only-on-request
            (false, false) => self.content.repo.blockstore()?,
            (false, true) => self.content.blocks.as_ref(),
        };
        let references = Batch::new(&self.content.blocks);
        let importer = Importer {
            settings: self.settings,
            sink: store,
            references: (self.settings.reference_files && !self.settings.only_hash)
                .then_some(&references as &dyn References),
            cancel: &self.request.cancel,
        };
        let walk = Walk { importer: &importer, store };
        let is_directory = matches!(argument.node, Node::Directory(_));
        let mut report = Events {
            argument: argument.name.as_bytes().to_vec(),
            is_directory,
            meta: meta(&argument.node),
            cids: self.cids,
            silent: self.settings.silent,
            progress: self.settings.progress,
            told: None,
            emitter: self.emitter,
        };
        let Tree { root, directories } = walk.tree(argument.node, &mut report)?;
        // spec: add.directories-last
        for directory in &directories {
            report.emit(directory)?;
        }
        references.flush()?;
        if self.settings.only_hash {
            return Ok(());
        }
        // spec: add.durable-before-pin
        self.content.blocks.flush()?;
        if let Some(name) = &self.settings.pin {
            self.content.pinner()?.set(&root.cid, Mode::Recursive, name)?;
        }
        self.link_to_files(argument.name.as_bytes(), &root)
    }

    fn link_to_files(&mut self, name: &[u8], root: &Part) -> Result<()> {
        let Some(target) = &self.settings.to_files else { return Ok(()) };
        if self.mfs.is_none() {
            self.mfs = Some(super::to_files::ToFiles::open(self.content, target)?);
        }
        self.mfs.as_mut().map_or(Ok(()), |mfs| mfs.link(name, root))
    }

    fn finish(self) -> Result<()> {
        self.mfs.map_or(Ok(()), super::to_files::ToFiles::finish)
    }
}

fn meta(node: &Node) -> Meta {
    match node {
        Node::File(file) => file.meta,
        Node::Directory(directory) => directory.meta,
        Node::Symlink(link) => link.meta,
    }
}

/// Makes events of what was stored.
struct Events<'e, 'a> {
    argument: Vec<u8>,
    is_directory: bool,
    meta: Meta,
    cids: CidEncoder,
    silent: bool,
    progress: bool,
    told: Option<(Vec<u8>, u64)>,
    emitter: &'e mut Emitter<'a>,
}

impl Events<'_, '_> {
    /// The argument's name and the path below it. What has no name is called by its CID.
    fn name(&self, path: &[u8], cid: Option<&Cid>) -> String {
        let mut name = self.argument.clone();
        if self.is_directory {
            if !name.is_empty() && !path.is_empty() {
                name.push(b'/');
            }
            name.extend_from_slice(path);
        } else if name.is_empty() {
            name = cid.map(|cid| cid.to_string().into_bytes()).unwrap_or_default();
        }
        String::from_utf8_lossy(&name).into_owned()
    }

    fn event(&self, name: String) -> AddEvent {
        let (mtime, nanos) = self.meta.mtime.unwrap_or_default();
        let mode = self.meta.mode.filter(|&mode| mode != 0);
        AddEvent {
            name,
            mode: mode.map(|mode| format!("0{mode:o}")).unwrap_or_default(),
            mtime,
            mtime_nsecs: if mtime > 0 { nanos.into() } else { 0 },
            ..AddEvent::default()
        }
    }

    fn emit(&mut self, added: &Added) -> Result<()> {
        if self.silent {
            return Ok(());
        }
        let mut event = self.event(self.name(&added.path, Some(&added.part.cid)));
        event.hash = self.cids.encode(&added.part.cid);
        event.size = added.part.tsize.to_string();
        self.emitter.emit(&event)
    }
}

impl Report for Events<'_, '_> {
    fn added(&mut self, added: &Added) -> Result<()> {
        self.emit(added)
    }

    fn progress(&mut self, path: &[u8], bytes: u64) -> Result<()> {
        if !self.progress {
            return Ok(());
        }
        if self.told.as_ref().is_some_and(|(last, n)| last == path && bytes < n + PROGRESS_BYTES) {
            return Ok(());
        }
        self.tell(path, bytes)
    }

    fn end(&mut self, path: &[u8], bytes: u64) -> Result<()> {
        let is_news = self.told.as_ref().is_none_or(|(last, n)| last != path || *n != bytes);
        match self.progress && is_news {
            true => self.tell(path, bytes),
            false => Ok(()),
        }
    }
}

impl Events<'_, '_> {
    fn tell(&mut self, path: &[u8], bytes: u64) -> Result<()> {
        self.told = Some((path.to_vec(), bytes));
        let mut event = self.event(self.name(path, None));
        event.bytes = bytes as i64;
        self.emitter.emit(&event)
    }
}

/// A store that keeps nothing, for --only-hash.
struct Discard;

impl Source for Discard {
    fn get(&self, cid: &Cid) -> Result<Bytes, block::Error> {
        Err(block::Error::NotFound(*cid))
    }

    fn has(&self, _: &Cid) -> Result<bool, block::Error> {
        Ok(false)
    }
}

impl Sink for Discard {
    fn put(&self, _: Block) -> Result<(), block::Error> {
        Ok(())
    }
}

/// References on their way into the store.
struct Batch<'b> {
    blocks: &'b Blocks,
    waiting: Mutex<Vec<(Cid, ipfs_repo::filestore::Reference)>>,
}

impl<'b> Batch<'b> {
    fn new(blocks: &'b Blocks) -> Self {
        Self { blocks, waiting: Mutex::new(Vec::new()) }
    }

    fn take(&self, at_least: usize) -> Vec<(Cid, ipfs_repo::filestore::Reference)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if waiting.len() >= at_least { std::mem::take(&mut waiting) } else { Vec::new() }
    }

    fn flush(&self) -> Result<()> {
        let waiting = self.take(1);
        if waiting.is_empty() {
            return Ok(());
        }
        Ok(self.blocks.put_references(waiting)?)
    }
}

impl References for Batch<'_> {
    fn put(&self, path: &str, offset: u64, cid: Cid, bytes: u64) -> Result<(), unixfs::Error> {
        let missing = || block::Error::store(ipfs_repo::filestore::Error::FilesDisabled);
        let references = self.blocks.references.as_ref().ok_or_else(missing)?;
        let reference = references.reference(path, offset, bytes).map_err(block::Error::store)?;
        self.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((cid, reference));
        let full = self.take(REFERENCES_MAX);
        if full.is_empty() { Ok(()) } else { Ok(self.blocks.put_references(full)?) }
    }
}
