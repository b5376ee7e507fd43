//! Cases of `spec/data/path.md`.

use crate::case::{Check, Suite, Vectors, text};
use crate::sandbox::Sandbox;
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "data/path",
    vectors: &[Vectors {
        file: "data/path/arguments.json",
        text: include_str!("../../../vectors/data/path/arguments.json"),
        // What a good path becomes is not printed by any command; what is wrong with a bad one is.
        observable: |vector| {
            let input = text(vector, "input");
            vector.get("error").is_some() && !input.is_empty() && !input.contains(['\0', '\n'])
        },
        run: refused,
    }],
    ..Suite::EMPTY
};

fn refused(sandbox: &Sandbox, vector: &Value) -> Check {
    sandbox.fails(&["ls", "--", text(vector, "input")], text(vector, "error"))
}
