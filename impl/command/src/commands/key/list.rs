//! Spec: spec/command/key-commands.md
//!
//! `ipfs key ls`, `rename` and `rm`

use super::{KeyOutput, id_format};
use crate::encode::escape_name;
use crate::keyring::{self, SELF, Stored};
use crate::prelude::*;

/// Keys with their IDs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyOutputList {
    /// In order: the node's own, then by name.
    pub keys: Vec<KeyOutput>,
}

impl Output for KeyOutputList {
    const NAME: &'static str = "KeyOutputList";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let names: Vec<_> = self.keys.iter().map(|key| escape_name(key.name.as_bytes())).collect();
        if !request.bool("l") {
            for name in names {
                writeln!(out, "{name}")?;
            }
            return Ok(());
        }
        let width = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0) + 1;
        let id_width = width(&mut self.keys.iter().map(|key| key.id.chars().count()));
        let name_width = width(&mut names.iter().map(|name| name.chars().count()));
        for (key, name) in self.keys.iter().zip(names) {
            writeln!(out, "{:id_width$}{name:name_width$}", key.id)?;
        }
        Ok(())
    }
}

// spec: key-commands.ls
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let format = id_format(request).map_err(|error| error.context("cannot get key encoder"))?;
    let repo = env.node()?;
    let own = keyring::own(repo)?.peer_id();
    let mut keys = vec![KeyOutput { name: SELF.to_owned(), id: format.text(&own) }];
    let keystore = repo.keystore()?;
    for name in keystore.list()? {
        match Stored::read(keystore, &name) {
            Ok(stored) => keys.push(KeyOutput { id: format.text(&stored.peer_id()), name }),
            Err(error) => keyring::warn(&error),
        }
    }
    emitter.emit(&KeyOutputList { keys })
}

/// What became of a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyRenameOutput {
    /// The old name.
    pub was: String,
    /// The new name.
    pub now: String,
    /// Its ID.
    pub id: String,
    /// Whether another key of the new name is gone.
    pub overwrite: bool,
}

impl Output for KeyRenameOutput {
    const NAME: &'static str = "KeyRenameOutput";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        let now = escape_name(self.now.as_bytes());
        let overwriting = if self.overwrite { " with overwriting" } else { "" };
        Ok(writeln!(out, "Key {} renamed to {now}{overwriting}", self.id)?)
    }
}

// spec: key-commands.rename
pub(super) fn rename(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let keystore = env.node()?.keystore()?;
    let format = id_format(request)?;
    let was = request.argument(0).unwrap_or_default().to_owned();
    let now = request.argument(1).unwrap_or_default().to_owned();
    let force = request.bool("force");
    if was == SELF {
        return Err(Error::new("cannot rename key with name 'self'"));
    }
    if now == SELF {
        return Err(Error::new("cannot overwrite key with name 'self'"));
    }
    let stored = Stored::read(keystore, &was)
        .map_err(|_| Error::new(format!("no key named {was} was found")))?;
    let id = format.text(&stored.peer_id());
    let mut overwrite = false;
    if was != now {
        overwrite = force && keystore.has(&now)?;
        keystore.rename(&was, &now, force)?;
    }
    emitter.emit(&KeyRenameOutput { was, now, id, overwrite })
}

// spec: key-commands.rm
pub(super) fn remove(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let keystore = env.node()?.keystore()?;
    let format = id_format(request)?;
    let mut keys = Vec::new();
    for name in request.all_arguments() {
        let name = name?;
        if name == SELF {
            return Err(Error::new("cannot remove key with name 'self'"));
        }
        let stored = Stored::read(keystore, &name)
            .map_err(|_| Error::new(format!("no key named {name} was found")))?;
        keystore.delete(&name)?;
        keys.push(KeyOutput { id: format.text(&stored.peer_id()), name });
    }
    emitter.emit(&KeyOutputList { keys })
}
