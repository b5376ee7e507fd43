//! Spec: spec/gateway/denylist.md
//!
//! One line of a list, and what it blocks or allows.

use ipfs_data::cid::{self, Cid, Multihash, codec, hash};
use ipfs_data::key::PeerId;
use ipfs_data::{multibase, multihash};
use std::borrow::Cow;
use std::sync::LazyLock;

static HARMLESS_CIDS: LazyLock<Vec<Cid>> =
    LazyLock::new(|| HARMLESS.iter().filter_map(|text| cid::parse(text).ok()).collect());

/// What one line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// Whether what matches is allowed instead of blocked.
    pub(super) allow: bool,
    pub(super) target: Target,
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A multihash below `/ipfs` or `/ipld`.
    Ipfs(Multihash, Below),
    /// A key's multihash below `/ipns`.
    IpnsKey(Multihash, Below),
    /// A domain name below `/ipns`, in lower case.
    IpnsName(String, Below),
    /// The hash of a name: one for each way in which the text can be read.
    Hashed(Vec<Multihash>),
    /// Any root with this below it.
    AnyRoot(Below),
}

/// The part of a rule behind its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Below {
    /// Without slashes at its ends, decoded.
    pub(super) path: String,
    /// Whether everything that begins with `path` matches.
    pub(super) prefix: bool,
}

/// Why a line is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("error extracting cid {0}: {1}")]
    Cid(String, cid::Error),
    #[error("{0} is no path: a % needs two hexadecimal digits behind it, and UTF-8 must come out")]
    Escape(String),
    #[error(
        "double-hash cannot be parsed as a multihash with a supported hashing function nor as a \
         sha256 hex-encoded string"
    )]
    Hashed,
    #[error("{0} is no rule: it should begin with /ipfs/, /ipns/, // or another /")]
    Unknown(String),
    #[error("{0} is an empty file or directory and will not be blocked")]
    Harmless(String),
}

/// CIDs of what is empty: blocking one would break applications and hide nothing.
// spec: denylist.empty-not-blocked
const HARMLESS: [&str; 7] = [
    "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
    "bafyaabakaieac",
    "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    "bafkqaaa",
    "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
    "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua",
    "baguqeeraiqjw7i2vwntyuekgvulpp2det2kpwt6cd7tx5ayqybqpmhfk76fa",
];

/// Reads a line. Nothing for an empty one and for a comment. What follows the first word are
/// hints, which this program has no use for.
// spec: denylist.comment
// spec: denylist.hints-ignored
pub(super) fn parse(line: &str) -> Result<Option<Rule>, Error> {
    if line.starts_with('#') {
        return Ok(None);
    }
    let Some(word) = line.split_whitespace().next() else { return Ok(None) };
    // spec: denylist.allow
    let (allow, rule) = match word.strip_prefix(['!', '+', '-']) {
        Some(rule) => (true, rule),
        None => (false, word),
    };
    let target = if let Some(text) = rule.strip_prefix("//") {
        hashed(text)?
    } else if let Some(rest) = rule.strip_prefix("/ipfs/").or_else(|| rule.strip_prefix("/ipld/")) {
        ipfs(rest)?
    } else if let Some(rest) = rule.strip_prefix("/ipns/") {
        let (name, below) = split(rest);
        ipns(name, Below::parse(below)?)
    } else if rule.starts_with('/') && rule.len() > 1 {
        // spec: denylist.any-root
        Target::AnyRoot(Below::parse(rule)?)
    } else {
        return Err(Error::Unknown(word.to_owned()));
    };
    Ok(Some(Rule { allow, target }))
}

// spec: denylist.by-multihash
fn ipfs(rest: &str) -> Result<Target, Error> {
    let (text, below) = split(rest);
    let cid = cid::parse(text).map_err(|error| Error::Cid(text.to_owned(), error))?;
    if HARMLESS_CIDS.contains(&cid) {
        return Err(Error::Harmless(text.to_owned()));
    }
    Ok(Target::Ipfs(*cid.hash(), Below::parse(below)?))
}

// spec: denylist.ipns-key
// spec: denylist.ipns-name
fn ipns(name: &str, below: Below) -> Target {
    match key_hash(name) {
        Some(hash) => Target::IpnsKey(hash, below),
        None => Target::IpnsName(domain(name), below),
    }
}

/// The multihash of a name that is a key, in any of its forms.
pub(super) fn key_hash(name: &str) -> Option<Multihash> {
    match cid::parse(name) {
        Ok(cid) => Some(*cid.hash()),
        Err(_) => PeerId::parse(name).ok().map(|peer| *peer.multihash()),
    }
}

/// The form in which domain names are compared.
pub(super) fn domain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// A multihash in base58btc, the hexadecimal digits of a SHA2-256, or whatever is both.
// spec: denylist.hashed
// spec: denylist.hashed-both
fn hashed(text: &str) -> Result<Target, Error> {
    let hashes: Vec<Multihash> = [base58(text), sha256_hex(text)].into_iter().flatten().collect();
    match hashes.is_empty() {
        true => Err(Error::Hashed),
        false => Ok(Target::Hashed(hashes)),
    }
}

fn base58(text: &str) -> Option<Multihash> {
    // Most hexadecimal digits are told by a zero, before any arithmetic with big numbers.
    if text.len() > cid::TEXT_BYTES_MAX || text.bytes().any(|byte| b"0OIl".contains(&byte)) {
        return None;
    }
    let (_, bytes) = multibase::decode(format!("z{text}").as_bytes()).ok()?;
    let (hash, length) = cid::read_multihash(&bytes).ok()?;
    // A function that can't be calculated could never match; identity hides nothing.
    let known = hash.code() != hash::IDENTITY
        && multihash::sum(hash.code(), b"", Some(hash.digest().len())).is_ok();
    (known && length == bytes.len()).then_some(hash)
}

