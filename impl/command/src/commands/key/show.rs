//! Spec: spec/command/key-commands.md
//!
//! `ipfs key info` and `ipfs key show`

use super::id_format;
use crate::encode::escape_name;
use crate::keyring::{self, Keyring, SELF, Stored};
use crate::passphrase;
use crate::prelude::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipfs_data::ipns_record;
use ipfs_data::key::{PeerId, PublicKey};

/// What is known about a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyInfo {
    /// Its name, empty for a peer ID.
    pub name: String,
    /// Its ID as `--ipns-base` wants it.
    pub id: String,
    /// The base58btc form of the ID.
    pub peer_id: String,
    /// Its kind; empty when the key is encrypted and the ID does not hold it.
    pub r#type: String,
    /// Size in bits, 0 when unknown.
    pub size: usize,
    /// Whether it lies encrypted on disk.
    pub encrypted: bool,
    /// The public key: base64 of its protobuf form; empty when unknown.
    pub public_key: String,
}

impl Output for KeyInfo {
    const NAME: &'static str = "KeyInfo";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        let known =
            |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.to_owned() };
        if !self.name.is_empty() {
            writeln!(out, "Name:       {}", escape_name(self.name.as_bytes()))?;
        }
        writeln!(out, "ID:         {}", self.id)?;
        writeln!(out, "Peer ID:    {}", self.peer_id)?;
        writeln!(out, "Type:       {}", known(&self.r#type))?;
        if self.size > 0 {
            writeln!(out, "Size:       {} bits", self.size)?;
        }
        writeln!(out, "Encrypted:  {}", if self.encrypted { "yes" } else { "no" })?;
        Ok(writeln!(out, "Public key: {}", known(&self.public_key))?)
    }
}

// spec: key-commands.info
pub(super) fn info(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let format = id_format(request)?;
    let text = request.argument(0).unwrap_or_default();
    let repo = env.repo()?;
    if text == SELF {
        let key = keyring::own(repo)?.public();
        return emitter.emit(&describe(format.text(&key.peer_id()), SELF, Ok(key), false));
    }
    match Stored::read(repo.keystore()?, text) {
        Ok(stored) => {
            let id = stored.peer_id();
            let (key, encrypted) = match stored {
                Stored::Clear(key) => (Ok(key.public()), false),
                Stored::Sealed(id, _) => (id.public_key().map_err(|_| id), true),
            };
            emitter.emit(&describe(format.text(&id), text, key, encrypted))
        }
        Err(error) if keyring::is_missing(&error) => {
            let id = ipns_record::parse_name(text).map_err(|_| error)?;
            let key = id.public_key().map_err(|_| id);
            emitter.emit(&describe(format.text(&id), "", key, false))
        }
        Err(error) => Err(error),
    }
}

fn describe(
    id: String,
    name: &str,
    key: std::result::Result<PublicKey, PeerId>,
    encrypted: bool,
) -> KeyInfo {
    let name = name.to_owned();
    match key {
        Ok(key) => KeyInfo {
            name,
            id,
            peer_id: key.peer_id().to_string(),
            r#type: key.key_type().to_string(),
            size: key.bits(),
            encrypted,
            public_key: STANDARD.encode(key.to_protobuf()),
        },
        Err(peer_id) => KeyInfo {
            name,
            id,
            peer_id: peer_id.to_string(),
            r#type: String::new(),
            size: 0,
            encrypted,
            public_key: String::new(),
        },
    }
}

// spec: key-commands.show
pub(super) fn show(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = request.argument(0).unwrap_or_default();
    let repo = env.repo()?;
    if name != SELF && !repo.keystore()?.has(name)? {
        return Err(Error::new(format!("no key named {name} was found")));
    }
    if !request.bool("yes") {
        let question = format!(
            "This prints the private key '{}'. Who sees it can act as its owner. Go on?",
            escape_name(name.as_bytes())
        );
        if !passphrase::confirm(&question).map_err(|_| Error::new(NOT_ASKED))? {
            return Err(Error::new("not printed"));
        }
    }
    let key = Keyring::of(repo)?.by_name(name)?;
    emitter.write(key.to_pkcs8_pem()?.as_bytes())
}

const NOT_ASKED: &str = "there is no terminal to ask on: say --yes to print the private key";
