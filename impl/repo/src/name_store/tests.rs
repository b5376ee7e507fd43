use super::*;
use crate::datastore::Memory;
use ipfs_data::ipns_record::{Options, create};
use ipfs_data::key::PrivateKey;
use ipfs_data::path::Path;
use serde_json::Value;

const VECTORS: &str =
    include_str!("../../../../conformance/vectors/repo/name-store/kubo-entries.json");

fn unhex(json: &Value) -> Vec<u8> {
    let text = json.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn now() -> Time {
    Time::parse("2026-11-21T12:00:00Z").unwrap()
}

fn key() -> PrivateKey {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    PrivateKey::from_protobuf(&unhex(&vectors[0]["private_hex"])).unwrap()
}

fn record(key: &PrivateKey, value: &str, sequence: u64) -> Vec<u8> {
    let options = Options::new(sequence, now().plus_ns(1_000_000_000), 1);
    create(key, &Path::parse(value).unwrap(), options).unwrap().encode()
}

/// spec: name-store.published-key, name-store.value-key, name-store.entry, name-store.public-key
#[test]
fn entries_are_those_of_the_reference() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let key = PrivateKey::from_protobuf(&unhex(&vector["private_hex"])).unwrap();
        let name = key.peer_id();
        let theirs = Memory::new();
        for entry in vector["entries"].as_array().unwrap() {
            theirs
                .put(&Key::new(entry["key"].as_str().unwrap()), &unhex(&entry["value_hex"]))
                .unwrap();
        }
        let names = NameStore::new(&theirs);
        let record = names.get(&name, now()).unwrap();
        assert_eq!(names.published(&name).unwrap().unwrap(), record);

        // The same record stored by us makes the same entries but for the time.
        let ours = Memory::new();
        NameStore::new(&ours).publish(&key.public(), &record, now()).unwrap();
        for entry in vector["entries"].as_array().unwrap() {
            let stored = ours.get(&Key::new(entry["key"].as_str().unwrap())).unwrap().unwrap();
            let expected = unhex(&entry["value_hex"]);
            // The time is at the end, and its length before it.
            let same = stored.len() - if stored == record { 0 } else { 21 };
            assert_eq!(stored[..same], expected[..same]);
        }
    }
}

/// spec: name-store.put
#[test]
fn only_newer_records_replace_others() {
    let store = Memory::new();
    let names = NameStore::new(&store);
    let key = key();
    let name = key.peer_id();
    assert!(matches!(names.get(&name, now()), Err(Error::NotFound)));
    let (one, two) = (record(&key, "/ipfs/bafkqaaa/1", 1), record(&key, "/ipfs/bafkqaaa/2", 2));
    names.put(&name, &two, now()).unwrap();
    names.put(&name, &two, now()).unwrap();
    assert!(matches!(names.put(&name, &one, now()), Err(Error::Old)));
    assert_eq!(names.get(&name, now()).unwrap(), two);
    let later = now().plus_ns(2_000_000_000);
    assert!(matches!(names.get(&name, later), Err(Error::Invalid(_))));
    assert!(matches!(names.put(&name, &two, later), Err(Error::Refused(_))));
    assert!(names.put(&name, b"junk", now()).is_err());
}

/// spec: name-store.publish
#[test]
fn a_shorter_life_for_the_same_value_is_no_failure() {
    let store = Memory::new();
    let names = NameStore::new(&store);
    let key = key();
    let path = Path::parse("/ipfs/bafkqaaa").unwrap();
    let make = |lifetime| {
        create(&key, &path, Options::new(5, now().plus_ns(lifetime), 1)).unwrap().encode()
    };
    let (long, short) = (make(2_000), make(1_000));
    names.publish(&key.public(), &long, now()).unwrap();
    names.publish(&key.public(), &short, now()).unwrap();
    assert_eq!(names.get(&key.peer_id(), now()).unwrap(), long);
    let other = record(&key, "/ipfs/bafkqaaa/other", 4);
    assert!(matches!(names.publish(&key.public(), &other, now()), Err(Error::Old)));
}

#[test]
fn damaged_entries_count_as_absent() {
    let store = Memory::new();
    let names = NameStore::new(&store);
    let key = key();
    let name = key.peer_id();
    let place = value_key("ipns", &ipns_record::routing_key(&name));
    let good = record(&key, "/ipfs/bafkqaaa", 1);
    let whole = entry(&ipns_record::routing_key(&name), &good, now());
    let foreign = entry(b"/ipns/other", &good, now());
    for damaged in [&b""[..], b"\xff", b"\x0a\xff\xff\xff\xff\xff\x0f", &whole[..40], &foreign] {
        store.put(&place, damaged).unwrap();
        assert!(matches!(names.get(&name, now()), Err(Error::NotFound)));
        names.put(&name, &good, now()).unwrap();
        assert_eq!(names.get(&name, now()).unwrap(), good);
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = value_of(&bytes, b"x");
    }
}
