//! Cases of `spec/data/cbor.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/cbor",
    vectors: &[Vectors {
        file: "data/cbor/convert.json",
        text: include_str!("../../../vectors/data/cbor/convert.json"),
        observable: always,
        run: convert,
    }],
    ..Suite::EMPTY
};
