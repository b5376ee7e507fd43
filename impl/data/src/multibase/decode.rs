//! Spec: spec/data/multibase.md
//!
//! Text to bytes, as lenient as the reference: letter case is free where it carries nothing, line
//! breaks inside base32 and base64 are skipped, unused low bits may be set.

use super::encode::{BTC, FLICKR, LOWER_32, LOWER_32_HEX, LOWER_36, STD_64, URL_64};
use super::{Base, Error, emoji};
use crate::quote::{quoted, quoted_char};

// spec: multibase.decode
/// Decodes multibase text. Takes bytes, because identity text holds any.
pub fn decode(text: &[u8]) -> Result<(Base, Vec<u8>), Error> {
    let prefix = first_char(text).ok_or(Error::Empty)?;
    let base = Base::from_prefix(prefix).ok_or(Error::UnknownPrefix)?;
    let body = &text[prefix.len_utf8()..];
    let data = match base {
        Base::Identity => body.to_vec(),
        Base::Base2 => base2(body)?,
        Base::Base16 | Base::Base16Upper => base16(body)?,
        Base::Base32 | Base::Base32Upper => base32(body, LOWER_32, false)?,
        Base::Base32Pad | Base::Base32PadUpper => base32(body, LOWER_32, true)?,
        Base::Base32Hex | Base::Base32HexUpper => base32(body, LOWER_32_HEX, false)?,
        Base::Base32HexPad | Base::Base32HexPadUpper => base32(body, LOWER_32_HEX, true)?,
        Base::Base36 | Base::Base36Upper => base36(body)?,
        Base::Base58Btc => base58(body, BTC)?,
        Base::Base58Flickr => base58(body, FLICKR)?,
        Base::Base64 => base64(body, STD_64, false)?,
        Base::Base64Pad => base64(body, STD_64, true)?,
        Base::Base64Url => base64(body, URL_64, false)?,
        Base::Base64UrlPad => base64(body, URL_64, true)?,
        Base::Base256Emoji => base256emoji(body)?,
    };
    Ok((base, data))
}

/// The encoding that the prefix names.
pub fn base_of(text: &[u8]) -> Option<Base> {
    first_char(text).and_then(Base::from_prefix)
}

