//! Spec: spec/command/cli.md
//!
//! File arguments as a lazy tree: nothing is opened before it is asked for.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod filter;

pub use filter::Filter;

/// A reader that may move between threads.
pub type Reader = Box<dyn Read + Send>;

/// What a name stands for.
pub enum Node {
    /// Bytes.
    File(FileNode),
    /// Names.
    Directory(DirectoryNode),
    /// Another path.
    Symlink(SymlinkNode),
}

/// A name and what it stands for.
pub struct Entry {
    /// The base name; empty for standard input without `--stdin-name`.
    pub name: OsString,
    /// What it stands for.
    pub node: Node,
}

/// Entries one after the other. Of a stream, each must be read to its end before the next is taken.
pub type Entries = Box<dyn Iterator<Item = io::Result<Entry>> + Send>;

/// The file arguments of a call.
pub enum Input {
    /// On disk, or standard input.
    List(Vec<Entry>),
    /// In the body of a request.
    Stream(Entries),
}

impl Input {
    /// The entries.
    pub fn entries(self) -> Entries {
        match self {
            Self::List(entries) => Box::new(entries.into_iter().map(Ok)),
            Self::Stream(entries) => entries,
        }
    }
}

/// Mode and time of a file, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Meta {
    /// Permission bits with set-uid, set-gid and sticky.
    pub mode: Option<u32>,
    /// Time of last change: seconds and nanoseconds since 1970.
    pub mtime: Option<(i64, u32)>,
}

impl Meta {
    fn of(metadata: &Metadata) -> Self {
        Self {
            mode: Some(metadata.mode() & 0o7777),
            mtime: Some((metadata.mtime(), u32::try_from(metadata.mtime_nsec()).unwrap_or(0))),
        }
    }
}

enum Content {
    Path,
    Reader(Reader),
    Url,
}

/// A file that can be opened once.
pub struct FileNode {
    content: Content,
    path: Option<PathBuf>,
    url: Option<String>,
    /// Length in bytes, where known.
    pub size: Option<u64>,
    /// Mode and time, where known.
    pub meta: Meta,
}

impl FileNode {
    /// A file on disk.
    pub fn from_path(path: PathBuf, metadata: &Metadata) -> Self {
        Self {
            content: Content::Path,
            path: Some(path),
            url: None,
            size: Some(metadata.len()),
            meta: Meta::of(metadata),
        }
    }

    /// Bytes from somewhere else, such as standard input.
    pub fn from_reader(reader: Reader) -> Self {
        Self {
            content: Content::Reader(reader),
            path: None,
            url: None,
            size: None,
            meta: Meta::default(),
        }
    }

    /// The content behind an `http` or `https` URL.
    pub fn from_url(url: String) -> Self {
        Self {
            content: Content::Url,
            path: None,
            url: Some(url),
            size: None,
            meta: Meta::default(),
        }
    }

    /// The same content, which lies at this path of the disk or at this URL (`--nocopy`).
    #[must_use]
    pub fn at(mut self, place: String) -> Self {
        match place.starts_with("http://") || place.starts_with("https://") {
            true => self.url = Some(place),
            false => self.path = Some(place.into()),
        }
        self
    }

    /// The node.
    pub fn into_node(self) -> Node {
        Node::File(self)
    }

