//! Spec: spec/command/name-commands.md
//!
//! `ipfs name resolve`

use crate::encode::quote;
use crate::keyring;
use crate::prelude::*;
use ipfs_data::path::{Namespace, Path};

/// Where a name points.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResolvedPath {
    /// The path.
    pub path: String,
}

impl Output for ResolvedPath {
    const NAME: &'static str = "ResolvedPath";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        Ok(writeln!(out, "{}", self.path)?)
    }
}

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let repo = env.node()?;
    if let Some(text) = request.str("dht-timeout") {
        let timeout = crate::duration::parse(text).map_err(Error::new)?;
        if timeout < 0 {
            return Err(Error::new("DHT timeout value must be >= 0"));
        }
    }
    let path = match request.argument(0) {
        None => Path::parse(&format!("/ipns/{}", keyring::own(repo)?.peer_id()))?,
        Some(text) => parse(text)?,
    };
    let recursive = request.bool_opt("recursive").unwrap_or(true);
    let resolver = env.names()?;
    let resolved = match (recursive, request.bool("nocache")) {
        (true, false) => resolver.resolve(&path),
        (true, true) => resolver.resolve_fresh(&path),
        (false, false) => resolver.resolve_once(&path),
        (false, true) => resolver.resolve_once_fresh(&path),
    };
    let stream = request.bool("stream");
    // spec: name-commands.resolve-stream
    if stream && matches!(resolved, Err(ipfs_node::names::Error::NotFound)) {
        return Ok(());
    }
    let resolved = resolved?;
    let resolved = ResolvedPath { path: resolved.path.to_string() };
    if stream { emitter.emit(&resolved) } else { emitter.emit_only(&resolved) }
}

/// A bare name, a path or a URI.
// spec: name-commands.resolve-argument
fn parse(text: &str) -> Result<Path> {
    let path = match Path::parse_uri(text) {
        Ok(path) => path,
        Err(error) if text.starts_with('/') => return Err(error.into()),
        Err(_) => Path::parse(&format!("/ipns/{text}"))?,
    };
    match path.namespace() {
        Namespace::Ipns => Ok(path),
        _ => Err(Error::new(format!("{} is not an IPNS name", quote(text)))),
    }
}
