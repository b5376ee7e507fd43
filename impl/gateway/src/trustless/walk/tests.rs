use super::*;
use crate::trustless::range::ByteRange;
use crate::trustless::{CarParams, Order};
use ipfs_data::block::{Block, MemoryStore, Sink};
use ipfs_data::chunker::Chunker;
use ipfs_data::ipld::Node as Value;
use ipfs_data::unixfs::CidBuilder;
use ipfs_data::unixfs::build::{self, Layout, Options};
use std::io::Cursor;

const ALL: CarParams = CarParams { scope: Scope::All, range: None, order: Order::Dfs, dups: false };

fn entity(range: &str) -> CarParams {
    let range = Some(ByteRange::parse(range).expect("a range"));
    CarParams { scope: Scope::Entity, range, ..ALL }
}

fn open(store: &Arc<MemoryStore>, root: Cid, params: &CarParams) -> Result<CarStream, Outside> {
    let data = store.get(&root).expect("the root");
    let terminus = Terminus { cid: root, data, inside: false };
    CarStream::open(store.clone(), Vec::new(), Some(terminus), params)
}

/// The CIDs of an archive in order. Panics where the stream fails.
fn cids(stream: CarStream) -> Vec<Cid> {
    let bytes: Vec<u8> = stream.flat_map(|chunk| chunk.expect("all blocks").to_vec()).collect();
    let mut reader = car::Reader::new(Cursor::new(bytes)).expect("a header");
    let mut cids = Vec::new();
    while let Some(block) = reader.next_block().expect("whole sections") {
        cids.push(block.cid);
    }
    cids
}

fn put(store: &MemoryStore, node: &dag_pb::Node) -> Cid {
    let (cid, data) = CidBuilder::V0.node(node).expect("sha2-256 is there");
    store.put(Block { cid, data }).expect("memory takes all");
    cid
}

/// A file of `bytes` bytes in chunks of 10, 3 links a node.
fn file(bytes: usize, content: impl Fn(usize) -> u8) -> (Arc<MemoryStore>, Cid) {
    let store = Arc::new(MemoryStore::new());
    let data: Vec<u8> = (0..bytes).map(content).collect();
    let options = Options { layout: Layout::Balanced, links_max: 3, ..Options::default() };
    let chunks = Chunker::Size(10).chunks(&data[..]);
    let chunks = chunks.map(|chunk| chunk.map_err(|_| unixfs::Error::UnknownKind));
    let root = build::file::<unixfs::Error>(&options, &*store, chunks).expect("builds");
    (store, root.cid)
}

#[test]
fn ranges_take_the_least_blocks() {
    let (store, root) = file(85, |n| n as u8);
    let count = |range| cids(open(&store, root, &entity(range)).expect("inside")).len();
    // 9 leaves below 3 nodes below the root.
    assert_eq!(cids(open(&store, root, &ALL).expect("no range")).len(), 13);
    assert_eq!(count("0:*"), 13);
    assert_eq!(count("0:0"), 3);
    assert_eq!(count("9:10"), 4);
    assert_eq!(count("29:30"), 5);
    assert_eq!(count("80:*"), 3);
    assert_eq!(count("-5:*"), 3);
    assert_eq!(count("-99:4"), 3);
    assert_eq!(count("80:-60"), 1);
    assert_eq!(open(&store, root, &entity("85:*")).err(), Some(Outside(85)));
}

#[test]
fn repeated_blocks() {
    let (store, root) = file(90, |_| 7);
    // One leaf, one node of three leaves, the root.
    assert_eq!(cids(open(&store, root, &ALL).expect("no range")).len(), 3);
    assert_eq!(cids(open(&store, root, &entity("0:*")).expect("inside")).len(), 3);
    assert_eq!(cids(open(&store, root, &CarParams { dups: true, ..ALL }).expect("all")).len(), 13);
    // The first node is needed in part, the second, which is the same, as a whole.
    assert_eq!(cids(open(&store, root, &entity("25:40")).expect("inside")).len(), 3);
    let dups = CarParams { dups: true, ..entity("25:40") };
    assert_eq!(cids(open(&store, root, &dups).expect("inside")).len(), 6);
}

