use super::*;
use crate::block::MemoryStore;
use crate::unixfs::build::{self, Layout};
use crate::unixfs::read::Reader;
use proptest::prelude::*;

const NOW: Mtime = Mtime { seconds: 1, nanos: None };

fn built(store: &MemoryStore, data: &[u8], options: &Options, chunk: usize) -> Cid {
    let chunks = Chunker::Size(chunk).chunks(data);
    let chunks = chunks.map(|chunk| chunk.map_err(|_| Error::NotFile));
    build::file::<Error>(options, store, chunks).expect("builds").cid
}

fn content(store: &MemoryStore, cid: &Cid) -> Vec<u8> {
    let mut reader = Reader::open(store, cid).expect("opens");
    let mut out = Vec::new();
    while let Some(piece) = reader.next_piece().expect("reads") {
        out.extend_from_slice(&piece);
    }
    assert_eq!(reader.size(), out.len() as u64, "the root knows the size");
    out
}

#[derive(Debug, Clone)]
enum Change {
    Write(u16, Vec<u8>),
    Truncate(u16),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0u16..3000, prop::collection::vec(any::<u8>(), 0..700))
            .prop_map(|(at, data)| Change::Write(at, data)),
        (0u16..3000).prop_map(Change::Truncate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// A file is a vector of bytes, whatever its shape and history.
    #[test]
    fn edits_are_those_of_a_vector(
        start in prop::collection::vec(any::<u8>(), 0..1500),
        changes in prop::collection::vec(change(), 1..8),
        raw_leaves: bool,
        trickle: bool,
        links_max in 2usize..6,
    ) {
        let store = MemoryStore::new();
        let layout = if trickle { Layout::Trickle } else { Layout::Balanced };
        let options = Options { raw_leaves, layout, links_max, ..Options::default() };
        let mut cid = built(&store, &start, &options, 64);
        let mut model = start;
        for change in changes {
            let options = EditOptions {
                chunker: Chunker::Size(100),
                raw_leaves: Some(raw_leaves),
                links_max,
                ..EditOptions::new(NOW)
            };
            let mut editor = Editor::open(&store, &cid, options).expect("opens");
            match change {
                Change::Write(at, data) => {
                    let at = usize::from(at);
                    editor.seek(at as u64).expect("seeks");
                    editor.write(&data).expect("writes");
                    let end = at + data.len();
                    model.resize(model.len().max(if data.is_empty() { at } else { end }), 0);
                    model[at..end.max(at)].copy_from_slice(&data);
                }
                Change::Truncate(bytes) => {
                    editor.truncate(bytes.into()).expect("truncates");
                    model.resize(bytes.into(), 0);
                }
            }
            prop_assert_eq!(editor.size(), model.len() as u64);
            cid = editor.finish().expect("finishes").cid;
            prop_assert_eq!(&content(&store, &cid), &model);
        }
    }
}

#[test]
fn an_inlined_file_may_outgrow_its_cid() {
    let store = MemoryStore::new();
    let builder = CidBuilder { inline_max: Some(100), ..CidBuilder::V1 };
    let options = Options { builder, raw_leaves: true, ..Options::default() };
    let cid = built(&store, b"small", &options, 64);
    let mut editor = Editor::open(&store, &cid, EditOptions::new(NOW)).expect("opens");
    editor.seek(5).expect("seeks");
    editor.write(&[7; 500]).expect("writes");
    let cid = editor.finish().expect("finishes").cid;
    assert_eq!(content(&store, &cid).len(), 505);
}

#[test]
fn a_directory_is_no_file() {
    let store = MemoryStore::new();
    let node = dag_pb_directory();
    let (cid, data) = CidBuilder::V0.node(&node).expect("names");
    crate::block::Sink::put(&store, Block { cid, data }).expect("stores");
    assert!(matches!(Editor::open(&store, &cid, EditOptions::new(NOW)), Err(Error::IsDirectory)));
}

fn dag_pb_directory() -> crate::dag_pb::Node {
    crate::dag_pb::Node::with_data(crate::unixfs::Node::new(Kind::Directory).encode())
}
