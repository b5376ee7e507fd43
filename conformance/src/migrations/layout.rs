//! Where block files lie, below the repository, by the bytes of their keys.

use multibase::Base;

/// As keys are written from version 4 on.
pub fn base32(key: &[u8]) -> String {
    Base::Base32Upper.encode(key)
}

/// In versions 2 and 3.
pub fn hexadecimal(key: &[u8]) -> String {
    let name = Base::Base16Lower.encode(key);
    format!("blocks/{}/{name}.data", &name[..8])
}

/// In version 4.
pub fn prefix(key: &[u8]) -> String {
    let name = base32(key);
    format!("blocks/{}/{name}.data", &name[..5])
}

/// From version 5 on.
pub fn by_end(key: &[u8]) -> String {
    let name = base32(key);
    format!("blocks/{}/{name}.data", &name[name.len() - 3..name.len() - 1])
}