/// The first character; U+FFFD for a byte that begins none.
fn first_char(text: &[u8]) -> Option<char> {
    if *text.first()? < 0x80 {
        return Some(char::from(text[0]));
    }
    let head = &text[..text.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    Some(valid.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// The digit values of an alphabet, 255 for other bytes.
fn values(alphabet: &[u8], fold_case: bool) -> [u8; 256] {
    let mut table = [255; 256];
    for (value, &digit) in alphabet.iter().enumerate() {
        table[usize::from(digit)] = value as u8;
        if fold_case {
            table[usize::from(digit.to_ascii_uppercase())] = value as u8;
        }
    }
    table
}

fn base2(body: &[u8]) -> Result<Vec<u8>, Error> {
    let missing = (8 - body.len() % 8) % 8;
    let digits: Vec<u8> = std::iter::repeat_n(b'0', missing).chain(body.iter().copied()).collect();
    let group = |group: &[u8]| {
        group.iter().try_fold(0u8, |value, &digit| match digit {
            b'0' | b'1' => Ok((value << 1) | (digit - b'0')),
            _ => Err(Error::Base2(quoted(group))),
        })
    };
    digits.chunks(8).map(group).collect()
}

fn base16(body: &[u8]) -> Result<Vec<u8>, Error> {
    let table = values(b"0123456789abcdef", true);
    let digit = |&byte: &u8| match table[usize::from(byte)] {
        255 => Err(Error::Base16(code_point(byte))),
        value => Ok(value),
    };
    let data = body
        .chunks_exact(2)
        .map(|pair| Ok((digit(&pair[0])? << 4) | digit(&pair[1])?))
        .collect::<Result<_, Error>>()?;
    match body.chunks_exact(2).remainder() {
        [] => Ok(data),
        [odd, ..] => digit(odd).and(Err(Error::Base16Odd)),
    }
}

/// Characters without line breaks, and the positions that the reference's messages count.
fn without_line_breaks(body: &[u8]) -> Vec<u8> {
    body.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect()
}

fn base32(body: &[u8], alphabet: &[u8], pad: bool) -> Result<Vec<u8>, Error> {
    let table = values(alphabet, true);
    let text = without_line_breaks(body);
    let mut data = Vec::with_capacity(text.len() * 5 / 8);
    for (index, quantum) in text.chunks(8).enumerate() {
        let start = index * 8;
        let is_digit = |byte: &&u8| table[usize::from(**byte)] != 255;
        let digits = quantum.iter().take_while(is_digit).count();
        match quantum.get(digits) {
            Some(b'=') if pad && digits >= 2 => base32_padding(&text, start, digits)?,
            Some(_) => return Err(Error::Base32(start + digits)),
            None if pad && digits < 8 => return Err(Error::Base32(start)),
            None => {}
        }
        let held = quantum[..digits].iter().enumerate().fold(0u64, |held, (at, &byte)| {
            held | u64::from(table[usize::from(byte)]) << (59 - 5 * at)
        });
        // Lengths that no encoder produces give no byte for their last quantum.
        let bytes = match digits {
            8 => 5,
            7 => 4,
            5 => 3,
            4 => 2,
            2 => 1,
            _ => 0,
        };
        data.extend_from_slice(&held.to_be_bytes()[..bytes]);
        if digits < 8 {
            break;
        }
    }
    Ok(data)
}

/// Checks the padding that begins after `digits` characters of the quantum at `start`. Errors give
/// the position that the reference reports.
fn base32_padding(text: &[u8], start: usize, digits: usize) -> Result<(), Error> {
    let at = start + digits;
    let after = &text[at + 1..];
    if after.len() >= 8 {
        return Err(Error::Base32(at));
    }
    if after.len() + digits < 7 {
        return Err(Error::Base32(text.len()));
    }
    match after.iter().take(7 - digits).position(|&byte| byte != b'=') {
        Some(bad) => Err(Error::Base32(at + bad)),
        None if matches!(digits, 3 | 6) => Err(Error::Base32(at)),
        None => Ok(()),
    }
}

fn base36(body: &[u8]) -> Result<Vec<u8>, Error> {
    if body.is_empty() {
        return Err(Error::Base36Empty);
    }
    let table = values(LOWER_36, true);
    let digits = body.iter().enumerate().map(|(at, &byte)| match table[usize::from(byte)] {
        255 => {
            let bad = first_char(&body[at..]).unwrap_or(char::REPLACEMENT_CHARACTER);
            Err(Error::Base36(quoted_char(bad)))
        }
        value => Ok(value),
    });
    let zeroes = body.iter().take_while(|&&byte| byte == b'0').count();
    number(digits, 36, zeroes)
}

fn base58(body: &[u8], alphabet: &[u8]) -> Result<Vec<u8>, Error> {
    if body.is_empty() {
        return Err(Error::Base58Empty);
    }
    let table = values(alphabet, false);
    let digits = body.iter().map(|&byte| match table[usize::from(byte)] {
        255 if byte > 127 => Err(Error::Base58HighBit),
        255 => Err(Error::Base58(quoted_char(char::from(byte)))),
        value => Ok(value),
    });
    let zeroes = body.iter().take_while(|&&byte| byte == alphabet[0]).count();
    number(digits, 58, zeroes)
}

/// One big number; leading zero digits become zero bytes.
fn number(
    digits: impl Iterator<Item = Result<u8, Error>>,
    radix: u64,
    zeroes: usize,
) -> Result<Vec<u8>, Error> {
    let mut words: Vec<u32> = Vec::new();
    for digit in digits {
        let mut carry = u64::from(digit?);
        for word in &mut words {
            let value = u64::from(*word) * radix + carry;
            *word = value as u32;
            carry = value >> 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    let mut data = vec![0; zeroes];
    let big_endian = words.iter().rev().flat_map(|word| word.to_be_bytes());
    data.extend(big_endian.skip_while(|&byte| byte == 0));
    Ok(data)
}

fn base64(body: &[u8], alphabet: &[u8], pad: bool) -> Result<Vec<u8>, Error> {
    let table = values(alphabet, false);
    let mut data = Vec::with_capacity(body.len() * 3 / 4);
    let (mut held, mut count) = (0u32, 0);
    let mut at = 0;
    while at < body.len() {
        let byte = body[at];
        at += 1;
        match table[usize::from(byte)] {
            255 if matches!(byte, b'\r' | b'\n') => {}
            255 if pad && byte == b'=' && count >= 2 => {
                base64_padding(body, at, count)?;
                data.extend_from_slice(&(held << (8 + 6 * (4 - count))).to_be_bytes()[..count - 1]);
                return Ok(data);
            }
            255 => return Err(Error::Base64(at - 1)),
            value => {
                held = (held << 6) | u32::from(value);
                count += 1;
                if count == 4 {
                    data.extend_from_slice(&held.to_be_bytes()[1..]);
                    (held, count) = (0, 0);
                }
            }
        }
    }
    match count {
        0 => {}
        1 => return Err(Error::Base64(at - 1)),
        _ if pad => return Err(Error::Base64(at - count)),
        _ => data.extend_from_slice(&(held << (8 + 6 * (4 - count))).to_be_bytes()[..count - 1]),
    }
    Ok(data)
}

/// Checks what follows the first `=`, which stands before `at`, after `count` digits.
fn base64_padding(body: &[u8], mut at: usize, count: usize) -> Result<(), Error> {
    let skip = |mut at: usize| {
        while matches!(body.get(at), Some(b'\r' | b'\n')) {
            at += 1;
        }
        at
    };
    if count == 2 {
        at = skip(at);
        match body.get(at) {
            None => return Err(Error::Base64(body.len())),
            Some(b'=') => at += 1,
            Some(_) => return Err(Error::Base64(at - 1)),
        }
    }
    at = skip(at);
    match at < body.len() {
        true => Err(Error::Base64(at)),
        false => Ok(()),
    }
}

fn base256emoji(body: &[u8]) -> Result<Vec<u8>, Error> {
    let mut data = Vec::with_capacity(body.len() / 3);
    let mut at = 0;
    while let Some(emoji) = first_char(&body[at..]) {
        data.push(*emoji::BY_CHAR.get(&emoji).ok_or(Error::Emoji(at, emoji))?);
        at += emoji.len_utf8();
    }
    Ok(data)
}

fn code_point(byte: u8) -> String {
    match char::from(byte) {
        letter @ ' '..='~' => format!("U+{byte:04X} '{letter}'"),
        letter if byte > 0xa0 && byte != 0xad => format!("U+{byte:04X} '{letter}'"),
        _ => format!("U+{byte:04X}"),
    }
}
