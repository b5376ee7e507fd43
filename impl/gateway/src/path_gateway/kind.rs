//! Spec: spec/gateway/path-gateway.md
//!
//! What the entries of a directory are, as far as that is known without fetching them.

use ipfs_data::block::Source;
use ipfs_data::cid::codec;
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::{self, Kind};
use std::sync::Arc;

/// Entries of one listing whose blocks are looked at.
const LOOKS_MAX: usize = 512;

/// Largest block that is looked at, in bytes.
const BLOCK_BYTES_MAX: u64 = 64 << 10;

/// What an entry is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// A directory.
    Folder,
    /// A symbolic link.
    Link,
    /// Data of another codec than files have.
    Data,
    /// Any other file.
    File,
    /// Text to read.
    Text,
    /// Source code and markup.
    Code,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound.
    Audio,
    /// Files in a file.
    Archive,
}

impl EntryKind {
    /// The name of its icon.
    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Link => "link",
            Self::Data => "data",
            Self::File => "file",
            Self::Text => "text",
            Self::Code => "code",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Archive => "archive",
        }
    }
}

/// What people call it: `Folder`, `PNG image`, `Text`.
pub(super) fn label(kind: EntryKind, name: &str) -> String {
    let noun = match kind {
        EntryKind::Folder => return "Folder".into(),
        EntryKind::Link => return "Symbolic link".into(),
        EntryKind::Data => return "Data".into(),
        EntryKind::File => "file",
        EntryKind::Text => "text",
        EntryKind::Code => "source",
        EntryKind::Image => "image",
        EntryKind::Video => "video",
        EntryKind::Audio => "audio",
        EntryKind::Archive => "archive",
    };
    let known = extension(name)
        .filter(|end| end.len() <= 5 && end.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    match known {
        Some(end) => format!("{} {noun}", end.to_ascii_uppercase()),
        None => format!("{}{}", noun[..1].to_ascii_uppercase(), &noun[1..]),
    }
}

fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, end)| end)
}

/// The kind of a file, by its name.
fn by_name(name: &str) -> EntryKind {
    const KINDS: [(EntryKind, &[&str]); 6] = [
        (
            EntryKind::Image,
            &[
                "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "bmp", "ico", "tif", "tiff",
                "heic", "jxl", "psd", "apng",
            ],
        ),
        (
            EntryKind::Video,
            &["mp4", "m4v", "webm", "mkv", "mov", "avi", "ogv", "mpg", "mpeg", "wmv", "flv", "3gp"],
        ),
        (
            EntryKind::Audio,
            &["mp3", "ogg", "oga", "opus", "flac", "wav", "m4a", "aac", "mid", "midi", "weba"],
        ),
        (
            EntryKind::Archive,
            &[
                "zip", "tar", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "car", "jar", "deb",
                "rpm", "iso", "dmg", "apk", "lz4",
            ],
        ),
        (
            EntryKind::Text,
            &[
                "txt", "md", "pdf", "rtf", "doc", "docx", "odt", "csv", "tsv", "log", "epub",
                "tex", "rst", "xls", "xlsx", "ods", "ppt", "pptx", "odp", "org",
            ],
        ),
        (
            EntryKind::Code,
            &[
                "html", "htm", "xhtml", "css", "js", "mjs", "ts", "tsx", "jsx", "json", "xml",
                "yaml", "yml", "toml", "rs", "go", "py", "rb", "c", "h", "cc", "cpp", "hpp",
                "java", "kt", "sh", "php", "sql", "lua", "swift", "wasm", "ini", "map", "vue",
                "zig",
            ],
        ),
    ];
    let Some(end) = extension(name).map(str::to_ascii_lowercase) else { return EntryKind::File };
    KINDS
        .iter()
        .find(|(_, ends)| ends.contains(&end.as_str()))
        .map_or(EntryKind::File, |(kind, _)| *kind)
}

/// Looks at entries, within bounds.
pub(super) struct Looker {
    local: Arc<dyn Source>,
    left: usize,
}

impl Looker {
    /// Looks at blocks of this machine only.
    pub(super) fn new(local: Arc<dyn Source>) -> Self {
        Self { local, left: LOOKS_MAX }
    }

    /// What an entry is, and its size in bytes: of the file where that is known, else of the graph.
    pub(super) fn look(&mut self, name: &str, link: &Link) -> (EntryKind, u64) {
        match link.cid.codec() {
            codec::RAW => (by_name(name), link.tsize()),
            codec::DAG_PB => self.look_at_node(name, link),
            _ => (EntryKind::Data, link.tsize()),
        }
    }

    fn look_at_node(&mut self, name: &str, link: &Link) -> (EntryKind, u64) {
        let unknown = (by_name(name), link.tsize());
        if self.left == 0 {
            return unknown;
        }
        self.left -= 1;
        let cid = &link.cid;
        if !self.local.size(cid).is_ok_and(|bytes| bytes <= BLOCK_BYTES_MAX) {
            return unknown;
        }
        let Ok(block) = self.local.get(cid) else { return unknown };
        let Ok(node) = dag_pb::decode(&block) else { return unknown };
        match unixfs::Node::decode(&node.data.unwrap_or_default()) {
            Ok(message) => match message.kind {
                Kind::Directory | Kind::HamtShard => (EntryKind::Folder, link.tsize()),
                Kind::Symlink => (EntryKind::Link, link.tsize()),
                Kind::File | Kind::Raw | Kind::Metadata => (by_name(name), message.size()),
            },
            Err(_) => unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        let shown = |name: &str| (by_name(name), label(by_name(name), name));
        assert_eq!(shown("a.PNG"), (EntryKind::Image, "PNG image".into()));
        assert_eq!(shown("README"), (EntryKind::File, "File".into()));
        assert_eq!(shown(".hidden"), (EntryKind::File, "File".into()));
        assert_eq!(shown("a.tar.gz"), (EntryKind::Archive, "GZ archive".into()));
        assert_eq!(shown("x.<b>"), (EntryKind::File, "File".into()));
    }
}
