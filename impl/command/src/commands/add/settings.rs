//! Spec: spec/command/add.md
//!
//! What the options and the section Import of the configuration ask for together.

use crate::prelude::*;
use ipfs_data::chunker::Chunker;
use ipfs_data::multihash;
use ipfs_data::unixfs::build::{self, Layout};
use ipfs_data::unixfs::{CidBuilder, Mtime, directory};
use ipfs_repo::config::Import;

/// Largest block that can be inlined, in bytes.
const INLINE_BYTES_MAX: i64 = ipfs_data::cid::DIGEST_BYTES_MAX as i64;
/// Longest name of a pin, in bytes.
const PIN_NAME_BYTES_MAX: usize = 255;

/// Everything that decides what is stored.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) file: build::Options,
    pub(super) directory: directory::Options,
    pub(super) chunker: Chunker,
    pub(super) preserve_mode: bool,
    pub(super) preserve_mtime: bool,
    pub(super) empty_directories: bool,
    pub(super) only_hash: bool,
    pub(super) reference_files: bool,
    pub(super) pin: Option<String>,
    pub(super) to_files: Option<String>,
    pub(super) wrap: bool,
    pub(super) progress: bool,
    pub(super) silent: bool,
}

impl Settings {
    pub(super) fn new(request: &Request, import: &Import) -> Result<Self> {
        check_inline(request)?;
        check_pin_name(request)?;
        let only_hash = request.bool("only-hash");
        let pin = request.bool("pin") && !only_hash;
        let metadata = ["preserve-mode", "preserve-mtime"].iter().any(|name| request.bool(name))
            || request.uint("mode").is_some_and(|mode| mode != 0)
            || request.int("mtime").is_some_and(|mtime| mtime != 0);
        let raw_leaves = raw_leaves(request, import, metadata)?;
        check_pairs(request, only_hash, pin)?;
        let (builder, version) = builder(request, import)?;
        let raw_leaves = resolve_raw_leaves(request, raw_leaves, version)?;
        Ok(Self {
            file: build::Options {
                builder,
                raw_leaves,
                links_max: positive(request, "max-file-links", import.file_links_max)
                    .unwrap_or(build::LINKS_DEFAULT),
                layout: layout(request, import),
                mode: permissions(request.uint("mode").unwrap_or_default()),
                mtime: mtime(request)?,
            },
            directory: directory_options(request, import)?,
            chunker: chunker(request, import)?,
            preserve_mode: request.bool("preserve-mode")
                && request.uint("mode").unwrap_or_default() == 0,
            preserve_mtime: request.bool("preserve-mtime")
                && request.int("mtime").unwrap_or_default() == 0,
            empty_directories: request.bool("empty-dirs"),
            only_hash,
            reference_files: request.bool("nocopy"),
            pin: pin.then(|| request.str("pin-name").unwrap_or_default().to_owned()),
            to_files: request.str("to-files").map(str::to_owned),
            wrap: request.bool("wrap-with-directory"),
            progress: request.bool("progress"),
            silent: request.bool("silent"),
        })
    }
}

// spec: add.inline-limit
fn check_inline(request: &Request) -> Result<()> {
    let limit = request.int("inline-limit").unwrap_or_default();
    if request.bool("inline") && limit > INLINE_BYTES_MAX {
        return Err(Error::new(format!(
            "inline-limit {limit} exceeds maximum allowed size of {INLINE_BYTES_MAX} bytes"
        )));
    }
    Ok(())
}

fn check_pin_name(request: &Request) -> Result<()> {
    match request.str("pin-name") {
        Some(name) if name.len() > PIN_NAME_BYTES_MAX => Err(Error::new(format!(
            "pin name is {} bytes (max {PIN_NAME_BYTES_MAX} bytes)",
            name.len()
        ))),
        _ => Ok(()),
    }
}

/// Options that exclude each other.
// spec: add.option-conflicts
fn check_pairs(request: &Request, only_hash: bool, pin: bool) -> Result<()> {
    let to_files = request.str("to-files").is_some();
    let text = if only_hash && to_files {
        "only-hash and to-files options are not compatible"
    } else if !pin && request.str("pin-name").is_some() {
        "pin-name option requires pin to be set"
    } else if request.bool("wrap-with-directory") && to_files {
        "wrap-with-directory and to-files options are not compatible"
    } else {
        return Ok(());
    };
    Err(Error::new(text))
}

// spec: add.metadata-no-raw-root
fn raw_leaves(request: &Request, import: &Import, metadata: bool) -> Result<Option<bool>> {
    let asked = request.bool_opt("raw-leaves").or(import.raw_leaves);
    if !metadata {
        return Ok(asked);
    }
    if asked == Some(true) {
        return Err(Error::new(
            "raw-leaves can't be used with UnixFS metadata like mode or modification time",
        ));
    }
    Ok(Some(false))
}

