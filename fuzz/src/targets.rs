//! What is fed, and what must hold.

use bytes::Bytes;
use ipfs_data::car::Reader;
use ipfs_data::cid::{self, codec};
use ipfs_data::crypt::{Header, SignatureFile, is_sealed, sealed_peer_id};
use ipfs_data::ipld::Node;
use ipfs_data::key::{PeerId, PrivateKey, PublicKey};
use ipfs_data::path::Path;
use ipfs_data::{codec as codecs, dag_pb, ipns_record, multibase, unixfs};
use ipfs_repo::disk::faulty::FaultyDisk;
use ipfs_repo::disk::{Disk, Open};
use ipfs_repo::leveldb::{LevelDb, Options};
use std::sync::Arc;

/// A decoder under test.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Feeds it; panics when it contradicts itself.
    pub feed: fn(&[u8]),
}

/// All decoders.
pub const TARGETS: &[Target] = &[
    target("cid", feed_cid),
    target("codecs", feed_codecs),
    target("dag-pb", feed_dag_pb),
    target("unixfs", feed_unixfs),
    target("car", feed_car),
    target("ipns-record", feed_ipns_record),
    target("keys", feed_keys),
    target("text", feed_text),
    target("leveldb-log", |input| feed_leveldb("000002.log", input)),
    target("leveldb-manifest", |input| feed_leveldb("MANIFEST-000003", input)),
    target("leveldb-table", |input| feed_leveldb("000001.ldb", input)),
];

const fn target(name: &'static str, feed: fn(&[u8])) -> Target {
    Target { name, feed }
}

fn feed_cid(input: &[u8]) {
    if let Ok((cid, length)) = cid::read(input) {
        assert!(length <= input.len());
        let (again, _) = cid::read(&cid.to_bytes()).expect("own bytes");
        assert_eq!(again, cid);
        let text = cid.to_string();
        assert_eq!(cid::parse(&text).expect("own text"), cid);
    }
    let _ = cid::read_multihash(input);
    let _ = cid::parse_bytes(input);
}

fn feed_codecs(input: &[u8]) {
    const CODECS: [u64; 9] = [
        codec::CBOR,
        codec::RAW,
        codec::DAG_PB,
        codec::DAG_CBOR,
        codec::LIBP2P_KEY,
        codec::GIT_RAW,
        codec::DAG_JOSE,
        codec::DAG_JSON,
        codec::JSON,
    ];
    let block = Bytes::copy_from_slice(input);
    for code in CODECS {
        let _ = codecs::links(code, &block);
        let Ok(node) = codecs::decode(code, &block) else { continue };
        // What an encoder writes its decoder reads, and from then on nothing changes. In JSON, the
        // reference and we write some floats in a way that reads as an integer, or not at all.
        let lossy = matches!(code, codec::JSON | codec::DAG_JSON) && has_float(&node);
        if !lossy && let Ok(first) = codecs::encode(code, &node) {
            let again =
                |block: &Bytes| codecs::encode(code, &codecs::decode(code, block).ok()?).ok();
            let second = again(&first);
            let third = second.as_ref().and_then(again);
            assert!(
                second.is_some() && second == third,
                "codec {code:#x}: {first:02x?}, {second:02x?}"
            );
        }
        for other in CODECS {
            let _ = codecs::encode(other, &node);
        }
    }
}

fn has_float(node: &Node) -> bool {
    match node {
        Node::Float(_) => true,
        Node::List(items) => items.iter().any(has_float),
        Node::Map(fields) => fields.iter().any(|(_, item)| has_float(item)),
        _ => false,
    }
}

fn feed_dag_pb(input: &[u8]) {
    let block = Bytes::copy_from_slice(input);
    let mut links = 0;
    let walked = dag_pb::for_each_link(input, |_| links += 1);
    match dag_pb::decode(&block) {
        Ok(node) => {
            assert!(walked.is_ok());
            assert_eq!(links, node.links.len());
            let encoded = Bytes::from(dag_pb::encode(&node));
            assert_eq!(encoded.len(), node.encoded_len());
            let again = dag_pb::decode(&encoded).expect("own encoding");
            assert_eq!(dag_pb::encode(&again), encoded);
        }
        Err(_) => assert!(walked.is_err(), "for_each_link takes what decode refuses"),
    }
}

