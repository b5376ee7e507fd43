use super::*;
use proptest::prelude::*;

const VECTORS: &str = include_str!("../../../../conformance/vectors/data/path/arguments.json");

/// spec: path.argument, path.clean, path.uri, path.quote
#[test]
fn arguments_are_read_as_the_reference_reads_them() {
    let vectors: Vec<serde_json::Value> = serde_json::from_str(VECTORS).unwrap();
    assert!(vectors.len() > 40);
    for vector in vectors {
        let input = vector["input"].as_str().unwrap();
        match Path::parse_argument(input) {
            Ok(path) => assert_eq!(vector["expect"], path.as_str(), "{input}"),
            Err(error) => assert_eq!(vector["error"], error.to_string(), "{input}"),
        }
    }
}

#[test]
fn parts_of_a_path() {
    let path = Path::parse("/ipfs/bafkqaaa/a//b/").unwrap();
    assert_eq!(path.namespace(), Namespace::Ipfs);
    assert_eq!(path.root(), "bafkqaaa");
    assert_eq!(path.segments().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(path.cid().unwrap().to_string(), "bafkqaaa");
    assert!(!path.is_mutable());
    assert_eq!(path.join(["c"]).unwrap().as_str(), "/ipfs/bafkqaaa/a/b/c");
    let name = Path::parse("/ipns/example.com").unwrap();
    assert!(name.is_mutable() && !name.has_segments());
    assert_eq!(
        name.require_cid().unwrap_err().to_string(),
        "invalid path \"/ipns/example.com\": path was expected to be immutable"
    );
}

/// spec: path.cid-argument
#[test]
fn cid_arguments_name_one_cid() {
    for text in ["bafkqaaa", "/ipfs/bafkqaaa", "ipfs://bafkqaaa", "/ipld/bafkqaaa/"] {
        assert_eq!(parse_cid_argument(text).unwrap().to_string(), "bafkqaaa");
    }
    assert_eq!(
        parse_cid_argument("ipfs://bafkqaaa/x").unwrap_err().to_string(),
        "\"ipfs://bafkqaaa/x\" points below a root CID, expected a single CID"
    );
    assert_eq!(
        parse_cid_argument("/ipns/a").unwrap_err().to_string(),
        "invalid path \"/ipns/a\": path was expected to be immutable"
    );
}

#[test]
fn the_strict_form_takes_no_uris_and_no_bare_cids() {
    assert!(Path::parse("ipfs://bafkqaaa").is_err());
    assert!(Path::parse("bafkqaaa").is_err());
    assert!(Path::parse_uri("bafkqaaa").is_err());
}

proptest! {
    #[test]
    fn what_was_read_reads_the_same_again(rest in "[a-z./]{0,20}") {
        for prefix in ["/ipfs/bafkqaaa/", "/ipns/", "/"] {
            if let Ok(path) = Path::parse(&format!("{prefix}{rest}")) {
                prop_assert_eq!(&Path::parse(path.as_str()).unwrap(), &path);
                prop_assert!(path.segments().all(|s| !matches!(s, "" | "." | "..")));
            }
        }
    }

    #[test]
    fn never_panics(text: String) {
        let _ = Path::parse_argument(&text);
        let _ = parse_cid_argument(&text);
        let _ = quote(&text);
    }
}
