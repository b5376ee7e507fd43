//! Spec: spec/command/cli.md
//!
//! Where a command runs: in this process, or in the daemon whose address is known.

use crate::env::Env;
use crate::error::{Error, Result};
use crate::request::Request;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Longest API file that is read, in bytes.
const API_FILE_BYTES_MAX: usize = 2048;

/// Longest wait for a connection, in milliseconds.
const CONNECT_MS: u64 = 10_000;

/// What an API address means for a connection.
enum Endpoint {
    Tcp(String, u16),
    Unix(String),
}

/// Returns when the command runs in this process.
///
/// # Errors
/// When it must or should run elsewhere, which this build can't do yet.
// spec: cli.where-a-command-runs
pub(super) fn check(request: &Request, env: &Env) -> Result<()> {
    let command = request.command;
    if command.no_local && command.no_remote {
        return Err(Error::new(format!("command disabled: [{}]", request.path.join(" "))));
    }
    if !command.no_local && command.no_repo {
        return Ok(());
    }
    let given = request.str("api");
    if let Some(address) = given {
        endpoint(address)?;
    }
    if command.no_remote {
        if given.is_some() && request.path != ["daemon"] {
            return Err(Error::new("api flag specified but command cannot be run on the daemon"));
        }
        return Ok(());
    }
    let address = match given {
        Some(address) => Some(address.to_owned()),
        None => api_file(env.repo_path()?)?,
    };
    let Some(address) = address else {
        if command.no_local {
            let path = request.path.join(" ");
            return Err(Error::new(format!("command must be run on the daemon: [{path}]")));
        }
        return Ok(());
    };
    let answers = answers(&endpoint(&address)?);
    if answers {
        return Err(Error::with_kind(
            crate::error::Kind::NotImplemented,
            format!("a daemon answers at {address}; talking to it is not implemented"),
        ));
    }
    if given.is_none() && env.repo_path()?.join("config").exists() {
        if command.no_local {
            let path = request.path.join(" ");
            return Err(Error::new(format!("command must be run on the daemon: [{path}]")));
        }
        return Ok(());
    }
    Err(Error::new(
        "cannot connect to the api. Is the daemon running? To run as a standalone CLI command \
         remove the api file in `$IPFS_PATH/api`",
    ))
}

/// The address in the file `api` of the repository, if there is such a file.
// spec: cli.api-file
fn api_file(repo: &Path) -> Result<Option<String>> {
    let path = repo.join("api");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(crate::error::path_error("open", &path, &error)),
    };
    if bytes.len() >= API_FILE_BYTES_MAX {
        return Err(Error::new("API address file too large"));
    }
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    endpoint(&text)?;
    Ok(Some(text))
}

fn endpoint(address: &str) -> Result<Endpoint> {
    let fail = |why: &str| {
        Error::new(format!("failed to parse multiaddr {}: {why}", crate::encode::quote(address)))
    };
    if address.is_empty() {
        return Err(fail("empty multiaddr"));
    }
    let Some(rest) = address.strip_prefix('/') else { return Err(fail("must begin with /")) };
    let parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    match parts.as_slice() {
        ["ip4" | "ip6" | "dns" | "dns4" | "dns6" | "dnsaddr", host, "tcp", port, ..] => {
            let number = port.parse().map_err(|_| {
                fail(&format!("invalid value \"{port}\" for protocol tcp: not a port number"))
            })?;
            Ok(Endpoint::Tcp((*host).to_owned(), number))
        }
        ["unix", path @ ..] => Ok(Endpoint::Unix(format!("/{}", path.join("/")))),
        [
            "ip4" | "ip6" | "dns" | "dns4" | "dns6" | "dnsaddr" | "tcp" | "udp" | "http" | "https",
            ..,
        ] => Err(Error::new(format!("unsupported API address: {address}"))),
        [name, ..] => Err(fail(&format!("unknown protocol {name}"))),
        [] => Err(fail("empty multiaddr")),
    }
}

fn answers(endpoint: &Endpoint) -> bool {
    match endpoint {
        Endpoint::Unix(path) => UnixStream::connect(path).is_ok(),
        Endpoint::Tcp(host, port) => {
            let Ok(addresses) = (host.as_str(), *port).to_socket_addrs() else { return false };
            let wait = Duration::from_millis(CONNECT_MS);
            addresses.into_iter().any(|to| TcpStream::connect_timeout(&to, wait).is_ok())
        }
    }
}
