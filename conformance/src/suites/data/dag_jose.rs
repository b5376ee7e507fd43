//! Cases of `spec/data/dag-jose.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/dag-jose",
    vectors: &[
        Vectors {
            file: "data/dag-jose/convert.json",
            text: include_str!("../../../vectors/data/dag-jose/convert.json"),
            observable: always,
            run: convert,
        },
        Vectors {
            file: "data/dag-jose/requirements.json",
            text: include_str!("../../../vectors/data/dag-jose/requirements.json"),
            observable: always,
            run: convert,
        },
    ],
    ..Suite::EMPTY
};
