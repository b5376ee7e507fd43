//! Spec: spec/command/pin-command.md
//!
//! What `ipfs pin add|rm|update|verify` do.

use crate::commands::provide::fast::{self, After};
use crate::content::{Content, local};
use crate::prelude::*;
use ipfs_data::block;
use ipfs_repo::pin::{Mode, NAME_BYTES_MAX, Verification, Verify};
use std::any::Any;
use std::time::{Duration, Instant};

/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(500);

/// Refuses names that are too long.
// spec: pin-command.name-max-255
pub(super) fn check_name(name: &str) -> Result<()> {
    match name.len() {
        0..=NAME_BYTES_MAX => Ok(()),
        length => {
            Err(Error::new(format!("pin name is {length} bytes (max {NAME_BYTES_MAX} bytes)")))
        }
    }
}

/// Pins, or how far pinning is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Added {
    /// CIDs; none in progress reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
    /// Blocks seen so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub progress: u64,
    /// Bytes of these blocks.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes: u64,
    /// Peers that were asked for what was not here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub peers: u64,
}

/// Peers that this request has asked so far.
fn asked() -> u64 {
    ipfs_node::content::current().map_or(0, |fetch| fetch.counts().peers as u64)
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Output for Added {
    const NAME: &'static str = "AddPinOutput";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let how = if request.bool("recursive") { "recursively" } else { "directly" };
        for pin in &self.pins {
            writeln!(out, "pinned {pin} {how}")?;
        }
        Ok(())
    }
}

/// Shows how far it is, and how fast.
pub(super) struct ShowAdded {
    started: Instant,
}

impl ShowAdded {
    pub(super) fn new() -> Self {
        Self { started: Instant::now() }
    }

    // spec: pin-command.progress-peers
    fn text(&self, added: &Added) -> String {
        let bytes = crate::human::bytes(added.bytes);
        let mut text = format!("Fetched/Processed {} nodes ({bytes})", added.progress);
        if added.peers > 0 {
            let rate = added.bytes as f64 / self.started.elapsed().as_secs_f64().max(0.1);
            let (rate, peers) = (crate::human::bytes(rate as u64), added.peers);
            text.push_str(&format!(", {rate}/s, {peers} peers asked"));
        }
        text.push('\r');
        text
    }
}

impl PostRun for ShowAdded {
    fn value(&mut self, value: &dyn Any, request: &Request, terminal: &mut Terminal) -> Result<()> {
        let added = value.downcast_ref::<Added>().ok_or_else(|| Error::new("unexpected value"))?;
        if added.pins.is_empty() {
            terminal.progress(&self.text(added));
            return Ok(());
        }
        let mut text = Vec::new();
        crate::emit::AnyOutput::encode(added, request.encoding, request, &mut text)?;
        terminal.write(&text)
    }
}

pub(super) fn add(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = request.str("name").unwrap_or_default();
    check_name(name)?;
    let mode = if request.bool("recursive") { Mode::Recursive } else { Mode::Direct };
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let pinner = content.pinner()?;
    let show = request.bool("progress");
    let (mut blocks, mut bytes, mut told) = (0, 0, Instant::now());
    let mut pins = Vec::new();
    for argument in request.all_arguments() {
        let cid = content.resolve(&argument?)?;
        // spec: denylist.pin
        content.check(&cid.into()).map_err(|error| error.context("pin"))?;
        let mut failed = None;
        let mut progress = |size| {
            if let Err(error) = request.cancel.check() {
                failed = Some(error);
                return Err(block::Error::Cancelled);
            }
            blocks += 1;
            bytes += size;
            if show && told.elapsed() >= PROGRESS {
                told = Instant::now();
                let report = Added { progress: blocks, bytes, peers: asked(), ..Added::default() };
                if let Err(error) = emitter.emit(&report) {
                    failed = Some(error);
                    return Err(block::Error::Cancelled);
                }
            }
            Ok(())
        };
        let _writing = content.repo.gc_lock().writer();
        let added = pinner.add(&content.dag(), &cid, mode, name, Some(&mut progress));
        if let Err(error) = added {
            return Err(failed.unwrap_or_else(|| local(error).context("pin")));
        }
        pins.push(encoder.encode(&cid));
    }
    if show && blocks > 0 {
        emitter.emit(&Added { progress: blocks, bytes, peers: asked(), ..Added::default() })?;
    }
    let roots = pins.len();
    let added = Added { pins, ..Added::default() };
    if show { emitter.emit(&added) } else { emitter.emit_only(&added) }?;
    fast::tell(request, env, After::Pin, roots)
}

