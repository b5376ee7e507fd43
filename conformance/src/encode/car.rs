//! CAR files of version 1.

use super::{Cbor, Cid, varint};
use crate::decode;

/// Longest header that is read, in bytes.
pub const CAR_HEADER_BYTES_MAX: usize = 1 << 16;

/// Writes a CAR.
pub fn write_car<'a>(
    roots: &[Cid],
    blocks: impl IntoIterator<Item = (&'a Cid, &'a [u8])>,
) -> Vec<u8> {
    let roots = roots.iter().cloned().map(Cbor::Link).collect();
    let header = Cbor::Map(vec![("roots", Cbor::List(roots)), ("version", Cbor::Uint(1))]);
    let header = header.encode();
    let mut car = varint(header.len() as u64);
    car.extend(header);
    for (cid, bytes) in blocks {
        car.extend(varint((cid.bytes().len() + bytes.len()) as u64));
        car.extend(cid.bytes());
        car.extend(bytes);
    }
    car
}

/// A CAR that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Car {
    /// Roots, as the header names them.
    pub roots: Vec<Cid>,
    /// Blocks in their order.
    pub blocks: Vec<(Cid, Vec<u8>)>,
    /// Whether the bytes end within a section.
    pub cut: bool,
}

/// Reads a CAR of version 1. What is no CAR, or holds bytes that their CID does not verify, is an
/// error; a section that the bytes end in is reported by `cut`.
pub fn read_car(bytes: &[u8]) -> Result<Car, String> {
    let (length, rest) = decode::varint(bytes).ok_or("no header")?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > CAR_HEADER_BYTES_MAX || rest.len() < length {
        return Err(format!("a header of {length} bytes in a body of {}", bytes.len()));
    }
    let (header, mut rest) = rest.split_at(length);
    let roots = roots(header).ok_or("the header is no map of roots and version 1")?;
    let mut car = Car { roots, blocks: Vec::new(), cut: false };
    while !rest.is_empty() {
        let Some((length, after)) = decode::varint(rest) else {
            car.cut = true;
            break;
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(section) = after.get(..length) else {
            car.cut = true;
            break;
        };
        let (cid, block) = Cid::read(section).ok_or("a section without a CID")?;
        match cid.verifies(block) {
            Some(true) => car.blocks.push((cid, block.to_vec())),
            Some(false) => return Err(format!("the bytes of {cid} do not match it")),
            None => return Err(format!("{cid} has a hash that no fixture has")),
        }
        rest = &after[length..];
    }
    Ok(car)
}

/// The roots in a header. Both orders of the two keys are read.
fn roots(header: &[u8]) -> Option<Vec<Cid>> {
    let mut rest = header.strip_prefix(&[0xa2])?;
    let (mut roots, mut version) = (None, false);
    for _ in 0..2 {
        if let Some(after) = rest.strip_prefix(b"\x67version\x01") {
            (version, rest) = (true, after);
            continue;
        }
        let after = rest.strip_prefix(b"\x65roots")?;
        let (head, mut after) = after.split_first()?;
        let mut found = Vec::new();
        for _ in 0..head.checked_sub(0x80).filter(|count| *count < 24)? {
            after = after.strip_prefix(&[0xd8, 42])?;
            let (length, bytes) = match after {
                [0x58, length, bytes @ ..] => (usize::from(*length), bytes),
                [head @ 0x40..0x58, bytes @ ..] => (usize::from(head - 0x40), bytes),
                _ => return None,
            };
            let link = bytes.get(..length)?.strip_prefix(&[0])?;
            let (cid, left) = Cid::read(link)?;
            left.is_empty().then_some(())?;
            found.push(cid);
            after = &bytes[length..];
        }
        (roots, rest) = (Some(found), after);
    }
    roots.filter(|_| version && rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{RAW, identity};

    #[test]
    fn reads_what_it_writes() {
        let (a, b) = (Cid::of(RAW, b"a"), Cid::v0(b"b"));
        let blocks = [(&a, &b"a"[..]), (&b, b"b")];
        let bytes = write_car(&[a.clone(), Cid::v1(RAW, &identity(b""))], blocks);
        let car = read_car(&bytes).unwrap();
        assert_eq!(car.roots.len(), 2);
        assert_eq!(car.blocks, [(a, b"a".to_vec()), (b, b"b".to_vec())]);
        assert!(!car.cut);
        assert!(read_car(&bytes[..bytes.len() - 1]).unwrap().cut);
    }

    #[test]
    fn wrong_bytes_are_an_error() {
        let a = Cid::of(RAW, b"a");
        assert!(read_car(&write_car(&[], [(&a, &b"b"[..])])).is_err());
        assert!(read_car(b"null").is_err());
        assert!(read_car(b"").is_err());
    }
}
