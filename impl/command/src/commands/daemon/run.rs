//! Spec: spec/command/daemon.md
//!
//! The life of a daemon.

use super::services::{self, Servers, Stop};
use crate::error::path_error;
use crate::prelude::*;
use ipfs_repo::api_file;
use ipfs_repo::disk::RealDisk;
use std::sync::Arc;
use std::time::Duration;

/// How often the daemon looks whether a signal asked it to stop, in milliseconds.
const SIGNAL_LOOK_MS: u64 = 20;

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    say(emitter, "Initializing daemon...")?;
    let env = Arc::new(Env::new(env.repo_path()?.to_str()).resident());
    let repo = env.node()?;
    let layout = repo.layout();
    let runtime = ipfs_node::runtime::daemon()?;
    let (stop, stopped) = Stop::new();
    env.set_daemon(stop.clone());
    if !request.bool("offline") {
        env.allow_network();
    }
    let gateway = services::gateway(&env)?;
    let mut servers = Servers::new(stopped.clone());
    let addresses = match request.str("api") {
        Some(address) => vec![address.to_owned()],
        None => repo.config().texts("Addresses.API"),
    };
    let mut first = None;
    for address in &addresses {
        let multiaddr = runtime.block_on(servers.rpc(&env, &gateway, address))?;
        say(emitter, &format!("RPC API server listening on {multiaddr}"))?;
        first.get_or_insert(multiaddr);
    }
    if let Some(multiaddr) = &first {
        api_file::write(&RealDisk, layout, multiaddr)
            .map_err(|error| path_error("write", &layout.api(), &error))?;
    }
    let mut first = None;
    for address in &repo.config().texts("Addresses.Gateway") {
        let (multiaddr, at) = runtime.block_on(servers.gateway(&gateway, address))?;
        say(emitter, &format!("Gateway server listening on {multiaddr}"))?;
        first = first.or(at);
    }
    if let Some(at) = first {
        api_file::write_gateway(&RealDisk, layout, &at.to_string())
            .map_err(|error| path_error("write", &layout.gateway(), &error))?;
    }
    say(emitter, "Daemon is ready")?;
    let mut stopped = stopped;
    runtime.block_on(async {
        loop {
            tokio::select! {
                _ = stopped.wait_for(|&stop| stop) => break,
                () = tokio::time::sleep(Duration::from_millis(SIGNAL_LOOK_MS)) => {
                    if request.cancel.is_cancelled() {
                        stop.ask();
                    }
                }
            }
        }
    });
    say(emitter, "Received interrupt signal, shutting down...")?;
    say(emitter, "(Hit ctrl-c again to force-shutdown the daemon.)")?;
    runtime.block_on(servers.ended());
    drop(runtime);
    api_file::remove(&RealDisk, layout).map_err(|error| path_error("remove", &layout.api(), &error))
}

fn say(emitter: &mut Emitter<'_>, line: &str) -> Result<()> {
    let Some(terminal) = emitter.terminal() else {
        return Err(Error::new("a daemon runs in the process that was started"));
    };
    terminal.line(line)?;
    terminal.flush()
}
