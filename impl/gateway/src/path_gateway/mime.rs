//! Spec: spec/gateway/path-gateway.md
//!
//! Media types of files.

/// The media type that a file name tells; none when it tells nothing.
pub(super) fn by_name(name: &str) -> Option<String> {
    let extension = &name[name.rfind('.')? + 1..];
    mime_guess::from_ext(extension).first().map(|kind| kind.to_string())
}

/// The media type that the first bytes of a file tell.
pub(super) fn by_content(_bytes: &[u8]) -> &'static str {
    "application/octet-stream"
}
