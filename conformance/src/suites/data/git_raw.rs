//! Cases of `spec/data/git-raw.md`.

use super::converted;
use crate::case::Suite;

pub(crate) const SUITE: Suite = Suite {
    name: "data/git-raw",
    vectors: &[
        converted!("data/git-raw/convert.json"),
        converted!("data/git-raw/requirements.json"),
    ],
    ..Suite::EMPTY
};
