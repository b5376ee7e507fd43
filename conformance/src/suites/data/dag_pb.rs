//! Cases of `spec/data/dag-pb.md`.

use super::converted;
use crate::case::Suite;

pub(crate) const SUITE: Suite = Suite {
    name: "data/dag-pb",
    vectors: &[converted!("data/dag-pb/convert.json"), converted!("data/dag-pb/requirements.json")],
    ..Suite::EMPTY
};
