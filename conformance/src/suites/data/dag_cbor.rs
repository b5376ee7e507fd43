//! Cases of `spec/data/dag-cbor.md`.

use super::{converted, converts};
use crate::case::{Case, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "data/dag-cbor",
    cases: &[
        Case {
            name: "keys are written shorter first",
            reqs: &["dag-cbor.key-order"],
            run: |sandbox| {
                sandbox.init()?;
                converts(
                    sandbox,
                    ("dag-json", "dag-cbor"),
                    "7b226161223a312c2263223a322c2262223a337d",
                    Ok("a361620361630262616101"),
                )
            },
        },
        Case {
            name: "floats are written in 64 bits",
            reqs: &["dag-cbor.float-64"],
            run: |sandbox| {
                sandbox.init()?;
                converts(sandbox, ("dag-json", "dag-cbor"), "312e35", Ok("fb3ff8000000000000"))
            },
        },
        Case {
            name: "tag 42 on bytes is a link, other tags on bytes are refused",
            reqs: &["dag-cbor.links"],
            run: |sandbox| {
                sandbox.init()?;
                converts(
                    sandbox,
                    ("dag-cbor", "dag-json"),
                    "d82a450001550000",
                    Ok("7b222f223a226261666b71616161227d"),
                )?;
                converts(sandbox, ("dag-cbor", "dag-json"), "d82b450001550000", Err(""))
            },
        },
    ],
    vectors: &[converted!("data/dag-cbor/convert.json")],
    ..Suite::EMPTY
};
