//! Spec: spec/gateway/path-gateway.md
//!
//! Why a request has no content for an answer: a status, a sentence, and headers that go with them.

use crate::resolve;
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use ipfs_data::{block, codec, path, unixfs};
use ipfs_node::denylist::Blocked;
use ipfs_node::names;

/// What content blockers say about blocks that they hold back; decides the status.
pub const BLOCKED_TEXT: &str = "blocked and cannot be provided";

/// A refusal or failure as the client sees it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The status of the answer.
    pub status: StatusCode,
    /// The text of the answer, without final newline.
    pub message: String,
    /// Headers beside those that every answer has.
    pub headers: Box<HeaderMap>,
}

impl Error {
    /// A failure with this status and text.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), headers: Box::default() }
    }

    /// 400: the request itself is wrong.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 500: something here is broken.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// The same with a further header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same with the advice to come back after so many seconds.
    #[must_use]
    pub fn with_retry_after(self, seconds: u64) -> Self {
        self.with_header(RETRY_AFTER, seconds.into())
    }

    /// The same with words before the text: `context: text`.
    #[must_use]
    pub fn context(mut self, context: impl std::fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// The same, saying which path could not be resolved.
    #[must_use]
    pub fn resolving(self, path: &path::Path) -> Self {
        self.context(format_args!("failed to resolve {}", shown(path.as_str())))
    }
}

/// A path as messages show it: what is not printable ASCII is escaped.
fn shown(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\0'..='\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            '\u{80}'..='\u{ffff}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            _ => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out
}

/// Missing blocks are 404, as far as this machine goes; broken ones are no fault of the client.
// spec: path-gateway.missing-block-404
// spec: path-gateway.error-cache
impl From<block::Error> for Error {
    fn from(error: block::Error) -> Self {
        let text = error.to_string();
        let status = match error {
            // spec: path-gateway.denied
            _ if text.contains(BLOCKED_TEXT) => StatusCode::GONE,
            block::Error::NotFound(_) => StatusCode::NOT_FOUND,
            block::Error::Cancelled => StatusCode::GATEWAY_TIMEOUT,
            block::Error::Mismatch(_) | block::Error::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        match status {
            StatusCode::NOT_FOUND => {
                // The words that the reference has for it without a network.
                Self::new(
                    status,
                    format!(
                        "block was not found locally (offline): {text}: retrieval: no providers \
                         found for the CID (phase: path resolution)"
                    ),
                )
            }
            _ => Self::new(status, text),
        }
    }
}

// spec: denylist.gone
impl From<Blocked> for Error {
    fn from(blocked: Blocked) -> Self {
        Self::new(StatusCode::GONE, blocked.to_string())
    }
}

impl From<unixfs::Error> for Error {
    fn from(error: unixfs::Error) -> Self {
        match error {
            unixfs::Error::Block(error) => error.into(),
            unixfs::Error::NoEntry => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            other => Self::internal(other.to_string()),
        }
    }
}

impl From<codec::Error> for Error {
    fn from(error: codec::Error) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<path::Error> for Error {
    fn from(error: path::Error) -> Self {
        Self::bad_request(error.to_string())
    }
}

/// Names that lead nowhere are no fault of the client, as the reference sees it; circles are.
impl From<names::Error> for Error {
    fn from(error: names::Error) -> Self {
        match error {
            // spec: dnslink.recursion-max
            names::Error::RecursionLimit => Self::bad_request(error.to_string()),
            names::Error::Blocked(blocked) => blocked.into(),
            // spec: path-gateway.unresolved-name
            other => Self::internal(other.to_string()),
        }
    }
}

impl From<resolve::Error> for Error {
    fn from(error: resolve::Error) -> Self {
        match error {
            resolve::Error::Block(error) => error.into(),
            resolve::Error::UnixFs(error) => error.into(),
            resolve::Error::Codec(error) => error.into(),
            resolve::Error::NoLink { .. } => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            resolve::Error::Cid(_) => Self::bad_request(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_odd_characters() {
        assert_eq!(shown("/ipfs/a\"\\\nü🦀\u{1}"), "/ipfs/a\\\"\\\\\\n\\u00fc\\U0001f980\\x01");
    }

    #[test]
    fn blocked_content_is_gone() {
        let blocked = std::io::Error::other(format!("bafy is {BLOCKED_TEXT}"));
        assert_eq!(Error::from(block::Error::store(blocked)).status, StatusCode::GONE);
        let broken = std::io::Error::other("disk on fire");
        let broken = Error::from(block::Error::store(broken));
        assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
