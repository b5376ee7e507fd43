//! Cases of `spec/data/cid.md`.

use super::{bytes, is_argument};
use crate::case::{Case, Check, Suite, Vectors, failed, text};
use crate::decode;
use crate::sandbox::Sandbox;
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "data/cid",
    cases: &[
        Case {
            name: "identity digests of 128 bytes are stored, longer ones refused",
            reqs: &["cid.digest-max-128"],
            run: |sandbox| {
                sandbox.init()?;
                let fits = sandbox.write("fits", [7; 128])?;
                let over = sandbox.write("over", [7; 129])?;
                let cid = sandbox.ok(&["block", "put", "--mhtype=identity", &fits])?;
                let got = sandbox.bytes_with(&["block", "get", &cid], b"")?.stdout;
                if got != [7; 128] {
                    return failed(format!("{cid} gives {} bytes", got.len()));
                }
                sandbox.fails(&["block", "put", "--mhtype=identity", &over], "digest too large")
            },
        },
        Case {
            name: "digests shorter than 20 bytes are refused",
            reqs: &["cid.digest-min-20"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", "x")?;
                let short = ["block", "put", "--mhtype=sha2-256", "--mhlen=19", &file];
                sandbox.fails(&short, "digest too small")?;
                let cid = sandbox.ok(&["block", "put", "--mhlen=20", &file])?;
                match decode::cid(&cid) {
                    Some(cid) if cid.multihash.len() == 22 => Ok(()),
                    other => failed(format!("{cid} is {other:?}")),
                }
            },
        },
        Case {
            name: "version 0 is base58btc without prefix, version 1 base32 unless asked",
            reqs: &["cid.text-v0", "cid.text-multibase"],
            run: |sandbox| {
                let v0 = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
                let v1 = "bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby";
                sandbox.prints(&["cid", "base32", v0], v1)?;
                sandbox.prints(&["cid", "format", "-v", "0", v1], v0)
            },
        },
    ],
    vectors: &[
        Vectors {
            file: "data/cid/parse.json",
            text: include_str!("../../../vectors/data/cid/parse.json"),
            observable: |vector| is_argument(vector, "text_hex"),
            run: parse,
        },
        Vectors {
            file: "data/cid/format.json",
            text: include_str!("../../../vectors/data/cid/format.json"),
            observable: |vector| {
                // The command changes bases that can't encode before it formats.
                is_argument(vector, "text_hex")
                    && is_argument(vector, "format_hex")
                    && text(vector, "expect_error") != "invalid base encoding"
            },
            run: format,
        },
        Vectors {
            file: "data/cid/allowed.json",
            text: include_str!("../../../vectors/data/cid/allowed.json"),
            observable: |vector| whole_multihash(text(vector, "cid_hex")).is_some(),
            run: allowed,
        },
    ],
    ..Suite::EMPTY
};

/// The digest of a CID of version 1 when it is as long as declared: others are no CIDs to a
/// command.
fn whole_multihash(cid: &str) -> Option<Vec<u8>> {
    let bytes = decode::hex(cid)?;
    let (1, rest) = decode::varint(&bytes)? else { return None };
    let (_, rest) = decode::varint(rest)?;
    let (_, rest) = decode::varint(rest)?;
    let (length, digest) = decode::varint(rest)?;
    (length == digest.len() as u64).then(|| digest.to_vec())
}

fn argument(vector: &Value, key: &str) -> Check<String> {
    Ok(String::from_utf8_lossy(&bytes(vector, key)?).into_owned())
}

/// The binary form, read off the text forms that `cid format` prints.
fn parse(sandbox: &Sandbox, vector: &Value) -> Check {
    let cid = argument(vector, "text_hex")?;
    if vector.get("expect_error").is_some() {
        return sandbox.fails(&["cid", "format", "--", &cid], text(vector, "expect_error"));
    }
    let wanted = text(vector, "expect_hex");
    let (version, digits) = match wanted.strip_prefix("1220") {
        Some(_) => ("0", "%m"),
        None => ("1", "%s"),
    };
    sandbox.prints(&["cid", "format", "-f", "%V", "--", &cid], version)?;
    if version == "0" {
        let wanted = format!("f{wanted}");
        return sandbox.prints(&["cid", "format", "-f", digits, "-b", "base16", &cid], &wanted);
    }
    sandbox.prints(&["cid", "format", "-b", "base16", "--", &cid], &format!("f{wanted}"))
}

fn format(sandbox: &Sandbox, vector: &Value) -> Check {
    let cid = argument(vector, "text_hex")?;
    let format = argument(vector, "format_hex")?;
    let mut words = vec!["cid", "format", "-f", &format];
    if !text(vector, "base").is_empty() {
        words.extend(["-b", text(vector, "base")]);
    }
    words.extend(["--", &cid]);
    if vector.get("expect_error").is_some() {
        return sandbox.fails(&words, text(vector, "expect_error"));
    }
    let mut got = sandbox.bytes_with(&words, b"")?.stdout;
    got.pop_if(|last| *last == b'\n');
    let wanted = bytes(vector, "expect_hex")?;
    if got == wanted {
        return Ok(());
    }
    failed(format!("prints {got:02x?}, wanted {wanted:02x?}"))
}

/// Disallowed hashes are refused before anything is looked up.
fn allowed(sandbox: &Sandbox, vector: &Value) -> Check {
    let cid = format!("f{}", text(vector, "cid_hex"));
    let answer = sandbox.run(&["block", "stat", "--offline", &cid])?;
    let refused = text(vector, "expect_error");
    let right = if refused.is_empty() {
        answer.status == 0 && answer.text().starts_with("Key: ")
            || answer.error().contains("could not find")
    } else {
        answer.status == 1 && answer.error().contains(refused)
    };
    if right {
        return Ok(());
    }
    failed(format!("{cid}: status {}, {:?}", answer.status, answer.error()))
}
