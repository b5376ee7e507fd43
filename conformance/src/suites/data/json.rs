//! Cases of `spec/data/json.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/json",
    vectors: &[Vectors {
        file: "data/json/convert.json",
        text: include_str!("../../../vectors/data/json/convert.json"),
        observable: always,
        run: convert,
    }],
    ..Suite::EMPTY
};
