//! Cases of `spec/data/json.md`.

use super::{converted, converts};
use crate::case::{Case, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "data/json",
    cases: &[
        Case {
            name: "the key / means nothing",
            reqs: &["json.slash-is-plain"],
            run: |sandbox| {
                sandbox.init()?;
                converts(sandbox, ("json", "cbor"), "7b222f223a2278227d", Ok("a1612f6178"))
            },
        },
        Case {
            name: "a comma may precede the end",
            reqs: &["json.trailing-comma"],
            run: |sandbox| {
                sandbox.init()?;
                converts(sandbox, ("json", "cbor"), "5b312c5d", Ok("8101"))
            },
        },
        Case {
            name: "a key that occurs twice is refused",
            reqs: &["json.no-duplicate-keys"],
            run: |sandbox| {
                sandbox.init()?;
                converts(
                    sandbox,
                    ("json", "cbor"),
                    "7b2261223a312c2261223a327d",
                    Err("cannot repeat map key"),
                )
            },
        },
        Case {
            name: "integers have 64 bits, floats a fraction or exponent",
            reqs: &["json.numbers"],
            run: |sandbox| {
                sandbox.init()?;
                converts(
                    sandbox,
                    ("json", "cbor"),
                    "3138343436373434303733373039353531363136",
                    Err(""),
                )?;
                converts(sandbox, ("json", "cbor"), "2d35", Ok("24"))?;
                converts(sandbox, ("json", "cbor"), "312e35", Ok("fb3ff8000000000000"))
            },
        },
    ],
    vectors: &[converted!("data/json/convert.json"), converted!("data/json/requirements.json")],
    ..Suite::EMPTY
};
