//! Spec: spec/gateway/path-gateway.md
//!
//! Failures as answers: a page for people, plain text for programs.

use crate::Response;
use crate::error::Error;
use crate::escape::{escape_form, html};
use crate::gateway::Gateway;
use crate::page;
use crate::request::Head;
use crate::serve;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use ipfs_data::path::Path;
use ipfs_node::http::body;

/// The answer for a failure: HTML for those who read it, unless that is switched off.
// spec: path-gateway.error-page
pub fn respond(gateway: &Gateway, head: &Head, error: &Error) -> Response {
    if gateway.config.disable_html_errors || !head.accepts_html() {
        return plain(error);
    }
    let mut headers = (*error.headers).clone();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    let text = document(&gateway.config.diagnostic_service_url, head, error);
    serve::response(error.status, headers, body::full(text))
}

/// The answer for a failure as text.
// spec: path-gateway.error-text
pub fn plain(error: &Error) -> Response {
    let mut headers = (*error.headers).clone();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    serve::response(error.status, headers, body::full(format!("{}\n", error.message)))
}

fn document(diagnostic_url: &str, head: &Head, error: &Error) -> String {
    let reason = error.status.canonical_reason().unwrap_or("Error");
    let code = error.status.as_u16();
    let (meaning, advice) = explain(error.status);
    let mut out = page::begin(&format!("{code} {reason}"), meaning);
    out.push_str(&format!(
        "<h1 class=\"big\"><span class=\"code\">{code}</span> {reason}</h1>\n<p>{meaning}</p>\n\
         <pre>{}</pre>\n<h2>What you can do</h2>\n<ul>\n",
        html(&error.message)
    ));
    for line in advice {
        out.push_str(&format!("<li>{line}</li>\n"));
    }
    out.push_str("</ul>\n<p>");
    if may_pass(error.status) {
        out.push_str("<a class=\"button\" href=\"\">Try again</a>");
    }
    if let Some(cid) = root(head) {
        let path = format!("/ipfs/{cid}/");
        let missing = error.status == StatusCode::GATEWAY_TIMEOUT
            || error.message.contains("block was not found");
        if missing && !diagnostic_url.is_empty() {
            let url = format!("{diagnostic_url}?cid={}", escape_form(&cid));
            out.push_str(&format!(
                "<a class=\"button plain\" href=\"{}\" rel=\"noopener noreferrer\">Who has this \
                 content?</a>",
                html(&url)
            ));
        }
        if error.status == StatusCode::NOT_FOUND && head.path != path {
            let name = html(&page::short(&cid));
            out.push_str(&format!(
                "<a class=\"button plain\" href=\"{}\">Go to the root {name}</a>",
                html(&path)
            ));
        }
    }
    out.push_str("</p>\n");
    out.push_str(page::END);
    out
}

/// The CID at the root of a request's path.
fn root(head: &Head) -> Option<String> {
    let path = Path::parse(&head.path).ok()?;
    path.cid().map(ToString::to_string)
}

/// Whether the same request may succeed later.
fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 429 | 500 | 502 | 503 | 504)
}

/// What a status says in plain words, and what can be done.
fn explain(status: StatusCode) -> (&'static str, &'static [&'static str]) {
    match status.as_u16() {
        400 => (
            "This address is not one that the gateway understands.",
            &[
                "Check the address: content is at <code>/ipfs/CID</code>, names at \
                 <code>/ipns/NAME</code>.",
                "Look closer at the CID with the <a href=\"https://cid.ipfs.tech/\" \
                 rel=\"noopener noreferrer\">CID inspector</a>.",
            ],
        ),
        404 => (
            "There is nothing at this address, or this gateway does not have it.",
            &[
                "Check the spelling; upper and lower case differ.",
                "Look at the directory above: it may have another name for it.",
                "If a block is missing: whoever published it may be offline. Try again later, or \
                 ask them to provide it.",
            ],
        ),
        405 => ("The gateway is read-only.", &["Use a node's RPC or command line to write."]),
        406 => (
            "The content exists, but not in the format that was asked for.",
            &["Fetch the block with <code>?format=raw</code> or a CAR with \
                 <code>?format=car</code>, and convert it yourself."],
        ),
        410 | 451 => (
            "The operator of this gateway does not serve this content.",
            &["Ask the operator why.", "Run your own node: its rules are yours."],
        ),
        412 => (
            "The content does not meet the conditions of the request.",
            &[
                "Leave the conditions out of the request, or wait until the gateway has the content.",
            ],
        ),
        414 => ("This address is too long.", &["Shorten the path or the query."]),
        416 => ("The file has no such range of bytes.", &["Ask for a range within the file."]),
        422 => (
            "This directory has an <code>index.html</code> that is not a file.",
            &["Open the entries of the directory by their own addresses."],
        ),
        429 => ("The gateway is busy.", &["Wait a minute, then try again."]),
        501 => (
            "The content is here, but this gateway can't show it in this way.",
            &["Fetch the block with <code>?format=raw</code> and read it yourself."],
        ),
        504 => (
            "The gateway looked for this content, but it did not arrive in time.",
            &[
                "Try again: providers may answer now.",
                "Ask whoever published it whether their node is online.",
            ],
        ),
        _ => (
            "The gateway could not do this. It is most likely not your fault.",
            &["Try again later.", "If it stays like this, tell the operator the text above."],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(path: &str) -> Head {
        let request = http::Request::builder().uri(path).body(()).expect("a request");
        Head::read(request.into_parts().0).expect("a head")
    }

    #[test]
    fn pages_escape_what_they_show() {
        let error = Error::bad_request("no \"<script>alert(1)</script>\"");
        let page = document("https://check.example", &head("/ipfs/x"), &error);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }

    #[test]
    fn a_timeout_names_the_service_that_helps() {
        let error = Error::new(StatusCode::GATEWAY_TIMEOUT, "too late");
        let page = document("https://check.example", &head("/ipfs/bafkqaaa/a"), &error);
        assert!(page.contains("href=\"https://check.example?cid=bafkqaaa\""), "{page}");
        let page = document("", &head("/ipfs/bafkqaaa/a"), &error);
        assert!(!page.contains("?cid="), "{page}");
    }
}
