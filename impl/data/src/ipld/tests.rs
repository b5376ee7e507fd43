use super::*;

#[test]
fn segments_lead_into_maps_and_lists() {
    let inner = Node::List(vec![Node::Int(7), Node::Null]);
    let node = Node::Map(vec![("a".into(), inner)]);
    let list = node.segment(b"a").unwrap();
    assert_eq!(list.segment(b"0"), Ok(&Node::Int(7)));
    assert_eq!(list.segment(b"+1"), Ok(&Node::Null));
    assert_eq!(list.segment(b"2"), Err(LookupError::NoKey("\"2\"".into())));
    assert_eq!(list.segment(b"-1"), Err(LookupError::NoKey("\"-1\"".into())));
    assert_eq!(list.segment(b"x"), Err(LookupError::NotIndex));
    assert_eq!(node.segment(b"b").unwrap_err().to_string(), "key not found: \"b\"");
    assert_eq!(Node::Int(1).segment(b"b"), Err(LookupError::Terminal));
}

#[test]
fn wrong_kinds_are_named() {
    assert_eq!(
        Node::Int(1).as_bytes().unwrap_err().to_string(),
        "func called on wrong kind: \"AsBytes\" called on a int node (kind: int), but only makes \
         sense on bytes"
    );
}

#[test]
fn text_keeps_what_is_not_utf8() {
    let text = Text::from_bytes(&b"caf\xe9"[..]);
    assert_eq!((text.as_str(), text.len()), (None, 4));
    assert_eq!(text.to_str_lossy(), "caf\u{fffd}");
    assert!(ipld_core::ipld::Ipld::try_from(&Node::String(text)).is_err());
}

/// Values that every codec of the data model can carry.
pub(crate) fn any_node() -> impl proptest::strategy::Strategy<Value = Node> {
    use proptest::prelude::*;
    let cid = any::<[u8; 32]>().prop_map(|digest| {
        let hash = crate::cid::Multihash::wrap(0x12, &digest).expect("32 bytes fit");
        Node::Link(crate::cid::Cid::new_v1(0x71, hash).into())
    });
    let leaf = prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        any::<i64>().prop_map(|value| Node::Int(value.into())),
        any::<f64>()
            .prop_filter("finite, no -0", |value| value.is_finite() && value.to_bits() != 1 << 63)
            .prop_map(Node::Float),
        ".*".prop_map(|text| Node::String(text.into())),
        any::<Vec<u8>>().prop_map(|bytes| Node::Bytes(bytes.into())),
        cid,
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Node::List),
            proptest::collection::btree_map("[a-z]{0,4}", inner, 0..5).prop_map(|map| {
                Node::Map(map.into_iter().map(|(key, node)| (key.into(), node)).collect())
            }),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn interop_round_trip(node in any_node()) {
        let ipld = ipld_core::ipld::Ipld::try_from(&node).expect("utf-8 and short digests");
        proptest::prop_assert_eq!(Node::from(&ipld), node);
    }
}

/// The stack that threads have by default.
const STACK_BYTES: usize = 2 << 20;

/// What is nested as deep as decoders allow fits the stack of a thread: in every codec, to read, to
/// write, to compare, to copy and to drop.
#[test]
fn the_deepest_value_fits_the_stack() {
    let deepest = || {
        let lists = "[".repeat(DEPTH_MAX) + &"]".repeat(DEPTH_MAX);
        let maps = "{\"/\":".repeat(DEPTH_MAX) + "1" + &"}".repeat(DEPTH_MAX);
        for json in [lists, maps] {
            let node = crate::dag_json::decode(json.as_bytes()).expect("nesting within the bound");
            let cbor = bytes::Bytes::from(crate::dag_cbor::encode(&node).expect("encodable"));
            assert_eq!(crate::dag_cbor::decode(&cbor), Ok(node.clone()));
            assert_eq!(crate::dag_json::encode(&node), Ok(json.into_bytes()));
            node.for_each_link(&mut |_| {});
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(deepest).expect("a thread").join().expect("no overflow");
}
