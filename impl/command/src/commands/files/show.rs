//! Spec: spec/command/files-command.md
//!
//! What `ipfs files ls` and `ipfs files stat` show.

use super::tree::{Tree, check_source};
use crate::calendar;
use crate::content::local;
use crate::prelude::*;
use ipfs_data::block::{self, Source};
use ipfs_data::cid::Cid;
use ipfs_data::codec;
use ipfs_data::path::Path;
use ipfs_data::unixfs::{self, Kind, resolve};
use ipfs_repo::mfs::{self, path};

/// The entries of a folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    /// The entries; null when there are none.
    pub entries: Option<Vec<Entry>>,
}

/// One entry. Only the name is filled in a short listing.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// 0 for files, 1 for folders.
    #[serde(rename = "Type")]
    pub kind: u8,
    /// Bytes of content; 0 for folders.
    pub size: u64,
    /// Its CID.
    pub hash: String,
}

impl Output for Listing {
    const NAME: &'static str = "filesLsOutput";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let mut entries: Vec<&Entry> = self.entries.iter().flatten().collect();
        if !request.bool("U") {
            entries.sort_by(|a, b| a.name.cmp(&b.name));
        }
        for Entry { name, kind, size, hash } in entries {
            if request.bool("long") {
                let slash = if *kind == 1 { "/" } else { "" };
                writeln!(out, "{name}{slash}\t{hash}\t{size}")?;
            } else {
                writeln!(out, "{name}")?;
            }
        }
        Ok(())
    }
}

pub(super) fn ls(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let path = path::check(request.argument(0).unwrap_or("/"))?;
    let tree = Tree::open(request, env)?;
    let long = request.bool("long");
    let found = tree.mfs.lookup(&path).map_err(local)?;
    let encoder = CidEncoder::from_request(request)?;
    let entries: Vec<Entry> = match (found.kind, long) {
        (mfs::Kind::Directory, false) => {
            let names = tree.mfs.names(&path).map_err(local)?;
            names.into_iter().map(|name| Entry { name, ..Entry::default() }).collect()
        }
        (mfs::Kind::Directory, true) => {
            let listed = tree.mfs.list(&path).map_err(local)?;
            listed
                .into_iter()
                .map(|entry| Entry {
                    kind: u8::from(entry.kind == mfs::Kind::Directory),
                    name: entry.name,
                    size: entry.size,
                    hash: entry.cid.to_string(),
                })
                .collect()
        }
        (mfs::Kind::File, false) => {
            vec![Entry { name: path::split(&path).1.into(), ..Entry::default() }]
        }
        (mfs::Kind::File, true) => {
            let summary = resolve::summary(tree.store(), &found.cid).map_err(local)?;
            let hash = encoder.encode(&found.cid);
            vec![Entry {
                name: path::split(&path).1.into(),
                kind: 0,
                size: summary.file_bytes,
                hash,
            }]
        }
    };
    emitter.emit(&Listing { entries: (!entries.is_empty()).then_some(entries) })
}

/// Facts about a node.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stat {
    /// Its CID.
    pub hash: String,
    /// Bytes of content.
    pub size: u64,
    /// Bytes of all blocks, as links say.
    pub cumulative_size: u64,
    /// Number of links.
    pub blocks: usize,
    /// `file` or `directory`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Whether the next two were found out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_locality: bool,
    /// Whether all blocks are here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local: bool,
    /// Bytes of the blocks that are here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size_local: u64,
    /// Seconds since 1970.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub mtime: i64,
    /// The part below one second, in nanoseconds.
    #[serde(default, skip_serializing_if = "is_none")]
    pub mtime_nsecs: u32,
    /// File mode in octal, with the reference's bits for kinds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_nought(number: &i64) -> bool {
    *number == 0
}

fn is_none(number: &u32) -> bool {
    *number == 0
}

const DIRECTORY: u32 = 1 << 31;
const SYMLINK: u32 = 1 << 27;
const SET_UID: u32 = 1 << 23;
const SET_GID: u32 = 1 << 22;
const STICKY: u32 = 1 << 20;

/// Permission bits as the reference counts them.
fn mode_bits(permissions: u32, kind: Option<Kind>) -> u32 {
    let mut bits = permissions & 0o777;
    for (unix, bit) in [(0o4000, SET_UID), (0o2000, SET_GID), (0o1000, STICKY)] {
        if permissions & unix != 0 {
            bits |= bit;
        }
    }
    match (kind, permissions) {
        (Some(Kind::Symlink), 0) => SYMLINK | 0o777,
        (_, 0) => 0,
        (Some(Kind::Directory | Kind::HamtShard), _) => bits | DIRECTORY,
        (Some(Kind::Symlink), _) => bits | SYMLINK,
        _ => bits,
    }
}

/// `drwxr-xr-x`
fn mode_text(bits: u32) -> String {
    let kinds = [(DIRECTORY, 'd'), (SYMLINK, 'l'), (SET_UID, 'u'), (SET_GID, 'g'), (STICKY, 't')];
    let mut text: String =
        kinds.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, letter)| letter).collect();
    if text.is_empty() {
        text.push('-');
    }
    for (at, letter) in "rwxrwxrwx".chars().enumerate() {
        text.push(if bits >> (8 - at) & 1 == 1 { letter } else { '-' });
    }
    text
}

