//! Spec: spec/command/key-commands.md
//!
//! `ipfs key sign` and `ipfs key verify`

use super::{KeyOutput, id_format};
use crate::keyring::{self, Keyring, SELF, Stored};
use crate::prelude::*;
use ipfs_data::ipns_record;
use ipfs_data::key::PublicKey;
use ipfs_data::multibase::{self, Base};
use std::io::Read;

/// Set before the data, so that such a signature serves for nothing else.
const PREFIX: &[u8] = b"libp2p-key signed message:";

fn message(request: &Request) -> Result<Vec<u8>> {
    let mut message = PREFIX.to_vec();
    request.take_file()?.open()?.read_to_end(&mut message)?;
    Ok(message)
}

/// A signature.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeySignOutput {
    /// Who signed.
    pub key: KeyOutput,
    /// In base64url of multibase.
    pub signature: String,
}

impl Output for KeySignOutput {
    const NAME: &'static str = "KeySignOutput";
    const TEXT: bool = false;

    fn text(&self, _: &Request, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

// spec: key-commands.sign
pub(super) fn sign(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let format = id_format(request)?;
    let name = request.str("key").filter(|name| !name.is_empty()).unwrap_or(SELF);
    let message = message(request)?;
    let key = Keyring::of(env.node()?)?.by_name(name)?;
    let signature = multibase::encode(Base::Base64Url, &key.sign(&message)?);
    emitter.emit(&KeySignOutput {
        key: KeyOutput { name: name.to_owned(), id: format.text(&key.peer_id()) },
        signature: String::from_utf8_lossy(&signature).into_owned(),
    })
}

/// Whether a signature is right.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyVerifyOutput {
    /// Whose signature was looked for.
    pub key: KeyOutput,
    /// Whether it is that.
    pub signature_valid: bool,
}

impl Output for KeyVerifyOutput {
    const NAME: &'static str = "KeyVerifyOutput";
    const TEXT: bool = false;

    fn text(&self, _: &Request, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

// spec: key-commands.verify
pub(super) fn verify(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let format = id_format(request)?;
    let text = request.str("key").unwrap_or_default();
    let (_, signature) =
        multibase::decode(request.str("signature").unwrap_or_default().as_bytes())?;
    let message = message(request)?;
    let (name, key) = public_key(&Keyring::of(env.node()?)?, text)?;
    let valid = key.verify(&message, &signature)?;
    emitter.emit(&KeyVerifyOutput {
        key: KeyOutput { name, id: format.text(&key.peer_id()) },
        signature_valid: valid,
    })
}

/// The key of a name, or the one that an IPNS name or peer ID holds.
pub(crate) fn public_key(keys: &Keyring, text: &str) -> Result<(String, PublicKey)> {
    if text.is_empty() || text == SELF {
        return Ok((SELF.to_owned(), keys.own()?.public()));
    }
    match Stored::read(keys.keystore(), text) {
        Ok(Stored::Clear(key)) => return Ok((text.to_owned(), key.public())),
        Ok(sealed) => {
            // The passphrase is not needed when the ID holds the public key.
            let key = match sealed.peer_id().public_key() {
                Ok(key) => key,
                Err(_) => sealed.open(text)?.public(),
            };
            return Ok((text.to_owned(), key));
        }
        Err(error) if keyring::is_missing(&error) => {}
        Err(error) => return Err(error),
    }
    let Ok(id) = ipns_record::parse_name(text) else {
        let quoted = crate::encode::quote(text);
        let text = format!("'{quoted}' is not a known key, an IPNS Name, or a valid PeerID");
        return Err(Error::new(text));
    };
    Ok((String::new(), id.public_key()?))
}
