//! Spec: spec/command/offline.md
//!
//! What commands answer that need the network, while this program has none: the same as the
//! reference without a daemon.

use crate::emit::Emitter;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::request::Request;

/// The command needs a daemon.
pub const COMMAND: &str =
    "this command must be run in online mode. Try running 'ipfs daemon' first";

/// The operation needs a daemon.
pub const ACTION: &str = "this action must be run in online mode, try running 'ipfs daemon' first";

/// A command that looks whether it is online.
///
/// # Errors
/// Always.
// spec: offline.command
pub fn command(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    Err(missing(env, COMMAND))
}

/// With a network these commands are still to come.
// spec: offline.to-come
fn missing(env: &Env, text: &str) -> Error {
    match env.may_use_network() {
        true => Error::not_implemented(),
        false => Error::new(text),
    }
}

/// Announcing all content again.
///
/// # Errors
/// Always.
// spec: offline.reprovide
pub fn reprovide(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let config = env.node()?.config();
    if env.may_use_network() && config.flag("Provide.DHT.SweepEnabled").unwrap_or(true) {
        return Err(Error::new(
            "manual reprovide is not available with the sweep provider; set \
             Provide.DHT.SweepEnabled=false to use the legacy provider, or run 'ipfs provide stat \
             --all' to monitor the sweep schedule",
        ));
    }
    Err(missing(env, COMMAND))
}

/// A command that fails in the operation.
///
/// # Errors
/// Always.
// spec: offline.action
pub fn action(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    Err(missing(env, ACTION))
}

/// A command of the DHT that is gone.
///
/// # Errors
/// Always.
// spec: offline.removed
// spec: rpc.removed-command
pub fn removed_dht(_: &Request, _: &Env, _: &mut Emitter<'_>) -> Result<()> {
    Err(Error::new("removed, use 'ipfs routing' instead"))
}

/// A command of dag-pb nodes that is gone.
///
/// # Errors
/// Always.
// spec: offline.removed
pub fn removed_object(_: &Request, _: &Env, _: &mut Emitter<'_>) -> Result<()> {
    Err(Error::new("removed, use 'ipfs dag' or 'ipfs files' instead"))
}

/// A query of the DHT, which isn't there.
///
/// # Errors
/// Always.
// spec: offline.no-dht
pub fn no_dht(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    Err(Error::new("routing service is not a DHT"))
}

/// Forwarding through peers, which is off.
///
/// # Errors
/// Always.
// spec: offline.no-p2p
pub fn no_p2p(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let config = env.node()?.config();
    let on = config.flag("Experimental.Libp2pStreamMounting").unwrap_or(false);
    if on && env.may_use_network() {
        return Err(Error::not_implemented());
    }
    Err(Error::new("libp2p stream mounting not enabled"))
}

/// Pubsub, which is off.
///
/// # Errors
/// Always.
// spec: offline.no-pubsub
pub fn no_pubsub(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    Err(Error::new(
        "experimental pubsub feature not enabled, run daemon with --enable-pubsub-experiment to use",
    ))
}
