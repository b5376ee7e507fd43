//! Cases of `spec/data/dag-pb.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/dag-pb",
    vectors: &[
        Vectors {
            file: "data/dag-pb/convert.json",
            text: include_str!("../../../vectors/data/dag-pb/convert.json"),
            observable: always,
            run: convert,
        },
        Vectors {
            file: "data/dag-pb/requirements.json",
            text: include_str!("../../../vectors/data/dag-pb/requirements.json"),
            observable: always,
            run: convert,
        },
    ],
    ..Suite::EMPTY
};