#[test]
fn a_missing_block_is_an_error_after_what_was_found() {
    let (full, root) = file(85, |n| n as u8);
    let order = cids(open(&full, root, &ALL).expect("no range"));
    let partial = Arc::new(MemoryStore::new());
    for cid in order.iter().filter(|cid| **cid != order[5]) {
        let data = full.get(cid).expect("stored");
        partial.put(Block { cid: *cid, data }).expect("memory takes all");
    }
    let chunks: Vec<_> = open(&partial, root, &ALL).expect("no range").collect();
    let (last, found) = chunks.split_last().expect("chunks");
    assert!(matches!(last, Err(WalkError::Block(block::Error::NotFound(cid))) if *cid == order[5]));
    let found: usize = found.iter().map(|chunk| chunk.as_ref().map_or(0, Bytes::len)).sum();
    let head = car::header_bytes(&[root]).len();
    let before: usize = order[..5]
        .iter()
        .map(|cid| car::section_bytes(cid, &full.get(cid).expect("stored")).len())
        .sum();
    assert_eq!(found, head + before);
    // What is not asked for need not be here.
    assert_eq!(cids(open(&partial, root, &entity("60:*")).expect("inside")).len(), 5);
}

#[test]
fn links_of_identity_blocks_are_followed() {
    let store = Arc::new(MemoryStore::new());
    let leaf = CidBuilder::V1.cid(codec::RAW, b"leaf").expect("sha2-256 is there");
    store.put(Block { cid: leaf, data: "leaf".into() }).expect("memory takes all");
    let inline = codecs::encode(codec::DAG_CBOR, &Value::List(vec![Value::Link(leaf.into())]));
    let hash = cid::Multihash::wrap(hash::IDENTITY, &inline.expect("encodes")).expect("short");
    let inline = Cid::new_v1(codec::DAG_CBOR, hash);
    let root = put(
        &store,
        &dag_pb::Node { links: vec![dag_pb::Link::new(inline, "inline", 0)], data: None },
    );
    for dups in [false, true] {
        let params = CarParams { dups, ..ALL };
        assert_eq!(cids(open(&store, root, &params).expect("no range")), [root, leaf]);
    }
}

#[test]
fn the_root_of_nothing() {
    let store = Arc::new(MemoryStore::new());
    let stream = CarStream::open(store, Vec::new(), None, &ALL).expect("no range");
    let bytes: Vec<u8> = stream.flat_map(|chunk| chunk.expect("a header")).collect();
    let probe = cid::parse("bafkqaaa").expect("a CID");
    assert_eq!(bytes, car::header_bytes(&[probe]));
}

#[test]
fn bombs_need_no_memory() {
    let store = Arc::new(MemoryStore::new());
    // Every node links twice to the next: 2^60 ways.
    let mut cid = put(&store, &dag_pb::Node::default());
    for _ in 0..60 {
        let links = ["a", "b"].map(|name| dag_pb::Link::new(cid, name, 0)).to_vec();
        cid = put(&store, &dag_pb::Node { links, data: None });
    }
    assert_eq!(cids(open(&store, cid, &ALL).expect("no range")).len(), 61);
    let mut endless = open(&store, cid, &CarParams { dups: true, ..ALL }).expect("no range");
    for _ in 0..1000 {
        assert!(endless.next().is_some_and(|chunk| chunk.is_ok()));
    }
    assert!(endless.ready.len() < 4 && endless.gathered.capacity() < 4 * CHUNK_BYTES);
    // A chain waits for nothing.
    let mut cid = put(&store, &dag_pb::Node::default());
    for _ in 0..3_000 {
        let links = vec![dag_pb::Link::new(cid, "next", 0)];
        cid = put(&store, &dag_pb::Node { links, data: None });
    }
    assert_eq!(cids(open(&store, cid, &ALL).expect("no range")).len(), 3_001);
}

#[test]
fn waiting_links_are_bounded() {
    let store = Arc::new(MemoryStore::new());
    let leaf = put(&store, &dag_pb::Node::default());
    let mut cid = leaf;
    // Each level leaves some 3700 bytes of links behind.
    for _ in 0..100 {
        let mut links = vec![dag_pb::Link { cid: leaf, name: None, tsize: None }; 100];
        links.insert(0, dag_pb::Link { cid, name: None, tsize: None });
        cid = put(&store, &dag_pb::Node { links, data: None });
    }
    let mut stream = open(&store, cid, &ALL).expect("no range");
    stream.pending = Pending::new(300_000);
    assert!(matches!(stream.last(), Some(Err(WalkError::Pending))));
    assert_eq!(cids(open(&store, cid, &ALL).expect("no range")).len(), 101);
}
