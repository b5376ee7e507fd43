//! Cases of `spec/data/key.md`.

use super::bytes;
use crate::case::{Check, Suite, Vectors, always, failed, text};
use crate::sandbox::Sandbox;
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "data/key",
    vectors: &[Vectors {
        file: "data/key/kubo-keys.json",
        text: include_str!("../../../vectors/data/key/kubo-keys.json"),
        observable: always,
        run: import_and_export,
    }],
    ..Suite::EMPTY
};

/// A key goes in and comes out unchanged, in both forms, and has its ID in every base.
fn import_and_export(sandbox: &Sandbox, vector: &Value) -> Check {
    let private = bytes(vector, "private_hex")?;
    let file = sandbox.write("private", &private)?;
    let name = text(vector, "name");
    for (base, id) in vector["ids"].as_object().into_iter().flatten() {
        let base = format!("--ipns-base={base}");
        let import = ["key", "import", "--allow-any-key-type", &base, name, &file];
        sandbox.prints(&import, id.as_str().unwrap_or(""))?;
        sandbox.ok(&["key", "rm", name])?;
    }
    sandbox.ok(&["key", "import", "--allow-any-key-type", name, &file])?;
    sandbox.ok(&["key", "export", "-o", "out.key", name])?;
    if std::fs::read(sandbox.path("out.key")).ok() != Some(private) {
        return failed("the exported key is not the imported one");
    }
    let pem = "--format=pem-pkcs8-cleartext";
    sandbox.ok(&["key", "export", pem, "-o", "out.pem", name])?;
    let exported = std::fs::read_to_string(sandbox.path("out.pem")).unwrap_or_default();
    if exported.trim_end() != text(vector, "pkcs8_pem").trim_end() {
        return failed(format!("exports {exported:?}"));
    }
    Ok(())
}
