//! Cases of `spec/data/dag-cbor.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/dag-cbor",
    vectors: &[Vectors {
        file: "data/dag-cbor/convert.json",
        text: include_str!("../../../vectors/data/dag-cbor/convert.json"),
        observable: always,
        run: convert,
    }],
    ..Suite::EMPTY
};
