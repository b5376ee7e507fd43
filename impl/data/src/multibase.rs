//! Spec: spec/data/multibase.md
//!
//! Multibase: binary data as text that begins with the name of its encoding.

mod decode;
mod emoji;
mod encode;

pub use decode::{base_of, decode};
pub use encode::encode;

/// An encoding that the reference knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Base {
    /// No encoding: the text is the bytes.
    Identity,
    /// Binary digits.
    Base2,
    /// RFC 4648 base32, no padding.
    Base32,
    /// RFC 4648 base32, upper case, no padding.
    Base32Upper,
    /// RFC 4648 base32.
    Base32Pad,
    /// RFC 4648 base32, upper case.
    Base32PadUpper,
    /// Hexadecimal.
    Base16,
    /// Hexadecimal, upper case.
    Base16Upper,
    /// Digits and letters, as one big number.
    Base36,
    /// Digits and letters, upper case, as one big number.
    Base36Upper,
    /// RFC 4648 base64, no padding.
    Base64,
    /// RFC 4648 base64.
    Base64Pad,
    /// RFC 4648 base32hex.
    Base32HexPad,
    /// RFC 4648 base32hex, upper case.
    Base32HexPadUpper,
    /// RFC 4648 base64url, no padding.
    Base64Url,
    /// RFC 4648 base64url.
    Base64UrlPad,
    /// RFC 4648 base32hex, no padding.
    Base32Hex,
    /// RFC 4648 base32hex, upper case, no padding.
    Base32HexUpper,
    /// Base58 with Bitcoin's alphabet.
    Base58Btc,
    /// Base58 with Flickr's alphabet.
    Base58Flickr,
    /// 256 emoji.
    Base256Emoji,
}

/// All encodings with name and prefix, in the order of the reference's listing.
// spec: multibase.table
pub const BASES: [(Base, &str, char); 21] = [
    (Base::Identity, "identity", '\0'),
    (Base::Base2, "base2", '0'),
    (Base::Base32, "base32", 'b'),
    (Base::Base32Upper, "base32upper", 'B'),
    (Base::Base32Pad, "base32pad", 'c'),
    (Base::Base32PadUpper, "base32padupper", 'C'),
    (Base::Base16, "base16", 'f'),
    (Base::Base16Upper, "base16upper", 'F'),
    (Base::Base36, "base36", 'k'),
    (Base::Base36Upper, "base36upper", 'K'),
    (Base::Base64, "base64", 'm'),
    (Base::Base64Pad, "base64pad", 'M'),
    (Base::Base32HexPad, "base32hexpad", 't'),
    (Base::Base32HexPadUpper, "base32hexpadupper", 'T'),
    (Base::Base64Url, "base64url", 'u'),
    (Base::Base64UrlPad, "base64urlpad", 'U'),
    (Base::Base32Hex, "base32hex", 'v'),
    (Base::Base32HexUpper, "base32hexupper", 'V'),
    (Base::Base58Btc, "base58btc", 'z'),
    (Base::Base58Flickr, "base58flickr", 'Z'),
    (Base::Base256Emoji, "base256emoji", '🚀'),
];

impl Base {
    fn row(self) -> &'static (Base, &'static str, char) {
        &BASES[self as usize]
    }

    /// The name in the multibase registry.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The prefix. Its code point is the encoding's number.
    pub fn prefix(self) -> char {
        self.row().2
    }

    /// The encoding of that prefix.
    pub fn from_prefix(prefix: char) -> Option<Self> {
        BASES.iter().find(|row| row.2 == prefix).map(|row| row.0)
    }

    /// The encoding of that name or, when `text` is one character, prefix.
    pub fn from_name(text: &str) -> Result<Self, UnknownBase> {
        let mut chars = text.chars();
        let found = match (chars.next(), chars.next()) {
            (None, _) => return Err(UnknownBase::Empty),
            (Some(prefix), None) => Self::from_prefix(prefix),
            _ => BASES.iter().find(|row| row.1 == text).map(|row| row.0),
        };
        found.ok_or_else(|| UnknownBase::Unknown(text.to_owned()))
    }
}

/// Why a text does not name an encoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownBase {
    /// No text.
    #[error("empty multibase encoding")]
    Empty,
    /// Not in the table.
    #[error("unsupported multibase encoding: {0}")]
    Unknown(String),
}

/// Why text is not multibase. The texts are those that clients of the reference see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No prefix.
    #[error("cannot decode multibase for zero length string")]
    Empty,
    /// The prefix is unknown.
    #[error("selected encoding not supported")]
    UnknownPrefix,
    /// A base2 group with other characters than 0 and 1.
    #[error("error while conversion: strconv.ParseInt: parsing {0}: invalid syntax")]
    Base2(String),
    /// Hexadecimal with another character.
    #[error("encoding/hex: invalid byte: {0}")]
    Base16(String),
    /// Hexadecimal with an odd number of digits.
    #[error("encoding/hex: odd length hex string")]
    Base16Odd,
    /// Bad character, length or padding.
    #[error("illegal base32 data at input byte {0}")]
    Base32(usize),
    /// No digit.
    #[error("can not decode zero-length string")]
    Base36Empty,
    /// Another character than a digit or a letter.
    #[error("invalid base36 character ({0})")]
    Base36(String),
    /// No digit.
    #[error("zero length string")]
    Base58Empty,
    /// A byte outside ASCII.
    #[error("high-bit set on invalid digit")]
    Base58HighBit,
    /// A character outside the alphabet.
    #[error("invalid base58 digit ({0})")]
    Base58(String),
    /// Bad character, length or padding.
    #[error("illegal base64 data at input byte {0}")]
    Base64(usize),
    /// An unknown character; at this byte after the prefix.
    #[error("illegal base256emoji data at input byte {0}, char: '{1}'")]
    Emoji(usize, char),
}

#[cfg(test)]
mod tests;