    /// The path on disk as it was given, if it is a file on disk.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The URL, if it is one.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Opens the file.
    ///
    /// # Errors
    /// What the system says, or the server of a URL.
    pub fn open(self) -> io::Result<Reader> {
        match (self.content, self.path, self.url) {
            (Content::Reader(reader), ..) => Ok(reader),
            (Content::Url, _, Some(url)) => Ok(Box::new(crate::web::open(&url)?)),
            (Content::Path, Some(path), _) => match std::fs::File::open(&path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(with_path("open", &path, &error)),
            },
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// A symbolic link.
pub struct SymlinkNode {
    /// Where it points.
    pub target: OsString,
    /// Mode and time, where known.
    pub meta: Meta,
}

/// A directory on disk, or entries from elsewhere.
pub struct DirectoryNode {
    content: Listing,
    /// Mode and time, where known.
    pub meta: Meta,
}

enum Listing {
    Disk { path: PathBuf, rules: Rules },
    Entries(Entries),
}

/// How a tree on disk is walked.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What is left out.
    pub filter: Arc<Filter>,
    /// Follow symbolic links.
    pub follow_links: bool,
}

impl DirectoryNode {
    /// A directory whose entries are known.
    pub fn from_entries(entries: Entries, meta: Meta) -> Self {
        Self { content: Listing::Entries(entries), meta }
    }

    /// The path on disk, if it is there.
    pub fn path(&self) -> Option<&Path> {
        match &self.content {
            Listing::Disk { path, .. } => Some(path),
            Listing::Entries(_) => None,
        }
    }

    /// The entries, sorted by name.
    ///
    /// # Errors
    /// When the directory can't be read; each entry fails on its own when it is neither file,
    /// directory nor link.
    pub fn entries(self) -> io::Result<Entries> {
        match self.content {
            Listing::Entries(entries) => Ok(entries),
            Listing::Disk { path, rules } => {
                let mut names = Vec::new();
                let listing =
                    std::fs::read_dir(&path).map_err(|error| with_path("open", &path, &error))?;
                for entry in listing {
                    names.push(entry?.file_name());
                }
                names.sort_unstable();
                Ok(Box::new(
                    names
                        .into_iter()
                        .filter_map(move |name| next_entry(&path, name, &rules).transpose()),
                ))
            }
        }
    }
}

fn next_entry(directory: &Path, name: OsString, rules: &Rules) -> io::Result<Option<Entry>> {
    let path = directory.join(&name);
    let metadata = path.symlink_metadata().map_err(|error| with_path("lstat", &path, &error))?;
    if rules.filter.excludes(&name, metadata.is_dir()) {
        return Ok(None);
    }
    Ok(Some(Entry { name, node: node(path, &metadata, rules)? }))
}

/// The node at a path of which the link status is known.
///
/// # Errors
/// A file that is neither file, directory nor link, or a link that can't be read.
pub fn node(path: PathBuf, metadata: &Metadata, rules: &Rules) -> io::Result<Node> {
    let followed;
    let metadata = if rules.follow_links && metadata.is_symlink() {
        followed = path.metadata().map_err(|error| with_path("stat", &path, &error))?;
        &followed
    } else {
        metadata
    };
    if metadata.is_file() {
        return Ok(Node::File(FileNode::from_path(path, metadata)));
    }
    if metadata.is_dir() {
        let content = Listing::Disk { path, rules: rules.clone() };
        return Ok(Node::Directory(DirectoryNode { content, meta: Meta::of(metadata) }));
    }
    if metadata.is_symlink() {
        let target = path.read_link().map_err(|error| with_path("readlink", &path, &error))?.into();
        return Ok(Node::Symlink(SymlinkNode { target, meta: Meta::of(metadata) }));
    }
    Err(io::Error::other(format!(
        "unrecognized file type for {}: {}",
        path.display(),
        mode_text(metadata)
    )))
}

/// The reference's form of type and permissions: `prw-r--r--`.
fn mode_text(metadata: &Metadata) -> String {
    let kind = metadata.file_type();
    let mut out = String::new();
    if kind.is_block_device() {
        out.push('D');
    } else if kind.is_char_device() {
        out.push_str("Dc");
    } else if kind.is_fifo() {
        out.push('p');
    } else if kind.is_socket() {
        out.push('S');
    } else {
        out.push('-');
    }
    for (bit, letter) in (0..9).rev().zip("rwxrwxrwx".chars()) {
        out.push(if metadata.mode() >> bit & 1 == 1 { letter } else { '-' });
    }
    out
}

fn with_path(operation: &str, path: &Path, error: &io::Error) -> io::Error {
    let text = format!("{operation} {}: {}", path.display(), crate::error::os_text(error));
    io::Error::new(error.kind(), text)
}
