//! Spec: spec/command/key-commands.md
//!
//! `ipfs key gen`

use super::{KeyOutput, id_format};
use crate::keyring::{self, SELF};
use crate::passphrase;
use crate::prelude::*;
use ipfs_data::crypt;
use rand::rngs::OsRng;

// spec: key-commands.gen
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = request.argument(0).unwrap_or_default();
    if name == SELF {
        return Err(Error::new("cannot create key with name 'self'"));
    }
    let format = id_format(request)?;
    let keystore = env.node()?.keystore()?;
    if !name.is_empty() && keystore.has(name)? {
        return Err(Error::new(format!("key with name '{name}' already exists")));
    }
    let kind = request.str("type").unwrap_or("ed25519");
    let (key_type, bits) = keyring::kind(kind, request.int("size"))?;
    // spec: key-commands.gen-passphrase
    let passphrase = if request.bool("passphrase") { Some(passphrase::ask_new()?) } else { None };
    let key = keyring::generate(key_type, bits)?;
    match passphrase {
        None => keystore.put(name, &key.to_protobuf())?,
        Some(passphrase) => {
            let file = crypt::seal_key(&key, &passphrase, &mut OsRng)?;
            keystore.put(name, file.as_bytes())?;
        }
    }
    emitter.emit(&KeyOutput { name: name.to_owned(), id: format.text(&key.peer_id()) })
}
