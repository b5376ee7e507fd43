//! Sharded UnixFS directories: a hash trie of 256 places per shard, with MurmurHash3.

use super::{Cid, DAG_PB, Link, field_bytes, field_varint, pb_node};

/// Places in a shard.
const FANOUT: u64 = 256;
/// The multicodec code of the hash: the first 64 bits of the 128-bit MurmurHash3 for x64.
const HASH_CODE: u64 = 0x22;

/// An entry of the directory.
pub type Entry = Link;

/// Makes the shards of a directory; `put` stores each, the root last, whose CID is the result.
pub fn hamt(entries: &[Entry], put: &mut dyn FnMut(Cid, Vec<u8>, Vec<Cid>)) -> Cid {
    let hashed: Vec<(u64, &Entry)> =
        entries.iter().map(|entry| (murmur3(entry.name.as_bytes()), entry)).collect();
    shard(&hashed, 0, put).0
}

/// The shard at a depth, and the bytes of all blocks below.
fn shard(
    entries: &[(u64, &Entry)],
    depth: u32,
    put: &mut dyn FnMut(Cid, Vec<u8>, Vec<Cid>),
) -> (Cid, u64) {
    let place = |hash: u64| (hash >> (56 - 8 * depth)) & 0xff;
    let (mut links, mut field) = (Vec::new(), [0_u8; FANOUT as usize / 8]);
    for at in 0..FANOUT {
        let here: Vec<(u64, &Entry)> =
            entries.iter().filter(|(hash, _)| place(*hash) == at).copied().collect();
        let link = match here.as_slice() {
            [] => continue,
            [(_, entry)] => Link { name: format!("{at:02X}{}", entry.name), ..(*entry).clone() },
            more => {
                let (cid, tsize) = shard(more, depth + 1, put);
                Link { name: format!("{at:02X}"), cid, tsize }
            }
        };
        links.push(link);
        field[31 - at as usize / 8] |= 1 << (at % 8);
    }
    let mut data = vec![8, 5];
    let used: Vec<u8> = field.into_iter().skip_while(|byte| *byte == 0).collect();
    field_bytes(&mut data, 2, &used);
    field_varint(&mut data, 5, HASH_CODE);
    field_varint(&mut data, 6, FANOUT);
    let node = pb_node(&links, &data);
    let cid = Cid::of(DAG_PB, &node);
    let tsize = node.len() as u64 + links.iter().map(|link| link.tsize).sum::<u64>();
    put(cid.clone(), node, links.into_iter().map(|link| link.cid).collect());
    (cid, tsize)
}

/// The first 64 bits of MurmurHash3 x64 128 with seed 0.
fn murmur3(bytes: &[u8]) -> u64 {
    const C1: u64 = 0x87c3_7b91_1142_53d5;
    const C2: u64 = 0x4cf5_ad43_2745_937f;
    let mix1 = |k: u64| k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
    let mix2 = |k: u64| k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1);
    let (mut h1, mut h2) = (0_u64, 0_u64);
    let word = |part: &[u8]| {
        let mut buffer = [0; 8];
        buffer[..part.len()].copy_from_slice(part);
        u64::from_le_bytes(buffer)
    };
    let blocks = bytes.chunks_exact(16);
    let tail = blocks.remainder();
    for block in blocks {
        h1 ^= mix1(word(&block[..8]));
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= mix2(word(&block[8..]));
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let (low, high) = tail.split_at(tail.len().min(8));
    h2 ^= mix2(word(high));
    h1 ^= mix1(word(low));
    h1 ^= bytes.len() as u64;
    h2 ^= bytes.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    finish(h1).wrapping_add(finish(h2))
}

fn finish(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        assert_eq!(murmur3(b""), 0);
        assert_eq!(murmur3(b"hello"), 0xcbd8_a7b3_41bd_9b02);
        assert_eq!(murmur3(b"hello, world"), 0x342f_ac62_3a5e_bc8e);
    }

    #[test]
    fn every_entry_is_in_one_shard() {
        let leaf = Cid::of(0x55, b"leaf");
        let entries: Vec<Entry> = (0..300)
            .map(|n| Link { name: format!("entry {n}"), cid: leaf.clone(), tsize: 4 })
            .collect();
        let mut shards = Vec::new();
        let root = hamt(&entries, &mut |cid, _, links| shards.push((cid, links)));
        assert_eq!(shards.last().unwrap().0, root);
        let leaves = shards.iter().flat_map(|(_, links)| links).filter(|cid| **cid == leaf);
        assert_eq!(leaves.count(), 300);
        assert!(shards.len() > 10, "{}", shards.len());
    }
}
