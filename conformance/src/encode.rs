//! Small encoders of this suite's own, written from the published formats: with them fixtures are
//! made, the same bytes at every run.

mod car;
mod cbor;
mod cid;
mod hamt;
mod ipns;
mod unixfs;

pub use car::{CAR_HEADER_BYTES_MAX, Car, read_car, write_car};
pub use cbor::Cbor;
pub use cid::{CBOR, Cid, DAG_CBOR, DAG_JSON, DAG_PB, JSON, LIBP2P_KEY, RAW, identity, sha512};
pub use hamt::{Entry, hamt};
pub use ipns::{Key, Record};
pub use unixfs::{Link, dated, directory, file, pb_node, symlink};

/// An unsigned varint.
pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A protobuf field of wire type 0.
pub(crate) fn field_varint(out: &mut Vec<u8>, number: u64, value: u64) {
    out.extend(varint(number << 3));
    out.extend(varint(value));
}

/// A protobuf field of wire type 2.
pub(crate) fn field_bytes(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    out.extend(varint(number << 3 | 2));
    out.extend(varint(bytes.len() as u64));
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints() {
        assert_eq!(varint(0), [0]);
        assert_eq!(varint(300), [0xac, 0x02]);
        assert_eq!(varint(127), [127]);
    }
}
