//! Spec: spec/data/chunker.md
//!
//! Rabin fingerprints over a window of 16 bytes, as polynomials over GF(2).

use std::sync::OnceLock;

/// The irreducible polynomial of IPFS, of degree 53.
const POLYNOMIAL: u64 = 17_437_180_132_763_653;
const DEGREE: u32 = 63 - POLYNOMIAL.leading_zeros();
const SHIFT: u32 = DEGREE - 8;
/// Bytes that the fingerprint covers.
const WINDOW: usize = 16;

struct Tables {
    /// What a byte contributed when it leaves the window.
    out: [u64; 256],
    /// Reduction of the byte that overflows.
    reduce: [u64; 256],
}

fn remainder(mut value: u128) -> u64 {
    let polynomial = u128::from(POLYNOMIAL);
    while value >> DEGREE != 0 {
        let top = 127 - value.leading_zeros();
        value ^= polynomial << (top - DEGREE);
    }
    value as u64
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables { out: [0; 256], reduce: [0; 256] };
        for byte in 0..256u64 {
            let mut hash = remainder(u128::from(byte));
            for _ in 0..WINDOW - 1 {
                hash = remainder(u128::from(hash) << 8);
            }
            tables.out[byte as usize] = hash;
            let high = u128::from(byte) << DEGREE;
            tables.reduce[byte as usize] = remainder(high) | (byte << DEGREE);
        }
        tables
    })
}

/// Length of the first chunk.
pub(super) fn cut(data: &[u8], min: usize, avg: usize, max: usize) -> usize {
    let tables = tables();
    let mask = (1u64 << avg.ilog2()) - 1;
    let mut window = [0u8; WINDOW];
    // A chunk starts with a window of zeros and a single one, then skips what can't be a cut.
    window[0] = 1;
    let (mut digest, mut at) = (1u64, 1usize);
    let start = min.saturating_sub(WINDOW);
    for (index, &byte) in data.iter().enumerate().take(max).skip(start) {
        digest ^= tables.out[usize::from(window[at])];
        window[at] = byte;
        at = (at + 1) % WINDOW;
        let top = (digest >> SHIFT) as usize & 0xff;
        digest = ((digest << 8) | u64::from(byte)) ^ tables.reduce[top];
        let length = index + 1;
        if length >= min && (digest & mask == 0 || length >= max) {
            return length;
        }
    }
    data.len().min(max)
}
