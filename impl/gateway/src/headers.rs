//! Spec: spec/gateway/path-gateway.md
//!
//! Headers that formats share: validators, caching, names of files, and what browsers of other
//! sites may see.

use crate::config::Config;
use crate::escape;
use crate::format::Format;
use crate::request::ContentRequest;
use crate::resolve::Resolution;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_DISPOSITION, ETAG, HeaderMap, HeaderName,
    HeaderValue,
};
use ipfs_data::cid::{Cid, codec};
use std::time::Duration;

/// The content path of the answer.
pub const X_IPFS_PATH: HeaderName = HeaderName::from_static("x-ipfs-path");
/// One CID for each segment of the path.
pub const X_IPFS_ROOTS: HeaderName = HeaderName::from_static("x-ipfs-roots");

/// How long what never changes may be kept.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=29030400, immutable");

/// A text as the value of a header; control characters become spaces.
pub fn value(text: &str) -> HeaderValue {
    let bytes: Vec<u8> =
        text.bytes().map(|byte| if byte < 0x20 || byte == 0x7f { b' ' } else { byte }).collect();
    HeaderValue::from_bytes(&bytes).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// How long plain content may be kept; `None` when nothing is known.
// spec: path-gateway.cache-immutable
// spec: path-gateway.cache-ttl
pub fn cache_control(request: &ContentRequest) -> Option<HeaderValue> {
    if !request.path.is_mutable() {
        return Some(IMMUTABLE);
    }
    let seconds = request.ttl.filter(|ttl| *ttl > Duration::ZERO)?.as_secs();
    HeaderValue::from_str(&format!("public, max-age={seconds}")).ok()
}

/// How long pages made here may be kept: they change with this program, even on immutable paths.
// spec: path-gateway.cache-listing
pub fn page_cache_control(request: &ContentRequest) -> Option<HeaderValue> {
    let known = request.ttl.filter(|ttl| *ttl > Duration::ZERO).map(|ttl| ttl.as_secs());
    let week = (!request.path.is_mutable()).then_some(7 * 24 * 3600);
    let seconds = known.or(week)?;
    let text = format!("public, max-age={seconds}, stale-while-revalidate=2678400");
    HeaderValue::from_str(&text).ok()
}

/// The validator of content in a format; of a block of a codec with a media type, the one of that
/// type when none is asked for.
// spec: path-gateway.etag
pub fn etag(cid: &Cid, format: Option<&Format>) -> String {
    let own = match cid.codec() {
        codec::JSON => Some(Format::Json),
        codec::CBOR => Some(Format::Cbor),
        codec::DAG_JSON => Some(Format::DagJson),
        codec::DAG_CBOR => Some(Format::DagCbor),
        _ => None,
    };
    match format.or(own.as_ref()) {
        None => format!("\"{cid}\""),
        Some(format) => {
            let media = format.media_type();
            let short = &media[media.rfind(['/', '.']).map_or(0, |at| at + 1)..];
            let weak = if *format == Format::Tar { "W/" } else { "" };
            format!("{weak}\"{cid}.{short}\"")
        }
    }
}

/// Sets the validator of a format and how long it may be kept.
pub fn set_cache(
    headers: &mut HeaderMap,
    request: &ContentRequest,
    cid: &Cid,
    format: Option<&Format>,
) {
    headers.insert(ETAG, value(&etag(cid, format)));
    if let Some(cache_control) = cache_control(request) {
        headers.insert(CACHE_CONTROL, cache_control);
    }
}

/// Sets the CIDs of the path's segments.
// spec: path-gateway.roots
pub fn set_roots(headers: &mut HeaderMap, resolution: &Resolution) {
    let roots: Vec<String> = resolution.roots.iter().map(Cid::to_string).collect();
    headers.insert(X_IPFS_ROOTS, value(&roots.join(",")));
}

/// Sets the name under which the content is to be saved, and whether it is shown (`inline`) or
/// saved at once (`attachment`).
// spec: path-gateway.disposition
pub fn set_disposition(headers: &mut HeaderMap, name: &str, disposition: &str) {
    let ascii: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let text = format!(
        "{disposition}; filename=\"{}\"; filename*=UTF-8''{}",
        escape::escape_segment(&ascii),
        escape::escape_segment(name)
    );
    headers.insert(CONTENT_DISPOSITION, value(&text));
}

/// Headers of every answer, as configured: what scripts of other sites may ask and see, and the
/// operator's own.
// spec: path-gateway.cors
pub fn common(config: &Config) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, values) in &config.http_headers {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        headers.remove(&name);
        for text in values {
            headers.append(name.clone(), value(text));
        }
    }
    if !headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    if !headers.contains_key(ACCESS_CONTROL_ALLOW_METHODS) {
        for method in ["GET", "HEAD", "OPTIONS"] {
            headers.append(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(method));
        }
    }
    let asked = ["Content-Type", "Range", "User-Agent", "X-Requested-With"];
    merge(&mut headers, ACCESS_CONTROL_ALLOW_HEADERS, &asked);
    let seen = [
        "Content-Length",
        "Content-Range",
        "X-Chunked-Output",
        "X-Ipfs-Path",
        "X-Ipfs-Roots",
        "X-Stream-Output",
    ];
    merge(&mut headers, ACCESS_CONTROL_EXPOSE_HEADERS, &seen);
    headers
}

