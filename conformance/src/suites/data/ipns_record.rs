//! Cases of `spec/data/ipns-record.md`.

use super::bytes;
use crate::case::{Check, Suite, Vectors, always, failed, text};
use crate::sandbox::Sandbox;
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "data/ipns-record",
    vectors: &[
        Vectors {
            file: "data/ipns-record/kubo-published.json",
            text: include_str!("../../../vectors/data/ipns-record/kubo-published.json"),
            observable: always,
            run: inspect,
        },
        Vectors {
            file: "data/ipns-record/verified-by-kubo.json",
            text: include_str!("../../../vectors/data/ipns-record/verified-by-kubo.json"),
            observable: always,
            run: inspect,
        },
    ],
    ..Suite::EMPTY
};

/// What `name inspect` says about a record: the fields, and whether it holds.
fn inspect(sandbox: &Sandbox, vector: &Value) -> Check {
    let file = sandbox.write("record", bytes(vector, "record_hex")?)?;
    let verify = format!("--verify={}", text(vector, "ipns_name"));
    let command = ["name", "inspect", "--enc=json", &verify, &file];
    if vector.get("decode_error").is_some() {
        // The first line names the fault; what follows is about the reference's own types.
        let fault = text(vector, "decode_error").lines().next().unwrap_or("");
        return sandbox.fails(&command, fault);
    }
    let mut got = sandbox.json(&command)?;
    let mut wanted = vector["inspect"].clone();
    for value in [&mut got, &mut wanted] {
        if let Some(fields) = value.as_object_mut() {
            fields.remove("HexDump");
        }
        // Whether it holds counts, not the words for why.
        if let Some(validation) = value["Validation"].as_object_mut() {
            validation.remove("Reason");
        }
    }
    if got == wanted {
        return Ok(());
    }
    failed(format!("says {got}, wanted {wanted}"))
}
