//! Cases of `spec/data/raw.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/raw",
    vectors: &[Vectors {
        file: "data/raw/requirements.json",
        text: include_str!("../../../vectors/data/raw/requirements.json"),
        observable: always,
        run: convert,
    }],
    ..Suite::EMPTY
};
