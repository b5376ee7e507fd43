//! Spec: spec/data/key.md
//!
//! The little protobuf that keys, records and protocol messages need: a reader that accepts any
//! valid message and a writer of single fields. (dag-pb has its own, stricter, decoder.)

use unsigned_varint::encode;

/// One field of a message, in the order of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 2.
    Bytes(&'a [u8]),
    /// Wire types 1, 3, 4 and 5, which no schema here uses.
    Other,
}

/// The bytes are no protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("proto: cannot parse invalid wire-format data")]
pub struct Invalid;

/// Walks over the fields of a message. Stops after the first error.
#[derive(Debug)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// A reader at the start of `message`.
    pub fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    fn varint(&mut self) -> Result<u64, Invalid> {
        let (value, rest) = split_varint(self.0).ok_or(Invalid)?;
        self.0 = rest;
        Ok(value)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Invalid> {
        let length = usize::try_from(length).map_err(|_| Invalid)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Invalid)?;
        self.0 = rest;
        Ok(taken)
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), Invalid> {
        let tag = self.varint()?;
        let number = tag >> 3;
        if number == 0 || number > (1 << 29) - 1 {
            return Err(Invalid);
        }
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Other)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Other)?,
            // Groups: deprecated since 2008, never used by these schemas.
            _ => return Err(Invalid),
        };
        Ok((number, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Invalid>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// The varint at the start, and what follows it; `None` if there is none of at most 64 bits. As in
/// protobuf, it need not be as short as it could be.
pub fn split_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        let low = u64::from(byte & 0x7f);
        if index == 9 && low > 1 {
            return None;
        }
        value |= low << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

/// Appends a varint alone.
pub fn varint(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(encode::u64(value, &mut encode::u64_buffer()));
}

/// Appends a varint field.
pub fn put_varint(out: &mut Vec<u8>, number: u8, value: u64) {
    out.push(number << 3);
    varint(out, value);
}

/// Appends the head of a length-delimited field whose bytes follow.
pub fn put_length(out: &mut Vec<u8>, number: u8, length: usize) {
    out.push(number << 3 | 2);
    varint(out, length as u64);
}

/// Appends a length-delimited field.
pub fn put_bytes(out: &mut Vec<u8>, number: u8, value: &[u8]) {
    put_length(out, number, value.len());
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_written() {
        let mut message = Vec::new();
        put_varint(&mut message, 1, 300);
        put_bytes(&mut message, 2, b"abc");
        let fields: Result<Vec<_>, _> = Fields::of(&message).collect();
        assert_eq!(fields, Ok(vec![(1, Value::Varint(300)), (2, Value::Bytes(b"abc"))]));
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        let message = [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1];
        assert_eq!(Fields::of(&message).collect::<Result<Vec<_>, _>>(), Err(Invalid));
    }

    #[test]
    fn unknown_fields_are_skipped_by_wire_type() {
        let message = [0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 0x08, 0x01];
        let fields: Result<Vec<_>, _> = Fields::of(&message).collect();
        assert_eq!(fields, Ok(vec![(3, Value::Other), (4, Value::Other), (1, Value::Varint(1))]));
        assert_eq!(Fields::of(&[0x0b]).collect::<Result<Vec<_>, _>>(), Err(Invalid));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = Fields::of(&bytes).count();
        }
    }
}
