//! Spec: spec/repo/api-file.md
//!
//! The files `api` and `gateway`, through which a running daemon tells where it listens.

use crate::disk::{self, Disk};
use crate::layout::{Layout, PUBLIC_MODE};
use std::io;

// spec: api-file.limit
/// Files of this length or longer are refused, in bytes.
pub const FILE_BYTES_LIMIT: u64 = 2048;

/// Why an `api` file is no use.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Longer than an address can be.
    #[error("API file too large, must be <2048 bytes long: {0}")]
    TooLarge(String),
    /// No multiaddr.
    #[error("failed to parse multiaddr {text:?}: {reason}")]
    Invalid {
        /// What the file says.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Reading failed.
    #[error("open {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
}

// spec: api-file.read
/// The RPC address of the daemon, or nothing when there is no file. White space around it is
/// dropped. The address is only checked to look like a multiaddr; the caller parses it.
pub fn read(disk: &dyn Disk, layout: &Layout) -> Result<Option<String>, Error> {
    let path = layout.api();
    let name = path.display().to_string();
    let file = match disk.open(&path, disk::Open::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::Io { path: name, source }),
    };
    let mut buffer = [0u8; FILE_BYTES_LIMIT as usize];
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(source) => return Err(Error::Io { path: name, source }),
        }
    }
    if filled as u64 == FILE_BYTES_LIMIT {
        return Err(Error::TooLarge(name));
    }
    let text = String::from_utf8_lossy(&buffer[..filled]).trim().to_owned();
    let reason = match text.as_bytes() {
        [] => "empty multiaddr",
        [b'/', _, ..] => return Ok(Some(text)),
        [b'/'] => "empty multiaddr",
        _ => "must begin with /",
    };
    Err(Error::Invalid { text, reason: reason.to_owned() })
}

// spec: api-file.write
/// Announces the RPC address.
pub fn write(disk: &dyn Disk, layout: &Layout, multiaddr: &str) -> io::Result<()> {
    disk::write_atomic(disk, &layout.api(), multiaddr.as_bytes(), PUBLIC_MODE)
}

/// Announces the gateway, as `http://HOST:PORT`.
pub fn write_gateway(disk: &dyn Disk, layout: &Layout, host_port: &str) -> io::Result<()> {
    let url = format!("http://{host_port}");
    disk::write_atomic(disk, &layout.gateway(), url.as_bytes(), PUBLIC_MODE)
}

// spec: api-file.remove
/// Removes both files; the holder of the repo lock knows that they are stale.
pub fn remove(disk: &dyn Disk, layout: &Layout) -> io::Result<()> {
    for path in [layout.api(), layout.gateway()] {
        match disk.remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn reads_what_it_wrote_and_removes_it() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::new(directory.path());
        assert!(read(&RealDisk, &layout).unwrap().is_none());
        write(&RealDisk, &layout, "/ip4/127.0.0.1/tcp/5001").unwrap();
        assert_eq!(read(&RealDisk, &layout).unwrap().unwrap(), "/ip4/127.0.0.1/tcp/5001");
        write_gateway(&RealDisk, &layout, "127.0.0.1:8080").unwrap();
        remove(&RealDisk, &layout).unwrap();
        assert!(read(&RealDisk, &layout).unwrap().is_none());
        assert!(!layout.gateway().exists());
    }

    #[test]
    fn refuses_junk_and_long_files() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::new(directory.path());
        std::fs::write(layout.api(), " junk\n").unwrap();
        let error = read(&RealDisk, &layout).unwrap_err().to_string();
        assert_eq!(error, "failed to parse multiaddr \"junk\": must begin with /");
        std::fs::write(layout.api(), format!("/{}", "a".repeat(2047))).unwrap();
        assert!(matches!(read(&RealDisk, &layout), Err(Error::TooLarge(_))));
        std::fs::write(layout.api(), format!("/{}", "a".repeat(2046))).unwrap();
        assert!(read(&RealDisk, &layout).is_ok());
    }
}
