//! Cases of `spec/data/crypt.md`, which goes beyond the reference. `hpke.json` and `key-files.json`
//! beside the vectors used here are for unit tests: no command shows what they are about.

use super::bytes;
use crate::case::{Check, Stop, Suite, Vectors, always, failed, text};
use crate::sandbox::Sandbox;
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "data/crypt",
    vectors: &[Vectors {
        file: "data/crypt/messages.json",
        text: include_str!("../../../vectors/data/crypt/messages.json"),
        observable: always,
        run: decrypt,
    }],
    ..Suite::EMPTY
};

/// The message opens with its key, and a changed one does not.
fn decrypt(sandbox: &Sandbox, vector: &Value) -> Check {
    if !sandbox.ok(&["commands"])?.lines().any(|line| line == "ipfs crypt decrypt") {
        return Err(Stop::NotImplemented);
    }
    let mut message = bytes(vector, "file_hex")?;
    let key = sandbox.write("key", bytes(vector, "private_hex")?)?;
    let name = text(vector, "name").replace([',', ' '], "-");
    sandbox.ok(&["key", "import", "--allow-any-key-type", &name, &key])?;
    let whole = sandbox.write("whole", &message)?;
    sandbox.ok(&["crypt", "decrypt", "-k", &name, "-o", "opened", &whole])?;
    if std::fs::read(sandbox.path("opened")).ok() != Some(bytes(vector, "data_hex")?) {
        return failed("the message opens to something else");
    }
    if let Some(last) = message.last_mut() {
        *last ^= 1;
    }
    let bent = sandbox.write("bent", &message)?;
    sandbox.fails(&["crypt", "decrypt", "-k", &name, "-o", "bad", &bent], "")
}
