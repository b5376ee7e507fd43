//! Spec: spec/command/rpc.md
//!
//! How many peers a call that still runs has asked for blocks: the client of this program shows it
//! beside its progress. It asks in a small request of its own, so that the answer of the call stays
//! what all clients expect.

use http::{HeaderMap, Response, StatusCode, header};
use ipfs_node::content::Fetch;
use ipfs_node::http::{Body, full};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The header by which a client names a call.
pub(crate) const CALL: &str = "x-fetch-id";

/// Where the question goes; the name of the call is its query.
pub(crate) const TARGET: &str = "/api/v0/progress/fetch";

/// Digits of a name: 128 random bits in base 16.
const DIGITS: usize = 32;

/// The answer.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Counts {
    /// Peers that were asked for something.
    pub(crate) peers: u64,
}

/// The name of a call as it is sent.
pub(crate) fn name(call: u128) -> String {
    format!("{call:0DIGITS$x}")
}

fn parse(text: &str) -> Option<u128> {
    let right = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    right.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

/// Calls that have a name. There are never more than calls that run at all.
#[derive(Default)]
pub(super) struct Asked(Mutex<HashMap<u128, Fetch>>);

impl Asked {
    /// The name that a request gives its call.
    pub(super) fn named(head: &HeaderMap) -> Option<u128> {
        head.get(CALL).and_then(|value| value.to_str().ok()).and_then(parse)
    }

    /// A call has begun. It can be asked about until the guard is gone.
    pub(super) fn begin(self: &Arc<Self>, call: u128, fetch: &Fetch) -> Running {
        self.lock().insert(call, fetch.clone());
        Running { calls: self.clone(), call }
    }

    /// Answers the question about a call. One that has not begun, or is over, has asked nobody.
    // spec: rpc.peers-asked
    pub(super) fn answer(&self, query: &str) -> Response<Body> {
        let Some(call) = query.strip_prefix("call=").and_then(parse) else {
            return super::answer::text(StatusCode::BAD_REQUEST, "the query names no call");
        };
        // Outside of the lock: counting may wait for a fetch.
        let fetch = self.lock().get(&call).cloned();
        let peers = fetch.map_or(0, |fetch| fetch.counts().peers as u64);
        let text = serde_json::to_string(&Counts { peers }).unwrap_or_default();
        let mut response = Response::new(full(text));
        let media_type = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u128, Fetch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that has a name.
pub(super) struct Running {
    calls: Arc<Asked>,
    call: u128,
}

impl Drop for Running {
    fn drop(&mut self) {
        let ended = self.calls.lock().remove(&self.call);
        drop(ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_32_digits() {
        assert_eq!(parse(&name(0xab)), Some(0xab));
        for text in ["", "ab", "+0000000000000000000000000000000", &name(1)[1..]] {
            assert_eq!(parse(text), None, "{text}");
        }
        let asked = Asked::default();
        let status = |query: &str| asked.answer(query).status().as_u16();
        assert_eq!(status(&format!("call={}", name(7))), 200);
        assert_eq!((status(""), status("call=7"), status(&name(7))), (400, 400, 400));
    }
}
