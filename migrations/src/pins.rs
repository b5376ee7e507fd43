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

/// Where versions 3 to 10 keep the key of the pin set's root.
pub const SET_ROOT: &[u8] = b"/local/pins";
