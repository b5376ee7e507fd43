//! Cases of `spec/data/git-raw.md`.

use super::convert;
use crate::case::{Suite, Vectors, always};

pub(crate) const SUITE: Suite = Suite {
    name: "data/git-raw",
    vectors: &[
        Vectors {
            file: "data/git-raw/convert.json",
            text: include_str!("../../../vectors/data/git-raw/convert.json"),
            observable: always,
            run: convert,
        },
        Vectors {
            file: "data/git-raw/requirements.json",
            text: include_str!("../../../vectors/data/git-raw/requirements.json"),
            observable: always,
            run: convert,
        },
    ],
    ..Suite::EMPTY
};
