//! Spec: spec/data/path.md
//!
//! Content paths: `/ipfs/CID/..`, `/ipns/NAME/..`, `/ipld/CID/..`, the URI forms of the same, and
//! the bare CIDs that commands take in their place.

use crate::cid::{self, Cid};
use std::fmt;

/// The first component of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// Immutable, UnixFS semantics.
    Ipfs,
    /// Mutable: a key's record or a DNSLink.
    Ipns,
    /// Immutable, plain IPLD semantics.
    Ipld,
}

impl Namespace {
    const ALL: [Self; 3] = [Self::Ipfs, Self::Ipns, Self::Ipld];

    /// The component's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ipfs => "ipfs",
            Self::Ipns => "ipns",
            Self::Ipld => "ipld",
        }
    }
}

/// Why a text is not a content path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid path {}: {cause}", quote(path))]
pub struct Error {
    /// The text as given.
    pub path: String,
    /// What is wrong with it.
    pub cause: Cause,
}

/// What is wrong with a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// No leading slash, no namespace or no root.
    #[error("path does not have enough components")]
    InsufficientComponents,
    /// The first component is not one of the three.
    #[error("unknown namespace: {}", quote(.0))]
    UnknownNamespace(String),
    /// The root of an immutable path is no CID.
    #[error(transparent)]
    Cid(cid::Error),
    /// An `/ipns` path where an immutable one is needed.
    #[error("path was expected to be immutable")]
    ExpectedImmutable,
}

/// Why an argument does not name a single CID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidArgumentError {
    /// Not a path at all.
    #[error(transparent)]
    Path(#[from] Error),
    /// A path with something after the root.
    #[error("{} points below a root CID, expected a single CID", quote(.0))]
    BelowRoot(String),
}

/// A well-formed content path: cleaned of empty, `.` and `..` components, with a namespace, a root
/// and, for immutable namespaces, a CID. A trailing slash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    text: String,
    namespace: Namespace,
    cid: Option<Cid>,
}

impl Path {
    /// Reads a path in its canonical form only: `/namespace/root[/rest]`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fail = |cause| Error { path: text.to_owned(), cause };
        let segments = clean(text);
        if !text.starts_with('/') || segments.len() < 2 {
            return Err(fail(Cause::InsufficientComponents));
        }
        let namespace = Namespace::ALL
            .into_iter()
            .find(|namespace| namespace.as_str() == segments[0])
            .ok_or_else(|| fail(Cause::UnknownNamespace(segments[0].to_owned())))?;
        // spec: path.immutable-root-is-cid
        let cid = match namespace {
            Namespace::Ipns => None,
            _ => Some(cid::parse(segments[1]).map_err(|e| fail(Cause::Cid(e)))?),
        };
        // spec: path.clean
        let mut cleaned = String::with_capacity(text.len() + 1);
        for segment in &segments {
            cleaned.push('/');
            cleaned.push_str(segment);
        }
        if text.ends_with('/') {
            cleaned.push('/');
        }
        Ok(Self { text: cleaned, namespace, cid })
    }

    /// Also takes `ipfs://CID/..`, `ipfs:CID/..` and the same for the other namespaces; the scheme
    /// counts in any case.
    // spec: path.uri
    pub fn parse_uri(text: &str) -> Result<Self, Error> {
        for namespace in Namespace::ALL {
            let scheme = namespace.as_str();
            let Some((head, rest)) = text.split_at_checked(scheme.len()) else { continue };
            if let Some(rest) = rest.strip_prefix(':')
                && head.eq_ignore_ascii_case(scheme)
            {
                let rest = rest.strip_prefix("//").unwrap_or(rest);
                return Self::parse(&format!("/{scheme}/{rest}"));
            }
        }
        Self::parse(text)
    }

    /// Reads what commands take: a path, a URI or a bare CID with an optional rest.
    // spec: path.argument
    pub fn parse_argument(text: &str) -> Result<Self, Error> {
        Self::parse_uri(text)
            .or_else(|error| Self::parse(&format!("/ipfs/{text}")).map_err(|_| error))
    }

    /// `/ipfs/CID`
    pub fn from_cid(cid: Cid) -> Self {
        Self { text: format!("/ipfs/{cid}"), namespace: Namespace::Ipfs, cid: Some(cid) }
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first component.
    pub fn namespace(&self) -> Namespace {
        self.namespace
    }

    /// Whether the root can come to mean something else: `/ipns`.
    pub fn is_mutable(&self) -> bool {
        self.namespace == Namespace::Ipns
    }

    /// The second component as text.
    pub fn root(&self) -> &str {
        self.components().nth(1).unwrap_or_default()
    }

    /// The root as CID; none for `/ipns`.
    pub fn cid(&self) -> Option<&Cid> {
        self.cid.as_ref()
    }

    /// The root as CID, or the reference's error for a mutable path.
    pub fn require_cid(&self) -> Result<&Cid, Error> {
        self.cid
            .as_ref()
            .ok_or_else(|| Error { path: self.text.clone(), cause: Cause::ExpectedImmutable })
    }

    /// The components after the root.
    pub fn segments(&self) -> impl Iterator<Item = &str> + Clone {
        self.components().skip(2)
    }

    /// Whether anything follows the root.
    pub fn has_segments(&self) -> bool {
        self.segments().next().is_some()
    }

    /// This path with further components, cleaned again; a trailing slash is lost.
    pub fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut text = self.text.trim_end_matches('/').to_owned();
        for segment in segments {
            text.push('/');
            text.push_str(segment);
        }
        Self::parse(&text)
    }

    fn components(&self) -> impl Iterator<Item = &str> + Clone {
        self.text.split('/').filter(|segment| !segment.is_empty())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Cid> for Path {
    fn from(cid: Cid) -> Self {
        Self::from_cid(cid)
    }
}

/// Reads an argument that must name one CID: bare, or as path or URI without a rest.
// spec: path.cid-argument
pub fn parse_cid_argument(text: &str) -> Result<Cid, CidArgumentError> {
    if let Ok(cid) = cid::parse(text) {
        return Ok(cid);
    }
    let path = Path::parse_argument(text)?;
    let cid = *path.require_cid()?;
    if path.has_segments() {
        return Err(CidArgumentError::BelowRoot(text.to_owned()));
    }
    Ok(cid)
}

/// Text in double quotes as messages show it; what a terminal can't print is escaped.
// spec: path.quote
pub fn quote(text: &str) -> String {
    crate::quote::quoted(text.as_bytes())
}

/// The components of a path without empty ones and `.`; `..` takes away the one before.
fn clean(text: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    segments
}

#[cfg(test)]
mod tests;
