//! Spec: spec/protocol/bitswap.md
//!
//! What `check()` finds.

/// Something that must hold does not: a fault of this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invariant broken: {0}")]
pub struct Violation(String);

impl Violation {
    /// A violation unless `holds`.
    pub(crate) fn unless(holds: bool, what: impl FnOnce() -> String) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self(what())) }
    }
}
