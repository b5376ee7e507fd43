//! Spec: spec/data/cid.md
//!
//! CIDs printed by a format string.

use super::{Cid, encode};
use crate::multibase::{self, Base};
use crate::{multicodec, multihash};

/// Why a format string can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The string ends after `%`.
    #[error("premature end of format string")]
    End,
    /// The character after `%` means nothing.
    #[error("unrecognized specifier in format string: %{0}")]
    Specifier(char),
    /// Version 0 exists in base58btc only. An error of the CID, not of the format string.
    #[error("invalid base encoding")]
    Base,
}

/// Prints `cid` by `format`, in which `%` and a letter stand for:
///
/// `b` `B` name and prefix of the base, `v` `V` version as `cidv1` and `1`, `c` `C` name and number
/// of the codec, `h` `H` name and number of the hash function, `L` the length of the digest, `m`
/// `M` the multihash and `d` `D` the digest with and without multibase prefix, `s` `S` the CID
/// likewise, `P` the prefix as `version-codec-hash-length`, `%` a percent sign.
///
/// Gives bytes, because base identity does.
// spec: cid.format-string
pub fn format(format: &[u8], base: Base, cid: &Cid) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        out.extend_from_slice(&rest[..at]);
        let specifier = *rest.get(at + 1).ok_or(FormatError::End)?;
        rest = &rest[at + 2..];
        specified(specifier, base, cid, &mut out)?;
    }
    out.extend_from_slice(rest);
    Ok(out)
}

fn specified(specifier: u8, base: Base, cid: &Cid, out: &mut Vec<u8>) -> Result<(), FormatError> {
    let version = u64::from(cid.version());
    let hash = cid.hash();
    let hash_name = || multihash::name(hash.code()).unwrap_or(format!("hash?{}", hash.code()));
    let with_prefix = specifier.is_ascii_lowercase();
    let in_base = |data: &[u8]| {
        let skip = if with_prefix { 0 } else { base.prefix().len_utf8() };
        multibase::encode(base, data).split_off(skip)
    };
    let text = match specifier {
        b'%' => "%".into(),
        b'b' => base.name().into(),
        b'B' => base.prefix().into(),
        b'v' => format!("cidv{version}"),
        b'V' => version.to_string(),
        b'c' => multicodec::name(cid.codec()),
        b'C' => cid.codec().to_string(),
        b'h' => hash_name(),
        b'H' => hash.code().to_string(),
        b'L' => hash.size().to_string(),
        b'P' => {
            let codec = multicodec::name(cid.codec());
            format!("cidv{version}-{codec}-{}-{}", hash_name(), hash.size())
        }
        b'm' | b'M' => {
            out.extend(in_base(&hash.to_bytes()));
            return Ok(());
        }
        b'd' | b'D' => {
            out.extend(in_base(hash.digest()));
            return Ok(());
        }
        b's' => {
            if version == 0 && base != Base::Base58Btc {
                return Err(FormatError::Base);
            }
            out.extend(encode(cid, base));
            return Ok(());
        }
        b'S' => {
            out.extend(in_base(&cid.to_bytes()));
            return Ok(());
        }
        other => return Err(FormatError::Specifier(char::from(other))),
    };
    out.extend_from_slice(text.as_bytes());
    Ok(())
}
