//! Spec: spec/migrations/config-file.md
//!
//! The lists of addresses that several steps rewrite.

use super::json::{Object, Value};
use crate::report::Report;

const LISTS: [&str; 4] = ["Swarm", "Announce", "AppendAnnounce", "NoAnnounce"];

/// Each list of addresses in `Addresses` that is one.
pub fn each_list(config: &mut Object, mut change: impl FnMut(&mut Vec<Value>)) {
    let Some(addresses) = config.get_mut("Addresses").and_then(Value::as_object_mut) else {
        return;
    };
    for name in LISTS {
        if let Some(Value::Array(list)) = addresses.get_mut(name) {
            change(list);
        }
    }
}

// spec: config-file.listen-lists
/// Rewrites each address of the lists in `Addresses`: `change` adds what an address becomes. Equal
/// addresses are written once; what is no string stays; an empty list becomes `null`.
pub fn each_listen_list(
    config: &mut Object,
    report: &mut Report,
    change: impl Fn(&str, &mut Vec<String>),
) {
    let Some(addresses) = config.get_mut("Addresses") else { return };
    let Value::Object(addresses) = addresses else {
        return skipping(report, ".Addresses", addresses, "json map");
    };
    for name in LISTS {
        let Some(list) = addresses.get_mut(name) else { continue };
        let Value::Array(old) = list else {
            skipping(report, &format!(".Addresses.{name}"), list, "json array");
            continue;
        };
        let mut new: Vec<Value> = Vec::new();
        let mut changed = Vec::new();
        for item in old.iter() {
            let Value::String(address) = item else {
                new.push(item.clone());
                continue;
            };
            change(address, &mut changed);
            for address in changed.drain(..).map(Value::String) {
                if !new.contains(&address) {
                    new.push(address);
                }
            }
        }
        *list = if new.is_empty() { Value::Null } else { Value::Array(new) };
    }
}

/// Says that something of another type is left alone.
pub fn skipping(report: &mut Report, name: &str, value: &Value, wanted: &str) {
    let kind = value.go_type();
    report.log(&format!("invalid type for {name} got {kind} expected {wanted}; skipping {name}"));
}
