//! Spec: spec/gateway/trustless.md
//!
//! Formats that a client can verify, and the ones made of them: who answers which.

use super::{car, raw, record};
use crate::Response;
use crate::error::Error;
use crate::format::Format;
use crate::formats::{codec, tar};
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::resolve::Resolution;
use std::time::SystemTime;

/// Answers formats that want the path as it is: names not followed (records), or every block on the
/// way (CARs). `None` for all others.
pub(crate) fn unresolved(
    gateway: &Gateway,
    request: &ContentRequest,
    format: &Format,
) -> Option<Result<Response, Error>> {
    match format {
        Format::Car => Some(car::respond(gateway, request)),
        Format::IpnsRecord => Some(record::respond(gateway, request)),
        _ => None,
    }
}

/// Answers formats of the block that the path leads to.
pub(crate) fn resolved(
    gateway: &Gateway,
    request: &ContentRequest,
    resolution: &Resolution,
    format: &Format,
) -> Result<Response, Error> {
    match format {
        Format::Raw => raw::respond(gateway, request, resolution),
        Format::Tar => tar::respond::respond(gateway, request, resolution),
        Format::DagJson | Format::DagCbor => codec::respond(gateway, request, resolution),
        _ => Err(Error::bad_request("unsupported response format requested")),
    }
}

/// Answers a block of `json`, `cbor`, `dag-json` or `dag-cbor` in its own format, or as a page for
/// people. `json` and `cbor` may be wanted explicitly.
pub(crate) fn own_format(
    gateway: &Gateway,
    request: &ContentRequest,
    resolution: &Resolution,
) -> Result<Response, Error> {
    codec::respond(gateway, request, resolution)
}

/// When content without a time of its own was changed last: now, for what a name stands for.
pub(crate) fn modified(request: &ContentRequest) -> Option<SystemTime> {
    let mutable = request.path.is_mutable();
    mutable.then(|| request.modified.unwrap_or_else(SystemTime::now))
}

/// The name under which a client is to save the answer.
pub(crate) fn file_name(request: &ContentRequest, own: impl FnOnce() -> String) -> String {
    request.head.query.get("filename").map_or_else(own, str::to_owned)
}
