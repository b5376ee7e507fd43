//! Spec: spec/gateway/path-gateway.md
//!
//! Failures as answers: a page for people, plain text for programs.

use crate::Response;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::page;
use crate::request::Head;
use crate::serve;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
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
    let html = html(error);
    serve::response(error.status, headers, body::full(html))
}

/// The answer for a failure as text.
pub fn plain(error: &Error) -> Response {
    let mut headers = (*error.headers).clone();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    serve::response(error.status, headers, body::full(format!("{}\n", error.message)))
}

fn html(error: &Error) -> String {
    let reason = error.status.canonical_reason().unwrap_or("Error");
    let title = format!("{} {reason}", error.status.as_u16());
    page::document(
        &title,
        maud::html! {
            h1 { (title) }
            p { (meaning(error.status)) }
            pre { (error.message) }
        },
    )
}

/// What a status says in plain words.
fn meaning(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "The request can't be understood.",
        404 => "There is no such content here.",
        _ => "The request failed.",
    }
}
