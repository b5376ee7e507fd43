//! Cases of `spec/data/ipld.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/ipld",
    vectors: &[Vectors {
        file: "data/ipld/requirements.json",
        text: include_str!("../../../vectors/data/ipld/requirements.json"),
        observable: always,
        run: convert,
    }],
    ..Suite::EMPTY
};
