//! Spec: spec/node/http.md
//!
//! Listening sockets: TCP and Unix.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
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
pub struct SocketFile {
    path: PathBuf,
    ours: bool,
}

// spec: http.unix-socket
impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.ours {
            let _ = std::fs::remove_file(&self.path);
        }
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

/// Whether the file is a socket on which nobody listens any more.
fn is_stale(path: &Path) -> bool {
    let socket = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    socket && std::os::unix::net::UnixStream::connect(path).is_err_and(refused)
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
    /// What the system says, also when somebody listens there or the file is no socket.
    // spec: daemon.stale-socket
    pub fn unix(path: &Path) -> io::Result<Self> {
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_stale(path) => {
                std::fs::remove_file(path)?;
                UnixListener::bind(path)?
            }
            listener => listener?,
        };
        Ok(Self::Unix(listener, SocketFile { path: path.to_path_buf(), ours: true }))
    }

    /// Takes over a socket that listens already.
    ///
    /// # Errors
    /// What the system says.
    pub fn from_tcp(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self::Tcp(TcpListener::from_std(listener)?))
    }

    /// Takes over a Unix socket that listens already; its file is somebody else's.
    ///
    /// # Errors
    /// What the system says.
    pub fn from_unix(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let path = address.as_pathname().unwrap_or(Path::new("/")).to_path_buf();
        let file = SocketFile { path, ours: false };
        Ok(Self::Unix(UnixListener::from_std(listener)?, file))
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
            Self::Unix(_, file) => format!("/unix{}", file.path.display()),
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
