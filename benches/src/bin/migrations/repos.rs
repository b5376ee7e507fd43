//! The repositories that the steps start from, made directly in their old layouts.

use ipfs_benches::noise::Noise;
use ipfs_store::disk::{Disk, RealDisk};
use ipfs_store::leveldb::{LevelDb, Options};
use repo_migrations::blocks::key::{base32, cleaned, hex, sha256};
use repo_migrations::blocks::layout::{HEX, NEXT_TO_LAST, PREFIX, Shard};
use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Sizes of blocks, in bytes, as small ones are mixed in a repository.
const BLOCK_BYTES: [usize; 4] = [20, 200, 1000, 2500];
/// Records in one write of LevelDB.
const BATCH_RECORDS: usize = 1000;
/// In front of a binary CIDv1 of a raw block.
const CIDV1_RAW: [u8; 2] = [0x01, 0x55];
/// What is mounted where from version 6 on; older programs pass over it.
const CONFIG: &str = r#"{
  "Addresses": {"Swarm": ["/ip4/0.0.0.0/tcp/4001", "/ip4/0.0.0.0/udp/4001/quic-v1"]},
  "Bootstrap": [],
  "Datastore": {"Spec": {"type": "mount", "mounts": [
    {"mountpoint": "/blocks", "type": "measure", "prefix": "flatfs.datastore", "child":
      {"type": "flatfs", "path": "blocks", "sync": true,
       "shardFunc": "/repo/flatfs/shard/v1/next-to-last/2"}},
    {"mountpoint": "/", "type": "measure", "prefix": "leveldb.datastore", "child":
      {"type": "levelds", "path": "datastore", "compression": "none"}}]}},
  "Identity": {"PeerID": "QmTFauExutTsy4XP6JbMFcw2Wa9645HJt2bTqL6qYDCKfe"}
}
"#;
const DATASTORE_SPEC: &str = concat!(
    r#"{"mounts":[{"mountpoint":"/blocks","path":"blocks","#,
    r#""shardFunc":"/repo/flatfs/shard/v1/next-to-last/2","type":"flatfs"},"#,
    r#"{"mountpoint":"/","path":"datastore","type":"levelds"}],"type":"mount"}"#,
);

/// A step to be measured, by the repository that it starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Blocks in LevelDB.
    V1,
    /// Hexadecimal names.
    V3,
    /// Directories by the beginning of base32 names.
    V4,
    /// Half of the keys are CIDv1.
    V11,
    /// Only the configuration changes.
    V15,
}

impl Start {
    pub(crate) const ALL: [Self; 5] = [Self::V1, Self::V3, Self::V4, Self::V11, Self::V15];

    /// By the name of the step.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|start| start.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V1 => "1-to-2",
            Self::V3 => "3-to-4",
            Self::V4 => "4-to-5",
            Self::V11 => "11-to-12",
            Self::V15 => "15-to-16",
        }
    }

    pub(crate) fn version(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::V3 => 3,
            Self::V4 => 4,
            Self::V11 => 11,
            Self::V15 => 15,
        }
    }

    /// Name of the repository's directory before and after the step.
    pub(crate) fn homes(self) -> [&'static str; 2] {
        if self == Self::V1 { [".go-ipfs", ".ipfs"] } else { [".ipfs", ".ipfs"] }
    }

    /// Makes the repository.
    pub(crate) fn make(self, repo: &Path, blocks: u64) -> io::Result<()> {
        std::fs::create_dir_all(repo.join("blocks"))?;
        std::fs::write(repo.join("config"), CONFIG)?;
        std::fs::write(repo.join("version"), format!("{}\n", self.version()))?;
        if matches!(self, Self::V11 | Self::V15) {
            std::fs::write(repo.join("datastore_spec"), DATASTORE_SPEC)?;
            std::fs::write(repo.join("blocks/SHARDING"), NEXT_TO_LAST.to_string())?;
        }
        let failed = |error| io::Error::other(format!("LevelDB: {error}"));
        let disk = Arc::new(RealDisk);
        let store = LevelDb::open(disk, repo.join("datastore"), Options::default());
        let store = store.map_err(failed)?;
        match self {
            Self::V1 => {
                std::fs::remove_dir(repo.join("blocks"))?;
                let mut source = Blocks::new(blocks);
                loop {
                    let batch: Vec<_> = source.by_ref().take(BATCH_RECORDS).collect();
                    let puts = batch.iter().map(|(key, data)| (raw_key(key), data));
                    let puts: Vec<_> = puts.collect();
                    let puts = puts.iter().map(|(key, data)| (&key[..], Some(&data[..])));
                    store.write_bytes(puts).map_err(failed)?;
                    if batch.len() < BATCH_RECORDS {
                        break;
                    }
                }
            }
            Self::V3 => files(repo, HEX, Blocks::new(blocks).map(|(k, d)| (hex(&old(&k)), d)))?,
            Self::V4 => files(repo, PREFIX, Blocks::new(blocks).map(|(k, d)| (base32(&k), d)))?,
            Self::V11 => {
                let named = Blocks::new(blocks).enumerate().map(|(number, (key, data))| {
                    let head: &[u8] = if number % 2 == 0 { &CIDV1_RAW } else { &[] };
                    (base32(&[head, &key].concat()), data)
                });
                files(repo, NEXT_TO_LAST, named)?;
            }
            Self::V15 => {}
        }
        Ok(())
    }
}

