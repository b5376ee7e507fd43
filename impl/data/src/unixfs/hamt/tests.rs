use super::*;
use crate::block::{MemoryStore, Sink};
use crate::unixfs::build;
use bytes::Bytes;

/// `ipfs add -r --max-directory-links=5 --max-hamt-fanout=16` of the files f1 to f30, each with its
/// number and a line break.
const REFERENCE: &str = "QmP4veV5r5gSzCr9suKERmjx2uDxkdcYe9Egc7wpP5X7Rr";

fn link(store: &MemoryStore, number: usize) -> Link {
    let options = build::Options::default();
    let leaf = options.sole_leaf(format!("{number}\n").into()).expect("sha2-256 is there");
    store.put(leaf.block).expect("memory takes all");
    Link::new(leaf.part.cid, format!("f{number}").into_bytes(), leaf.part.tsize)
}

fn trie(store: &MemoryStore, numbers: impl Iterator<Item = usize>) -> Hamt {
    let mut trie = Hamt::new(16, CidBuilder::V0).expect("16 slots are fine");
    numbers.for_each(|number| {
        trie.insert(store, link(store, number)).expect("inserts");
    });
    trie
}

#[test]
fn the_shape_is_the_reference_s_whatever_the_order() {
    let store = MemoryStore::new();
    for mut trie in [trie(&store, 1..=30), trie(&store, (1..=30).rev())] {
        assert_eq!(trie.save(&store).expect("saves").cid.to_string(), REFERENCE);
    }
    let mut trie = trie(&store, 1..=300);
    for number in 31..=300 {
        let name = format!("f{number}").into_bytes();
        assert!(trie.remove(&store, &name).expect("removes").is_some());
    }
    assert_eq!(trie.save(&store).expect("saves").cid.to_string(), REFERENCE);
}

#[test]
fn a_stored_trie_is_found_again() {
    let store = MemoryStore::new();
    let root = trie(&store, 1..=30).save(&store).expect("saves").cid;
    let node = dag_pb::decode(&store.get(&root).expect("is there")).expect("is dag-pb");
    let message = Node::decode(&node.data.clone().unwrap_or_default()).expect("is UnixFS");
    let mut trie = Hamt::from_node(&root, node, &message).expect("is a trie");
    assert!(trie.find(&store, b"f17").expect("finds").is_some());
    assert!(trie.find(&store, b"f31").expect("looks").is_none());
    let mut count = 0;
    trie.for_each(&store, &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    })
    .expect("walks");
    assert_eq!(count, 30);
}

fn shard(field: &'static [u8], fanout: Option<u64>, hash: Option<u64>, names: &[&str]) -> Error {
    let cid = CidBuilder::V0.node(&dag_pb::Node::default()).expect("names").0;
    let links = names.iter().map(|name| Link::new(cid, name.as_bytes().to_vec(), 0)).collect();
    let node = dag_pb::Node { links, data: None };
    let message = Node {
        data: Some(Bytes::from_static(field)),
        hash_type: hash,
        fanout,
        ..Node::new(Kind::HamtShard)
    };
    Hamt::from_node(&cid, node, &message).map(drop).expect_err("is hostile")
}

#[test]
fn hostile_shards_are_refused() {
    for fanout in [None, Some(0), Some(3), Some(4), Some(24), Some(2048), Some(1 << 40)] {
        assert!(matches!(shard(b"\x01", fanout, Some(MURMUR3), &["0a"]), Error::Fanout(_)));
    }
    assert!(matches!(shard(b"\x01", Some(16), Some(0x12), &["0a"]), Error::HashFunction));
    assert!(matches!(shard(b"\x01", Some(16), None, &["0a"]), Error::HashFunction));
    // A field wider than the shard; fewer links than bits; more links; a name without its slot.
    let cases: [(&'static [u8], &[&str]); 4] =
        [(b"\x01\0\0", &["0a"]), (b"\x03", &["0a"]), (b"\x01", &["0a", "1b"]), (b"\x01", &[""])];
    for (field, names) in cases {
        assert!(matches!(shard(field, Some(16), Some(MURMUR3), names), Error::CorruptShard(_)));
    }
}

#[test]
fn shards_in_the_wrong_place_are_refused() {
    let store = MemoryStore::new();
    let root = trie(&store, 1..=30).save(&store).expect("saves").cid;
    let mut node = dag_pb::decode(&store.get(&root).expect("is there")).expect("is dag-pb");
    let message = Node::decode(&node.data.clone().unwrap_or_default()).expect("is UnixFS");
    let is_shard = |link: &Link| link.name().len() == 1;
    let first = node.links.iter().position(is_shard).expect("has shards");
    let second = first + 1 + node.links[first + 1..].iter().position(is_shard).expect("has two");
    // One shard in two slots: as in a directory that few blocks make endless.
    node.links[second].cid = node.links[first].cid;
    let trie = || Hamt::from_node(&root, node.clone(), &message).expect("is a trie");
    let walked = trie().for_each(&store, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(walked, Err(Error::CorruptShard(_))));
    let mut entries = trie().into_entries(&root);
    let read = std::iter::from_fn(|| entries.next_entry(&store).transpose());
    let failure = read.filter_map(Result::err).next();
    assert!(matches!(failure, Some(Error::CorruptShard(_))));
}
