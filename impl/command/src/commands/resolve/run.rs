//! Spec: spec/command/resolve.md
//!
//! What `ipfs resolve` does.

use crate::content::Content;
use crate::prelude::*;
use ipfs_data::path::{Namespace, Path};

/// What a path stands for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resolved {
    /// A path without names.
    pub path: String,
}

impl Output for Resolved {
    const NAME: &'static str = "ResolvedPath";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "{}", self.path)?;
        Ok(())
    }
}

// spec: resolve.base-from-path
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let argument = request.argument(0).unwrap_or_default();
    let name = Path::parse_uri(argument).map_or_else(|_| argument.to_owned(), |p| p.to_string());
    let is_name = name.starts_with("/ipns/");
    let from_path = || CidEncoder::from_path(&name);
    let encoder = match (!CidEncoder::is_given(request) && !is_name).then(from_path).flatten() {
        Some(encoder) => encoder,
        None => CidEncoder::from_request(request)?,
    };
    let path = Path::parse_argument(&name)?;
    // spec: resolve.one-step
    if is_name && !request.bool_opt("recursive").unwrap_or(true) {
        let target = env.names()?.resolve_once(&path)?;
        return emitter.emit(&Resolved { path: target.path.to_string() });
    }
    let content = Content::open(request, env)?;
    let (cid, rest) = content.resolve_last(&path)?;
    let namespace = match path.namespace() {
        Namespace::Ipns => Namespace::Ipfs,
        other => other,
    };
    let mut resolved = format!("/{}/{}", namespace.as_str(), encoder.encode(&cid));
    for segment in rest {
        resolved.push('/');
        resolved.push_str(&segment);
    }
    emitter.emit(&Resolved { path: resolved })
}
