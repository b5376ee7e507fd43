//! Spec: spec/migrations/6-to-7.md
//!
//! The signed records that programs up to version 6 kept IPNS entries in.

use super::private_key::{self, PrivateKey};
use crate::protobuf::{Fields, Malformed, Value, put_bytes};

/// The key that the record of a name has in the DHT.
pub fn name(id: &[u8]) -> Vec<u8> {
    [b"/ipns/", id].concat()
}

/// The IPNS entry in a record; empty if it has none.
pub fn entry(record: &[u8]) -> Result<&[u8], Malformed> {
    let mut entry = &record[..0];
    for field in Fields::new(record) {
        if let (2, Value::Bytes(bytes)) = field? {
            entry = bytes;
        }
    }
    Ok(entry)
}

// spec: 6-to-7.signed-record
/// A record of an IPNS entry, signed by the node's own key.
pub fn signed(own: &PrivateKey, id: &[u8], entry: &[u8]) -> Result<Vec<u8>, private_key::Error> {
    let (name, author) = (name(id), own.hashed_id());
    let signature = own.sign(&[&name, entry, &author].concat())?;
    let mut record = Vec::new();
    for (field, value) in [(1, &name[..]), (2, entry), (3, &author), (4, &signature)] {
        put_bytes(&mut record, field, value);
    }
    Ok(record)
}

/// The sequence number of an IPNS entry; `None` if it is no entry.
pub fn sequence(entry: &[u8]) -> Option<u64> {
    let mut sequence = 0;
    let mut signed = false;
    for field in Fields::new(entry) {
        match field.ok()? {
            (2, Value::Bytes(_)) => signed = true,
            (5, Value::Number(number)) => sequence = number,
            _ => {}
        }
    }
    signed.then_some(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::put_number;

    fn ipns(number: u64) -> Vec<u8> {
        let mut entry = Vec::new();
        put_bytes(&mut entry, 1, b"/ipfs/x");
        put_bytes(&mut entry, 2, b"signature");
        put_number(&mut entry, 5, number);
        entry
    }

    #[test]
    fn the_entry_comes_back_out_of_its_record() {
        let own = [&[8, 2, 18, 32][..], &[9; 32]].concat();
        let own = PrivateKey::decode(&own).unwrap();
        let record = signed(&own, b"id", &ipns(7)).unwrap();
        assert_eq!(entry(&record), Ok(&ipns(7)[..]));
        assert!(record.starts_with(b"\x0a\x08/ipns/id\x12"));
    }

    #[test]
    fn sequence_numbers_are_read() {
        assert_eq!(sequence(&ipns(300)), Some(300));
        assert_eq!(sequence(b""), None);
        assert_eq!(sequence(b"\xff"), None);
    }
}
