use super::*;
use proptest::prelude::*;

fn target(byte: u8) -> Cid {
    Cid::new_v1(0x55, crate::cid::Multihash::wrap(0x12, &[byte; 32]).unwrap())
}

#[test]
fn sorts_links_by_name_and_keeps_equal_names_in_order() {
    let link = |name: &'static str, byte| Link::new(target(byte), name, 1);
    let node = Node { links: vec![link("b", 1), link("a", 2), link("b", 3)], data: None };
    let read = decode(&encode(&node).into()).unwrap();
    let order: Vec<u8> = read.links.iter().map(|link| link.cid.hash().digest()[0]).collect();
    assert_eq!(order, [2, 1, 3]);
}

#[test]
fn reads_data_before_links_and_writes_links_first() {
    let link = encode(&Node { links: vec![Link::new(target(9), "x", 5)], data: None });
    let old = [b"\x0a\x02hi".as_slice(), &link].concat();
    let node = decode(&old.clone().into()).unwrap();
    assert_eq!(node.data.as_deref(), Some(b"hi".as_slice()));
    assert_eq!(encode(&node), [link.as_slice(), b"\x0a\x02hi"].concat());
    let split = [link.as_slice(), b"\x0a\x02hi", &link].concat();
    assert_eq!(decode(&split.into()), Err(Error::NodeDuplicate("Links")));
}

#[test]
fn absent_and_empty_are_different() {
    let bare = Node { links: vec![Link { cid: target(1), name: None, tsize: None }], data: None };
    let full = Node { links: vec![Link::new(target(1), "", 0)], data: Some(Bytes::new()) };
    for node in [bare, full] {
        assert_eq!(decode(&encode(&node).into()).unwrap(), node);
        assert_eq!(encode(&node).len(), node.encoded_len());
    }
}

#[test]
fn hostile_lengths_are_errors() {
    for block in [
        b"\x12\xff\xff\xff\xff\x0f".as_slice(),
        b"\x0a\x05ab",
        b"\x12\x03\x0a\x7f\x01",
        b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    ] {
        assert_eq!(decode(&Bytes::from_static(block)), Err(Error::UnexpectedEnd));
    }
    let huge = [0xff_u8; 11];
    assert_eq!(decode(&Bytes::copy_from_slice(&huge)), Err(Error::VarintOverflow));
}

proptest! {
    #[test]
    fn never_panics(block in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&block.into());
    }

    #[test]
    fn round_trip(
        links in proptest::collection::vec(
            (any::<u8>(), any::<Option<Vec<u8>>>(), proptest::option::of(0..i64::MAX as u64)),
            0..8,
        ),
        data in any::<Option<Vec<u8>>>(),
    ) {
        let mut node = Node { links: Vec::new(), data: data.map(Bytes::from) };
        for (byte, name, tsize) in links {
            node.links.push(Link { cid: target(byte), name: name.map(Bytes::from), tsize });
        }
        node.sort_links();
        let block = Bytes::from(encode(&node));
        prop_assert_eq!(block.len(), node.encoded_len());
        prop_assert_eq!(&decode(&block).unwrap(), &node);
        let mut cids = Vec::new();
        for_each_link(&block, |cid| cids.push(cid)).unwrap();
        prop_assert_eq!(cids.len(), node.links.len());
    }
}
