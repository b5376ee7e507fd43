//! Cases of `spec/data/cbor.md`.

use super::{converted, converts};
use crate::case::{Case, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "data/cbor",
    cases: &[
        Case {
            name: "numbers and lengths are as short as can be",
            reqs: &["cbor.minimal-integers"],
            run: |sandbox| {
                sandbox.init()?;
                converts(sandbox, ("cbor", "cbor"), "1801", Err("integer not minimally encoded"))
            },
        },
        Case {
            name: "open-ended lengths are refused",
            reqs: &["cbor.no-indefinite"],
            run: |sandbox| {
                sandbox.init()?;
                converts(sandbox, ("cbor", "cbor"), "9fff", Err(""))?;
                converts(sandbox, ("cbor", "cbor"), "bfff", Err(""))?;
                converts(sandbox, ("cbor", "cbor"), "5fff", Err(""))
            },
        },
        Case {
            name: "a key that occurs twice is refused, one out of order is not",
            reqs: &["cbor.no-duplicate-keys", "cbor.map-order"],
            run: |sandbox| {
                sandbox.init()?;
                converts(sandbox, ("cbor", "cbor"), "a2616101616102", Err("duplicate map key"))?;
                converts(sandbox, ("cbor", "cbor"), "a2616201616102", Ok("a2616201616102"))
            },
        },
        Case {
            name: "NaN and the infinities are refused, short floats read",
            reqs: &["cbor.finite"],
            run: |sandbox| {
                sandbox.init()?;
                converts(sandbox, ("cbor", "cbor"), "f97e00", Err("NaN"))?;
                converts(sandbox, ("cbor", "cbor"), "f97c00", Err("infinite"))?;
                converts(sandbox, ("cbor", "cbor"), "f93e00", Ok("fb3ff8000000000000"))
            },
        },
        Case {
            name: "a declared length reserves nothing",
            reqs: &["cbor.no-allocation-by-declaration", "cbor.cost-max"],
            run: |sandbox| {
                sandbox.init()?;
                converts(sandbox, ("cbor", "cbor"), "5b7fffffffffffffff", Err(""))?;
                converts(sandbox, ("cbor", "cbor"), "9bffffffffffffffff", Err(""))
            },
        },
    ],
    vectors: &[converted!("data/cbor/convert.json"), converted!("data/cbor/requirements.json")],
    ..Suite::EMPTY
};
