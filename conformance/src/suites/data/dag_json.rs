//! Cases of `spec/data/dag-json.md`.

use super::{converted, converts};
use crate::case::{Case, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "data/dag-json",
    cases: &[
        Case {
            name: "keys are sorted by bytes and nothing is between them",
            reqs: &["dag-json.key-order"],
            run: |sandbox| {
                sandbox.init()?;
                converts(
                    sandbox,
                    ("dag-json", "dag-json"),
                    "7b202262223a20312c20226161223a2032207d",
                    Ok("7b226161223a322c2262223a317d"),
                )
            },
        },
        Case {
            name: "bytes are written without padding",
            reqs: &["dag-json.bytes"],
            run: |sandbox| {
                sandbox.init()?;
                converts(
                    sandbox,
                    ("dag-json", "dag-json"),
                    "7b222f223a7b226279746573223a2261476b3d227d7d",
                    Ok("7b222f223a7b226279746573223a2261476b227d7d"),
                )
            },
        },
        Case {
            name: "links are written in the default base",
            reqs: &["dag-json.links"],
            run: |sandbox| {
                sandbox.init()?;
                converts(
                    sandbox,
                    ("dag-json", "dag-json"),
                    "7b222f223a22663031353530303030227d",
                    Ok("7b222f223a226261666b71616161227d"),
                )
            },
        },
    ],
    vectors: &[converted!("data/dag-json/convert.json")],
    ..Suite::EMPTY
};
