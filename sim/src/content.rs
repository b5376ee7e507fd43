//! Spec: spec/sim/scenario.md
//!
//! The blocks of a run: made once from the seed, shared by all nodes. A node's store is a set of
//! numbers into this catalogue.

use crate::rng::{Rng, Stream};
use crate::scenario::{Content, Scenario, Shape};
use bytes::Bytes;
use ipfs_data::block::{Block, Error as BlockError, Sink};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::{dag_pb, unixfs};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Mutex;

/// A block's number in the catalogue.
pub type BlockNumber = u32;

/// A block and what hangs below it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name.
    pub cid: Cid,
    /// The bytes.
    pub data: Bytes,
    /// The targets of its links, in order.
    pub links: Vec<BlockNumber>,
    /// The first file that it belongs to.
    pub file: u32,
}

/// A file: what a fetch brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Which content of the scenario it is of.
    pub content: u32,
    /// Its root.
    pub root: BlockNumber,
    /// All its blocks, parents before children.
    pub blocks: Vec<BlockNumber>,
    /// Bytes of all its blocks.
    pub bytes: u64,
}

/// All blocks of a run.
#[derive(Debug, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
    files: Vec<File>,
    numbers: HashMap<u64, BlockNumber, BuildHasherDefault<DigestHasher>>,
}

/// The key is part of a digest: good as it is. Nobody iterates over the map.
#[derive(Debug, Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// Content could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// As a file.
    #[error("content '{0}' can't be built: {1}")]
    Build(String, unixfs::Error),
    /// Two blocks are the same, or nearly.
    #[error("content '{0}' has a block twice: make it bigger, or its chunks")]
    Twice(String),
}

/// Eight bytes of a digest.
pub fn fingerprint(cid: &Cid) -> u64 {
    let digest = cid.hash().digest();
    let mut bytes = [0; 8];
    let length = digest.len().min(8);
    bytes[..length].copy_from_slice(&digest[..length]);
    u64::from_le_bytes(bytes)
}

impl Catalogue {
    /// All content of a scenario.
    ///
    /// # Errors
    /// When a content can't be built.
    pub fn build(scenario: &Scenario, seed: u64) -> Result<Self, Error> {
        let mut catalogue = Self::default();
        let mut rng = Rng::new(seed, Stream::Content);
        for (index, content) in (0u32..).zip(&scenario.content) {
            for _ in 0..content.count {
                let blocks = match content.shape {
                    Shape::File => file(content, &mut rng)?,
                    Shape::Chain => chain(content, &mut rng)?,
                };
                catalogue.insert(content, index, blocks)?;
            }
        }
        Ok(catalogue)
    }

    /// Takes the blocks of a file, children before parents.
    fn insert(&mut self, content: &Content, index: u32, blocks: Vec<Block>) -> Result<(), Error> {
        let first = self.entries.len();
        let file = self.files.len() as u32;
        for Block { cid, data } in blocks {
            let number = self.entries.len() as BlockNumber;
            if self.numbers.insert(fingerprint(&cid), number).is_some() {
                return Err(Error::Twice(content.name.clone()));
            }
            let mut links = Vec::new();
            if cid.codec() == codec::DAG_PB {
                // What was built a moment ago can be read.
                let _ = dag_pb::for_each_link(&data, |link| links.extend(self.number(&link)));
            }
            self.entries.push(Entry { cid, data, links, file });
        }
        let root = (self.entries.len() - 1) as BlockNumber;
        let mut blocks = Vec::with_capacity(self.entries.len() - first);
        let mut stack = vec![root];
        while let Some(number) = stack.pop() {
            blocks.push(number);
            stack.extend(self.entries[number as usize].links.iter().rev());
        }
        let bytes = blocks.iter().map(|n| self.entries[*n as usize].data.len() as u64).sum();
        self.files.push(File { content: index, root, blocks, bytes });
        Ok(())
    }

    /// The number of a block.
    pub fn number(&self, cid: &Cid) -> Option<BlockNumber> {
        let number = *self.numbers.get(&fingerprint(cid))?;
        (self.entries[number as usize].cid == *cid).then_some(number)
    }

