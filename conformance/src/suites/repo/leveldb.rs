//! Cases of `spec/repo/leveldb.md`: what can be seen of a database without reading it.

use super::{list, name, read};
use crate::case::{RepoCase, Suite, failed, same};

/// Bytes of a log's block.
const BLOCK_BYTES: usize = 32 << 10;
/// Bytes of a chunk's head: checksum, length, kind.
const HEAD_BYTES: usize = 7;

pub(crate) const SUITE: Suite = Suite {
    name: "repo/leveldb",
    repo: &[
        RepoCase {
            name: "CURRENT names the MANIFEST that is there",
            reqs: &["leveldb-manifest.current-swap"],
            run: |repo| {
                let current = read(repo, "datastore/CURRENT")?;
                match current.strip_suffix('\n').filter(|text| text.starts_with("MANIFEST-")) {
                    Some(manifest) => {
                        same(manifest, &repo.join("datastore").join(manifest).is_file(), &true)
                    }
                    None => failed(format!("CURRENT says {current:?}")),
                }
            },
        },
        RepoCase {
            name: "checksums of the MANIFEST and the logs are masked CRC-32C",
            reqs: &["leveldb.crc-masked", "leveldb-log.block-end-zeros"],
            run: |repo| {
                let mut chunks = 0;
                for path in list(&repo.join("datastore"))? {
                    if name(&path).ends_with(".log") || name(&path).starts_with("MANIFEST-") {
                        chunks += check_log(&path)?;
                    }
                }
                if chunks == 0 { failed("no record anywhere") } else { Ok(()) }
            },
        },
    ],
    ..Suite::EMPTY
};

/// Checks every chunk of a log; gives their number.
fn check_log(path: &std::path::Path) -> crate::case::Check<usize> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut chunks = 0;
    for block in bytes.chunks(BLOCK_BYTES) {
        let mut rest = block;
        while rest.len() >= HEAD_BYTES {
            let length = usize::from(u16::from_le_bytes([rest[4], rest[5]]));
            let Some(data) = rest.get(HEAD_BYTES..HEAD_BYTES + length) else {
                return failed(format!("{}: a chunk is cut", path.display()));
            };
            let stored = u32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]);
            let computed = crc32c(rest[6..7].iter().chain(data));
            let masked = computed.rotate_right(15).wrapping_add(0xa282_ead8);
            same(&format!("checksum in {}", path.display()), &stored, &masked)?;
            rest = &rest[HEAD_BYTES + length..];
            chunks += 1;
        }
        if rest.iter().any(|byte| *byte != 0) {
            return failed(format!("{}: no zeros at a block's end", path.display()));
        }
    }
    Ok(chunks)
}

/// CRC-32C (Castagnoli), bit by bit.
fn crc32c<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    #[test]
    fn crc32c_of_the_check_text() {
        assert_eq!(super::crc32c(b"123456789".iter()), 0xe306_9283);
    }
}