/// Joins two lists of header names: canonical, sorted, each once, each as a header line.
fn merge(headers: &mut HeaderMap, name: HeaderName, names: &[&str]) {
    let own = headers.get_all(&name).into_iter().filter_map(|value| value.to_str().ok());
    let mut all: Vec<String> = own.chain(names.iter().copied()).map(canonical).collect();
    all.sort();
    all.dedup();
    headers.remove(&name);
    for text in all {
        headers.append(name.clone(), value(&text));
    }
}

/// `x-ipfs-path` as `X-Ipfs-Path`.
fn canonical(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|c| {
            let c = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            upper = c == '-';
            c
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(headers: &HeaderMap, name: HeaderName) -> Vec<&str> {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    #[test]
    fn configured_headers_join_those_of_every_answer() {
        let config = Config {
            http_headers: vec![
                ("X-Extra".into(), vec!["yes".into()]),
                ("access-control-allow-origin".into(), vec!["https://one.example.com".into()]),
                ("Access-Control-Allow-Headers".into(), vec!["x-own".into(), "range".into()]),
            ],
            ..Config::default()
        };
        let headers = common(&config);
        assert_eq!(all(&headers, HeaderName::from_static("x-extra")), ["yes"]);
        assert_eq!(all(&headers, ACCESS_CONTROL_ALLOW_ORIGIN), ["https://one.example.com"]);
        assert_eq!(all(&headers, ACCESS_CONTROL_ALLOW_METHODS), ["GET", "HEAD", "OPTIONS"]);
        let wanted = ["Content-Type", "Range", "User-Agent", "X-Own", "X-Requested-With"];
        assert_eq!(all(&headers, ACCESS_CONTROL_ALLOW_HEADERS), wanted);
    }

    #[test]
    fn values_can_not_break_out_of_their_line() {
        assert_eq!(value("a\r\nb: c\0").as_bytes(), b"a  b: c ");
        assert_eq!(value("ü").as_bytes(), "ü".as_bytes());
    }

    #[test]
    fn validators_name_the_format() {
        let cid =
            ipfs_data::cid::parse("bafyreiclg23nh3pi7wkk7vcy5iwmrrewcc2du7zhyvn2tdvfdz4bo6xrpa")
                .expect("a CID");
        assert_eq!(etag(&cid, None), format!("\"{cid}.dag-cbor\""));
        assert_eq!(etag(&cid, Some(&Format::Raw)), format!("\"{cid}.raw\""));
        assert_eq!(etag(&cid, Some(&Format::Tar)), format!("W/\"{cid}.x-tar\""));
    }
}
