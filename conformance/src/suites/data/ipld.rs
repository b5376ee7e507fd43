//! Cases of `spec/data/ipld.md`.

use super::converted;
use crate::case::Suite;

pub(crate) const SUITE: Suite = Suite {
    name: "data/ipld",
    vectors: &[converted!("data/ipld/requirements.json")],
    ..Suite::EMPTY
};
