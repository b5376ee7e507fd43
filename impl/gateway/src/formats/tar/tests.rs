use super::*;
use ipfs_data::block::{Block, MemoryStore, Sink};
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::{CidBuilder, Kind, Node};
use std::io::{Cursor, Read};

fn put(store: &MemoryStore, node: &dag_pb::Node) -> Cid {
    let (cid, data) = CidBuilder::V1.node(node).expect("sha2-256 is there");
    store.put(Block { cid, data }).expect("memory takes all");
    cid
}

fn raw(store: &MemoryStore, data: &'static [u8]) -> Cid {
    let cid = CidBuilder::V1.cid(ipfs_data::cid::codec::RAW, data).expect("sha2-256 is there");
    store.put(Block { cid, data: data.into() }).expect("memory takes all");
    cid
}

fn directory(store: &MemoryStore, entries: &[(&str, Cid)]) -> Cid {
    let link = |(name, cid): &(&str, Cid)| Link::new(*cid, name.as_bytes().to_vec(), 0);
    let data = Some(Node::new(Kind::Directory).encode());
    put(store, &dag_pb::Node { links: entries.iter().map(link).collect(), data })
}

/// Path, mode, time, target and content of each entry.
type Seen = (String, u32, u64, String, Vec<u8>);

fn entries(store: &Arc<MemoryStore>, root: Cid) -> Vec<Seen> {
    let stream = TarStream::open(store.clone(), root, 77).expect("opens");
    let bytes: Vec<u8> = stream.flat_map(|chunk| chunk.expect("all is here").to_vec()).collect();
    assert_eq!(bytes.len() % RECORD_BYTES as usize, 0);
    let mut archive = ::tar::Archive::new(Cursor::new(bytes));
    let entry = |entry: std::io::Result<::tar::Entry<'_, Cursor<Vec<u8>>>>| {
        let mut entry = entry.expect("an entry");
        let path = String::from_utf8(entry.path_bytes().into_owned()).expect("UTF-8");
        let target = entry.link_name_bytes().unwrap_or_default().into_owned();
        let header = entry.header().clone();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("whole");
        (
            path.strip_prefix(&root.to_string()).expect("below the root").to_owned(),
            header.mode().expect("a mode"),
            header.mtime().expect("a time"),
            String::from_utf8(target).expect("UTF-8"),
            content,
        )
    };
    archive.entries().expect("an archive").map(entry).collect()
}

#[test]
fn trees_with_their_metadata() {
    let store = Arc::new(MemoryStore::new());
    let file = Node {
        data: Some("dated".into()),
        filesize: Some(5),
        mode: Some(0o600),
        mtime: Some(Mtime::new(41, 600_000_000)),
        ..Node::new(Kind::File)
    };
    let file = put(&store, &dag_pb::Node::with_data(file.encode()));
    let link = Node { data: Some("../else".into()), ..Node::new(Kind::Symlink) };
    let link = put(&store, &dag_pb::Node::with_data(link.encode()));
    let plain = raw(&store, b"plain");
    let long = "n".repeat(300);
    let below = directory(&store, &[("../up", plain), (&long, plain)]);
    let root = directory(&store, &[("below", below), ("file", file), ("link", link)]);
    let text = |text: &str| text.to_owned();
    let wanted: Vec<Seen> = vec![
        (text(""), 0o755, 77, text(""), vec![]),
        (text("/below"), 0o755, 77, text(""), vec![]),
        (text("/up"), 0o644, 77, text(""), b"plain".to_vec()),
        (format!("/below/{long}"), 0o644, 77, text(""), b"plain".to_vec()),
        (text("/file"), 0o600, 42, text(""), b"dated".to_vec()),
        (text("/link"), 0o777, 77, text("../else"), vec![]),
    ];
    assert_eq!(entries(&store, root), wanted);
    assert_eq!(entries(&store, plain), [(text(""), 0o644, 77, text(""), b"plain".to_vec())]);
}

#[test]
fn names_that_lead_out_are_refused_before_the_first_byte() {
    let store = Arc::new(MemoryStore::new());
    let leaf = raw(&store, b"x");
    for name in ["..", "../x", "../../etc/passwd", "../bafy"] {
        let inner = directory(&store, &[(name, leaf)]);
        let root = directory(&store, &[("a", leaf), ("b", inner)]);
        let outside = directory(&store, &[(name, leaf)]);
        let deep = TarStream::open(store.clone(), root, 0);
        let flat = TarStream::open(store.clone(), outside, 0);
        assert!(matches!(flat, Err(TarError::Outside)), "{name}");
        assert_eq!(deep.is_err(), name.starts_with("../..") || name == "..", "{name}");
    }
    let cbor = Cid::new_v1(ipfs_data::cid::codec::DAG_CBOR, *leaf.hash());
    assert!(TarStream::open(store, cbor, 0).is_err_and(|error| error.is_unsuitable()));
}

#[test]
fn a_file_that_lies_about_its_size_breaks_off() {
    let store = Arc::new(MemoryStore::new());
    for bytes in [4, 6] {
        let file =
            Node { data: Some("12345".into()), filesize: Some(bytes), ..Node::new(Kind::File) };
        let cid = put(&store, &dag_pb::Node::with_data(file.encode()));
        let last = TarStream::open(store.clone(), cid, 0).expect("opens").last();
        assert!(matches!(last, Some(Err(TarError::Size(_, size))) if size == bytes));
    }
    let missing = CidBuilder::V1.cid(ipfs_data::cid::codec::RAW, b"gone").expect("sha2-256");
    assert!(matches!(TarStream::open(store.clone(), missing, 0), Err(TarError::Block(_))));
    let root = directory(&store, &[("gone", missing)]);
    let last = TarStream::open(store, root, 0).expect("opens").last();
    assert!(matches!(last, Some(Err(TarError::Block(_)))));
}

#[test]
fn nesting_is_bounded() {
    let store = Arc::new(MemoryStore::new());
    let mut cid = directory(&store, &[]);
    for _ in 0..=DEPTH_MAX {
        cid = directory(&store, &[("d", cid)]);
    }
    assert!(matches!(TarStream::open(store, cid, 0), Err(TarError::Depth)));
}
