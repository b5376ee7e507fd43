//! Cases of `spec/data/dag-jose.md`.

use super::converted;
use crate::case::Suite;

pub(crate) const SUITE: Suite = Suite {
    name: "data/dag-jose",
    vectors: &[
        converted!("data/dag-jose/convert.json"),
        converted!("data/dag-jose/requirements.json"),
    ],
    ..Suite::EMPTY
};
