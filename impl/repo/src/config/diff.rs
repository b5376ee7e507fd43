//! Spec: spec/repo/config.md
//!
//! The difference of two configurations as `config profile apply` prints it.

use super::json;
use serde_json::{Map, Value};

const YELLOW: &str = "\x1b[33m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const RESET: &str = "\x1b[0m";
const INDENT: &str = "    ";

enum Change<'a> {
    Same(&'a Value),
    Changed(&'a Value, &'a Value),
    Added(&'a Value),
    Removed(&'a Value),
    Inside(Vec<Item<'a>>),
}

struct Item<'a> {
    key: &'a str,
    change: Change<'a>,
}

// spec: config.diff
/// All keys of both, one line each; objects and lists that differ are spread over lines.
pub fn text(old: &Map<String, Value>, new: &Map<String, Value>) -> String {
    let mut out = String::new();
    items(&mut out, "", &compare_maps(old, new));
    out
}

fn compare<'a>(old: &'a Value, new: &'a Value) -> Change<'a> {
    match (old, new) {
        (old, new) if json::sorted(old) == json::sorted(new) => Change::Same(old),
        (Value::Object(old), Value::Object(new)) => Change::Inside(compare_maps(old, new)),
        (Value::Array(old), Value::Array(new)) => Change::Inside(compare_lists(old, new)),
        (old, new) => Change::Changed(old, new),
    }
}

fn compare_maps<'a>(old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = old
        .iter()
        .map(|(key, value)| {
            let change = match new.get(key) {
                Some(after) => compare(value, after),
                None => Change::Removed(value),
            };
            Item { key, change }
        })
        .collect();
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    items.extend(added.map(|(key, value)| Item { key, change: Change::Added(value) }));
    items.sort_by(|a, b| a.key.cmp(b.key));
    items
}

fn compare_lists<'a>(old: &'a [Value], new: &'a [Value]) -> Vec<Item<'a>> {
    let both = old.iter().zip(new).map(|(old, new)| compare(old, new));
    let removed = old.iter().skip(new.len()).map(Change::Removed);
    let added = new.iter().skip(old.len()).map(Change::Added);
    both.chain(removed).chain(added).map(|change| Item { key: "", change }).collect()
}

fn items(out: &mut String, prefix: &str, list: &[Item<'_>]) {
    out.push('{');
    for (index, Item { key, change }) in list.iter().enumerate() {
        let comma = if index + 1 < list.len() { "," } else { "" };
        let line = |mark: &str, value: &Value| {
            let text = json::compact(&json::sorted(value));
            format!("{prefix}{mark}\"{key}\": {text}{comma}")
        };
        out.push('\n');
        match change {
            Change::Same(value) => out.push_str(&line("", value)),
            Change::Changed(old, new) => {
                let (old, new) = (line("<> ", old), line("** ", new));
                out.push_str(&format!("{YELLOW}{old}\n{new}{RESET}"));
            }
            Change::Added(value) => {
                out.push_str(&format!("{GREEN}{}{RESET}", line("<< ", value)));
            }
            Change::Removed(value) => {
                out.push_str(&format!("{RED}{}{RESET}", line(">> ", value)));
            }
            Change::Inside(inner) => {
                out.push_str(&format!("{prefix}\"{key}\": "));
                items(out, &format!("{prefix}{INDENT}"), inner);
                out.push_str(comma);
            }
        }
    }
    out.push_str(&format!("\n{prefix}}}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_what_changed() {
        let (old, new) = (json!({"a": 1, "b": [1, 2], "c": 0}), json!({"a": 2, "b": [1], "d": 0}));
        let text = text(old.as_object().unwrap(), new.as_object().unwrap());
        let expected = format!(
            "{{\n{YELLOW}<> \"a\": 1,\n** \"a\": 2,{RESET}\n\"b\": {{\n    \"\": 1,\n\
             {RED}    >> \"\": 2{RESET}\n    }},\n{RED}>> \"c\": 0,{RESET}\n\
             {GREEN}<< \"d\": 0{RESET}\n}}"
        );
        assert_eq!(text, expected);
    }
}
