//! Spec: spec/command/object.md
//!
//! `ipfs object diff`.

use crate::content::Content;
use crate::encode::quote;
use crate::prelude::*;
use ipfs_data::cid::{Cid, codec};
use ipfs_data::dag_pb;
use serde_json::{Value as Json, json};
use std::collections::HashSet;

const ADDED: u8 = 0;
const REMOVED: u8 = 1;
const CHANGED: u8 = 2;

/// A difference.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Change {
    /// 0 added, 1 removed, 2 changed.
    #[serde(rename = "Type")]
    pub kind: u8,
    /// Where.
    pub path: String,
    /// What was there, as a link of dag-json, or null.
    pub before: Json,
    /// What is there, as a link of dag-json, or null.
    pub after: Json,
}

impl Change {
    fn new(kind: u8, path: String, before: Option<&Cid>, after: Option<&Cid>) -> Self {
        let link = |cid: Option<&Cid>| cid.map_or(Json::Null, |cid| json!({"/": cid.to_string()}));
        Self { kind, path, before: link(before), after: link(after) }
    }
}

/// All differences.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Changes {
    /// The differences.
    pub changes: Vec<Change>,
}

impl Output for Changes {
    const NAME: &'static str = "Changes";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let encoder = CidEncoder::from_request(request)?;
        let print = |link: &Json| -> Result<String> {
            let text = link["/"].as_str().unwrap_or_default();
            Ok(encoder.encode(&ipfs_data::cid::parse(text)?))
        };
        for change in &self.changes {
            let path = quote(&change.path);
            let (before, after) = (&change.before, &change.after);
            match (change.kind, request.bool("verbose")) {
                (ADDED, true) => {
                    writeln!(out, "Added new link {path} pointing to {}.", print(after)?)?
                }
                (REMOVED, true) => writeln!(out, "Removed link {path} (was {}).", print(before)?)?,
                (_, true) => {
                    let (before, after) = (print(before)?, print(after)?);
                    writeln!(out, "Changed {path} from {before} to {after}.")?;
                }
                (ADDED, false) => writeln!(out, "+ {} {path}", print(after)?)?,
                (REMOVED, false) => writeln!(out, "- {} {path}", print(before)?)?,
                (_, false) => writeln!(out, "~ {} {} {path}", print(before)?, print(after)?)?,
            }
        }
        Ok(())
    }
}

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let content = Content::open(request, env)?;
    let before = content.resolve(request.argument(0).unwrap_or_default())?;
    let after = content.resolve(request.argument(1).unwrap_or_default())?;
    let mut changes = Vec::new();
    compare(request, &content, (before, after), String::new(), &mut changes)?;
    emitter.emit(&Changes { changes })
}

/// The links of a dag-pb node; none for what is no such node.
fn links(content: &Content<'_>, cid: &Cid) -> Result<Option<Vec<dag_pb::Link>>> {
    let block = content.block(cid)?;
    match cid.codec() {
        codec::DAG_PB => Ok(Some(dag_pb::decode(&block)?.links)),
        _ => Ok(None),
    }
}

// spec: object.diff-order
fn compare(
    request: &Request,
    content: &Content<'_>,
    (before, after): (Cid, Cid),
    path: String,
    changes: &mut Vec<Change>,
) -> Result<()> {
    request.cancel.check()?;
    if before == after {
        return Ok(());
    }
    let (old, new) = match (links(content, &before)?, links(content, &after)?) {
        (Some(old), Some(new)) if !(old.is_empty() && new.is_empty()) => (old, new),
        _ => {
            changes.push(Change::new(CHANGED, path, Some(&before), Some(&after)));
            return Ok(());
        }
    };
    let join = |name: &[u8]| match (path.is_empty(), String::from_utf8_lossy(name)) {
        (true, name) => name.into_owned(),
        (false, name) if name.is_empty() => path.clone(),
        (false, name) => format!("{path}/{name}"),
    };
    let mut common = HashSet::new();
    for link in &old {
        let Some(found) = new.iter().find(|other| other.name() == link.name()) else { continue };
        common.insert(link.name());
        compare(request, content, (link.cid, found.cid), join(link.name()), changes)?;
    }
    let sorted = |links: &[dag_pb::Link]| {
        let mut rest: Vec<dag_pb::Link> =
            links.iter().filter(|link| !common.contains(link.name())).cloned().collect();
        rest.sort_by(|a, b| a.name().cmp(b.name()));
        rest
    };
    for link in sorted(&old) {
        changes.push(Change::new(REMOVED, join(link.name()), Some(&link.cid), None));
    }
    for link in sorted(&new) {
        changes.push(Change::new(ADDED, join(link.name()), None, Some(&link.cid)));
    }
    Ok(())
}
