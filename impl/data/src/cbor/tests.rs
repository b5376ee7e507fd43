use super::*;
use crate::dag_cbor;
use crate::ipld::{DEPTH_MAX, Node};
use proptest::prelude::*;

fn read(block: &[u8]) -> Result<Node, Error> {
    dag_cbor::decode(&Bytes::copy_from_slice(block))
}

#[test]
fn strict_where_the_reference_is() {
    let cases: [(&[u8], Error); 22] = [
        (b"", Error::UnexpectedEnd),
        (b"\x18", Error::UnexpectedEnd),
        (b"\x81", Error::End),
        (b"\xa1\x61a", Error::UnexpectedEnd),
        (b"\x01\x01", Error::Trailing),
        (b"\x18\x17", Error::NotMinimal),
        (b"\x5f\x41a\xff", Error::Indefinite),
        (b"\x9f\xff", Error::Indefinite),
        (b"\xf9\x7e\x00", Error::Nan),
        (b"\xfa\xff\x80\x00\x00", Error::Infinity),
        (b"\xf8\x20", Error::Major(0xf8)),
        (b"\x1c", Error::Descriptor(0x1c)),
        (b"\xc1\xc1\x01", Error::TagOnTag),
        (b"\xc1\x41a", Error::Tag(1)),
        (b"\xd8\x2a\x41\x01", Error::LinkPrefix),
        (b"\xa1\x01\x01", Error::Key("uint")),
        (b"\xa2\x61a\x01\x61a\x02", Error::DuplicateKey("\"a\"".into())),
        (b"\xa3\x61b\x01\x61a\x02\x61b\x03", Error::DuplicateKey("\"b\"".into())),
        (b"\x3b\x80\0\0\0\0\0\0\0", Error::NegativeRange),
        (b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff", Error::NegativeRange),
        (b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", Error::LengthRange),
        (b"\x5a\x7f\xff\xff\xff", Error::Oversized("byte", 0x7fff_ffff)),
    ];
    for (block, error) in cases {
        assert_eq!(read(block), Err(error), "{block:x?}");
    }
}

#[test]
fn lenient_where_the_reference_is() {
    let cases: [(&[u8], Node); 6] = [
        (b"\xf7", Node::Null),
        (b"\xf9\x3c\x00", Node::Float(1.0)),
        (b"\xf9\x00\x01", Node::Float(5.960_464_477_539_063e-8)),
        (b"\xfa\x3f\xc0\x00\x00", Node::Float(1.5)),
        (b"\xc1\x61a", Node::String("a".into())),
        (b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", Node::Int(u64::MAX.into())),
    ];
    for (block, node) in cases {
        assert_eq!(read(block), Ok(node), "{block:x?}");
    }
}

#[test]
fn keys_are_sorted_by_dag_cbor_and_kept_by_cbor() {
    let unsorted = Bytes::from_static(b"\xa3\x62aa\x01\x61b\x02\x61a\x03");
    let node = dag_cbor::decode(&unsorted).unwrap();
    assert_eq!(dag_cbor::encode(&node).unwrap(), b"\xa3\x61a\x03\x61b\x02\x62aa\x01");
    assert_eq!(encode(&node).unwrap(), unsorted);
}

/// CVE-2026-42328 and CVE-2026-35480: deep nesting, and headers that declare more than there is.
#[test]
fn hostile_nesting_and_declarations_are_errors() {
    let nested = |depth: usize| [vec![0x81; depth], vec![0x80]].concat();
    assert!(read(&nested(DEPTH_MAX - 1)).is_ok());
    assert_eq!(read(&nested(DEPTH_MAX)), Err(Error::Depth));
    assert_eq!(read(&vec![0x81; 1 << 20]), Err(Error::Depth));
    let declared = [b"\x9a\x3f\xff\xff\xff".as_slice(), b"\xba\x3f\xff\xff\xff"];
    for block in declared {
        assert_eq!(read(block), Err(Error::Cost));
    }
    let repeated = b"\x9a\x00\x10\x00\x00".repeat(50);
    assert!(matches!(read(&repeated), Err(Error::Cost | Error::End)));
    assert_eq!(read(b"\x59\xff\xff1"), Err(Error::UnexpectedEnd));
}

#[test]
fn plain_cbor_has_no_links() {
    let link = Node::Link(crate::cid::parse("bafkqaaa").unwrap().into());
    let block = Bytes::from(dag_cbor::encode(&link).unwrap());
    assert_eq!(decode(&block), Err(Error::Tag(42)));
    assert_eq!(encode(&link), Err(Error::LinkRefused));
    assert_eq!(encode(&Node::Float(f64::NAN)), Err(Error::NotFinite));
    assert_eq!(encode(&Node::Int(1 << 64)), Err(Error::IntRange(1 << 64)));
}

proptest! {
    #[test]
    fn never_panics(block in proptest::collection::vec(any::<u8>(), 0..300)) {
        let decoded = read(&block);
        let scanned = dag_cbor::for_each_link(&block, |_| {});
        prop_assert_eq!(decoded.map(|_| ()), scanned);
    }

    #[test]
    fn round_trip(node in crate::ipld::tests::any_node()) {
        let block = Bytes::from(dag_cbor::encode(&node).unwrap());
        let again = dag_cbor::decode(&block).unwrap();
        prop_assert_eq!(dag_cbor::encode(&again).unwrap(), block.clone());
        let (mut scanned, mut walked) = (Vec::new(), Vec::new());
        dag_cbor::for_each_link(&block, |cid| scanned.push(cid)).unwrap();
        again.for_each_link(&mut |cid| walked.push(cid));
        prop_assert_eq!(scanned, walked);
    }
}