impl Output for Stat {
    const NAME: &'static str = "statOutput";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        const NOT_SET: &str = "not set";
        let bits = u32::from_str_radix(&self.mode, 8).unwrap_or_default();
        let set = |is_set: bool, text: String| if is_set { text } else { NOT_SET.into() };
        let mode = set(bits != 0, mode_text(bits));
        let octal = set(bits != 0, format!("0{:o}", bits & 0o777));
        let timed = self.mtime > 0;
        let text = template(request)?
            .replace("<hash>", &self.hash)
            .replace("<size>", &self.size.to_string())
            .replace("<cumulsize>", &self.cumulative_size.to_string())
            .replace("<childs>", &self.blocks.to_string())
            .replace("<type>", &self.kind)
            .replace("<mode>", &mode)
            .replace("<mode-octal>", &octal)
            .replace("<mtime>", &set(timed, date(self.mtime)))
            .replace("<mtime-secs>", &set(timed, self.mtime.to_string()))
            .replace("<mtime-nsecs>", &set(timed, self.mtime_nsecs.to_string()));
        writeln!(out, "{text}")?;
        if self.with_locality {
            let share = 100.0 * self.size_local as f64 / self.cumulative_size as f64;
            let (local, all) =
                (crate::human::bytes(self.size_local), crate::human::bytes(self.cumulative_size));
            writeln!(out, "Local: {local} of {all} ({share:.2}%)")?;
        }
        Ok(())
    }
}

/// `2 Jan 2006, 15:04:05 UTC`
fn date(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (year, month, day) = calendar::date(seconds / 86_400);
    let clock = seconds % 86_400;
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let month = calendar::MONTHS[month as usize - 1];
    format!("{day} {month} {year}, {hour:02}:{minute:02}:{second:02} UTC")
}

/// The template that options ask for.
fn template(request: &Request) -> Result<&str> {
    let (hash, size) = (request.bool("hash"), request.bool("size"));
    let format = request.str("format").unwrap_or_default();
    let other = format != super::DEFAULT_FORMAT;
    if usize::from(hash) + usize::from(size) + usize::from(other) > 1 {
        return Err(Error::client(
            "invalid parameters: format was set by multiple options. Only one format option is \
             allowed",
        ));
    }
    Ok(match (hash, size) {
        (true, _) => "<hash>",
        (_, true) => "<cumulsize>",
        _ => format,
    })
}

pub(super) fn stat(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    template(request)?;
    let path = check_source(request.argument(0).unwrap_or_default())?;
    let encoder = CidEncoder::from_request(request)?;
    let tree = Tree::open(request, env)?;
    let cid = match Path::parse_uri(&path) {
        Ok(path) => tree.content.resolve_path(&path)?,
        Err(_) => tree.mfs.lookup(&path).map_err(local)?.cid,
    };
    let mut stat = of_node(&tree.content.provided, &cid, &encoder)?;
    if request.bool("with-local") {
        stat.with_locality = true;
        (stat.local, stat.size_local) = local_part(request, tree.content.blocks.as_ref(), &cid)?;
    }
    emitter.emit(&stat)
}

fn of_node(source: &dyn Source, cid: &Cid, encoder: &CidEncoder) -> Result<Stat> {
    let found = resolve::summary(source, cid).map_err(|error| match error {
        error @ unixfs::Error::Block(_) => local(error),
        _ if !matches!(cid.codec(), ipfs_data::cid::codec::RAW | ipfs_data::cid::codec::DAG_PB) => {
            Error::new("not unixfs node (proto or raw)")
        }
        error => local(error),
    })?;
    let bits = mode_bits(found.mode, found.kind);
    let directory = matches!(found.kind, Some(Kind::Directory | Kind::HamtShard));
    Ok(Stat {
        hash: encoder.encode(cid),
        size: found.file_bytes,
        cumulative_size: found.tsize,
        blocks: found.links,
        kind: if directory { "directory" } else { "file" }.into(),
        mtime: found.mtime.map_or(0, |mtime| mtime.seconds),
        mtime_nsecs: found.mtime.and_then(|mtime| mtime.nanos).unwrap_or_default(),
        mode: if bits == 0 { String::new() } else { format!("{bits:04o}") },
        ..Stat::default()
    })
}

/// Whether the whole graph is here, and how many bytes of it are. Blocks that occur several times
/// count each time, as in the sizes of links.
fn local_part(request: &Request, source: &dyn Source, root: &Cid) -> Result<(bool, u64)> {
    let (mut whole, mut bytes) = (true, 0u64);
    let mut stack = vec![*root];
    while let Some(cid) = stack.pop() {
        request.cancel.check()?;
        match source.get(&cid) {
            Err(block::Error::NotFound(_)) => whole = false,
            Err(error) => return Err(local(error)),
            Ok(block) => {
                bytes += block.len() as u64;
                stack.extend(codec::links(cid.codec(), &block)?);
            }
        }
    }
    Ok((whole, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (seconds, text) in [
            (0, "1 Jan 1970, 00:00:00 UTC"),
            (951_782_400, "29 Feb 2000, 00:00:00 UTC"),
            (1_630_937_926, "6 Sep 2021, 14:18:46 UTC"),
            (4_102_444_799, "31 Dec 2099, 23:59:59 UTC"),
        ] {
            assert_eq!(date(seconds), text);
        }
    }

    #[test]
    fn modes() {
        assert_eq!(mode_text(mode_bits(0o755, Some(Kind::Directory))), "drwxr-xr-x");
        assert_eq!(mode_text(mode_bits(0o4644, Some(Kind::File))), "urw-r--r--");
        assert_eq!(mode_text(mode_bits(0, Some(Kind::Symlink))), "lrwxrwxrwx");
        assert_eq!(mode_bits(0, Some(Kind::File)), 0);
    }
}
