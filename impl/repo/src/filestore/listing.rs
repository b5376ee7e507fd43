//! Spec: spec/repo/filestore.md
//!
//! Listing and verifying references.

use super::{Error, ROOT, Reference, References, hash_of, raw};
use crate::datastore::{Key, Query};
use ipfs_data::cid::{Cid, Multihash};

/// What verifying a reference found. The numbers appear in the JSON output of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// The block can be read.
    Ok = 0,
    /// The file can't be read.
    FileError = 10,
    /// The file is gone.
    NoFile = 11,
    /// The file has other bytes.
    Changed = 12,
    /// Something else, probably a damaged record.
    Other = 20,
    /// There is no such reference.
    Missing = 30,
}

impl Status {
    /// The word in the output of `filestore verify`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::FileError => "error",
            Self::NoFile => "no-file",
            Self::Changed => "changed",
            Self::Other => "ERROR",
            Self::Missing => "missing",
        }
    }

    fn of(error: &Error) -> Self {
        match error {
            Error::NotFound(_) => Self::Missing,
            Error::NoFile(_) => Self::NoFile,
            Error::Unreadable { .. } | Error::Url(_) => Self::FileError,
            Error::Shorter | Error::Changed { .. } => Self::Changed,
            _ => Self::Other,
        }
    }
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What was found.
    pub status: Status,
    /// Why; empty when fine.
    pub error: String,
    /// The block as raw CIDv1; none when its key can't be decoded.
    pub cid: Option<Cid>,
    /// Where its bytes should be; none when the record is missing or damaged.
    pub reference: Option<Reference>,
}

impl Listed {
    fn new(cid: Option<Cid>, reference: Option<Reference>, error: Option<Error>) -> Self {
        Self {
            status: error.as_ref().map_or(Status::Ok, Status::of),
            error: error.map(|error| error.to_string()).unwrap_or_default(),
            cid,
            reference,
        }
    }

    /// Whether `filestore verify --remove-bad-blocks` removes the reference.
    pub fn is_removable(&self) -> bool {
        !matches!(self.status, Status::Ok | Status::Other)
    }
}

impl References {
    /// One reference, read and checked.
    pub fn verify(&self, hash: &Multihash) -> Listed {
        match self.get(hash) {
            Ok(Some(reference)) => self.listed(hash, reference, true),
            Ok(None) => Listed::new(Some(raw(hash)), None, Some(Error::NotFound(raw(hash)))),
            Err(error) => Listed::new(Some(raw(hash)), None, Some(error)),
        }
    }

    /// All references, in key order or by path and offset; `verify` reads and checks each. Key
    /// order streams; the other order needs memory for all references.
    pub fn list(
        &self,
        file_order: bool,
        verify: bool,
    ) -> Result<Box<dyn Iterator<Item = Result<Listed, Error>> + '_>, Error> {
        let pairs =
            self.store.query(&Query { prefix: Key::new(ROOT), keys_only: false })?.map(|pair| {
                let (key, value) = pair?;
                Ok((hash_of(&key), Reference::decode(&value), key))
            });
        if !file_order {
            return Ok(Box::new(pairs.map(move |entry| {
                entry.map(|(hash, reference, _)| self.entry(hash, reference, verify))
            })));
        }
        let mut all: Vec<_> = pairs.collect::<Result<_, Error>>()?;
        all.sort_by(|(_, a, a_key), (_, b, b_key)| {
            let order = |reference: &Option<Reference>| {
                reference.as_ref().map(|found| (found.path.clone(), found.offset))
            };
            (order(a), a_key).cmp(&(order(b), b_key))
        });
        Ok(Box::new(
            all.into_iter()
                .map(move |(hash, reference, _)| Ok(self.entry(hash, reference, verify))),
        ))
    }

    fn entry(
        &self,
        hash: Result<Multihash, Error>,
        reference: Option<Reference>,
        verify: bool,
    ) -> Listed {
        match (hash, reference) {
            (Ok(hash), Some(reference)) => self.listed(&hash, reference, verify),
            (Ok(hash), None) => Listed::new(Some(raw(&hash)), None, Some(Error::Corrupt)),
            (Err(error), reference) => Listed::new(None, reference, Some(error)),
        }
    }

    fn listed(&self, hash: &Multihash, reference: Reference, verify: bool) -> Listed {
        let error = if verify { self.read(hash, &reference).err() } else { None };
        Listed::new(Some(raw(hash)), Some(reference), error)
    }
}
