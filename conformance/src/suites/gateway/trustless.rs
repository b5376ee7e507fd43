//! Cases of `spec/gateway/trustless.md`.

mod block;
mod car;
mod entity_bytes;
mod missing;
mod order;
mod record;
mod scope;
mod strict;

use crate::case::{Check, Suite, failed};
use crate::encode::Cid;
use crate::gateway::{Gateway, Reply};
use std::collections::BTreeSet;

pub(crate) const SUITE: Suite = Suite {
    name: "gateway/trustless",
    gateway: &[
        block::CASES,
        car::CASES,
        scope::CASES,
        entity_bytes::CASES,
        order::CASES,
        missing::CASES,
        record::CASES,
        strict::CASES,
    ],
    ..Suite::EMPTY
};

const CAR: &str = "application/vnd.ipld.car";
const BLOCK: &str = "application/vnd.ipld.raw";
const RECORD: &str = "application/vnd.ipfs.ipns-record";

/// Asks for a CAR that has to hold exactly these blocks, in this order.
fn holds(gateway: &Gateway, target: &str, wanted: &[Cid]) -> Check<Reply> {
    let reply = gateway.get(target)?;
    let car = reply.status(200)?.whole()?.car()?;
    if car.cut {
        return reply.fail("the CAR ends within a block");
    }
    let got: Vec<Cid> = car.blocks.into_iter().map(|(cid, _)| cid).collect();
    if got == wanted {
        return Ok(reply);
    }
    let same: BTreeSet<&Cid> = got.iter().collect();
    let set: BTreeSet<&Cid> = wanted.iter().collect();
    let list = |cids: Vec<&&Cid>| cids.iter().map(ToString::to_string).collect::<Vec<_>>();
    reply.fail(&format!(
        "{} blocks, wanted {}; missing {:?}, too many {:?}; order {}",
        got.len(),
        wanted.len(),
        list(set.difference(&same).collect()),
        list(same.difference(&set).collect()),
        if same == set { "or repetition differs" } else { "not looked at" }
    ))
}

/// Each CID at its first place.
fn once(cids: Vec<Cid>) -> Vec<Cid> {
    let mut seen = BTreeSet::new();
    cids.into_iter().filter(|cid| seen.insert(cid.clone())).collect()
}

/// The parameters of a media type, names in lower case.
fn parameters(reply: &Reply) -> Check<Vec<(String, String)>> {
    let value = reply.header("Content-Type")?;
    let mut found = Vec::new();
    for part in value.split(';').skip(1) {
        let Some((name, value)) = part.trim().split_once('=') else {
            return failed(format!("Content-Type {value:?}"));
        };
        found.push((name.to_ascii_lowercase(), value.trim_matches('"').to_owned()));
    }
    Ok(found)
}

/// The `Content-Type` has to say this.
fn says(reply: &Reply, name: &str, wanted: &str) -> Check {
    let found = parameters(reply)?;
    match found.iter().find(|(found, _)| found == name) {
        Some((_, value)) if value == wanted => Ok(()),
        other => reply.fail(&format!("{name} in Content-Type: {other:?}, wanted {wanted:?}")),
    }
}

/// An `Etag` has to be a quoted string, weak or strong.
fn etag(reply: &Reply) -> Check<String> {
    let etag = reply.header("Etag")?;
    let opaque = etag.strip_prefix("W/").unwrap_or(etag);
    let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.is_empty() && !inner.contains('"') => Ok(etag.to_owned()),
        _ => reply.fail(&format!("Etag {etag:?} is no quoted string")),
    }
}
