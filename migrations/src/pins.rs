//! Spec: spec/migrations/pinset.md
//!
//! Pins in the three forms that repositories have had: lists (to version 2), a pin set of blocks
//! (3 to 10), records (from 11).

pub mod indirect;
pub mod key_list;
pub mod lists;
pub mod record_store;
pub mod records;
pub mod set;

pub use key_list::{KeyList, Keys, Tally};
pub use record_store::RecordStore;
pub use set::{Mode, PinSet};

use crate::step::Plan;

/// Bytes on the disk for what doesn't depend on the number of pins.
pub const FIXED_BYTES: u64 = 256 * 1024;
/// Pins that are written in a second, at least.
const PINS_PER_SECOND: u64 = 20_000;

/// Bytes on the disk for so many pins, each of which takes `pin_bytes` at most.
pub fn bytes_needed(pins: u64, pin_bytes: u64) -> u64 {
    FIXED_BYTES + pins * pin_bytes
}

/// What a step takes that writes so many pins.
pub(crate) fn plan(pins: u64, pin_bytes: u64) -> Plan {
    Plan::reckoned(pins, bytes_needed(pins, pin_bytes), 50 + pins * 1000 / PINS_PER_SECOND)
}

/// Where versions 3 to 10 keep the key of the pin set's root.
pub const SET_ROOT: &[u8] = b"/local/pins";
