//! Spec: spec/repo/keystore.md
//!
//! Named keys: one file each in the directory `keystore`. The store keeps bytes; what they mean is
//! the caller's business.

use crate::disk::{self, Disk, DiskRef, Open};
use crate::layout::{KEYSTORE_MODE, Layout};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Mode of a key file.
pub const FILE_MODE: u32 = 0o400;
/// Largest key file that is read, in bytes (an RSA key of 8192 bits takes about 4.7 KiB).
pub const FILE_BYTES_MAX: u64 = 1 << 20;

const PREFIX: &str = "key_";
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Why a key was not read or stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // spec: keystore.texts
    /// There is none of that name.
    #[error("no key by the given name was found")]
    NotFound,
    /// There is one of that name already.
    #[error("key by that name already exists, refusing to overwrite")]
    Exists,
    /// The empty name.
    #[error("key name must be at least one character")]
    EmptyName,
    /// The file is larger than a key can be.
    #[error("keystore file {path:?} is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge {
        /// The key file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {operation} keystore file {path:?}: {source}")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// The key file, or the directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// The named keys of a repo.
#[derive(Debug, Clone)]
pub struct Keystore {
    disk: DiskRef,
    directory: PathBuf,
    /// Held by whoever makes sure that a name is free.
    changing: Arc<Mutex<()>>,
}

impl Keystore {
    /// The keystore of a repo. Its directory is made when it is missing.
    pub fn open(disk: DiskRef, layout: &Layout) -> Result<Self, Error> {
        Self::create(&*disk, layout)?;
        Ok(Self { disk, directory: layout.keystore(), changing: Arc::default() })
    }

    /// Makes the directory when it is missing.
    pub(crate) fn create(disk: &dyn Disk, layout: &Layout) -> Result<(), Error> {
        let directory = layout.keystore();
        match disk.create_dir(&directory, KEYSTORE_MODE) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(Error::Io { operation: "create", path: directory, source })
            }
            _ => Ok(()),
        }
    }

    fn change(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // spec: keystore.file-name
    /// The file of a key.
    pub fn path(&self, name: &str) -> Result<PathBuf, Error> {
        Ok(self.directory.join(file_name(name)?))
    }

    /// Whether there is a key of that name.
    pub fn has(&self, name: &str) -> Result<bool, Error> {
        let path = self.path(name)?;
        match self.disk.meta(&path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(Error::Io { operation: "stat", path, source }),
        }
    }

    /// The bytes of a key.
    pub fn get(&self, name: &str) -> Result<Vec<u8>, Error> {
        let path = self.path(name)?;
        match self.disk.meta(&path) {
            Ok(meta) if meta.bytes > FILE_BYTES_MAX => return Err(Error::TooLarge { path }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::NotFound),
            Err(source) => return Err(Error::Io { operation: "stat", path, source }),
        }
        self.disk.read(&path).map_err(|source| Error::Io { operation: "read", path, source })
    }

    // spec: keystore.put
    /// Stores a key under a new name. It is on the disk when this returns.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let _changing = self.change();
        if self.has(name)? {
            return Err(Error::Exists);
        }
        self.replace(name, bytes)
    }

    /// Stores a key, replacing one of that name.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path(name)?;
        // spec: keystore.atomic
        disk::write_atomic(&*self.disk, &path, bytes, FILE_MODE).map_err(|source| Error::Io {
            operation: "create",
            path,
            source,
        })
    }

    // spec: keystore.rename
    /// Gives a key another name, in one step. A key of the new name is replaced only with `force`.
    pub fn rename(&self, from: &str, to: &str, force: bool) -> Result<(), Error> {
        let (source_path, target) = (self.path(from)?, self.path(to)?);
        let _changing = self.change();
        if !self.has(from)? {
            return Err(Error::NotFound);
        }
        if !force && self.has(to)? {
            return Err(Error::Exists);
        }
        self.disk
            .rename(&source_path, &target)
            .and_then(|()| self.disk.sync_dir(&self.directory))
            .map_err(|source| Error::Io { operation: "rename", path: source_path, source })
    }

    /// Removes a key.
    pub fn delete(&self, name: &str) -> Result<(), Error> {
        let path = self.path(name)?;
        match self.disk.remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::NotFound),
            Err(source) => return Err(Error::Io { operation: "remove", path, source }),
        }
        self.disk.sync_dir(&self.directory).map_err(|source| Error::Io {
            operation: "sync",
            path: self.directory.clone(),
            source,
        })
    }

    // spec: keystore.list
    /// The names of all keys, sorted. Files whose names are no key's are passed over.
    pub fn list(&self) -> Result<Vec<String>, Error> {
        let entries = self.disk.read_dir(&self.directory).map_err(|source| Error::Io {
            operation: "list",
            path: self.directory.clone(),
            source,
        })?;
        let mut names: Vec<String> =
            entries.iter().filter_map(|entry| key_name(entry.name.to_str()?)).collect();
        names.sort();
        Ok(names)
    }

    /// Opens the file for a caller that reads it in its own way.
    pub fn open_file(&self, name: &str) -> Result<Box<dyn disk::File>, Error> {
        let path = self.path(name)?;
        self.disk.open(&path, Open::Read).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::NotFound,
            _ => Error::Io { operation: "read", path, source },
        })
    }
}

