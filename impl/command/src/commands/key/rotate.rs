//! Spec: spec/command/key-commands.md
//!
//! `ipfs key rotate`

use crate::keyring::{self, SELF};
use crate::prelude::*;

// spec: key-commands.rotate
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.require_no_daemon()?;
    let Some(name) = request.str("oldkey") else {
        return Err(Error::new("keystore name for backing up old key must be provided"));
    };
    if name == SELF {
        return Err(Error::new("keystore name for back up cannot be named 'self'"));
    }
    let repo = env.repo().map_err(|error| wrapped("opening repo", error))?;
    let _editing = repo.edit_config();
    let mut tree = repo.config_tree()?;
    let old =
        keyring::own_key(&tree).map_err(|error| wrapped("decoding old private key", error))?;
    let kind = request.str("type").unwrap_or("ed25519");
    let mut print = |text: &str| emitter.write(text.as_bytes());
    let new = keyring::new_identity(kind, request.int("size"), &mut print)
        .map_err(|error| wrapped("creating identity", error))?;
    // The old key is safe before the new one takes its place.
    repo.keystore()
        .and_then(|keystore| Ok(keystore.put(name, &old.to_protobuf())?))
        .map_err(|error| wrapped("saving old key in keystore", error.into()))?;
    tree.set("Identity.PeerID", new.peer_id().to_string().into())?;
    tree.set("Identity.PrivKey", keyring::config_text(&new).as_str().into())?;
    repo.store_config(&tree).map_err(|error| wrapped("saving new key to config", error.into()))
}

fn wrapped(what: &str, error: Error) -> Error {
    Error::with_kind(error.kind(), format!("{what} ({})", error.message()))
}