/// As programs up to version 3 had keys: cleaned as if they were paths.
fn old(key: &[u8]) -> Vec<u8> {
    cleaned(key).unwrap_or_else(|| key.to_vec())
}

fn raw_key(key: &[u8]) -> Vec<u8> {
    [b"/b/", &old(key)[..]].concat()
}

/// Writes block files.
fn files(
    repo: &Path,
    shard: Shard,
    named: impl Iterator<Item = (String, Vec<u8>)>,
) -> io::Result<()> {
    let root = repo.join("blocks");
    let mut made = HashSet::new();
    for (name, data) in named {
        let directory = shard.directory(&name);
        if !made.contains(&directory) {
            std::fs::create_dir(root.join(&directory))?;
            made.insert(directory);
        }
        std::fs::write(shard.file(&root, &name), data)?;
    }
    Ok(())
}

/// Copies a repository. Block files and tables, which no program changes in place, become links:
/// new inodes would cost more than the step that is measured.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let ending = source.extension().and_then(|ending| ending.to_str());
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else if matches!(ending, Some("data" | "ldb")) {
            std::fs::hard_link(&source, &target)?;
        } else {
            std::fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// Number of block files below a directory. Looks at each, so that no run is the first to.
pub(crate) fn count(directory: &Path) -> io::Result<u64> {
    let mut count = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            count += count_in(&entry.path())?;
        } else {
            entry.metadata()?;
            count += u64::from(entry.path().extension().is_some_and(|ending| ending == "data"));
        }
    }
    Ok(count)
}

fn count_in(directory: &Path) -> io::Result<u64> {
    match count(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        count => count,
    }
}

/// Lets no write-back of what was done before fall into the next run.
pub(crate) fn settle(directory: &Path) -> io::Result<()> {
    RealDisk.sync_all(directory)
}

/// The same blocks each time: key (a sha2-256 multihash) and content.
struct Blocks {
    next: u64,
    end: u64,
    noise: Noise,
}

impl Blocks {
    fn new(number: u64) -> Self {
        Self { next: 0, end: number, noise: Noise::default() }
    }
}

impl Iterator for Blocks {
    type Item = (Vec<u8>, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.end {
            return None;
        }
        let mut data = format!("{} ", self.next).into_bytes();
        self.next += 1;
        let size = BLOCK_BYTES[self.noise.below(BLOCK_BYTES.len() as u64) as usize];
        data.extend(self.noise.bytes(size));
        Some((sha256(&data), data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use repo_migrations::engine::{self, Target};
    use repo_migrations::locking::Locks;
    use repo_migrations::{Direction, Report, steps};

    #[test]
    fn each_repository_and_its_copy_is_one_of_its_version() {
        for start in Start::ALL {
            let folder = tempfile::tempdir().unwrap();
            let [before, after] = start.homes();
            start.make(&folder.path().join("start"), 300).unwrap();
            copy(&folder.path().join("start"), &folder.path().join(before)).unwrap();
            let mut target = Target { disk: Arc::new(RealDisk), repo: folder.path().join(before) };
            let step = steps::ALL.iter().find(|step| step.name() == start.name()).unwrap();
            let report = &mut Report::silent();
            engine::run(*step, Direction::Forward, &mut target, &mut Locks::new(), report).unwrap();
            assert_eq!(target.repo, folder.path().join(after));
            let blocks = count(&target.repo.join("blocks")).unwrap();
            assert_eq!(blocks, if start == Start::V15 { 0 } else { 300 }, "{}", start.name());
        }
    }
}
