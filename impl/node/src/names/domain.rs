//! Spec: spec/node/names.md
//!
//! Domain names, and what their TXT records say.

use ipfs_data::cid;
use ipfs_data::path::{Namespace, Path};

/// Longest name in bytes with a dot at its end.
const NAME_BYTES_MAX: usize = 256;
/// Longest label in bytes.
const LABEL_BYTES_MAX: usize = 63;

// spec: names.domain
/// Whether the text could be a name of the DNS: labels of 1 to 63 bytes, 255 in all, one dot at
/// the end if wanted. `\.` and `\DDD` are one byte of a label.
pub fn is_domain(text: &str) -> bool {
    let mut bytes = text.bytes().peekable();
    let (mut label, mut total) = (0, 0);
    while let Some(byte) = bytes.next() {
        match byte {
            // The root alone is a name, too.
            b'.' if label == 0 => return text == ".",
            b'.' => label = 0,
            b'\\' => {
                let Some(escaped) = bytes.next() else { return false };
                let mut rest = bytes.clone();
                let digits = escaped.is_ascii_digit()
                    && rest.next().is_some_and(|digit| digit.is_ascii_digit())
                    && rest.next().is_some_and(|digit| digit.is_ascii_digit());
                if digits {
                    bytes = rest;
                }
                label += 1;
            }
            _ => label += 1,
        }
        // A dot takes the place of the length before a label.
        total += 1;
        if label > LABEL_BYTES_MAX || total + usize::from(label > 0) > NAME_BYTES_MAX {
            return false;
        }
    }
    !text.is_empty()
}

/// Why the TXT records of a domain name no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// No record is a link.
    #[error(
        "could not resolve name: DNSLink lookup could not find a TXT record \
         (https://docs.ipfs.tech/concepts/dnslink/)"
    )]
    Missing,
    /// Several are.
    #[error(
        "could not resolve name: DNSLink lookup returned more than one IPFS content path; ask \
         domain owner to remove duplicate TXT records"
    )]
    Multiple,
}

// spec: names.dnslink-one
/// The one path that the TXT records name. Records that are no links don't count.
pub(super) fn link<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> Result<Path, LinkError> {
    let mut links =
        records.into_iter().filter_map(|record| entry(std::str::from_utf8(record).ok()?));
    match (links.next(), links.next()) {
        (None, _) => Err(LinkError::Missing),
        (Some(path), None) => Ok(path),
        _ => Err(LinkError::Multiple),
    }
}

// spec: names.dnslink-entry
fn entry(text: &str) -> Option<Path> {
    let path = |text: &str| {
        let path = Path::parse(text).ok();
        path.or_else(|| cid::parse(text).ok().map(Path::from_cid))
    };
    path(text)
        .or_else(|| path(text.strip_prefix("dnslink=")?))
        .filter(|path| path.namespace() != Namespace::Ipld)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CID: &str = "bafkqaaa";

    fn of(records: &[&str]) -> Result<String, LinkError> {
        link(records.iter().map(|record| record.as_bytes())).map(|path| path.to_string())
    }

    #[test]
    fn entries() {
        let path = format!("/ipfs/{CID}");
        for good in [&path, CID, &format!("dnslink={path}"), &format!("dnslink={CID}")] {
            assert_eq!(of(&["v=spf1 -all", good]), Ok(path.clone()), "{good}");
        }
        assert_eq!(of(&["dnslink=/ipns/a.b/c/"]), Ok("/ipns/a.b/c/".to_owned()));
        for bad in ["", "dnslink=", "dnslink=/ipfs/", "DNSLINK=/ipns/a", "dnslink=/ipld/bafkqaaa"] {
            assert_eq!(of(&[bad]), Err(LinkError::Missing), "{bad}");
        }
        assert_eq!(of(&["dnslink=/ipns/a", "dnslink=/ipns/b"]), Err(LinkError::Multiple));
        assert_eq!(of(&["dnslink=/ipns/a", "dnslink=/ipns/a"]), Err(LinkError::Multiple));
        assert_eq!(link([&b"dnslink=/ipns/\xff"[..]]), Err(LinkError::Missing));
    }

    #[test]
    fn domains() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(62));
        for good in ["a", "a.b", "a.b.", ".", "*", "_x.y", "a\\.b", "\\255", &label, &longest] {
            assert!(is_domain(good), "{good}");
        }
        let long = format!("{longest}aaa");
        for bad in ["", "..", ".a", "a..b", "a\\", "a..", &"a".repeat(64), &long] {
            assert!(!is_domain(bad), "{bad}");
        }
    }
}
