//! Spec: spec/migrations/2-to-3.md
//!
//! The pins of versions 0 to 2: three JSON texts.

use super::key_list::KeyList;
use super::set::{Mode, key_text};
use crate::error::Error;
use multibase::Base;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use std::fmt;

/// Where the counted blocks below recursive pins are.
pub const INDIRECT: &[u8] = b"/local/pins/indirect/keys";
/// Longest binary CID that a list may hold.
const KEY_BYTES_MAX: usize = 512;

/// Where the list of one mode is.
pub fn store_key(mode: Mode) -> &'static [u8] {
    match mode {
        Mode::Recursive => b"/local/pins/recursive/keys",
        Mode::Direct => b"/local/pins/direct/keys",
    }
}

/// Collects the keys of a list without keeping their texts.
struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = KeyList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of base58 multihashes")
    }

    fn visit_unit<E>(self) -> Result<KeyList, E> {
        Ok(KeyList::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<KeyList, A::Error> {
        let mut list = KeyList::default();
        while let Some(text) = sequence.next_element::<std::borrow::Cow<'de, str>>()? {
            let key = Base::Base58Btc.decode(&*text).ok();
            let key = key.filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()));
            let key = key.ok_or_else(|| A::Error::custom(format!("invalid b58 string: {text}")))?;
            list.push(&key).map_err(A::Error::custom)?;
        }
        Ok(list)
    }
}

/// Reads a list; sorted, each key once.
pub fn decode(mode: Mode, json: &[u8]) -> Result<KeyList, Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let result = reader.deserialize_any(Collect).and_then(|list| reader.end().map(|()| list));
    let mut list = result
        .map_err(|error| Error::Step(format!("the list of {} pins: {error}", mode.name())))?;
    list.sort();
    Ok(list)
}

/// Writes a list.
pub fn encode(list: &KeyList) -> Vec<u8> {
    let mut out = vec![b'['];
    for (index, key) in list.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        put_text(&mut out, key);
    }
    out.push(b']');
    out
}

/// A key in base58 and quotes; keys of any kind, for programs of that time know no other form.
pub fn put_text(out: &mut Vec<u8>, key: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(Base::Base58Btc.encode(key).as_bytes());
    out.push(b'"');
}

/// Upstream's line about a list that is written.
pub fn written_line(mode: Mode, list: &KeyList) -> String {
    let keys: Vec<String> = list.iter().map(key_text).collect();
    let store_key = String::from_utf8_lossy(store_key(mode));
    format!("writing keys: {store_key:?} [{}]", keys.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_read_and_written() {
        let json = br#"["QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"]"#;
        let list = decode(Mode::Direct, json).unwrap();
        assert_eq!(list.iter().collect::<Vec<_>>(), [super::super::set::EMPTY_NODE]);
        assert_eq!(encode(&list), json);
        assert!(decode(Mode::Direct, b"null").unwrap().is_empty());
        assert!(decode(Mode::Direct, b"[]").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for json in ["", "{}", "[", "[1]", r#"["0OIl"]"#, r#"[""]"#, "[] x"] {
            let error = decode(Mode::Recursive, json.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("the list of recursive pins: "), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_keys_round_trip(keys in prop::collection::vec(
            prop::collection::vec(any::<u8>(), 1..40), 0..20)
        ) {
            let mut list = KeyList::default();
            for key in &keys {
                list.push(key).unwrap();
            }
            list.sort();
            let read = decode(Mode::Direct, &encode(&list)).unwrap();
            prop_assert!(read.iter().eq(list.iter()));
        }
    }
}
