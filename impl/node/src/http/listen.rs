//! Spec: spec/node/http.md
//!
//! Listening sockets: TCP and Unix.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// A socket that listens. A Unix socket's file is removed when it is dropped.
#[derive(Debug)]
pub enum Listener {
    /// On TCP.
    Tcp(TcpListener),
    /// On a Unix socket.
    Unix(UnixListener, SocketFile),
}

/// The file of a Unix socket, removed at the end.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

// spec: http.unix-socket
impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A connection that was accepted.
#[derive(Debug)]
pub enum Stream {
    /// On TCP.
    Tcp(TcpStream),
    /// On a Unix socket.
    Unix(UnixStream),
}

impl Listener {
    /// Listens on a TCP address.
    ///
    /// # Errors
    /// What the system says.
    pub async fn tcp(address: SocketAddr) -> io::Result<Self> {
        Ok(Self::Tcp(TcpListener::bind(address).await?))
    }

    /// Listens on a Unix socket with this path.
    ///
    /// # Errors
    /// What the system says, also when the file exists.
    pub fn unix(path: &Path) -> io::Result<Self> {
        Ok(Self::Unix(UnixListener::bind(path)?, SocketFile(path.to_path_buf())))
    }

    /// The TCP address it listens on.
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) => None,
        }
    }

    /// The multiaddr it listens on.
    // spec: http.listener-multiaddr
    pub fn multiaddr(&self) -> String {
        match self {
            Self::Tcp(_) => match self.tcp_address() {
                Some(SocketAddr::V4(at)) => format!("/ip4/{}/tcp/{}", at.ip(), at.port()),
                Some(SocketAddr::V6(at)) => format!("/ip6/{}/tcp/{}", at.ip(), at.port()),
                None => String::new(),
            },
            Self::Unix(_, file) => format!("/unix{}", file.0.display()),
        }
    }

    /// The next connection.
    ///
    /// # Errors
    /// What the system says; most of it concerns one connection only.
    pub async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Small answers must not wait for the acknowledgement of earlier ones.
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Self::Unix(listener, _) => Ok(Stream::Unix(listener.accept().await?.0)),
        }
    }
}
