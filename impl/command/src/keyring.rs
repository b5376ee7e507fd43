//! Spec: spec/command/key-commands.md
//!
//! The keys of a node: its own from the configuration, the named ones from the keystore, in clear
//! or under a passphrase.

use crate::env::Env;
use crate::error::{Error, Result};
use crate::passphrase;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipfs_data::crypt;
use ipfs_data::key::{KeyType, PeerId, PrivateKey};
use ipfs_data::multibase::Base;
use ipfs_repo::Repo;
use ipfs_repo::config::Tree;
use ipfs_repo::disk::RealDisk;
use ipfs_repo::keystore::{self, Keystore};
use ipfs_repo::layout::Layout;
use ipfs_repo::{repo, version};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The name of the node's own key.
pub const SELF: &str = "self";

/// How peer IDs are printed: `--ipns-base`, `--peerid-base`.
#[derive(Debug, Clone, Copy)]
pub struct IdFormat(Option<Base>);

impl IdFormat {
    /// `b58mh` (or `v0`) for the base58btc multihash, else the base of a CID.
    ///
    /// # Errors
    /// `unsupported multibase encoding: zz`
    // spec: key-commands.id-format
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "b58mh" | "v0" => Ok(Self(None)),
            name => Ok(Self(Some(Base::from_name(name)?))),
        }
    }

    /// The text of a peer ID.
    pub fn text(self, id: &PeerId) -> String {
        match self.0 {
            None => id.to_string(),
            Some(base) => id.to_cid_text(base),
        }
    }
}

/// The key that a configuration holds.
///
/// # Errors
/// When it is absent, malformed, or not the key of the configured peer ID.
pub fn own_key(config: &Tree) -> Result<PrivateKey> {
    let text = |path: &str| config.get(path).ok().and_then(|value| value.as_str()).unwrap_or("");
    if text("Identity.PrivKey").is_empty() {
        return Err(Error::new("private key not available"));
    }
    let bytes = STANDARD
        .decode(text("Identity.PrivKey"))
        .map(Zeroizing::new)
        .map_err(|error| Error::new(format!("cannot decode Identity.PrivKey: {error}")))?;
    let key = PrivateKey::from_protobuf(&bytes)?;
    let id = PeerId::parse(text("Identity.PeerID"))
        .map_err(|error| Error::new(format!("peer ID invalid: {error}")))?;
    if key.peer_id() != id {
        return Err(Error::new("private key in config does not match id"));
    }
    Ok(key)
}

/// The base64 form of a key that the configuration holds.
pub fn config_text(key: &PrivateKey) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(&*key.to_protobuf()))
}

/// What a keystore file holds.
#[derive(Debug)]
pub enum Stored {
    /// A key in clear.
    Clear(PrivateKey),
    /// A key under a passphrase, with the peer ID that the file names.
    Sealed(PeerId, Zeroizing<Vec<u8>>),
}

impl Stored {
    /// Reads a key without asking for a passphrase.
    ///
    /// # Errors
    /// [`keystore::Error::NotFound`]'s text, or what is wrong with the file.
    pub fn read(keystore: &Keystore, name: &str) -> Result<Self> {
        let file = Zeroizing::new(keystore.get(name)?);
        if let Some(id) = crypt::sealed_peer_id(&file) {
            return Ok(Self::Sealed(id, file));
        }
        PrivateKey::from_protobuf(&file).map(Self::Clear).map_err(|error| {
            let path = keystore.path(name).unwrap_or_default();
            Error::new(format!("cannot deserialize private key file {path:?}: {error}"))
        })
    }

    /// The peer ID, known without a passphrase.
    pub fn peer_id(&self) -> PeerId {
        match self {
            Self::Clear(key) => key.peer_id(),
            Self::Sealed(id, _) => *id,
        }
    }

    /// The key; asks for the passphrase if there is one.
    ///
    /// # Errors
    /// When the passphrase is wrong or can't be asked for.
    pub fn open(self, name: &str) -> Result<PrivateKey> {
        match self {
            Self::Clear(key) => Ok(key),
            Self::Sealed(_, file) => {
                let name = crate::encode::escape_name(name.as_bytes());
                let passphrase = passphrase::ask(&format!("Passphrase of key '{name}': "))?;
                Ok(crypt::open_key(&file, &passphrase)?)
            }
        }
    }
}

/// Whether the failure is only that there is no such key.
pub fn is_missing(error: &Error) -> bool {
    error.message() == keystore::Error::NotFound.to_string()
}

/// All keys of a node.
#[derive(Debug)]
pub struct Keyring {
    config: Tree,
    keystore: Keystore,
}

impl Keyring {
    /// The keys of an open repository.
    ///
    /// # Errors
    /// When configuration or keystore can't be read.
    pub fn of(repo: &Repo) -> Result<Self> {
        Ok(Self { config: repo.config_tree()?, keystore: repo.keystore()?.clone() })
    }

    /// The keys of a repository that other processes may use: both files and configuration are
    /// replaced in one step, so reading needs no lock.
    ///
    /// # Errors
    /// As [`Keyring::of`].
    pub fn unlocked(env: &Env) -> Result<Self> {
        let layout = Layout::new(env.repo_path()?);
        if !layout.is_initialized(&RealDisk) {
            return Err(repo::Error::Missing(layout.directory().to_path_buf()).into());
        }
        version::check(&RealDisk, &layout)?;
        let keystore = Keystore::open(Arc::new(RealDisk), &layout)?;
        Ok(Self { config: env.config()?, keystore })
    }