/// The file name of a key: `key_` and the name in lower-case base32 without padding.
pub fn file_name(name: &str) -> Result<String, Error> {
    if name.is_empty() {
        return Err(Error::EmptyName);
    }
    let mut text = String::from(PREFIX);
    let (mut bits, mut count) = (0u32, 0);
    for &byte in name.as_bytes() {
        bits = bits << 8 | u32::from(byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(ALPHABET[(bits >> count & 31) as usize]));
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(char::from(ALPHABET[(bits << (5 - count) & 31) as usize]));
    }
    Ok(text)
}

/// The name of the key in a file, or nothing when the file is no key.
pub fn key_name(file_name: &str) -> Option<String> {
    let encoded = file_name.strip_prefix(PREFIX)?;
    let mut bytes = Vec::with_capacity(encoded.len() * 5 / 8);
    let (mut bits, mut count) = (0u32, 0);
    for symbol in encoded.bytes() {
        let symbol = symbol.to_ascii_lowercase();
        let value = ALPHABET.iter().position(|&letter| letter == symbol)?;
        bits = bits << 5 | value as u32;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    if matches!(encoded.len() % 8, 1 | 3 | 6) {
        return None;
    }
    String::from_utf8(bytes).ok().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn file_names_are_base32() {
        assert_eq!(file_name("ed").unwrap(), "key_mvsa");
        assert_eq!(file_name("rsa-key").unwrap(), "key_ojzwclllmv4q");
        for name in ["a", "ab", "abc", "abcd", "abcde", "Sp ace_Ключ"] {
            assert_eq!(key_name(&file_name(name).unwrap()).as_deref(), Some(name));
        }
        assert!(file_name("").is_err());
        for junk in ["key_", "key_1", "key_a", "mvsa", "key_mvs!", ".key_mvsa.tmp"] {
            assert_eq!(key_name(junk), None, "{junk}");
        }
    }

    #[test]
    fn stores_lists_renames_and_removes() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::new(directory.path());
        let keys = Keystore::open(Arc::new(RealDisk), &layout).unwrap();
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(layout.keystore()), 0o700);
        keys.put("b", b"two").unwrap();
        keys.put("a", b"one").unwrap();
        assert!(matches!(keys.put("a", b"x"), Err(Error::Exists)));
        assert_eq!(mode(keys.path("a").unwrap()), 0o400);
        assert_eq!(keys.list().unwrap(), ["a", "b"]);
        assert!(matches!(keys.rename("a", "b", false), Err(Error::Exists)));
        keys.rename("a", "b", true).unwrap();
        assert_eq!(keys.get("b").unwrap(), b"one");
        assert!(matches!(keys.get("a"), Err(Error::NotFound)));
        keys.delete("b").unwrap();
        assert!(matches!(keys.delete("b"), Err(Error::NotFound)));
        assert!(keys.list().unwrap().is_empty());
    }
}
