//! Spec: spec/migrations/2-to-3.md
//!
//! The blocks below recursive pins, each with the number of ways that lead to it: what versions 0
//! to 2 store so that these blocks are kept.

use super::key_list::Keys;
use super::lists;
use crate::block_access::Blocks;
use crate::dag_pb::Node;
use crate::error::Error;
use std::collections::HashMap;
use std::rc::Rc;

/// A block that was met.
#[derive(Debug)]
struct Met {
    key: Rc<[u8]>,
    /// Ways that lead to it from recursive pins, itself not counted as one.
    ways: u64,
    pinned: bool,
    has_links: bool,
}

/// The blocks below recursive pins. About 120 bytes of memory for each.
#[derive(Debug, Default)]
pub struct Indirect {
    met: Vec<Met>,
    numbers: HashMap<Rc<[u8]>, usize>,
    /// Blocks that are not in the repository.
    pub missing: u64,
}

/// Whether a block can have links in the form known here.
fn is_node(key: &[u8]) -> bool {
    matches!(key, [0x12, 0x20, ..] | [1, 0x70, ..])
}

impl Indirect {
    /// Follows all links from these pins.
    pub fn below(blocks: &dyn Blocks, pins: &dyn Keys) -> Result<Self, Error> {
        let mut found = Self::default();
        // Every block after all that it links to.
        let mut order = Vec::new();
        pins.each(&mut |key| {
            let new = !found.numbers.contains_key(key);
            let number = found.number(key);
            found.met[number].pinned = true;
            if new { found.visit(blocks, number, &mut order) } else { Ok(()) }
        })?;
        for number in order.into_iter().rev() {
            let met = &found.met[number];
            let ways = met.ways.saturating_add(u64::from(met.pinned));
            let Some(links) = links(blocks, &met.key)? else { continue };
            for link in links {
                let child = &mut found.met[found.numbers[&link[..]]];
                child.ways = child.ways.saturating_add(ways);
            }
        }
        Ok(found)
    }

    fn number(&mut self, key: &[u8]) -> usize {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let number = self.met.len();
        let key: Rc<[u8]> = key.into();
        self.met.push(Met { key: key.clone(), ways: 0, pinned: false, has_links: false });
        self.numbers.insert(key, number);
        number
    }

    /// Meets everything below a new block.
    fn visit(
        &mut self,
        blocks: &dyn Blocks,
        start: usize,
        order: &mut Vec<usize>,
    ) -> Result<(), Error> {
        let mut path = vec![(start, self.open(blocks, start)?)];
        while let Some((number, links)) = path.last_mut() {
            match links.pop() {
                None => {
                    if self.met[*number].has_links {
                        order.push(*number);
                    }
                    path.pop();
                }
                Some(link) if self.numbers.contains_key(&link[..]) => {}
                Some(link) => {
                    let child = self.number(&link);
                    let links = self.open(blocks, child)?;
                    path.push((child, links));
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, blocks: &dyn Blocks, number: usize) -> Result<Vec<Vec<u8>>, Error> {
        match links(blocks, &self.met[number].key)? {
            None => {
                self.missing += 1;
                Ok(Vec::new())
            }
            Some(links) => {
                self.met[number].has_links = !links.is_empty();
                Ok(links)
            }
        }
    }

    /// Blocks with their counts, by key.
    fn sorted(&self) -> Vec<&Met> {
        let mut blocks: Vec<&Met> = self.met.iter().filter(|met| met.ways > 0).collect();
        blocks.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        blocks
    }

    /// The text that is stored.
    pub fn encode(&self) -> Vec<u8> {
        let mut entries: Vec<(String, u64)> = self
            .sorted()
            .into_iter()
            .map(|met| (multibase::Base::Base58Btc.encode(&met.key), met.ways))
            .collect();
        entries.sort_unstable();
        let mut out = vec![b'{'];
        for (index, (text, ways)) in entries.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            out.extend_from_slice(format!("{comma}\"{text}\":{ways}").as_bytes());
        }
        out.push(b'}');
        out
    }

    /// Upstream's line about it.
    pub fn written_line(&self) -> String {
        let entries: Vec<String> = self
            .sorted()
            .into_iter()
            .map(|met| format!("{}:{}", super::set::key_text(&met.key), met.ways))
            .collect();
        format!("INDIRECT PINS:  map[{}]", entries.join(" "))
    }
}

/// Where the counts are stored.
pub const STORE_KEY: &[u8] = lists::INDIRECT;

/// The keys that a block links to; `None` if the block is missing. What is no node has none.
fn links(blocks: &dyn Blocks, key: &[u8]) -> Result<Option<Vec<Vec<u8>>>, Error> {
    if !is_node(key) {
        return Ok(Some(Vec::new()));
    }
    let Some(bytes) = blocks.get(key)? else { return Ok(None) };
    let node = Node::decode(&bytes).unwrap_or_default();
    Ok(Some(node.links.into_iter().map(|link| link.hash).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_access::BlockFiles;
    use crate::dag_pb::Link;
    use crate::pins::KeyList;
    use ipfs_store::disk::faulty::FaultyDisk;
    use sha2::{Digest, Sha256};

    fn put(blocks: &dyn Blocks, data: &str, links: &[&Vec<u8>]) -> Vec<u8> {
        let link = |hash: &&Vec<u8>| Link { hash: hash.to_vec(), ..Link::default() };
        let node = Node { links: links.iter().map(link).collect(), data: data.into() };
        let bytes = node.encode();
        let key = [&[0x12, 0x20][..], &Sha256::digest(&bytes)].concat();
        blocks.put(&key, &bytes).unwrap();
        key
    }

    #[test]
    fn every_way_counts() {
        let disk = FaultyDisk::new();
        let blocks = BlockFiles::hexadecimal(&disk, "/blocks".into());
        let leaf = put(&blocks, "leaf", &[]);
        let middle = put(&blocks, "middle", &[&leaf, &leaf]);
        let lost = vec![0x12, 0x20, 9];
        let top = put(&blocks, "top", &[&middle, &leaf, &lost]);
        let mut pins = KeyList::default();
        pins.push(&top).unwrap();
        pins.push(&middle).unwrap();
        let indirect = Indirect::below(&blocks, &pins).unwrap();
        assert_eq!(indirect.missing, 1);
        let counts: HashMap<_, _> =
            indirect.sorted().iter().map(|met| (met.key.to_vec(), met.ways)).collect();
        // From top: through middle twice and directly; from middle twice.
        assert_eq!(counts, HashMap::from([(leaf, 5), (middle, 1), (lost, 1)]));
    }
}
