//! Cases of `spec/data/multihash.md`.

use super::bytes;
use crate::case::{Check, Suite, Vectors, failed, text};
use crate::decode;
use crate::sandbox::Sandbox;
use serde_json::Value;

/// Shortest digest that a block may be named by, in bytes.
const DIGEST_BYTES_MIN: usize = 20;
/// Multihash code of the identity function, which has no shortest digest.
const IDENTITY: u64 = 0;

/// Functions that the reference can compute but lists under no name.
const UNNAMED: [u64; 5] = [0x18, 0x20, 0x1013, 0x1014, 0x1015];

pub(crate) const SUITE: Suite = Suite {
    name: "data/multihash",
    vectors: &[Vectors {
        file: "data/multihash/sum.json",
        text: include_str!("../../../vectors/data/multihash/sum.json"),
        observable,
        run: sum,
    }],
    ..Suite::EMPTY
};

/// Sums that may name a block: the command refuses others for reasons of its own.
fn observable(vector: &Value) -> bool {
    let multihash = decode::hex(text(vector, "expect_hex")).unwrap_or_default();
    let code = vector["code"].as_u64();
    let Some((found, rest)) = decode::varint(&multihash) else { return false };
    let Some((_, digest)) = decode::varint(rest) else { return false };
    code == Some(found)
        && !UNNAMED.contains(&found)
        && (digest.len() >= DIGEST_BYTES_MIN || found == IDENTITY)
        && digest.len() <= 128
}

fn sum(sandbox: &Sandbox, vector: &Value) -> Check {
    let code = vector["code"].as_u64().unwrap_or(u64::MAX);
    let names = sandbox.ok(&["cid", "hashes", "--numeric"])?;
    let name = names.lines().find_map(|line| {
        let (number, name) = line.trim().split_once(char::is_whitespace)?;
        (number.parse() == Ok(code)).then(|| name.trim().to_owned())
    });
    let Some(name) = name else { return failed(format!("`cid hashes` has no {code}")) };
    let input = sandbox.write("input", bytes(vector, "input_hex")?)?;
    let mhtype = format!("--mhtype={name}");
    let mhlen = format!("--mhlen={}", vector["length"].as_i64().unwrap_or(-1));
    let cid = sandbox.ok(&["block", "put", "--cid-codec=raw", &mhtype, &mhlen, &input])?;
    let wanted = bytes(vector, "expect_hex")?;
    match decode::cid(&cid) {
        Some(cid) if cid.multihash == wanted => Ok(()),
        other => failed(format!("{name}: {cid} is {other:02x?}, wanted {wanted:02x?}")),
    }
}