// spec: add.raw-leaves-default
fn resolve_raw_leaves(request: &Request, asked: Option<bool>, version: u8) -> Result<bool> {
    match (request.bool("nocopy"), asked) {
        (true, Some(false)) => {
            Err(Error::new("nocopy option requires '--raw-leaves' to be enabled as well"))
        }
        (true, _) => Ok(true),
        (false, asked) => Ok(asked.unwrap_or(version > 0)),
    }
}

// spec: add.hash-implies-v1
fn builder(request: &Request, import: &Import) -> Result<(CidBuilder, u8)> {
    let name = match request.str("hash").filter(|name| !name.is_empty()) {
        Some(name) => name.to_lowercase(),
        None => import.hash_function.to_lowercase(),
    };
    let hash = multihash::code(&name)
        .ok_or_else(|| Error::new(format!("unrecognized hash function: {name:?}")))?;
    // spec: add.insecure-hash
    if !multihash::is_allowed(hash) {
        return Err(ipfs_data::cid::Insecure::Function.into());
    }
    let version = request.int("cid-version").or(import.cid_version);
    let is_sha256 = hash == ipfs_data::cid::hash::SHA2_256;
    let version = match version {
        None => u8::from(!is_sha256),
        Some(0) if !is_sha256 => return Err(Error::new("CIDv0 only supports sha2-256")),
        Some(0) => 0,
        Some(1) => 1,
        Some(version) if !is_sha256 => {
            return Err(Error::new(format!("unknown CID version: {version}")));
        }
        Some(version) if version < 0 => 0,
        Some(version) => return Err(Error::new(format!("unknown CID version: {version}"))),
    };
    let inline_max = request
        .bool("inline")
        .then(|| usize::try_from(request.int("inline-limit").unwrap_or_default()).unwrap_or(0));
    Ok((CidBuilder { v1: version == 1, hash, length: None, inline_max }, version))
}

fn layout(request: &Request, import: &Import) -> Layout {
    match request.bool_opt("trickle").unwrap_or(import.dag_layout == "trickle") {
        true => Layout::Trickle,
        false => Layout::Balanced,
    }
}

fn chunker(request: &Request, import: &Import) -> Result<Chunker> {
    let name = request.str("chunker").filter(|name| !name.is_empty());
    Ok(name.unwrap_or(&import.chunker).parse()?)
}

fn positive(request: &Request, name: &str, default: i64) -> Option<usize> {
    let value = request.int(name).unwrap_or(default);
    usize::try_from(value).ok().filter(|&value| value > 0)
}

fn directory_options(request: &Request, import: &Import) -> Result<directory::Options> {
    let fanout = request.int("max-hamt-fanout").unwrap_or(import.hamt_fanout_max);
    let fanout = u64::try_from(fanout).unwrap_or(u64::MAX);
    if fanout != 0 && !ipfs_data::unixfs::hamt::is_fanout(fanout) {
        return Err(Error::new(format!(
            "HAMT fanout must be a power of 2, between 8 and 1024 (got {})",
            fanout as i64
        )));
    }
    Ok(directory::Options {
        max_links: positive(request, "max-directory-links", import.directory_links_max)
            .unwrap_or_default(),
        fanout,
        sharding_bytes: import.hamt_threshold_bytes,
        estimation: match import.hamt_size_estimation.as_str() {
            "block" => directory::Estimation::Block,
            "disabled" => directory::Estimation::Disabled,
            _ => directory::Estimation::Links,
        },
    })
}

/// Most nanoseconds of a time.
const NANOS_MAX: u64 = 999_999_999;

/// The permissions in a number of the reference's form, in which set-uid, set-gid and sticky lie
/// higher than on disk.
// spec: add.mode-bits
fn permissions(mode: u64) -> u32 {
    (mode & 0o777 | mode >> 12 & 0o6000 | mode >> 11 & 0o1000) as u32
}

fn mtime(request: &Request) -> Result<Option<Mtime>> {
    let nanos = request.uint("mtime-nsecs").unwrap_or_default();
    match request.int("mtime").filter(|&seconds| seconds != 0) {
        Some(_) if nanos > NANOS_MAX => {
            Err(Error::new(format!("mtime nanoseconds must be in range [1, {NANOS_MAX}]")))
        }
        Some(seconds) => Ok(Some(Mtime::new(seconds, nanos as u32))),
        None if nanos != 0 => {
            Err(Error::new("option \"mtime-nsecs\" requires \"mtime\" to be provided as well"))
        }
        None => Ok(None),
    }
}
