//! Cases of `spec/data/`.

pub(super) mod car;
pub(super) mod cbor;
pub(super) mod chunker;
pub(super) mod cid;
pub(super) mod crypt;
pub(super) mod dag_cbor;
pub(super) mod dag_jose;
pub(super) mod dag_json;
pub(super) mod dag_pb;
pub(super) mod git_raw;
pub(super) mod ipld;
pub(super) mod ipns_record;
pub(super) mod json;
pub(super) mod key;
pub(super) mod multibase;
pub(super) mod multihash;
pub(super) mod path;
pub(super) mod raw;
pub(super) mod unixfs;

use crate::case::{Check, failed, text};
use crate::decode;
use crate::sandbox::Sandbox;
use serde_json::Value;

/// The bytes that a vector's field gives in hexadecimal.
fn bytes(vector: &Value, key: &str) -> Check<Vec<u8>> {
    decode::hex(text(vector, key)).map_or_else(|| failed(format!("{key} is no hex")), Ok)
}

/// Whether a command line can carry the text.
fn is_argument(vector: &Value, key: &str) -> bool {
    let bytes = decode::hex(text(vector, key)).unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    !text.is_empty() && !text.contains(['\0', '\n', '\r']) && text.trim() == text
}

/// The vectors of a file below `vectors/`, each of which [`convert`] shows.
macro_rules! converted {
    ($file:literal) => {
        $crate::case::Vectors {
            file: $file,
            text: include_str!(concat!("../../../vectors/", $file)),
            observable: $crate::case::always,
            run: $crate::suites::data::convert,
        }
    };
}
use converted;

/// Shows a vector of a codec: `dag put` from one codec into another has to give the bytes, or to
/// fail with the message.
fn convert(sandbox: &Sandbox, vector: &Value) -> Check {
    let name = sandbox.write("input", bytes(vector, "input_hex")?)?;
    let input = format!("--input-codec={}", text(vector, "input_codec"));
    let store = format!("--store-codec={}", text(vector, "store_codec"));
    let put = ["dag", "put", &input, &store, &name];
    if vector.get("expect_error").is_some() {
        return sandbox.fails(&put, text(vector, "expect_error"));
    }
    let cid = sandbox.ok(&put)?;
    let got = sandbox.bytes_with(&["block", "get", &cid], b"")?.stdout;
    let wanted = bytes(vector, "expect_hex")?;
    if got == wanted {
        return Ok(());
    }
    failed(format!("stores {got:02x?}, wanted {wanted:02x?}"))
}

/// Shows one conversion: codecs, input in hexadecimal, and the wanted bytes or the message.
fn converts(
    sandbox: &Sandbox,
    codecs: (&str, &str),
    input: &str,
    wanted: Result<&str, &str>,
) -> Check {
    let mut vector = serde_json::json!({
        "input_codec": codecs.0, "store_codec": codecs.1, "input_hex": input,
    });
    match wanted {
        Ok(bytes) => vector["expect_hex"] = bytes.into(),
        Err(message) => vector["expect_error"] = message.into(),
    }
    convert(sandbox, &vector)
}
