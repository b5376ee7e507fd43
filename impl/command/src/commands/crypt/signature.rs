//! Spec: spec/command/crypt-commands.md
//!
//! `ipfs crypt sign` and `ipfs crypt verify`

use crate::commands::key::public_key;
use crate::error::path_error;
use crate::files::Reader;
use crate::keyring::{Keyring, SELF};
use crate::prelude::*;
use ipfs_data::crypt::{Digester, SignatureFile};
use ipfs_data::ipns_record;
use std::fs::File;
use std::io::Read;
use std::path::Path;

const BUFFER_BYTES: usize = 64 << 10;
/// Longest signature file, in bytes.
const SIGNATURE_BYTES_MAX: u64 = 16 << 10;

fn digest(request: &Request, mut data: Reader) -> Result<Digester> {
    let mut digester = Digester::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        request.cancel.check()?;
        match data.read(&mut buffer)? {
            0 => return Ok(digester),
            length => digester.update(&buffer[..length]),
        }
    }
}

// spec: crypt-commands.sign
pub(super) fn sign(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let key = Keyring::unlocked(env)?.by_name(request.str("key").unwrap_or(SELF))?;
    let digester = digest(request, request.take_file()?.open()?)?;
    emitter.write(format!("{}\n", digester.sign(&key)?).as_bytes())
}

/// A signature that is right.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Verified {
    /// Who signed, in base36.
    pub signer: String,
}

impl Output for Verified {
    const NAME: &'static str = "Verified";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        Ok(writeln!(out, "signed by {}", self.signer)?)
    }
}

// spec: crypt-commands.verify
pub(super) fn verify(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let text = request.str("key").unwrap_or(SELF);
    // A peer ID need not hold its key: the signature brings it along.
    let signer = match public_key(&Keyring::unlocked(env)?, text) {
        Ok((_, key)) => key.peer_id(),
        Err(error) => ipns_record::parse_name(text).map_err(|_| error)?,
    };
    let path = Path::new(request.argument(0).unwrap_or_default());
    let failed = |error| path_error("open", path, &error);
    let mut line = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(SIGNATURE_BYTES_MAX + 1).read_to_end(&mut line).map_err(failed)?;
    let signature = SignatureFile::parse(&line)?;
    signature.verify(digest(request, request.take_file()?.open()?)?, &signer)?;
    emitter.emit(&Verified { signer: signer.to_name() })
}
