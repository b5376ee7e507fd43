use super::*;
use std::io::Write;

const ALL: [u64; 8] = [
    code::CBOR,
    code::RAW,
    code::DAG_PB,
    code::DAG_CBOR,
    code::GIT_RAW,
    code::DAG_JOSE,
    code::DAG_JSON,
    code::JSON,
];

#[test]
fn the_set_is_the_reference_s() {
    for codec in 0..0x400 {
        assert_eq!(has_encoder(codec), ALL.contains(&codec), "{codec:x}");
        assert_eq!(
            matches!(encode(codec, &Node::Null), Err(Error::NoEncoder(_))),
            !has_encoder(codec)
        );
    }
    let error = decode(0x72, &Bytes::new()).unwrap_err().to_string();
    assert_eq!(error, "no decoder registered for multicodec code 114 (0x72)");
}

#[test]
fn dag_pb_is_shown_with_nulls_and_converted_without() {
    let node = dag_pb::Node::with_data("x");
    let block = Bytes::from(dag_pb::encode(&node));
    let shown = |node: Node| String::from_utf8(dag_json::encode(&node).unwrap()).unwrap();
    let empty = decode_shown(code::DAG_PB, &Bytes::new()).unwrap();
    assert_eq!(shown(empty), r#"{"Data":null,"Links":[]}"#);
    let value = decode(code::DAG_PB, &block).unwrap();
    assert_eq!(encode(code::DAG_PB, &value).unwrap(), block);
    assert_eq!(shown(decode(code::DAG_PB, &Bytes::new()).unwrap()), r#"{"Links":[]}"#);
}

#[test]
fn links_come_in_order_and_need_a_valid_block() {
    let json = br#"[{"/":"bafkqaaa"},{"a":{"/":"bafkqabtimvwgy3yk"}}]"#;
    let value = decode(code::DAG_JSON, &Bytes::from_static(json)).unwrap();
    let block = encode(code::DAG_CBOR, &value).unwrap();
    let found = links(code::DAG_CBOR, &block).unwrap();
    assert_eq!(
        found.iter().map(Cid::to_string).collect::<Vec<_>>(),
        ["bafkqaaa", "bafkqabtimvwgy3yk"]
    );
    assert_eq!(links(code::DAG_JSON, &Bytes::from_static(json)).unwrap(), found);
    assert!(links(code::DAG_CBOR, &block.slice(..block.len() - 1)).is_err());
    assert!(links(code::RAW, &block).unwrap().is_empty());
    assert!(links(0x99, &block).is_err());
}

#[test]
fn compressed_git_objects_are_inflated_up_to_a_bound() {
    let deflate = |data: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        Bytes::from(encoder.finish().unwrap())
    };
    let value = decode(git_raw::COMPRESSED, &deflate(b"blob 2\0hi")).unwrap();
    assert_eq!(value, Node::Bytes(Bytes::from_static(b"blob 2\0hi")));
    let bomb = deflate(&vec![0; INFLATED_BYTES_MAX as usize + 1]);
    assert!(matches!(decode(git_raw::COMPRESSED, &bomb), Err(Error::InflatedSize)));
    assert!(matches!(decode(git_raw::COMPRESSED, &Bytes::new()), Err(Error::Inflate(_))));
}
