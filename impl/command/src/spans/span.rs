//! Spec: spec/command/spans.md
//!
//! One span, and its form in OTLP's JSON.

use serde_json::{Value, json};
use std::time::SystemTime;

/// Longest path in a span, in bytes.
const PATH_BYTES_MAX: usize = 1024;

/// What a caller says about its trace: W3C `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) trace: u128,
    pub(super) span: u64,
    pub(super) sampled: bool,
}

impl Parent {
    // spec: spans.parent
    /// Reads `00-TRACE-SPAN-FLAGS`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let [version, trace, span, flags, rest @ ..] = parts.as_slice() else { return None };
        let hex = |text: &str, digits: usize| {
            text.len() == digits
                && text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        };
        let good = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
        if !good || *version == "ff" || (*version == "00" && !rest.is_empty()) {
            return None;
        }
        let parent = Self {
            trace: u128::from_str_radix(trace, 16).ok()?,
            span: u64::from_str_radix(span, 16).ok()?,
            sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
        };
        (parent.trace != 0 && parent.span != 0).then_some(parent)
    }
}

/// One request with its answer.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) name: String,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) status: u16,
    pub(super) response_bytes: u64,
    pub(super) start: SystemTime,
    pub(super) end: SystemTime,
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn number(key: &str, value: u64) -> Value {
    json!({"key": key, "value": {"intValue": value.to_string()}})
}

fn nanoseconds(time: SystemTime) -> String {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

impl Span {
    // spec: spans.attributes
    fn json(&self) -> Value {
        let path = &self.path[..self.path.floor_char_boundary(PATH_BYTES_MAX)];
        let parent = self.parent.map(|id| format!("{id:016x}")).unwrap_or_default();
        // 2 is a server's span; 2 as status is an error.
        json!({
            "traceId": format!("{:032x}", self.trace),
            "spanId": format!("{:016x}", self.id),
            "parentSpanId": parent,
            "name": self.name,
            "kind": 2,
            "startTimeUnixNano": nanoseconds(self.start),
            "endTimeUnixNano": nanoseconds(self.end),
            "attributes": [
                text("http.request.method", &self.method.to_uppercase()),
                text("url.path", path),
                number("http.response.status_code", self.status.into()),
                number("http.response.body.size", self.response_bytes),
            ],
            "status": if self.status >= 500 { json!({"code": 2}) } else { json!({}) },
        })
    }
}

/// The message of OTLP that holds these spans.
pub(super) fn message(service: &str, spans: &[Span]) -> Value {
    let version = crate::rpc::AGENT.trim_start_matches("kubo/");
    let spans: Vec<Value> = spans.iter().map(Span::json).collect();
    let resource = [text("service.name", service), text("service.version", version)];
    json!({"resourceSpans": [{
        "resource": {"attributes": resource},
        "scopeSpans": [{"scope": {"name": "ipfs"}, "spans": spans}],
    }]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// spec: spans.parent
    #[test]
    fn parents() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let parent = Parent::parse(&format!("00-{trace}-{span}-01")).unwrap();
        assert_eq!((format!("{:032x}", parent.trace), parent.sampled), (trace.to_owned(), true));
        assert!(!Parent::parse(&format!("cc-{trace}-{span}-00-more")).unwrap().sampled);
        let zeros = "0".repeat(32);
        for bad in [
            String::new(),
            format!("ff-{trace}-{span}-01"),
            format!("00-{trace}-{span}-01-more"),
            format!("00-{zeros}-{span}-01"),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{trace}-+{}-01", &span[1..]),
        ] {
            assert_eq!(Parent::parse(&bad), None, "{bad}");
        }
    }

    /// spec: spans.attributes
    #[test]
    fn otlp() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        let span = Span {
            trace: 1,
            id: 2,
            parent: Some(3),
            name: "GET /ipfs".into(),
            method: "get",
            path: "/ipfs/é".repeat(1000),
            status: 500,
            response_bytes: 7,
            start,
            end: start + Duration::from_nanos(5),
        };
        let message = message("node", &[span]);
        let one = &message["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(one["parentSpanId"], "0000000000000003");
        assert_eq!(one["endTimeUnixNano"], "1000000005");
        assert_eq!(one["status"]["code"], 2);
        let path = one["attributes"][1]["value"]["stringValue"].as_str().unwrap();
        assert!(path.len() <= PATH_BYTES_MAX && path.len() > PATH_BYTES_MAX - 8);
    }
}
