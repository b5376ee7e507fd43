//! Spec: spec/gateway/subdomain.md
//!
//! The URI router: what browsers send for `ipfs://` and `ipns://` addresses.

use crate::escape::escape_segment;
use crate::gateway::without_dots;
use crate::query::Query;
use crate::url::Url;

/// Why a `uri` parameter leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
// spec: subdomain.uri-errors
pub enum UriError {
    /// No URI.
    #[error("failed to parse uri query parameter")]
    Parse,
    /// Another scheme.
    #[error("uri query parameter scheme must be ipfs or ipns")]
    Scheme,
}

/// The path that the parameter `uri` of a query stands for; none without the parameter.
///
/// # Errors
/// When it is no URI of `ipfs` or `ipns`.
// spec: subdomain.uri-router
// spec: subdomain.uri-handler
pub fn protocol_handler(query: &Query) -> Result<Option<String>, UriError> {
    let Some(uri) = query.get("uri") else { return Ok(None) };
    let url = Url::parse(uri).map_err(|_| UriError::Parse)?;
    if !matches!(&*url.scheme, "ipfs" | "ipns") {
        return Err(UriError::Scheme);
    }
    // What follows the scheme without slashes is not looked at.
    let path = if url.authority.is_some() { url.escaped_path() } else { String::new() };
    let authority = url.authority.as_deref().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let mut location = without_dots(&format!("{}/{host}/{path}", url.scheme));
    if let Some(query) = url.query.filter(|query| !query.is_empty()) {
        location.push('?');
        location.push_str(&escape_segment(&query));
    }
    Ok(Some(location))
}
