//! Cases of `spec/data/raw.md`.

use super::converted;
use crate::case::Suite;

pub(crate) const SUITE: Suite = Suite {
    name: "data/raw",
    vectors: &[converted!("data/raw/requirements.json")],
    ..Suite::EMPTY
};
