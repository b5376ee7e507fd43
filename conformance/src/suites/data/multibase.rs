//! Cases of `spec/data/multibase.md`.

use super::bytes;
use crate::case::{Case, Check, Suite, Vectors, failed, text};
use crate::sandbox::Sandbox;
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "data/multibase",
    cases: &[Case {
        name: "what is encoded in a base decodes to itself",
        reqs: &["multibase.table"],
        run: |sandbox| {
            let data = [0, 0, 1, 0xff, 0x80, 0x7f, b'\n', 0xc3, 0xa9];
            let file = sandbox.write("data", data)?;
            let bases = sandbox.ok(&["cid", "bases"])?;
            if bases.lines().count() < 20 {
                return failed(format!("knows {} bases", bases.lines().count()));
            }
            for base in bases.lines() {
                let encoded =
                    sandbox.bytes_with(&["multibase", "encode", "-b", base, &file], b"")?.stdout;
                let name = sandbox.write("text", &encoded)?;
                let decoded = sandbox.bytes_with(&["multibase", "decode", &name], b"")?.stdout;
                if decoded != data {
                    return failed(format!("{base}: {encoded:02x?} decodes to {decoded:02x?}"));
                }
            }
            Ok(())
        },
    }],
    vectors: &[Vectors {
        file: "data/multibase/decode.json",
        text: include_str!("../../../vectors/data/multibase/decode.json"),
        // The command refuses the identity base and empty input before it decodes.
        observable: |vector| text(vector, "text_hex").len() >= 2,
        run: decode,
    }],
    ..Suite::EMPTY
};

fn decode(sandbox: &Sandbox, vector: &Value) -> Check {
    let name = sandbox.write("text", bytes(vector, "text_hex")?)?;
    let command = ["multibase", "decode", &name];
    if vector.get("expect_error").is_some() {
        return sandbox.fails(&command, text(vector, "expect_error"));
    }
    let got = sandbox.bytes_with(&command, b"")?.stdout;
    let wanted = bytes(vector, "expect_hex")?;
    if got == wanted {
        return Ok(());
    }
    failed(format!("decodes to {got:02x?}, wanted {wanted:02x?}"))
}