/// CIDs whose pins were changed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Changed {
    /// The CIDs: those removed, or from and to.
    pub pins: Vec<String>,
}

impl Output for Changed {
    const NAME: &'static str = "PinOutput";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        match (self.pins.as_slice(), request.command.name) {
            ([from, to], "update") => writeln!(out, "updated {from} to {to}")?,
            (pins, _) => pins.iter().try_for_each(|pin| writeln!(out, "unpinned {pin}"))?,
        }
        Ok(())
    }
}

pub(super) fn rm(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let recursive = request.bool("recursive");
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let pinner = content.pinner()?;
    let mut pins = Vec::new();
    for argument in request.all_arguments() {
        request.cancel.check()?;
        let cid = content.resolve_to_remove(&argument?)?;
        let _writing = content.repo.gc_lock().writer();
        pinner.remove(&cid, recursive)?;
        pins.push(encoder.encode(&cid));
    }
    emitter.emit(&Changed { pins })
}

pub(super) fn update(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let from = content.resolve(request.argument(0).unwrap_or_default())?;
    let to = content.resolve(request.argument(1).unwrap_or_default())?;
    let _writing = content.repo.gc_lock().writer();
    content.pinner()?.update(&content.dag(), &from, &to, request.bool("unpin")).map_err(local)?;
    emitter.emit(&Changed { pins: vec![encoder.encode(&from), encoder.encode(&to)] })
}

/// What was found for one pin.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Verified {
    /// The root.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cid: String,
    /// Why the pins can't be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub err: String,
    /// Whether it is complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ok: bool,
    /// What is missing or broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad_nodes: Vec<BadNode>,
}

/// A block that can't be used.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BadNode {
    /// Its CID.
    pub cid: String,
    /// Why.
    pub err: String,
}

impl Output for Verified {
    const NAME: &'static str = "PinVerifyRes";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        if request.bool("quiet") {
            if !self.ok {
                writeln!(out, "{}", self.cid)?;
            }
        } else if !self.err.is_empty() {
            writeln!(out, "error: {}", self.err)?;
        } else if self.ok {
            writeln!(out, "{} ok", self.cid)?;
        } else {
            writeln!(out, "{} broken", self.cid)?;
            for BadNode { cid, err } in &self.bad_nodes {
                writeln!(out, "  {cid}: {err}")?;
            }
        }
        Ok(())
    }
}

pub(super) fn verify(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let (verbose, quiet) = (request.bool("verbose"), request.bool("quiet"));
    if verbose && quiet {
        return Err(Error::new(
            "the --verbose and --quiet options can not be used at the same time",
        ));
    }
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let pinner = content.pinner()?;
    let mut verify = Verify::default();
    for pin in pinner.list(Mode::Recursive, false)? {
        let cancelled = || request.cancel.is_cancelled();
        let checked = verify.check(&content.stored_dag(), &pin?.cid, &cancelled);
        let Verification { cid, bad } = checked.map_err(|error| match request.cancel.check() {
            Err(stopped) => stopped,
            Ok(()) => error.into(),
        })?;
        let ok = bad.is_empty();
        if ok && !verbose {
            continue;
        }
        let bad = bad.iter().filter(|_| !quiet);
        emitter.emit(&Verified {
            cid: encoder.encode(&cid),
            err: String::new(),
            ok,
            bad_nodes: bad
                .map(|node| BadNode { cid: encoder.encode(&node.cid), err: node.error.clone() })
                .collect(),
        })?;
    }
    Ok(())
}