fn sha256_hex(text: &str) -> Option<Multihash> {
    let mut digest = [0; 32];
    if text.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = hex_byte(pair)?;
    }
    Multihash::wrap(hash::SHA2_256, &digest).ok()
}

fn hex_byte(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = pair else { return None };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

fn split(rest: &str) -> (&str, &str) {
    rest.split_once('/').unwrap_or((rest, ""))
}

impl Below {
    // spec: denylist.path
    // spec: denylist.path-prefix
    fn parse(raw: &str) -> Result<Self, Error> {
        // A star that is escaped is part of the name, so stars are looked for before decoding.
        let (raw, prefix) = match raw.strip_suffix('*') {
            Some(rest) => (rest.strip_suffix('/').unwrap_or(rest), true),
            None => (raw, false),
        };
        let path = unescape(raw).ok_or_else(|| Error::Escape(raw.to_owned()))?;
        Ok(Self { path: path.trim_matches('/').to_owned(), prefix })
    }

    /// Whether this says anything at all.
    pub(super) fn is_empty(&self) -> bool {
        self.path.is_empty() && !self.prefix
    }

    /// Whether `path`, without slashes at its ends, matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        match self.prefix {
            true => path.starts_with(&self.path),
            false => path == self.path,
        }
    }
}

/// Percent-decoding (RFC 3986); a plus stays a plus.
fn unescape(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((&byte, rest)) = bytes.split_first() {
        bytes = rest;
        if byte == b'%' {
            out.push(hex_byte(bytes.get(..2)?)?);
            bytes = &bytes[2..];
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

/// The text of a root that the older kind of hashed rules is made of: version 1 in base32.
pub(super) fn legacy_root(cid: &Cid) -> String {
    cid::to_string(&cid::to_v1(cid), multibase::Base::Base32)
}

/// The same for a key.
pub(super) fn legacy_key(hash: Multihash) -> String {
    legacy_root(&Cid::new_v1(codec::LIBP2P_KEY, hash))
}

/// A multihash in base58btc without prefix.
pub(super) fn base58_text(hash: &Multihash) -> String {
    let text = multibase::encode(multibase::Base::Base58Btc, &hash.to_bytes());
    String::from_utf8_lossy(&text[1..]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CID: &str = "bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq";

    fn target(line: &str) -> Target {
        parse(line).unwrap().unwrap().target
    }

    fn below(path: &str, prefix: bool) -> Below {
        Below { path: path.into(), prefix }
    }

    #[test]
    fn kinds_of_rules() {
        let hash = *cid::parse(CID).unwrap().hash();
        assert_eq!(target(&format!("/ipfs/{CID}")), Target::Ipfs(hash, Below::default()));
        assert_eq!(target(&format!("/ipld/{CID}/")), Target::Ipfs(hash, Below::default()));
        assert_eq!(
            target(&format!("/ipfs/{CID}/a/b/ x=y")),
            Target::Ipfs(hash, below("a/b", false))
        );
        assert_eq!(target(&format!("/ipfs/{CID}/*")), Target::Ipfs(hash, below("", true)));
        assert_eq!(target(&format!("/ipfs/{CID}/a/*")), target(&format!("/ipfs/{CID}/a*")));
        assert_eq!(
            target("/ipns/A.Example/p"),
            Target::IpnsName("a.example".into(), below("p", false))
        );
        assert_eq!(target("/my/p*"), Target::AnyRoot(below("my/p", true)));
        assert!(parse("!/my/p").unwrap().unwrap().allow);
    }

    #[test]
    fn one_key_has_many_names() {
        let base36 = target("/ipns/k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf");
        let base58 = target("/ipns/12D3KooWDkNqEJNmreF3NYYFK1ws7Ra2fuW6cHBTu567SPV3LdYA");
        assert!(matches!(base36, Target::IpnsKey(..)));
        assert_eq!(base36, base58);
    }

    #[test]
    fn escapes_are_those_of_uris() {
        let decoded = |raw| Below::parse(raw).map(|below| below.path);
        assert_eq!(decoded("927%20-%20b+c").unwrap(), "927 - b+c");
        assert_eq!(Below::parse("a%2A").unwrap(), below("a*", false));
        for broken in ["%", "%2", "%zz", "%ff"] {
            assert!(decoded(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn what_is_no_rule() {
        assert_eq!(parse("# /ipfs/x").unwrap(), None);
        assert_eq!(parse("   ").unwrap(), None);
        assert_eq!(parse("").unwrap(), None);
        assert!(matches!(parse("/ipfs/notacid"), Err(Error::Cid(..))));
        assert!(matches!(parse("QmRandom"), Err(Error::Unknown(_))));
        assert!(matches!(parse("/ipfs/bafkqaaa"), Err(Error::Harmless(_))));
        assert_eq!(parse("//abc"), Err(Error::Hashed));
        assert_eq!(parse(&format!("//{}", "z".repeat(64))), Err(Error::Hashed));
    }

    #[test]
    fn hashes_in_both_notations() {
        let modern = target("//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM");
        let blake3 = target("//gW813G35CnLsy7gRYYHuf63hrz71U1xoLFDVeV7actx6oX");
        let legacy = target("//d9d295bde21f422d471a90f2a37ec53049fdf3e5fa3ee2e8f20e10003da429e7");
        for (target, code) in [(modern, 0x12), (blake3, 0x1e), (legacy, 0x12)] {
            let Target::Hashed(hashes) = target else { panic!("{target:?}") };
            assert_eq!(hashes.iter().map(|hash| hash.code()).collect::<Vec<_>>(), [code]);
        }
    }
}