    /// A block.
    pub fn entry(&self, number: BlockNumber) -> &Entry {
        &self.entries[number as usize]
    }

    /// Bytes of a block.
    pub fn size(&self, number: BlockNumber) -> u32 {
        self.entries[number as usize].data.len() as u32
    }

    /// How many blocks there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All files.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The files of a content, by its place in the scenario.
    pub fn files_of(&self, content: u32) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.files).filter(move |(_, file)| file.content == content).map(|(n, _)| n)
    }
}

/// Collects blocks in the order in which they are made.
#[derive(Default)]
struct Collector(Mutex<Vec<Block>>);

impl Sink for Collector {
    fn put(&self, block: Block) -> Result<(), BlockError> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(block);
        Ok(())
    }
}

fn chunks(content: &Content, rng: &mut Rng) -> Vec<Bytes> {
    let mut left = content.size.0;
    let mut chunks = Vec::new();
    while left > 0 {
        let mut chunk = vec![0; left.min(content.chunk.0) as usize];
        rng.fill(&mut chunk);
        left -= chunk.len() as u64;
        chunks.push(Bytes::from(chunk));
    }
    chunks
}

fn file(content: &Content, rng: &mut Rng) -> Result<Vec<Block>, Error> {
    let options = unixfs::build::Options {
        builder: unixfs::CidBuilder::V1,
        raw_leaves: true,
        ..unixfs::build::Options::default()
    };
    let sink = Collector::default();
    let parts = chunks(content, rng).into_iter().map(Ok::<_, unixfs::Error>);
    unixfs::build::file(&options, &sink, parts)
        .map_err(|error| Error::Build(content.name.clone(), error))?;
    Ok(sink.0.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()))
}

/// Blocks of which each links to the one before.
fn chain(content: &Content, rng: &mut Rng) -> Result<Vec<Block>, Error> {
    let mut blocks: Vec<Block> = Vec::new();
    for data in chunks(content, rng) {
        let mut node = dag_pb::Node::with_data(data);
        node.links.extend(blocks.last().map(|next| dag_pb::Link::new(next.cid, "next", 0)));
        let data = Bytes::from(dag_pb::encode(&node));
        let cid = unixfs::CidBuilder::V1
            .cid(codec::DAG_PB, &data)
            .map_err(|error| Error::Build(content.name.clone(), error.into()))?;
        blocks.push(Block { cid, data });
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(text: &str, seed: u64) -> Catalogue {
        let text = format!(
            "about = \"x\"\nduration = \"1s\"\nexpect = []\n\
             group = [{{ name = \"a\", count = 1 }}]\ncontent = [{text}]"
        );
        Catalogue::build(&Scenario::parse(&text).unwrap(), seed).unwrap()
    }

    #[test]
    fn a_file_is_a_tree_of_leaves() {
        let text = r#"{ name = "f", size = "200KiB", chunk = "1KiB", count = 2 }"#;
        let made = catalogue(text, 1);
        assert_eq!(made.files().len(), 2);
        let file = &made.files()[0];
        // 200 leaves, two nodes above them, one root.
        assert_eq!(file.blocks.len(), 203);
        assert_eq!(file.blocks[0], file.root);
        assert!(file.bytes > 200 << 10);
        let root = made.entry(file.root);
        assert_eq!(root.links.len(), 2);
        assert_eq!(made.number(&root.cid), Some(file.root));
        assert_ne!(catalogue(text, 2).entry(0).cid, made.entry(0).cid);
        assert_eq!(catalogue(text, 1).entry(0).cid, made.entry(0).cid);
    }

    #[test]
    fn a_chain_has_one_link_each() {
        let made =
            catalogue(r#"{ name = "c", size = "4KiB", chunk = "1KiB", shape = "chain" }"#, 1);
        let file = &made.files()[0];
        assert_eq!(file.blocks, [3, 2, 1, 0]);
        assert!(made.entry(0).links.is_empty());
    }
}
