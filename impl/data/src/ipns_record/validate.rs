//! Spec: spec/data/ipns-record.md
//!
//! Judging records and choosing between them.

use super::{Error, RECORD_BYTES_MAX, Record, Time};
use crate::key::{self, PeerId, PublicKey};
use std::cmp::Ordering;

/// What a version 2 signature covers.
pub(super) fn signed_bytes(data: &[u8]) -> Vec<u8> {
    [b"ipns-signature:", data].concat()
}

/// The key that must have signed the record, if it is `name`'s: from the record or from the name.
pub fn public_key(record: &Record, name: &PeerId) -> Result<PublicKey, Error> {
    // spec: ipns-record.embedded-key
    let Some(embedded) = record.embedded_key() else {
        return name.public_key().map_err(|error| match error {
            key::Error::NotInPeerId => Error::PublicKeyNotFound,
            other => Error::PublicKeyInvalid(other),
        });
    };
    let key = PublicKey::from_protobuf(embedded).map_err(Error::PublicKeyInvalid)?;
    if key.peer_id() == *name { Ok(key) } else { Err(Error::PublicKeyMismatch) }
}

/// Whether the record is `name`'s and valid at `now`.
pub fn validate_for(record: &Record, name: &PeerId, now: Time) -> Result<(), Error> {
    validate(record, &public_key(record, name)?, now)
}

/// Whether the record was signed by `key` and is valid at `now`.
pub fn validate(record: &Record, key: &PublicKey, now: Time) -> Result<(), Error> {
    // spec: ipns-record.size
    if record.encoded_bytes() > RECORD_BYTES_MAX {
        return Err(Error::Size);
    }
    // spec: ipns-record.signature-v2
    let signature = record.message.signature_v2.as_deref().unwrap_or_default();
    if signature.is_empty() {
        return Err(Error::Signature);
    }
    if record.message.data().is_empty() {
        return Err(Error::NoData);
    }
    if key.verify(&signed_bytes(record.message.data()), signature) != Ok(true) {
        return Err(Error::Signature);
    }
    // spec: ipns-record.version-1-fields
    if record.message.has_version_1() {
        check_unsigned_fields(record)?;
    }
    // spec: ipns-record.eol
    if now > record.validity()? {
        return Err(Error::Expired);
    }
    if record.ttl_ns().is_ok_and(|ttl| ttl < 0) {
        return Err(Error::NegativeTtl);
    }
    Ok(())
}

fn check_unsigned_fields(record: &Record) -> Result<(), Error> {
    let message = &record.message;
    let bytes = |field: &Option<Vec<u8>>, name| {
        let signed = record.bytes(name)?;
        let same = field.as_deref().unwrap_or_default() == signed;
        if same { Ok(()) } else { Err(Error::FieldMismatch(name)) }
    };
    let int = |field: Option<u64>, name| {
        let signed = record.int(name)?;
        let same = field.unwrap_or_default() == signed as u64;
        if same { Ok(()) } else { Err(Error::FieldMismatch(name)) }
    };
    bytes(&message.value, "Value")?;
    bytes(&message.validity, "Validity")?;
    int(message.validity_type, "ValidityType")?;
    int(message.sequence, "Sequence")?;
    int(message.ttl, "TTL")
}

/// Which of two records is newer; `Equal` when that cannot be said.
fn compare(one: &Record, other: &Record) -> Result<Ordering, Error> {
    let signed = |record: &Record| record.message.signature_v2.is_some();
    match signed(one).cmp(&signed(other)) {
        Ordering::Equal => {}
        different => return Ok(different),
    }
    match one.sequence()?.cmp(&other.sequence()?) {
        Ordering::Equal => Ok(one.validity()?.cmp(&other.validity()?)),
        different => Ok(different),
    }
}

/// Index of the best of several encoded records: highest sequence number, then latest end of life,
/// then highest bytes. `None` without records; an error when one can't be read. Validates nothing.
// spec: ipns-record.selection
pub fn select(records: &[&[u8]]) -> Result<Option<usize>, Error> {
    let decoded: Vec<_> =
        records.iter().map(|bytes| Record::decode(bytes)).collect::<Result<_, _>>()?;
    let mut best = 0;
    for index in 1..decoded.len() {
        let order = compare(&decoded[best], &decoded[index])?;
        if order.then_with(|| records[best].cmp(records[index])) == Ordering::Less {
            best = index;
        }
    }
    Ok((!decoded.is_empty()).then_some(best))
}
