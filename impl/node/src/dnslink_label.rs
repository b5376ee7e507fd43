//! Spec: spec/gateway/subdomain.md
//!
//! Domain names as single DNS labels, so that one certificate serves all: `a-b.example` becomes
//! `a--b-example`.

/// Longest DNS label, in bytes (RFC 1034).
pub const LABEL_BYTES_MAX: usize = 63;

/// A name that doesn't fit into a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "inlined DNSLink incompatible with DNS label length limit of {LABEL_BYTES_MAX}: {}",
    ipfs_data::path::quote(.0)
)]
pub struct TooLong(pub String);

/// The label of a domain name.
// spec: subdomain.inline
pub fn encode(name: &str) -> Result<String, TooLong> {
    let label = name.replace('-', "--").replace('.', "-");
    match label.len() <= LABEL_BYTES_MAX {
        true => Ok(label),
        false => Err(TooLong(label)),
    }
}

/// The domain name of a label.
// spec: subdomain.uninline
pub fn decode(label: &str) -> String {
    let mut name = String::with_capacity(label.len());
    let mut rest = label.chars().peekable();
    while let Some(c) = rest.next() {
        name.push(match c {
            '-' if rest.next_if_eq(&'-').is_some() => '-',
            '-' => '.',
            other => other,
        });
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (name, label) in [
            ("en.wikipedia-on-ipfs.org", "en-wikipedia--on--ipfs-org"),
            ("my.v-long.example.com", "my-v--long-example-com"),
            ("a--b.c", "a----b-c"),
        ] {
            assert_eq!(encode(name).unwrap(), label);
            assert_eq!(decode(label), name);
        }
        assert_eq!(decode("a---b"), "a-.b");
    }

    #[test]
    fn too_long_for_a_label() {
        assert_eq!(encode(&"a".repeat(63)).unwrap().len(), 63);
        let error = encode(&"-".repeat(32)).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "inlined DNSLink incompatible with DNS label length limit of 63: \"--"
            )
        );
    }
}
