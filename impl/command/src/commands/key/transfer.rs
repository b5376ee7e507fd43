//! Spec: spec/command/key-commands.md
//!
//! `ipfs key export` and `ipfs key import`

use super::{KeyOutput, id_format};
use crate::keyring::{SELF, Stored};
use crate::passphrase;
use crate::prelude::*;
use ipfs_data::crypt;
use ipfs_data::key::{ENCODED_BYTES_MAX, KeyType, PrivateKey};
use ipfs_repo::disk::RealDisk;
use ipfs_repo::keystore::Keystore;
use ipfs_repo::layout::Layout;
use ipfs_repo::version;
use rand::rngs::OsRng;
use std::fs::{File, OpenOptions, Permissions};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

const PROTOBUF: &str = "libp2p-protobuf-cleartext";
const PEM: &str = "pem-pkcs8-cleartext";
/// Ours alone: PKCS#8 under a passphrase.
const PEM_ENCRYPTED: &str = "pem-pkcs8-encrypted";

// spec: key-commands.export
pub(super) fn export(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = request.argument(0).unwrap_or_default();
    if name == SELF {
        return Err(Error::new("cannot export key with name 'self'"));
    }
    // Only reads, so it works while a daemon has the lock.
    let layout = Layout::new(env.repo_path()?);
    version::check(&RealDisk, &layout)?;
    let keystore = Keystore::open(Arc::new(RealDisk), &layout)?;
    let stored = match Stored::read(&keystore, name) {
        Ok(stored) => stored,
        Err(_) => return Err(Error::new(format!("key with name '{name}' doesn't exist"))),
    };
    match request.str("format").unwrap_or(PROTOBUF) {
        PROTOBUF => emitter.write(&stored.open(name)?.to_protobuf()),
        PEM => emitter.write(stored.open(name)?.to_pkcs8_pem()?.as_bytes()),
        PEM_ENCRYPTED => match stored {
            Stored::Sealed(_, file) => emitter.write(&file),
            Stored::Clear(key) => {
                let passphrase = passphrase::ask_new()?;
                emitter.write(crypt::seal_key(&key, &passphrase, &mut OsRng)?.as_bytes())
            }
        },
        other => Err(Error::new(format!("unrecognized export format: {other}"))),
    }
}

/// Writes the key to its file.
struct KeyFile {
    path: PathBuf,
    file: Option<File>,
}

pub(super) fn start_post_run(request: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    let path = match request.str("output").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => default_path(request),
    };
    Ok(Box::new(KeyFile { path, file: None }))
}

/// The last part of the key's name, and what the format is called.
fn default_path(request: &Request) -> PathBuf {
    let extension = match request.str("format").unwrap_or(PROTOBUF) {
        PROTOBUF => "key",
        _ => "pem",
    };
    let name = format!("{}.{extension}", request.argument(0).unwrap_or_default());
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    PathBuf::from(last)
}

impl PostRun for KeyFile {
    fn bytes(&mut self, bytes: &[u8], _: &Request, _: &mut Terminal) -> Result<()> {
        let failed = |error| crate::error::path_error("open", &self.path, &error);
        if self.file.is_none() {
            self.file = Some(create_private(&self.path).map_err(failed)?);
        }
        match &mut self.file {
            Some(file) => file
                .write_all(bytes)
                .map_err(|error| crate::error::path_error("write", &self.path, &error)),
            None => Ok(()),
        }
    }
}

/// A file that only its owner may read, also when it was there before.
// spec: key-commands.export-mode
fn create_private(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

// spec: key-commands.import
pub(super) fn import(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = request.argument(0).unwrap_or_default();
    if name == SELF {
        return Err(Error::new("cannot import key with name 'self'"));
    }
    let format = id_format(request)?;
    let mut file = Zeroizing::new(Vec::new());
    let limit = ENCODED_BYTES_MAX as u64 + 1;
    request.take_file()?.open()?.take(limit).read_to_end(&mut file)?;
    let mut passphrase = None;
    let key = match request.str("format").unwrap_or(PROTOBUF) {
        PROTOBUF => from_protobuf(&file)?,
        PEM => PrivateKey::from_pkcs8_pem(&file)?,
        PEM_ENCRYPTED => {
            let given = passphrase::ask("Passphrase of the file: ")?;
            let key = crypt::open_key(&file, &given)?;
            passphrase = Some(given);
            key
        }
        other => return Err(Error::new(format!("unrecognized import format: {other}"))),
    };
    if key.key_type() == KeyType::Ecdsa && !request.bool("allow-any-key-type") {
        return Err(Error::new(
            "key type *crypto.ECDSAPrivateKey is not allowed to be imported, only RSA, Ed25519, or \
             Secp256k1; use flag --allow-any-key-type if you are sure of what you're doing",
        ));
    }
    let keystore = env.node()?.keystore()?;
    if !name.is_empty() && keystore.has(name)? {
        return Err(Error::new(format!("key with name '{name}' already exists")));
    }
    // A key that came encrypted stays encrypted, under the same passphrase.
    match passphrase {
        None => keystore.put(name, &key.to_protobuf())?,
        Some(passphrase) => {
            let sealed = crypt::seal_key(&key, &passphrase, &mut OsRng)?;
            keystore.put(name, sealed.as_bytes())?;
        }
    }
    emitter.emit(&KeyOutput { name: name.to_owned(), id: format.text(&key.peer_id()) })
}

fn from_protobuf(file: &[u8]) -> Result<PrivateKey> {
    PrivateKey::from_protobuf(file).map_err(|error| {
        if file.windows(11).any(|window| window == b"-----BEGIN ") {
            return Error::new(format!(
                "unexpected PEM block for format={PROTOBUF}: try again with format={PEM}"
            ));
        }
        Error::new(format!("unable to unmarshall format={PROTOBUF}: {error}"))
    })
}
