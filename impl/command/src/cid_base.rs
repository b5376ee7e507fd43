//! Spec: spec/command/cid-output.md
//!
//! `--cid-base`: how CIDs are printed.

use crate::error::Result;
use crate::request::Request;
use ipfs_data::cid::{self, Cid};
use ipfs_data::multibase::Base;

/// Prints CIDs in the base that the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CidEncoder {
    /// The base of version 1.
    pub base: Base,
    /// Turn version 0 into version 1.
    pub upgrade: bool,
}

// spec: cid-output.default, rpc.cid-base
impl Default for CidEncoder {
    fn default() -> Self {
        Self { base: Base::Base32, upgrade: false }
    }
}

impl CidEncoder {
    /// The encoder that `--cid-base` and `--upgrade-cidv0-in-output` ask for.
    ///
    /// # Errors
    /// An unknown base: `unsupported multibase encoding: zz`.
    // spec: cid-output.other-base-upgrades
    // spec: cid-output.upgrade-flag-wins
    // spec: cid-output.unknown-base
    pub fn from_request(request: &Request) -> Result<Self> {
        let mut encoder = Self::default();
        if let Some(name) = request.str("cid-base").filter(|name| !name.is_empty()) {
            encoder.base = Base::from_name(name)?;
            encoder.upgrade = encoder.base != Base::Base58Btc;
        }
        if let Some(upgrade) = request.bool_opt("upgrade-cidv0-in-output") {
            encoder.upgrade = upgrade;
        }
        Ok(encoder)
    }

    /// Whether the user named a base.
    pub fn is_given(request: &Request) -> bool {
        request.str("cid-base").is_some_and(|base| !base.is_empty())
    }

    /// The encoder that prints like the CID in a path: in its base for version 1, unchanged for
    /// version 0. `None` when there is no CID in the path.
    // spec: cid-output.base-from-path
    pub fn from_path(path: &str) -> Option<Self> {
        let mut parts = path.splitn(4, '/');
        let first = parts.next().unwrap_or_default();
        let text = if first.is_empty() { parts.nth(1)? } else { first };
        let cid = cid::parse(text).ok()?;
        if cid::to_v0(&cid) == Some(cid) {
            return Some(Self::default());
        }
        Some(Self { base: cid::base_of(text.as_bytes())?, upgrade: true })
    }

    /// The text of a CID.
    pub fn encode(&self, cid: &Cid) -> String {
        if self.upgrade {
            return cid::to_string(&cid::to_v1(cid), self.base);
        }
        cid::to_string(cid, self.base)
    }
}
