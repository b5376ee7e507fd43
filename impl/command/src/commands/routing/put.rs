//! Spec: spec/command/offline.md
//!
//! `ipfs routing put`: keep a signed record.

use crate::prelude::*;
use ipfs_data::ipns_record::{self, RECORD_BYTES_MAX};
use std::io::Read;

/// Type of the event that says that a value is stored.
const VALUE: u8 = 5;

/// What happened while the network was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryEvent {
    /// More about it.
    #[serde(rename = "Extra")]
    pub extra: String,
    /// The peer, or the key.
    #[serde(rename = "ID")]
    pub id: String,
    /// Peers that were told; none when nobody was asked.
    #[serde(rename = "Responses")]
    pub responses: Option<Vec<serde_json::Value>>,
    /// The kind of event.
    #[serde(rename = "Type")]
    pub kind: u8,
}

impl Output for QueryEvent {
    const NAME: &'static str = "QueryEvent";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "{}", self.id)?;
        Ok(())
    }
}

// spec: offline.put
pub(super) fn put(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    let key = request.argument(0).unwrap_or_default();
    let mut bytes = Vec::new();
    let limit = RECORD_BYTES_MAX as u64 + 1;
    request.take_file()?.open()?.take(limit).read_to_end(&mut bytes)?;
    let name = ipns_record::parse_name(key.strip_prefix("/ipns/").unwrap_or(key))?;
    if !request.bool("allow-offline") {
        return Err(Error::new("can't put while offline: pass `--allow-offline` to override"));
    }
    if !key.starts_with("/ipns/") {
        return Err(Error::new("invalid key"));
    }
    env.names()?.put_record(&name, &bytes)?;
    let id = name.to_string();
    emitter.emit(&QueryEvent { extra: String::new(), id, responses: None, kind: VALUE })
}
