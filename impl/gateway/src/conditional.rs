//! Spec: spec/gateway/path-gateway.md
//!
//! Conditions of a request: whether the client's copy is still good.

use crate::request::Head;
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the conditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The content is to be sent; `ranges` says whether the ranges still count.
    Send {
        /// Whether `Range` is to be obeyed.
        ranges: bool,
    },
    /// 304
    NotModified,
    /// 412
    Failed,
}

/// Whether one of the validators of a list, or `*`, is among those given. Weak and strong ones are
/// equal here.
// spec: path-gateway.if-none-match
pub fn lists(header: &str, etags: &[&str]) -> bool {
    tags(header).any(|tag| match tag {
        "*" => true,
        tag => etags.iter().any(|known| weak(known) == weak(tag)),
    })
}

/// The validators of a list, up to the first that is none.
fn tags(header: &str) -> impl Iterator<Item = &str> {
    let mut rest = header;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.starts_with('*') {
            rest = "";
            return Some("*");
        }
        let quote = if rest.starts_with("W/") { 2 } else { 0 };
        let inner = rest.get(quote..)?.strip_prefix('"')?;
        let end = inner.find('"')?;
        let valid = inner[..end].bytes().all(|byte| byte == 0x21 || byte > 0x22 && byte != 0x7f);
        let (tag, after) = rest.split_at(quote + end + 2);
        rest = after;
        valid.then_some(tag)
    })
}

fn weak(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn strong_match(tag: &str, etag: &str) -> bool {
    tag == etag && tag.starts_with('"')
}

/// Weighs all conditions, as HTTP orders them.
// spec: path-gateway.conditions
pub fn evaluate(head: &Head, etag: &str, modified: Option<SystemTime>) -> Verdict {
    let modified = modified.map(whole_seconds).filter(|&time| time != UNIX_EPOCH);
    let met = match head.header(IF_MATCH) {
        Some(list) => tags(list).any(|tag| tag == "*" || strong_match(tag, etag)),
        None => match (time(head.header(IF_UNMODIFIED_SINCE)), modified) {
            (Some(limit), Some(modified)) => modified <= limit,
            _ => true,
        },
    };
    if !met {
        return Verdict::Failed;
    }
    let same = match head.header(IF_NONE_MATCH) {
        Some(list) => lists(list, &[etag]),
        None => is_unmodified(head, modified),
    };
    if same {
        return Verdict::NotModified;
    }
    Verdict::Send { ranges: if_range(head, etag, modified) }
}

/// Whether the content is as old as the client's copy.
// spec: path-gateway.if-modified-since
pub fn is_unmodified(head: &Head, modified: Option<SystemTime>) -> bool {
    match (time(head.header(IF_MODIFIED_SINCE)), modified) {
        (Some(since), Some(modified)) => whole_seconds(modified) <= since,
        _ => false,
    }
}

fn if_range(head: &Head, etag: &str, modified: Option<SystemTime>) -> bool {
    let Some(value) = head.header(IF_RANGE) else { return true };
    match tags(value).next() {
        Some(tag) => strong_match(tag, etag),
        None => time(Some(value)).is_some_and(|wanted| Some(wanted) == modified),
    }
}

fn time(header: Option<&str>) -> Option<SystemTime> {
    httpdate::parse_http_date(header?).ok()
}

/// Dates of HTTP have no fractions.
fn whole_seconds(time: SystemTime) -> SystemTime {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        Err(_) => time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&str, &str)]) -> Head {
        let mut request = http::Request::builder().uri("/ipfs/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Head::read(request.body(()).expect("a request").into_parts().0).expect("a head")
    }

    #[test]
    fn lists_of_validators() {
        for list in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*", ", ,\"a\"", "\"b\" , W/\"a\" "] {
            assert!(lists(list, &["\"a\""]), "{list}");
        }
        for list in ["", "a", "\"a", "\"b\"", "b, \"a\"", "\"a b\", \"a\"", "W/a"] {
            assert!(!lists(list, &["\"a\""]), "{list}");
        }
    }

    #[test]
    fn conditions_in_their_order() {
        let time = UNIX_EPOCH + Duration::from_millis(784_111_777_500);
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let verdict = |headers: &[(&str, &str)]| evaluate(&head(headers), "\"a\"", Some(time));
        let send = Verdict::Send { ranges: true };
        assert_eq!(verdict(&[]), send);
        assert_eq!(verdict(&[("if-match", "\"b\"")]), Verdict::Failed);
        assert_eq!(verdict(&[("if-match", "W/\"a\"")]), Verdict::Failed);
        assert_eq!(verdict(&[("if-match", "*")]), send);
        assert_eq!(verdict(&[("if-none-match", "W/\"a\"")]), Verdict::NotModified);
        assert_eq!(verdict(&[("if-modified-since", date)]), Verdict::NotModified);
        assert_eq!(verdict(&[("if-modified-since", date), ("if-none-match", "\"b\"")]), send);
        assert_eq!(
            verdict(&[("if-unmodified-since", "Sun, 06 Nov 1994 08:49:36 GMT")]),
            Verdict::Failed
        );
        assert_eq!(verdict(&[("if-range", "\"b\"")]), Verdict::Send { ranges: false });
        assert_eq!(verdict(&[("if-range", "\"a\"")]), send);
        assert_eq!(verdict(&[("if-range", date)]), send);
        assert_eq!(verdict(&[("if-range", "yesterday")]), Verdict::Send { ranges: false });
    }
}