fn feed_unixfs(input: &[u8]) {
    if let Ok(node) = unixfs::node::Node::decode(&Bytes::copy_from_slice(input)) {
        let encoded = node.encode();
        let again = unixfs::node::Node::decode(&encoded).expect("own encoding");
        assert_eq!(again.encode(), encoded);
    }
}

fn feed_car(input: &[u8]) {
    if let Ok(mut reader) = Reader::new(input) {
        let mut bytes = 0;
        while let Ok(Some(block)) = reader.next_block() {
            bytes += block.data.len() + 1;
            assert!(bytes <= 2 * input.len(), "more data than there was");
        }
    }
}

fn feed_ipns_record(input: &[u8]) {
    if let Ok(record) = ipns_record::Record::decode(input) {
        let _ = (record.value(), record.validity(), record.sequence(), record.ttl_ns());
        assert_eq!(record.metadata().count(), record.metadata().count());
        let encoded = record.encode();
        let again = ipns_record::Record::decode(&encoded).expect("own encoding");
        assert_eq!(again.encode(), encoded);
    }
}

fn feed_keys(input: &[u8]) {
    if let Ok(key) = PublicKey::from_protobuf(input) {
        let bytes = key.to_protobuf();
        assert_eq!(PublicKey::from_protobuf(&bytes).expect("own bytes").to_protobuf(), bytes);
        assert!(!matches!(key.verify(b"message", input), Ok(true)));
    }
    if let Ok(key) = PrivateKey::from_protobuf(input) {
        let _ = key.peer_id();
    }
    let _ = PrivateKey::from_pkcs8_der(input);
    let _ = PrivateKey::from_pkcs8_pem(input);
    let _ = PeerId::from_bytes(input);
    let _ = (SignatureFile::parse(input), is_sealed(input), sealed_peer_id(input));
    let _ = Header::read(&mut &input[..]);
}

fn feed_text(input: &[u8]) {
    if let Ok((base, bytes)) = multibase::decode(input) {
        let text = multibase::encode(base, &bytes);
        let (_, again) = multibase::decode(text.as_ref()).expect("own text");
        assert_eq!(again, bytes);
    }
    let text = String::from_utf8_lossy(input);
    let _ = (PeerId::parse(&text), ipns_record::parse_name(&text));
    let paths = [Path::parse(&text), Path::parse_uri(&text), Path::parse_argument(&text)];
    for path in paths.into_iter().flatten() {
        let again = Path::parse(path.as_str()).expect("own text");
        assert_eq!(again.as_str(), path.as_str());
    }
}

/// A small database of which one file is the input.
fn feed_leveldb(name: &str, input: &[u8]) {
    let disk = FaultyDisk::new();
    let directory = std::path::Path::new("/db");
    let open = || LevelDb::open(Arc::new(disk.clone()), directory, Options::default());
    let change = |number: u8| [(vec![b'k', number], vec![number; 9])];
    let write = |number: u8| {
        let changes = change(number);
        let db = open().expect("open");
        db.write_bytes(changes.iter().map(|(key, value)| (&key[..], Some(&value[..]))))
            .expect("write");
        if number == 0 {
            db.compact().expect("compact");
        }
    };
    (0..2).for_each(write);
    let kind = name.rsplit(['.', '-']).next().unwrap_or_default();
    let find = |path: &std::path::PathBuf| {
        let text = path.to_string_lossy();
        if name.starts_with("MANIFEST") { text.contains("MANIFEST") } else { text.ends_with(kind) }
    };
    let victim = disk.files().into_iter().find(find).expect("such a file");
    let old = disk.read(&victim).expect("read");
    let file = disk.open(&victim, Open::Truncate(0o644)).expect("open");
    // Half of the inputs replace the file, half overwrite its middle.
    let at = if input.len().is_multiple_of(2) { 0 } else { old.len() / 2 };
    file.write_at(&old[..at], 0).expect("write");
    file.write_at(input, at as u64).expect("write");
    if let Ok(db) = open() {
        let _ =
            db.scan_bytes(b"", false).map(|pairs| pairs.take_while(|pair| pair.is_ok()).count());
        let _ = db.get_bytes(b"k\0");
        let _ = db.write_bytes([(&b"after"[..], Some(&b"1"[..]))]);
        let _ = db.compact();
    }
}
