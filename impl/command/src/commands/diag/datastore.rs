//! Spec: spec/command/diag.md
//!
//! `ipfs diag datastore`: keys and values as they are stored.

use crate::prelude::*;
use ipfs_data::multibase::{self, Base};
use ipfs_repo::datastore::{self, Datastore, Key, Query};
use std::sync::Arc;

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatastoreValue {
    /// The key as it was given.
    pub key: String,
    /// The value in base64.
    pub value: String,
    /// The value for people, if asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hex_dump: String,
}

impl Output for DatastoreValue {
    const NAME: &'static str = "diagDatastoreGetResult";

    // spec: diag.datastore-get-text
    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        if !self.hex_dump.is_empty() {
            write!(out, "Key: {}\nHex Dump:\n{}", self.key, self.hex_dump)?;
            return Ok(());
        }
        let (_, bytes) = multibase::decode(format!("M{}", self.value).as_bytes())?;
        Ok(out.write_all(&bytes)?)
    }
}

/// How many keys there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatastoreCount {
    /// The prefix as it was given.
    pub prefix: String,
    /// Keys below it.
    pub count: u64,
}

impl Output for DatastoreCount {
    const NAME: &'static str = "diagDatastoreCountResult";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "{}", self.count)?;
        Ok(())
    }
}

fn store(env: &Env) -> Result<&Arc<dyn Datastore>> {
    // spec: diag.datastore-alone
    env.require_no_daemon()?;
    let repo = env.repo().map_err(|error| error.context("failed to open repo"))?;
    Ok(repo.datastore()?)
}

/// Sixteen bytes a line: place, hexadecimal, printable characters.
fn hex_dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, line) in bytes.chunks(16).enumerate() {
        text.push_str(&format!("{:08x} ", index * 16));
        for at in 0..16 {
            if at == 8 {
                text.push(' ');
            }
            match line.get(at) {
                Some(byte) => text.push_str(&format!(" {byte:02x}")),
                None => text.push_str("   "),
            }
        }
        let printable = |&byte: &u8| match byte {
            0x20..=0x7e => char::from(byte),
            _ => '.',
        };
        text.push_str(&format!("  |{}|\n", line.iter().map(printable).collect::<String>()));
    }
    text
}

// spec: diag.datastore-get
pub(super) fn get(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let key = request.argument(0).unwrap_or_default();
    let value = store(env)?
        .get(&Key::new(key))
        .map_err(|error| Error::from(error).context("failed to read key"))?;
    let Some(value) = value else {
        return Err(Error::new(format!("key not found: {key}")));
    };
    let encoded = multibase::encode(Base::Base64Pad, &value);
    emitter.emit(&DatastoreValue {
        key: key.to_owned(),
        value: String::from_utf8_lossy(encoded.get(1..).unwrap_or_default()).into_owned(),
        hex_dump: if request.bool("hex") { hex_dump(&value) } else { String::new() },
    })
}

// spec: diag.datastore-put
pub(super) fn put(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let key = Key::new(request.argument(0).unwrap_or_default());
    let value = request.argument(1).unwrap_or_default();
    let failed = |error: datastore::Error| Error::from(error).context("failed to put key");
    let store = store(env)?;
    store.put(&key, value.as_bytes()).map_err(failed)?;
    store.sync(&key).map_err(|error| Error::from(error).context("failed to sync"))
}

// spec: diag.datastore-count
pub(super) fn count(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let prefix = request.argument(0).unwrap_or_default();
    let failed = |error: datastore::Error| Error::from(error).context("failed to query datastore");
    let query = Query { prefix: Key::new(prefix), keys_only: true };
    let mut count = 0;
    for pair in store(env)?.query(&query).map_err(failed)? {
        pair.map_err(|error| Error::from(error).context("query error"))?;
        request.cancel.check()?;
        count += 1;
    }
    emitter.emit(&DatastoreCount { prefix: prefix.to_owned(), count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_like_hexdump() {
        let text = hex_dump(b"0123456789abcdef\x00x");
        let expected = "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  \
                        |0123456789abcdef|\n\
                        00000010  00 78                                             |.x|\n";
        assert_eq!(text, expected);
        assert_eq!(hex_dump(b""), "");
    }
}
