use super::create::create_raw;
use super::*;
use crate::key::{KeyType, PrivateKey};
use proptest::prelude::*;
use serde_json::Value as Json;

const PUBLISHED: &str =
    include_str!("../../../../conformance/vectors/data/ipns-record/kubo-published.json");
const VERIFIED: &str =
    include_str!("../../../../conformance/vectors/data/ipns-record/verified-by-kubo.json");

fn vectors(text: &str) -> Vec<Json> {
    serde_json::from_str(text).unwrap()
}

fn unhex(json: &Json) -> Vec<u8> {
    crate::key::tests::unhex(json.as_str().unwrap())
}

fn now() -> Time {
    Time::parse("2026-07-21T00:00:00Z").unwrap()
}

fn key(seed: u64) -> PrivateKey {
    let mut rng = crate::key::tests::TestRng(seed);
    PrivateKey::generate(KeyType::Ed25519, None, &mut rng).unwrap()
}

fn path() -> Path {
    Path::parse("/ipfs/bafkqaaa").unwrap()
}

fn options() -> Options {
    Options::new(1, now().plus_ns(LIFETIME_NS_DEFAULT), TTL_NS_DEFAULT)
}

/// What `name inspect` shows must be what the reference showed.
fn check_inspection(record: &Record, expected: &Json) {
    let entry = &expected["Entry"];
    assert_eq!(entry["Value"], record.value().map_or(String::new(), |path| path.to_string()));
    assert_eq!(entry["ValidityType"].as_i64(), record.validity_type().ok());
    assert_eq!(
        entry["Validity"].as_str().map(str::to_owned),
        record.validity().ok().map(|time| time.to_string())
    );
    assert_eq!(entry["Sequence"].as_u64(), record.sequence().ok());
    assert_eq!(entry["TTL"].as_i64(), record.ttl_ns().ok());
    assert_eq!(expected["SignatureType"], record.signature_type());
    assert_eq!(expected["PbSize"], record.encoded_bytes());
}

#[test]
fn reads_and_remakes_what_the_reference_published() {
    for vector in vectors(PUBLISHED) {
        let name = vector["name"].as_str().unwrap();
        let bytes = unhex(&vector["record_hex"]);
        let record = Record::decode(&bytes).unwrap();
        assert_eq!(record.encode(), bytes, "{name}");
        check_inspection(&record, &vector["inspect"]);
        let peer = parse_name(vector["ipns_name"].as_str().unwrap()).unwrap();
        assert_eq!(validate_for(&record, &peer, now()), Ok(()), "{name}");
        let key = PrivateKey::from_protobuf(&unhex(&vector["private_hex"])).unwrap();
        let mut options = Options::new(
            record.sequence().unwrap(),
            record.validity().unwrap(),
            record.ttl_ns().unwrap(),
        );
        options.version_1 = record.signature_type() == "V1+V2";
        let ours = create(&key, &record.value().unwrap(), options).unwrap();
        assert_eq!(validate_for(&ours, &peer, now()), Ok(()), "{name}");
        if key.key_type() != KeyType::Ecdsa {
            assert_eq!(ours.encode(), bytes, "{name}");
        }
    }
}

/// spec: ipns-record.signature-v2, ipns-record.version-1-fields, ipns-record.size
#[test]
fn judges_broken_records_as_the_reference_does() {
    // Texts of a decoder that the reference words after its own code.
    let own_words = ["data a list", "rsa key broken"];
    for vector in vectors(VERIFIED) {
        let case = vector["name"].as_str().unwrap();
        let decoded = Record::decode(&unhex(&vector["record_hex"]));
        let expected = vector["inspect"]["Validation"]["Reason"].as_str();
        let Ok(record) = decoded else {
            let error = decoded.unwrap_err().to_string();
            let same = vector["decode_error"] == *error;
            assert!(same || own_words.contains(&case), "{case}: {error}");
            assert!(vector["decode_error"].is_string(), "{case}");
            continue;
        };
        check_inspection(&record, &vector["inspect"]);
        let name = parse_name(vector["ipns_name"].as_str().unwrap()).unwrap();
        let reason = validate_for(&record, &name, now()).err().map(|error| error.to_string());
        if own_words.contains(&case) {
            assert!(reason.is_some_and(|reason| reason.starts_with("public key invalid\n")));
        } else {
            assert_eq!(reason.unwrap_or_default(), expected.unwrap(), "{case}");
        }
    }
}

/// spec: ipns-record.eol
#[test]
fn records_expire() {
    let key = key(1);
    let record = create(&key, &path(), options()).unwrap();
    let eol = record.validity().unwrap();
    let public = key.public();
    assert_eq!(validate(&record, &public, eol), Ok(()));
    assert_eq!(validate(&record, &public, eol.plus_ns(1)), Err(Error::Expired));
}

/// Signs any data field, as a hostile publisher can.
fn signed_data(key: &PrivateKey, fields: Vec<(&str, Node)>) -> Record {
    let fields = fields.into_iter().map(|(name, node)| (name.into(), node)).collect();
    let data = dag_cbor::encode(&Node::Map(fields)).unwrap();
    let signature = key.sign(&validate::signed_bytes(&data)).unwrap();
    let message = Message { data: Some(data), signature_v2: Some(signature), ..Message::default() };
    Record::decode(&message.encode()).unwrap()
}

