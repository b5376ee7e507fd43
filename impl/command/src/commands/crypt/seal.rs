//! Spec: spec/command/crypt-commands.md
//!
//! `ipfs crypt encrypt` and `ipfs crypt decrypt`, and the files that they and `sign` write

use crate::commands::key::public_key;
use crate::error::path_error;
use crate::keyring::{Keyring, SELF};
use crate::prelude::*;
use ipfs_data::crypt::{self, Aead, Header};
use rand::rngs::OsRng;
use std::fs::{File, OpenOptions};
use std::io::BufReader;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const BUFFER_BYTES: usize = 64 << 10;

// spec: crypt-commands.encrypt
pub(super) fn encrypt(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let aead = Aead::parse(request.str("cipher"), request.str("mode"))?;
    let (_, recipient) = public_key(&Keyring::unlocked(env)?, request.str("key").unwrap_or(SELF))?;
    let mut input = BufReader::with_capacity(BUFFER_BYTES, request.take_file()?.open()?);
    Ok(crypt::encrypt(&recipient, aead, &mut OsRng, &mut input, &mut emitter.writer())?)
}

// spec: crypt-commands.decrypt
pub(super) fn decrypt(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, request.take_file()?.open()?);
    let header = Header::read(&mut input)?;
    let keys = Keyring::unlocked(env)?;
    let key = match request.str("key") {
        Some(name) => keys.by_name(name)?,
        None => keys.by_id(header.recipient())?.ok_or_else(|| {
            let recipient = header.recipient().to_name();
            Error::new(format!("none of your keys opens this: it is for {recipient}"))
        })?,
    };
    Ok(crypt::decrypt(&header, &key, &mut input, &mut emitter.writer())?)
}

/// Where the bytes of a command go: standard output, or a file that appears when it is whole.
struct Destination {
    path: Option<PathBuf>,
    part: Option<(PathBuf, File)>,
}

pub(super) fn start_post_run(request: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    let path = request.str("output").filter(|path| !path.is_empty() && *path != "-");
    Ok(Box::new(Destination { path: path.map(PathBuf::from), part: None }))
}

impl Destination {
    /// The unfinished file beside the wanted one, or the wanted one if that is no plain file.
    fn start(&mut self, path: &Path) -> Result<()> {
        if self.part.is_some() {
            return Ok(());
        }
        let is_special = std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
        let part = match is_special {
            true => path.to_path_buf(),
            false => {
                let mut name = path.file_name().unwrap_or_default().to_owned();
                name.push(format!(".{}.part", std::process::id()));
                path.with_file_name(name)
            }
        };
        let file = OpenOptions::new()
            .write(true)
            .create(!is_special)
            .truncate(!is_special)
            .mode(0o600)
            .open(&part)
            .map_err(|error| path_error("open", &part, &error))?;
        self.part = Some((part, file));
        Ok(())
    }
}

impl PostRun for Destination {
    fn bytes(&mut self, bytes: &[u8], _: &Request, terminal: &mut Terminal) -> Result<()> {
        let Some(path) = self.path.clone() else { return terminal.write(bytes) };
        self.start(&path)?;
        match &mut self.part {
            Some((part, file)) => {
                file.write_all(bytes).map_err(|error| path_error("write", part, &error))
            }
            None => Ok(()),
        }
    }

    // spec: crypt-commands.whole-or-nothing
    fn end(mut self: Box<Self>, result: Result<()>, _: &Request, _: &mut Terminal) -> Result<()> {
        let Some(path) = self.path.clone() else { return result };
        if result.is_ok() {
            // Nothing was written: the data is empty.
            self.start(&path)?;
        }
        let Some((part, file)) = self.part else { return result };
        if part == path {
            return result;
        }
        let finished = result.and_then(|()| {
            file.sync_all()
                .and_then(|()| std::fs::rename(&part, &path))
                .map_err(|error| path_error("write", &path, &error))
        });
        if finished.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        finished
    }
}
