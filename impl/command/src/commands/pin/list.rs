//! Spec: spec/command/pin-command.md
//!
//! What `ipfs pin ls` does.

use super::run::check_name;
use crate::content::{Content, local};
use crate::prelude::*;
use ipfs_data::cid::Cid;
use ipfs_repo::graph;
use ipfs_repo::pin::{Filter, Mode, Status};
use std::collections::{BTreeMap, HashSet};

/// The answer: all pins at once, or one of a stream.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Listed {
    /// With `--stream`.
    One(Streamed),
    /// Without.
    All(All),
}

/// All pins by CID.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct All {
    /// The pins.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Kind>,
}

/// How something is pinned.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Kind {
    /// `recursive`, `direct`, `indirect` or `indirect through CID`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// The name, if asked for.
    pub name: String,
}

/// One pin of a stream.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Streamed {
    /// What is pinned.
    pub cid: String,
    /// The name, if asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// As in [`Kind`].
    #[serde(rename = "Type")]
    pub kind: String,
}

impl Output for Listed {
    const NAME: &'static str = "PinLsOutputWrapper";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let quiet = request.bool("quiet");
        let mut line = |cid: &str, kind: &str, name: &str| match (quiet, name) {
            (true, _) => writeln!(out, "{cid}"),
            (false, "") => writeln!(out, "{cid} {kind}"),
            (false, name) => writeln!(out, "{cid} {kind} {name}"),
        };
        match self {
            Self::One(one) => line(&one.cid, &one.kind, &one.name)?,
            Self::All(all) => {
                for (cid, kind) in &all.keys {
                    line(cid, &kind.kind, &kind.name)?;
                }
            }
        }
        Ok(())
    }
}

struct Emit<'r, 'e, 'a> {
    encoder: CidEncoder,
    request: &'r Request,
    emitter: &'e mut Emitter<'a>,
    stream: bool,
    all: BTreeMap<String, Kind>,
}

impl Emit<'_, '_, '_> {
    fn pin(&mut self, cid: &Cid, kind: String, name: String) -> Result<()> {
        self.request.cancel.check()?;
        let cid = self.encoder.encode(cid);
        if self.stream {
            return self.emitter.emit(&Listed::One(Streamed { cid, name, kind }));
        }
        self.all.insert(cid, Kind { kind, name });
        Ok(())
    }
}

pub(super) fn ls(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = request.str("name").unwrap_or_default();
    check_name(name)?;
    let kind = request.str("type").unwrap_or("all");
    let filter = match kind {
        "all" | "any" => Filter::Any,
        "recursive" => Filter::Recursive,
        "direct" => Filter::Direct,
        "indirect" => Filter::Indirect,
        kind => {
            return Err(Error::new(format!(
                "invalid type '{kind}', must be one of {{direct, indirect, recursive, all}}"
            )));
        }
    };
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let stream = request.bool("stream");
    let mut emit = Emit { encoder, request, emitter, stream, all: BTreeMap::new() };
    let names = request.bool("names") || !name.is_empty();
    if request.arguments.is_empty() {
        ls_all(&content, filter, names, name, &mut emit)?;
    } else {
        ls_given(&content, filter, names, &mut emit)?;
    }
    if stream {
        return Ok(());
    }
    let all = All { keys: emit.all };
    emitter.emit_only(&Listed::All(all))
}

fn ls_given(
    content: &Content<'_>,
    filter: Filter,
    names: bool,
    emit: &mut Emit<'_, '_, '_>,
) -> Result<()> {
    let arguments = &emit.request.arguments;
    let cids =
        arguments.iter().map(|argument| content.resolve(argument)).collect::<Result<Vec<Cid>>>()?;
    let found =
        content.pinner()?.status(&content.stored_dag(), &cids, filter, names).map_err(local)?;
    for ((status, cid), argument) in found.into_iter().zip(&cids).zip(arguments) {
        let (kind, name) = match status {
            Status::Pinned(mode, name) => (mode.to_string(), name),
            Status::Indirect { via } => {
                (format!("indirect through {}", emit.encoder.encode(&via)), String::new())
            }
            Status::NotPinned => {
                return Err(Error::new(format!("path '{argument}' is not pinned")));
            }
        };
        emit.pin(cid, kind, name)?;
    }
    Ok(())
}

fn ls_all(
    content: &Content<'_>,
    filter: Filter,
    names: bool,
    name: &str,
    emit: &mut Emit<'_, '_, '_>,
) -> Result<()> {
    let pinner = content.pinner()?;
    let mut emitted = HashSet::new();
    let mut roots = Vec::new();
    for mode in [Mode::Recursive, Mode::Direct] {
        let shown = match mode {
            Mode::Recursive => matches!(filter, Filter::Any | Filter::Recursive),
            Mode::Direct => matches!(filter, Filter::Any | Filter::Direct),
        };
        if !shown && filter != Filter::Indirect {
            continue;
        }
        for pin in pinner.list(mode, names && shown)? {
            let pin = pin?;
            if mode == Mode::Recursive {
                roots.push(pin.cid);
            }
            if emitted.insert(pin.cid) && shown && pin.name.contains(name) {
                emit.pin(&pin.cid, mode.to_string(), pin.name)?;
            }
        }
    }
    // Indirect pins have no names, so a name leaves none of them.
    if !matches!(filter, Filter::Any | Filter::Indirect) || !name.is_empty() {
        return Ok(());
    }
    let mut seen = HashSet::new();
    for root in roots {
        let mut failed = None;
        let walked = graph::walk_below(&content.stored_dag(), &root, &mut |cid| {
            if !seen.insert(*cid) {
                return Ok(false);
            }
            if emitted.insert(*cid)
                && let Err(error) = emit.pin(cid, "indirect".into(), String::new())
            {
                failed = Some(error);
                return Err(ipfs_data::block::Error::Cancelled);
            }
            Ok(true)
        });
        walked.map_err(|error| failed.take().unwrap_or_else(|| local(error)))?;
    }
    Ok(())
}
