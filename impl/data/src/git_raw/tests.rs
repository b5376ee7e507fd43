use super::*;
use bytes::Bytes;
use proptest::prelude::*;

const COMMIT: &str = "tree b02ceea2d330a55117e8a9ad46450a4834846991
parent b683a1632825b4d701d3eadd18d6f6159defa860
author A  B <a@b.c> 1795259174 +0000
committer C <c@d.e> 1795259175 +0100
encoding ISO-8859-1
mergetag object b683a1632825b4d701d3eadd18d6f6159defa860
 type commit
 tag v1
 tagger T <t@t> 1 +0000
 \n inside
 the tag
gpgsig -----BEGIN PGP SIGNATURE-----
 \n AAAA
 -----END PGP SIGNATURE-----
other header

message
";

fn object(kind: &str, body: &str) -> Bytes {
    format!("{kind} {}\0{body}", body.len()).into()
}

#[test]
fn a_commit_with_everything_round_trips() {
    let block = object("commit", COMMIT);
    let node = decode(&block).unwrap();
    assert_eq!(node.get("author").unwrap().get("name").unwrap(), &text(b"A  B"));
    assert_eq!(node.get("mergetag").unwrap().segment(b"0").unwrap().get("tag"), Some(&text(b"v1")));
    assert_eq!(node.get("signature"), Some(&text(b" \n AAAA\n")));
    assert_eq!(node.get("other"), Some(&Node::List(vec![text(b"other header")])));
    assert_eq!(encode(&node).unwrap(), block);
}

#[test]
fn a_tree_and_a_tag_round_trip() {
    let entry = [b"100644 a\0".as_slice(), &[7; 20]].concat();
    let tree = Bytes::from([b"tree 29\0".as_slice(), &entry].concat());
    assert_eq!(encode(&decode(&tree).unwrap()).unwrap(), tree);
    let tag = "object b683a1632825b4d701d3eadd18d6f6159defa860\ntype commit\ntag v1\n\
               tagger T <t@t> 1 +0000\n\nmsg\n";
    let tag = object("tag", tag);
    assert_eq!(encode(&decode(&tag).unwrap()).unwrap(), tag);
}

#[test]
fn damaged_objects_are_errors() {
    let tree = [b"tree 29\0".as_slice(), b"100644 a\0", &[7; 19]].concat();
    for (block, error) in [
        (tree.as_slice(), Error::UnexpectedEnd),
        (b"blob", Error::UnexpectedEnd),
        (b"blob 1", Error::End),
        (b"blob 5\0abc", Error::UnexpectedEnd),
        (b"blob 2\0abc", Error::BlobSize),
        (b"blob 99999999999999999\0", Error::End),
        (b"foo 1\0", Error::Type("\"foo\"".into())),
        (b"tree x\0", Error::Size("\"x\"".into())),
        (b"commit 0\0", Error::NoField("commit", "tree")),
        (b"commit 0\0tree abcd\n", Error::HashLength(2)),
        (b"commit 0\0author a\n", Error::PersonLine("\"author a\"".into())),
        (b"commit 0\0author a b c\n", Error::Person("\"author a b c\"".into())),
        (b"commit 0\0author a <  b\n", Error::Person("\"author a <  b\"".into())),
        (b"commit 0\0gpgsig x\nabc\n", Error::Signature),
    ] {
        assert_eq!(decode(&Bytes::copy_from_slice(block)), Err(error), "{block:?}");
    }
}

#[test]
fn values_that_describe_no_object_are_errors() {
    let map = |key: &str| Node::Map(vec![(key.into(), Node::Int(1))]);
    for (node, error) in [
        (Node::Null, "unrecognized object type: datamodel.nullPrototype"),
        (Node::Map(Vec::new()), "iterator overread"),
        (map("tag"), "key not found: \"object\""),
        (
            map("a"),
            "not a Commit: *basicnode.plainMap invalid key for map ipldgit.Commit.Repr: \"a\": no \
             such field",
        ),
    ] {
        assert_eq!(encode(&node).unwrap_err().to_string(), error);
    }
}

proptest! {
    #[test]
    fn never_panics(kind in "(tree|commit|tag|blob) [0-9]{0,3}", body: Vec<u8>) {
        let _ = decode(&[kind.as_bytes(), b"\0", &body].concat().into());
    }

    #[test]
    fn never_panics_on_nearly_commits(body in "((author|tag|mergetag object|gpgsig) [<> a0]{0,9}\n){0,4}") {
        let _ = decode(&object("commit", &body));
    }
}
