//! Cases of `spec/data/dag-json.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/dag-json",
    vectors: &[Vectors {
        file: "data/dag-json/convert.json",
        text: include_str!("../../../vectors/data/dag-json/convert.json"),
        observable: always,
        run: convert,
    }],
    ..Suite::EMPTY
};
