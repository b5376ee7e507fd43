//! Cases of `spec/gateway/routing-v1.md`.

pub(crate) mod delegated;
mod ipns;
mod records;
mod sharing;

use crate::case::{Check, Suite};
use crate::gateway::Reply;
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "gateway/routing-v1",
    gateway: &[records::CASES, ipns::CASES, sharing::CASES],
    ..Suite::EMPTY
};

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";
const RECORD: &str = "application/vnd.ipfs.ipns-record";

/// The records of an answer in JSON: a list under this key.
fn list(reply: &Reply, key: &str) -> Check<Vec<Value>> {
    reply.status(200)?.whole()?.media_type(JSON)?;
    let body: Option<Value> = serde_json::from_slice(&reply.answer.body).ok();
    match body.as_ref().and_then(|body| body.get(key)) {
        Some(Value::Array(records)) => Ok(records.clone()),
        // No record at all may also be told by no list.
        Some(Value::Null) => Ok(Vec::new()),
        _ => reply.fail(&format!("no {key} in {:?}", reply.answer.text())),
    }
}
