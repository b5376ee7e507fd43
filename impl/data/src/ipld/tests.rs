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
