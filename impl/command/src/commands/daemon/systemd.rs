//! Spec: spec/command/daemon.md
//!
//! What a service supervisor and a daemon tell each other: sockets that are open already, and when
//! the daemon is ready or stops.

use crate::error::{Error, Result};
use ipfs_node::http::Listener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;

/// Sockets that the supervisor opened, by name.
pub(super) struct Activated {
    names: Vec<String>,
    sockets: listenfd::ListenFd,
}

impl Activated {
    /// Those of this process (`LISTEN_FDS`, `LISTEN_PID`, `LISTEN_FDNAMES`).
    pub(super) fn from_environment() -> Self {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let names = names.split(':').map(str::to_owned).collect();
        Self { names, sockets: listenfd::ListenFd::from_env() }
    }

    /// The listeners of that name.
    // spec: daemon.socket-activation
    pub(super) fn take(&mut self, name: &str) -> Result<Vec<Listener>> {
        let fail = |error: std::io::Error| {
            Error::new(format!("socket activation failed: {}", crate::error::os_text(&error)))
        };
        let mut listeners = Vec::new();
        for at in 0..self.sockets.len() {
            if self.names.get(at).is_none_or(|found| found != name) {
                continue;
            }
            if let Ok(Some(tcp)) = self.sockets.take_tcp_listener(at) {
                listeners.push(Listener::from_tcp(tcp).map_err(fail)?);
            } else if let Some(unix) = self.sockets.take_unix_listener(at).map_err(fail)? {
                listeners.push(Listener::from_unix(unix).map_err(fail)?);
            }
        }
        Ok(listeners)
    }
}

/// Tells the supervisor something, if there is one.
// spec: daemon.notify
pub(super) fn notify(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty()) else {
        return;
    };
    let address = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(Path::new(&path)),
    };
    if let (Ok(socket), Ok(address)) = (UnixDatagram::unbound(), address) {
        // Nobody is there to be told: then nobody needs it.
        let _ = socket.send_to_addr(state.as_bytes(), &address);
    }
}
