//! Spec: spec/gateway/trustless.md
//!
//! Formats that a client can verify, and the ones made of them. Each function answers one format;
//! `None` for a format that is not served here.

use crate::Response;
use crate::error::Error;
use crate::format::Format;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::resolve::Resolution;

/// Answers formats that want the path as it is: names not followed (records), or every block on the
/// way (CARs).
pub(crate) fn unresolved(
    _gateway: &Gateway,
    request: &ContentRequest,
    format: &Format,
) -> Option<Result<Response, Error>> {
    match format {
        Format::Car | Format::IpnsRecord => Some(Err(unsupported(request))),
        _ => None,
    }
}

/// Answers formats of the block that the path leads to.
pub(crate) fn resolved(
    _gateway: &Gateway,
    request: &ContentRequest,
    _resolution: &Resolution,
    _format: &Format,
) -> Result<Response, Error> {
    Err(unsupported(request))
}

/// Answers a block of `json`, `cbor`, `dag-json` or `dag-cbor` in its own format, or as a page for
/// people. `json` and `cbor` may be wanted explicitly.
pub(crate) fn own_format(
    _gateway: &Gateway,
    request: &ContentRequest,
    _resolution: &Resolution,
) -> Result<Response, Error> {
    Err(unsupported(request))
}

fn unsupported(_request: &ContentRequest) -> Error {
    Error::bad_request("unsupported response format requested")
}
