//! Spec: spec/command/cid-output.md
//!
//! `--cid-base`: how CIDs are printed.

use crate::error::{Error, Result};
use crate::request::Request;
use ipfs_data::cid::Cid;
use multibase::Base;

/// Prints CIDs in the base that the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CidEncoder {
    /// The base of version 1.
    pub base: Base,
    /// Turn version 0 into version 1.
    pub upgrade: bool,
}

impl Default for CidEncoder {
    fn default() -> Self {
        Self { base: Base::Base32Lower, upgrade: false }
    }
}

impl CidEncoder {
    /// The encoder that `--cid-base` and `--upgrade-cidv0-in-output` ask for.
    ///
    /// # Errors
    /// An unknown base.
    // spec: cid-output.other-base-upgrades
    // spec: cid-output.upgrade-flag-wins
    pub fn from_request(request: &Request) -> Result<Self> {
        let base = request.str("cid-base").filter(|base| !base.is_empty());
        let base = base.map(base_by_name).transpose()?;
        let mut encoder = Self::default_v1(base);
        if let Some(upgrade) = request.bool_opt("upgrade-cidv0-in-output") {
            encoder.upgrade = upgrade;
        }
        Ok(encoder)
    }

    fn default_v1(base: Option<Base>) -> Self {
        match base {
            None => Self::default(),
            Some(base) => Self { base, upgrade: base != Base::Base58Btc },
        }
    }

    /// Whether the user named a base.
    pub fn is_given(request: &Request) -> bool {
        request.str("cid-base").is_some_and(|base| !base.is_empty())
    }

    /// The encoder that prints like the CID in a path: the base of a version 1 CID, none for
    /// version 0. `None` when there is no CID in the path.
    // spec: cid-output.base-from-path
    pub fn from_path(path: &str) -> Option<Self> {
        let mut parts = path.splitn(4, '/');
        let first = parts.next().unwrap_or_default();
        let text = if first.is_empty() { parts.nth(1)? } else { first };
        let cid = Cid::try_from(text).ok()?;
        if cid.version() == cid::Version::V0 {
            return Some(Self::default_v1(None));
        }
        let base = Base::from_code(text.chars().next()?).ok()?;
        Some(Self { base, upgrade: true })
    }

    /// The text of a CID.
    pub fn encode(&self, cid: &Cid) -> String {
        if cid.version() == cid::Version::V0 && !self.upgrade {
            return cid.to_string();
        }
        let cid = Cid::new_v1(cid.codec(), *cid.hash());
        multibase::encode(self.base, cid.to_bytes())
    }
}

/// The base with that name or one-letter code.
///
/// # Errors
/// An unknown name.
// spec: cid-output.unknown-base
pub fn base_by_name(name: &str) -> Result<Base> {
    let mut letters = name.chars();
    if let (Some(code), None) = (letters.next(), letters.next())
        && let Ok(base) = Base::from_code(code)
    {
        return Ok(base);
    }
    let base = crate::commands::multibase::BASES.iter().find(|(_, known)| *known == name);
    base.map(|(base, _)| *base)
        .ok_or_else(|| Error::new(format!("unsupported multibase encoding: {name}")))
}
