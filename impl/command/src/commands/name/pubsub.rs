//! Spec: spec/command/name-commands.md
//!
//! `ipfs name pubsub`, which is off without a daemon

use crate::prelude::*;

/// Whether IPNS over pubsub is on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct State {
    /// It is.
    pub enabled: bool,
}

impl Output for State {
    const NAME: &'static str = "ipnsPubsubState";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        Ok(writeln!(out, "{}", if self.enabled { "enabled" } else { "disabled" })?)
    }
}

// spec: name-commands.pubsub
pub(super) fn state(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    emitter.emit(&State { enabled: false })
}

pub(super) fn disabled(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    Err(Error::client("IPNS pubsub subsystem is not enabled"))
}
