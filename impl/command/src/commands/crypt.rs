//! Spec: spec/command/crypt.md
//!
//! `ipfs crypt`: sign, verify, encrypt and decrypt with the keys of the repository.

use crate::prelude::*;

/// `ipfs crypt`
pub static CRYPT: Command = Command {
    name: "crypt",
    tagline: "Sign, verify, encrypt and decrypt with keys.",
    ..Command::NEW
};
