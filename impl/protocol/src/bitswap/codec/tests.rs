use super::*;
use crate::bitswap::testing::cid;
use proptest::prelude::*;

fn entry(number: u64) -> Entry {
    Entry {
        cid: cid(number),
        priority: 7 - number as i32,
        cancel: number.is_multiple_of(3),
        kind: if number.is_multiple_of(2) { WantKind::Have } else { WantKind::Block },
        send_dont_have: number.is_multiple_of(5),
    }
}

fn outgoing() -> Outgoing {
    Outgoing {
        full: true,
        entries: (0..20).map(entry).collect(),
        presences: vec![
            Presence { cid: cid(30), have: true },
            Presence { cid: cid(31), have: false },
        ],
        blocks: Vec::new(),
        pending_bytes: 300,
    }
}

/// The message without its length.
fn body(bytes: &[u8]) -> Bytes {
    let (length, at) = decode_length(bytes).unwrap().unwrap();
    assert_eq!(bytes.len(), length + at);
    Bytes::copy_from_slice(&bytes[at..])
}

#[test]
fn what_was_written_is_read() {
    let data = Bytes::from_static(&[0; 8]);
    let blocks = [(cid(0), data.clone())];
    let message = decode(&body(&encode(&outgoing(), &blocks, Version::V1_2))).unwrap();
    assert!(message.full);
    assert_eq!(message.entries, outgoing().entries);
    assert_eq!(message.presences, outgoing().presences);
    assert_eq!((message.pending_bytes, message.ignored), (300, 0));
    let [payload] = &message.payload[..] else { panic!("one block was sent") };
    assert_eq!(payload.data, data);
    assert_eq!(payload.prefix.cid_of(&payload.data), Some(cid(0)));
}

#[test]
fn old_versions_get_what_they_know() {
    let blocks = [(cid(0), Bytes::from_static(&[0; 8]))];
    let old = decode(&body(&encode(&outgoing(), &blocks, Version::V1_0))).unwrap();
    assert!(old.presences.is_empty() && old.pending_bytes == 0);
    assert_eq!(old.payload[0].prefix, Prefix::V0);
    let middle = decode(&body(&encode(&outgoing(), &blocks, Version::V1_1))).unwrap();
    assert!(middle.presences.is_empty());
    assert_eq!(middle.payload[0].prefix, Prefix::of(&cid(0)));
}

/// Bytes of the reference for a want-block with priority 1 and DONT_HAVE, full list.
#[test]
fn the_bytes_are_those_of_the_schema() {
    let cid = cid(1);
    let line =
        Entry { cid, priority: 1, cancel: false, kind: WantKind::Have, send_dont_have: true };
    let message = Outgoing { full: true, entries: vec![line], ..Outgoing::default() };
    let mut expected = vec![50, 0x0a, 48, 0x0a, 44, 0x0a, 36];
    cid::write(&cid, &mut expected);
    expected.extend_from_slice(&[0x10, 1, 0x20, 1, 0x28, 1, 0x10, 1]);
    assert_eq!(encode(&message, &[], Version::V1_2), expected);
}

/// spec: bitswap.identity-ignored
#[test]
fn identity_and_oversized_cids_are_passed_over() {
    let identity = Cid::new_v1(0x55, cid::Multihash::wrap(0, b"abc").unwrap());
    let mut long = vec![1, 0x55, 0x12, 0x81, 0x01];
    long.extend_from_slice(&[7; 129]);
    let mut longest = vec![1, 0x55, 0x12, 0xc8, 0x01];
    longest.extend_from_slice(&[7; 200]);
    let mut message = Vec::new();
    for bytes in [identity.to_bytes(), long, longest] {
        let (mut list, mut line) = (Vec::new(), Vec::new());
        protobuf::put_bytes(&mut line, 1, &bytes);
        protobuf::put_bytes(&mut list, 1, &line);
        protobuf::put_bytes(&mut message, 1, &list);
        protobuf::put_bytes(&mut message, 4, &line);
    }
    let message = decode(&Bytes::from(message)).unwrap();
    assert_eq!((message.entries.len(), message.presences.len(), message.ignored), (0, 0, 6));
}

#[test]
fn an_empty_message_is_one_without_a_wantlist() {
    assert_eq!(decode(&Bytes::new()), Ok(Message::default()));
}

#[test]
fn lines_without_a_cid_are_refused() {
    let message = Bytes::from_static(&[0x0a, 0x04, 0x0a, 0x02, 0x10, 0x01]);
    assert_eq!(decode(&message), Err(Error::Cid("a wanted block")));
}

/// spec: bitswap.message-bytes-max
#[test]
fn lengths_are_bounded_before_anything_is_read() {
    assert_eq!(decode_length(&[]), Ok(None));
    assert_eq!(decode_length(&[0x80, 0x80]), Ok(None));
    assert_eq!(decode_length(&[5, 1, 2]), Ok(Some((5, 1))));
    assert_eq!(decode_length(&[0x80, 0x80, 0x80, 0x02]), Ok(Some((4 << 20, 4))));
    assert!(matches!(decode_length(&[0x81, 0x80, 0x80, 0x02]), Err(Error::TooLong(_))));
    assert!(matches!(decode_length(&[0xff; 4]), Err(Error::TooLong(_))));
}

#[test]
fn names_come_from_the_bytes_alone() {
    assert_eq!(Prefix { hash: 0x00, ..Prefix::V0 }.cid_of(b"x"), None, "identity");
    assert_eq!(Prefix { hash: 0xd5, ..Prefix::V0 }.cid_of(b"x"), None, "md5");
    assert_eq!(Prefix { digest_bytes: 8, version: 1, ..Prefix::V0 }.cid_of(b"x"), None, "cut");
    assert_eq!(Prefix { codec: 0x55, ..Prefix::V0 }.cid_of(b"x"), None, "no such version 0");
    assert_ne!(Prefix::V0.cid_of(b"x"), Prefix::V0.cid_of(b"y"));
}

proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>) {
        let _ = decode(&Bytes::from(bytes.clone()));
        let _ = decode_length(&bytes);
    }

    #[test]
    fn changed_messages_never_panic(at in 0usize..900, value: u8) {
        let blocks = [(cid(0), Bytes::from_static(&[0; 8]))];
        let mut bytes = encode(&outgoing(), &blocks, Version::V1_2);
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok(message) = decode(&Bytes::copy_from_slice(&bytes[2..])) {
            for payload in &message.payload {
                let _ = payload.prefix.cid_of(&payload.data);
            }
        }
    }
}

#[test]
fn the_length_of_a_prefix_is_known_without_writing_it() {
    for value in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::MAX >> 1, u64::MAX] {
        let prefix = Prefix { version: 1, codec: value, hash: value, digest_bytes: 64 };
        let mut bytes = Vec::new();
        prefix.encode(&mut bytes);
        assert_eq!(prefix.encoded_bytes(), bytes.len(), "{value}");
    }
}

#[test]
fn the_largest_block_fills_a_message() {
    let data = vec![7; 5 << 20];
    let cid = cid(1);
    let most = block_bytes_max(&cid);
    assert_eq!(most, (4 << 20) - 18);
    let message = Outgoing { blocks: vec![cid], ..Outgoing::default() };
    let bytes = encode(&message, &[(cid, Bytes::from(data).slice(..most))], Version::V1_2);
    let (length, used) = decode_length(&bytes).unwrap().unwrap();
    assert_eq!((length, bytes.len() - used), (MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX));
}
