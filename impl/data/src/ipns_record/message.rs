//! Spec: spec/data/ipns-record.md
//!
//! The outer protobuf message of a record.

use crate::protobuf::{Fields, Invalid, Value, put_bytes, put_varint};

/// All fields; absent ones differ from empty ones, so that a record is passed on as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) value: Option<Vec<u8>>,
    pub(super) signature_v1: Option<Vec<u8>>,
    pub(super) validity_type: Option<u64>,
    pub(super) validity: Option<Vec<u8>>,
    pub(super) sequence: Option<u64>,
    pub(super) ttl: Option<u64>,
    pub(super) public_key: Option<Vec<u8>>,
    pub(super) signature_v2: Option<Vec<u8>>,
    pub(super) data: Option<Vec<u8>>,
    /// Fields of other numbers or types, as they came.
    pub(super) unknown: Vec<u8>,
}

impl Message {
    /// Reads a message. Of repeated fields the last counts; unknown ones are kept.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Invalid> {
        let mut message = Self::default();
        let mut fields = Fields::of(bytes);
        loop {
            let before = fields.rest();
            let Some(field) = fields.next() else { return Ok(message) };
            let field = field?;
            if !message.set(field) {
                let length = before.len() - fields.rest().len();
                message.unknown.extend_from_slice(&before[..length]);
            }
        }
    }

    /// Whether the field is one of ours and of the right type.
    fn set(&mut self, field: (u64, Value<'_>)) -> bool {
        match field {
            (3, Value::Varint(value)) => self.validity_type = Some(value),
            (5, Value::Varint(value)) => self.sequence = Some(value),
            (6, Value::Varint(value)) => self.ttl = Some(value),
            (number, Value::Bytes(value)) => match self.bytes_field(number) {
                Some(slot) => *slot = Some(value.to_vec()),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    fn bytes_field(&mut self, number: u64) -> Option<&mut Option<Vec<u8>>> {
        Some(match number {
            1 => &mut self.value,
            2 => &mut self.signature_v1,
            4 => &mut self.validity,
            7 => &mut self.public_key,
            8 => &mut self.signature_v2,
            9 => &mut self.data,
            _ => return None,
        })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let bytes = |out: &mut Vec<u8>, number, field: &Option<Vec<u8>>| {
            if let Some(value) = field {
                put_bytes(out, number, value);
            }
        };
        let varint = |out: &mut Vec<u8>, number, field: Option<u64>| {
            if let Some(value) = field {
                put_varint(out, number, value);
            }
        };
        bytes(&mut out, 1, &self.value);
        bytes(&mut out, 2, &self.signature_v1);
        varint(&mut out, 3, self.validity_type);
        bytes(&mut out, 4, &self.validity);
        varint(&mut out, 5, self.sequence);
        varint(&mut out, 6, self.ttl);
        bytes(&mut out, 7, &self.public_key);
        bytes(&mut out, 8, &self.signature_v2);
        bytes(&mut out, 9, &self.data);
        out.extend_from_slice(&self.unknown);
        out
    }

    pub(super) fn data(&self) -> &[u8] {
        self.data.as_deref().unwrap_or_default()
    }

    pub(super) fn public_key(&self) -> Option<&[u8]> {
        self.public_key.as_deref().filter(|key| !key.is_empty())
    }

    /// Whether version 1 fields say anything.
    pub(super) fn has_version_1(&self) -> bool {
        let full = |field: &Option<Vec<u8>>| field.as_ref().is_some_and(|bytes| !bytes.is_empty());
        full(&self.signature_v1) || full(&self.value)
    }
}
