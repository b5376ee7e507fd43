//! Known deviations of a subject: case to reason, with a `*` at the end of a name for many.
//!
//! ```toml
//! subject = "kubo-0.44"
//! [fail]
//! "repo/pin: names" = "why"
//! [sometimes]
//! "repo/pin: order" = "why it is a matter of chance"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

/// The list of one subject.
#[derive(Debug, Default)]
pub struct Expectations {
    fail: BTreeMap<String, String>,
    sometimes: BTreeMap<String, String>,
}

fn find<'a>(list: &'a BTreeMap<String, String>, case: &str) -> Option<&'a str> {
    let matching = |(name, _): &(&String, &String)| match name.strip_suffix('*') {
        Some(start) => case.starts_with(start),
        None => case == *name,
    };
    list.iter().find(matching).map(|(_, reason)| reason.as_str())
}

impl Expectations {
    /// Reads a list. Every entry needs a reason.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&text)
    }

    /// Reads the text of a list.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
        let mut all = Self::default();
        for (section, list) in [("fail", &mut all.fail), ("sometimes", &mut all.sometimes)] {
            let entries = table.get(section).and_then(toml::Value::as_table);
            for (name, reason) in entries.into_iter().flatten() {
                match reason.as_str().filter(|reason| reason.len() >= 10) {
                    Some(reason) => list.insert(name.clone(), reason.to_owned()),
                    None => return Err(format!("{name}: say why")),
                };
            }
        }
        Ok(all)
    }

    /// Why a case may fail.
    pub fn reason(&self, case: &str) -> Option<&str> {
        find(&self.fail, case).or_else(|| find(&self.sometimes, case))
    }

    /// Whether a case that may fail may pass, too.
    pub fn may_pass(&self, case: &str) -> bool {
        find(&self.sometimes, case).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_groups() {
        let list = "[fail]\n\"a: x\" = \"a good reason\"\n\"b*\" = \"another reason\"\n\
            [sometimes]\n\"c\" = \"it is a race\"";
        let all = Expectations::parse(list).unwrap();
        assert_eq!(all.reason("a: x"), Some("a good reason"));
        assert_eq!(all.reason("b: anything"), Some("another reason"));
        assert_eq!(all.reason("a: xy"), None);
        assert_eq!(all.reason("c"), Some("it is a race"));
        assert_eq!(
            ["a: x", "b", "c", "d"].map(|case| all.may_pass(case)),
            [false, false, true, false]
        );
    }

    #[test]
    fn a_reason_is_needed() {
        assert!(Expectations::parse("[fail]\n\"a\" = \"\"\n").is_err());
        assert!(Expectations::parse("[fail").is_err());
    }
}