#[test]
fn signed_nonsense_is_refused() {
    let key = key(2);
    let bytes = |text: &str| Node::Bytes(Bytes::copy_from_slice(text.as_bytes()));
    let check = |changes: &[(&str, Option<Node>)]| {
        let mut fields = vec![
            ("Value", bytes("/ipfs/bafkqaaa")),
            ("Validity", bytes("2126-01-01T00:00:00Z")),
            ("ValidityType", Node::Int(0)),
            ("Sequence", Node::Int(1)),
            ("TTL", Node::Int(1)),
        ];
        for (name, node) in changes {
            fields.retain(|(field, _)| field != name);
            fields.extend(node.clone().map(|node| (*name, node)));
        }
        let record = signed_data(&key, fields);
        (validate(&record, &key.public(), now()), record)
    };
    assert_eq!(check(&[]).0, Ok(()));
    assert_eq!(check(&[("TTL", Some(Node::Int(-1)))]).0, Err(Error::NegativeTtl));
    let unknown = check(&[("ValidityType", Some(Node::Int(7)))]).0;
    assert_eq!(unknown, Err(Error::UnrecognizedValidity));
    for validity in ["never", "", "2126-02-30T00:00:00Z"] {
        let error = check(&[("Validity", Some(bytes(validity)))]).0.unwrap_err();
        assert!(matches!(error, Error::Validity(_)), "{error:?}");
    }
    let error = check(&[("Validity", None)]).0.unwrap_err().to_string();
    assert_eq!(error, "record is malformed\nkey not found: \"Validity\"");
    assert!(check(&[("Validity", Some(Node::Int(1)))]).0.is_err());
    let huge = check(&[("ValidityType", Some(Node::Int(u64::MAX.into())))]).0;
    assert!(matches!(huge, Err(Error::Malformed(_))));
    // The rest shows only in the accessors.
    let (_, record) = check(&[("Value", Some(bytes("")))]);
    assert_eq!(record.value().unwrap().as_str(), NOOP_VALUE);
    let binary = Node::Bytes(Bytes::from_static(&[1, 0x55, 0, 0]));
    assert_eq!(check(&[("Value", Some(binary))]).1.value().unwrap().as_str(), "/ipfs/bafkqaaa");
    for value in ["/nonsense", "nonsense", "/ipfs/\u{1b}"] {
        assert!(matches!(check(&[("Value", Some(bytes(value)))]).1.value(), Err(Error::Path(_))));
    }
}

/// spec: ipns-record.selection
#[test]
fn selects_the_newest() {
    let key = key(3);
    let make = |sequence, later_ns, ttl_ns| {
        let eol = now().plus_ns(later_ns);
        create(&key, &path(), Options::new(sequence, eol, ttl_ns)).unwrap().encode()
    };
    let (old, new) = (make(1, 100, 1), make(2, 5, 1));
    let later = make(2, 6, 1);
    assert_eq!(select(&[&old, &new]), Ok(Some(1)));
    assert_eq!(select(&[&new, &old]), Ok(Some(0)));
    assert_eq!(select(&[&old, &later, &new]), Ok(Some(1)));
    let twin = make(2, 6, 2);
    let winner = if twin > later { &twin } else { &later };
    assert_eq!(*[&twin, &later][select(&[&twin, &later]).unwrap().unwrap()], *winner);
    assert_eq!(*[&later, &twin][select(&[&later, &twin]).unwrap().unwrap()], *winner);
    assert_eq!(select(&[]), Ok(None));
    assert!(select(&[&old, b"junk"]).is_err());
}

#[test]
fn metadata_is_signed_and_cannot_replace_fields() {
    let key = key(4);
    let with = |name: &str| {
        let mut options = options();
        options.metadata = vec![(name.into(), Node::Int(5))];
        create(&key, &path(), options)
    };
    let record = with("_mine").unwrap();
    assert_eq!(validate(&record, &key.public(), now()), Ok(()));
    let found: Vec<_> = record.metadata().collect();
    assert_eq!(found, [(&"_mine".into(), &Node::Int(5))]);
    assert_eq!(with("").unwrap_err(), Error::MetadataEmptyKey);
    assert_eq!(with("TTL").unwrap_err(), Error::MetadataConflict("TTL".into()));
}

#[test]
fn records_above_the_limit_are_not_made() {
    let long = format!("/ipfs/bafkqaaa/{}", "x".repeat(RECORD_BYTES_MAX));
    assert_eq!(create_raw(&key(5), long.as_bytes(), options()).unwrap_err(), Error::Size);
}

/// spec: key.rsa-size
#[test]
fn embedded_rsa_keys_of_a_refused_size_are_not_used() {
    for bits in [1024, 16_384] {
        let bytes = crate::key::tests::rsa_public(bits);
        let mut message = Message { public_key: Some(bytes), ..Message::default() };
        message.data = Some(vec![0xa0]);
        message.signature_v2 = Some(vec![1; bits / 8]);
        let record = Record::decode(&message.encode()).unwrap();
        let error = validate_for(&record, &key(6).peer_id(), now()).unwrap_err();
        assert!(matches!(error, Error::PublicKeyInvalid(_)), "{error:?}");
    }
}

#[test]
fn names_and_routing_keys() {
    let name = key(7).peer_id();
    assert_eq!(parse_name(&name.to_name()), Ok(name));
    assert_eq!(parse_name(&format!("/ipns/{name}")), Ok(name));
    assert_eq!(name_path(&name).unwrap().as_str(), format!("/ipns/{}", name.to_name()));
    assert_eq!(routing_key(&name), [b"/ipns/", &name.to_bytes()[..]].concat());
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, at: prop::sample::Index, value: u8) {
        let _ = Record::decode(&bytes);
        let key = key(8);
        let mut record = create(&key, &path(), options()).unwrap().encode();
        let at = at.index(record.len());
        record[at] = value;
        if let Ok(record) = Record::decode(&record) {
            let _ = validate_for(&record, &key.peer_id(), now());
            let _ = (record.value(), record.validity(), record.sequence(), record.ttl_ns());
            let _ = Record::decode(&record.encode());
        }
    }
}