    /// The keystore alone.
    pub fn keystore(&self) -> &Keystore {
        &self.keystore
    }

    /// The node's own key.
    ///
    /// # Errors
    /// As [`own_key`].
    pub fn own(&self) -> Result<PrivateKey> {
        own_key(&self.config)
    }

    /// The key of that name; `self` and nothing for the node's own.
    ///
    /// # Errors
    /// When there is none or it can't be opened.
    pub fn by_name(&self, name: &str) -> Result<PrivateKey> {
        if name.is_empty() || name == SELF {
            return self.own();
        }
        Stored::read(&self.keystore, name)?.open(name)
    }

    /// The key with that peer ID, if it is one of ours.
    ///
    /// # Errors
    /// When keys can't be read, or the one found can't be opened.
    pub fn by_id(&self, id: &PeerId) -> Result<Option<PrivateKey>> {
        let own = self.own()?;
        if own.peer_id() == *id {
            return Ok(Some(own));
        }
        for name in self.keystore.list()? {
            match Stored::read(&self.keystore, &name) {
                Ok(stored) if stored.peer_id() == *id => return stored.open(&name).map(Some),
                Ok(_) => {}
                Err(error) => warn(&error),
            }
        }
        Ok(None)
    }

    /// The key of that name or with that peer ID.
    ///
    /// # Errors
    /// The reference's `no key by the given name was found` and its siblings.
    // spec: key-commands.lookup
    pub fn by_name_or_id(&self, text: &str) -> Result<PrivateKey> {
        if text == SELF {
            return self.own();
        }
        match Stored::read(&self.keystore, text) {
            Ok(stored) => return stored.open(text),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error),
        }
        let Ok(id) = PeerId::parse(text) else { return Err(keystore::Error::NotFound.into()) };
        self.by_id(&id)?.ok_or_else(|| Error::new("no key by the given name or PeerID was found"))
    }
}

/// The node's own key.
///
/// # Errors
/// As [`own_key`].
pub fn own(repo: &Repo) -> Result<PrivateKey> {
    own_key(&repo.config_tree()?)
}

/// Says on standard error that a key file is passed over.
pub fn warn(error: &Error) {
    crate::terminal::eprint_line(&format!("cannot get key from keystore: {}", error.message()));
}

/// The kind of a new key.
///
/// # Errors
/// `unrecognized key type: nope`, or a size that the kind can't have.
// spec: key-commands.kinds
pub fn kind(name: &str, bits: Option<i64>) -> Result<(KeyType, Option<usize>)> {
    let key_type = match name {
        "rsa" => KeyType::Rsa,
        "ed25519" => KeyType::Ed25519,
        "secp256k1" => KeyType::Secp256k1,
        "ecdsa" => KeyType::Ecdsa,
        _ => return Err(Error::new(format!("unrecognized key type: {name}"))),
    };
    // -1 stands for "not given", as in the reference.
    let bits = bits.filter(|bits| *bits != -1);
    match bits {
        Some(bits) if key_type != KeyType::Rsa && bits != 256 => {
            Err(Error::new(format!("invalid key size {bits}: {name} keys are always 256 bits")))
        }
        bits => Ok((key_type, bits.map(|bits| usize::try_from(bits).unwrap_or(0)))),
    }
}

/// A new key.
///
/// # Errors
/// When an RSA key of that size is refused.
pub fn generate(key_type: KeyType, bits: Option<usize>) -> Result<PrivateKey> {
    Ok(PrivateKey::generate(key_type, bits, &mut rand::rngs::OsRng)?)
}

/// A new identity, with the progress that `init` and `key rotate` print.
///
/// # Errors
/// As [`kind`] and [`generate`].
// spec: key-commands.identity-lines
pub fn new_identity(
    kind_name: &str,
    bits: Option<i64>,
    print: &mut dyn FnMut(&str) -> Result<()>,
) -> Result<PrivateKey> {
    let (key_type, bits) = kind(kind_name, bits)?;
    let what = match key_type {
        KeyType::Rsa => format!("{}-bit RSA", bits.unwrap_or(ipfs_data::key::RSA_BITS_MIN)),
        KeyType::Ed25519 => "ED25519".to_owned(),
        other => other.to_string(),
    };
    print(&format!("generating {what} keypair..."))?;
    let key = generate(key_type, bits)?;
    print(&format!("done\npeer identity: {}\n", key.peer_id()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_sizes() {
        assert_eq!(kind("rsa", Some(4096)).unwrap(), (KeyType::Rsa, Some(4096)));
        assert_eq!(kind("ed25519", Some(-1)).unwrap(), (KeyType::Ed25519, None));
        assert_eq!(kind("nope", None).unwrap_err().message(), "unrecognized key type: nope");
        let text = "invalid key size 100: secp256k1 keys are always 256 bits";
        assert_eq!(kind("secp256k1", Some(100)).unwrap_err().message(), text);
    }

    #[test]
    fn id_formats() {
        let id: PeerId = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB".parse().unwrap();
        let text = |name: &str| IdFormat::parse(name).unwrap().text(&id);
        assert_eq!(text("b58mh"), id.to_string());
        assert_eq!(text("v0"), id.to_string());
        assert_eq!(text("k"), id.to_name());
        let error = IdFormat::parse("zz").unwrap_err();
        assert_eq!(error.message(), "unsupported multibase encoding: zz");
    }
}
