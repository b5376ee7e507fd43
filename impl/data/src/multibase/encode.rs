//! Spec: spec/data/multibase.md
//!
//! Bytes to text.

use super::{Base, emoji};

pub(super) const LOWER_32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const UPPER_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(super) const LOWER_32_HEX: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
const UPPER_32_HEX: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
pub(super) const LOWER_36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const UPPER_36: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const BTC: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
pub(super) const FLICKR: &[u8; 58] = b"123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
pub(super) const STD_64: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(super) const URL_64: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The multibase form, prefix included. UTF-8 for every base but [`Base::Identity`], whose text is
/// a zero byte and the data.
pub fn encode(base: Base, data: &[u8]) -> Vec<u8> {
    let mut out = base.prefix().to_string().into_bytes();
    encode_into(base, data, &mut out);
    out
}

fn encode_into(base: Base, data: &[u8], out: &mut Vec<u8>) {
    match base {
        Base::Identity => out.extend_from_slice(data),
        Base::Base2 => bits(data, 1, 1, b"01", false, out),
        Base::Base16 => bits(data, 4, 1, b"0123456789abcdef", false, out),
        Base::Base16Upper => bits(data, 4, 1, b"0123456789ABCDEF", false, out),
        Base::Base32 => bits(data, 5, 8, LOWER_32, false, out),
        Base::Base32Upper => bits(data, 5, 8, UPPER_32, false, out),
        Base::Base32Pad => bits(data, 5, 8, LOWER_32, true, out),
        Base::Base32PadUpper => bits(data, 5, 8, UPPER_32, true, out),
        Base::Base32Hex => bits(data, 5, 8, LOWER_32_HEX, false, out),
        Base::Base32HexUpper => bits(data, 5, 8, UPPER_32_HEX, false, out),
        Base::Base32HexPad => bits(data, 5, 8, LOWER_32_HEX, true, out),
        Base::Base32HexPadUpper => bits(data, 5, 8, UPPER_32_HEX, true, out),
        Base::Base64 => bits(data, 6, 4, STD_64, false, out),
        Base::Base64Pad => bits(data, 6, 4, STD_64, true, out),
        Base::Base64Url => bits(data, 6, 4, URL_64, false, out),
        Base::Base64UrlPad => bits(data, 6, 4, URL_64, true, out),
        Base::Base36 => number(data, LOWER_36, out),
        Base::Base36Upper => number(data, UPPER_36, out),
        Base::Base58Btc => number(data, BTC, out),
        Base::Base58Flickr => number(data, FLICKR, out),
        Base::Base256Emoji => {
            let mut utf8 = [0; 4];
            for &byte in data {
                let emoji = emoji::BY_BYTE[usize::from(byte)];
                out.extend_from_slice(emoji.encode_utf8(&mut utf8).as_bytes());
            }
        }
    }
}

/// Groups of `width` bits, highest first, the last one filled with zeroes; padded to full quanta of
/// `quantum` characters when asked.
fn bits(data: &[u8], width: u32, quantum: usize, alphabet: &[u8], pad: bool, out: &mut Vec<u8>) {
    let start = out.len();
    out.reserve((data.len() * 8).div_ceil(width as usize) + quantum);
    let mask = (1u32 << width) - 1;
    let (mut held, mut count) = (0u32, 0u32);
    for &byte in data {
        held = (held << 8) | u32::from(byte);
        count += 8;
        while count >= width {
            count -= width;
            out.push(alphabet[((held >> count) & mask) as usize]);
        }
    }
    if count > 0 {
        out.push(alphabet[((held << (width - count)) & mask) as usize]);
    }
    while pad && !(out.len() - start).is_multiple_of(quantum) {
        out.push(b'=');
    }
}

/// The data as one big-endian number in the base of the alphabet; every leading zero byte becomes
/// one zero digit.
fn number(data: &[u8], alphabet: &[u8], out: &mut Vec<u8>) {
    let radix = alphabet.len() as u64;
    // As many digits at a time as fit beside a 32-bit carry.
    let (mut chunk, mut chunk_digits) = (radix, 1);
    while chunk * radix <= u64::from(u32::MAX) {
        chunk *= radix;
        chunk_digits += 1;
    }
    let zeroes = data.iter().take_while(|&&byte| byte == 0).count();
    let mut chunks: Vec<u64> = Vec::with_capacity(data.len() / 3 + 1);
    let rest = &data[zeroes..];
    let head = rest.len() % 4;
    let words = std::iter::once(&rest[..head]).chain(rest[head..].chunks(4));
    for word in words {
        let mut carry = word.iter().fold(0u64, |value, &byte| (value << 8) | u64::from(byte));
        for digit in &mut chunks {
            let value = (*digit << (8 * word.len())) + carry;
            *digit = value % chunk;
            carry = value / chunk;
        }
        while carry > 0 {
            chunks.push(carry % chunk);
            carry /= chunk;
        }
    }
    out.extend(std::iter::repeat_n(alphabet[0], zeroes));
    let start = out.len();
    for (index, mut value) in chunks.iter().copied().enumerate() {
        let last = index + 1 == chunks.len();
        for _ in 0..chunk_digits {
            if last && value == 0 {
                break;
            }
            out.push(alphabet[(value % radix) as usize]);
            value /= radix;
        }
    }
    out[start..].reverse();
}
