//! Samples: every byte string in the conformance vectors.

use serde_json::Value;
use std::path::Path;

/// All samples below a folder of vectors: fields whose names end in `_hex`, and texts.
pub fn samples(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    collect(folder, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(path: &Path, found: &mut Vec<Vec<u8>>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.flatten().for_each(|entry| collect(&entry.path(), found));
    } else if let Ok(bytes) = std::fs::read(path)
        && let Ok(value) = serde_json::from_slice(&bytes)
    {
        take("", &value, found);
    }
}

fn take(name: &str, value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| take(name, item, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, item)| take(name, item, found)),
        Value::String(text) if name.ends_with("_hex") => found.extend(from_hex(text)),
        Value::String(text) if name != "req" && name != "name" => found.push(text.clone().into()),
        _ => {}
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    Some(digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}
