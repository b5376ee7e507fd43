//! Spec: spec/sim/scenario.md
//!
//! What a scenario's schema can't say: names that must exist, numbers that must fit.

use super::{Fault, Scenario, Topology};
use std::collections::BTreeSet;

/// Most nodes of a run.
const NODES_MAX: u32 = 100_000;
/// Most bytes of content in a run, in bytes.
const CONTENT_BYTES_MAX: u64 = 8 << 30;

/// Why a scenario can't be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not written as the schema says.
    #[error("{0}")]
    Text(#[from] toml::de::Error),
    /// A name that nothing has.
    #[error("there is no {kind} '{name}': it is named by {by}")]
    Unknown {
        /// What it should be.
        kind: &'static str,
        /// The name.
        name: String,
        /// Who names it.
        by: String,
    },
    /// Two things have one name.
    #[error("two {0} are called '{1}'")]
    Twice(&'static str, String),
    /// A number that makes no sense.
    #[error("{0}")]
    Number(String),
}

impl Scenario {
    pub(super) fn check(&self) -> Result<(), Error> {
        let contents = names("contents", self.content.iter().map(|content| &content.name))?;
        let groups = names("groups", self.group.iter().map(|group| &group.name))?;
        for group in &self.group {
            let by = format!("group '{}'", group.name);
            let fetched = group.fetch.iter().map(|fetch| &fetch.content);
            for name in group.holds.iter().chain(fetched) {
                known("content", &contents, name, &by)?;
            }
            if group.fetch.iter().any(|fetch| fetch.waves == 0 || fetch.ahead == 0) {
                return Err(Error::Number(format!("{by}: waves and ahead are at least 1")));
            }
        }
        for fault in &self.fault {
            let named = match fault {
                Fault::Stop { group, .. } | Fault::Collect { group, .. } => {
                    std::slice::from_ref(group)
                }
                Fault::Partition { groups, .. } => groups,
            };
            for name in named {
                known("group", &groups, name, "a fault")?;
            }
        }
        if let Topology::Star { centre } = &self.topology {
            known("group", &groups, centre, "the topology")?;
        }
        for expect in &self.expect {
            if let Some(name) = &expect.group {
                known("group", &groups, name, "an expectation")?;
            }
            if expect.min.is_none() && expect.max.is_none() {
                let text = format!("expecting {} needs min or max", expect.metric.name());
                return Err(Error::Number(text));
            }
        }
        self.check_numbers()
    }

    fn check_numbers(&self) -> Result<(), Error> {
        let number = |text: String| Err(Error::Number(text));
        let nodes: u64 = self.group.iter().map(|group| u64::from(group.count)).sum();
        if nodes == 0 || nodes > u64::from(NODES_MAX) {
            return number(format!("{nodes} nodes: there may be 1 to {NODES_MAX}"));
        }
        let mut bytes = 0u64;
        for content in &self.content {
            if content.size.0 == 0 || content.chunk.0 == 0 || content.chunk.0 > 2 << 20 {
                return number(format!("content '{}': chunks have 1 B to 2 MiB", content.name));
            }
            bytes = bytes.saturating_add(content.size.0.saturating_mul(content.count.into()));
        }
        if bytes > CONTENT_BYTES_MAX {
            return number(format!("{bytes} bytes of content: at most {CONTENT_BYTES_MAX}"));
        }
        let losses = self.group.iter().map(|group| &group.link).chain([&self.link]);
        if losses.filter_map(|link| link.loss).any(|loss| !(0.0..=0.5).contains(&loss)) {
            return number("loss is a chance from 0 to 0.5".into());
        }
        if self.duration.0 == 0 || self.sample.0 == 0 || self.check_every == 0 {
            return number("duration, sample and check_every are more than 0".into());
        }
        Ok(())
    }
}

fn names<'a>(
    kind: &'static str,
    list: impl Iterator<Item = &'a String>,
) -> Result<BTreeSet<&'a str>, Error> {
    let mut names = BTreeSet::new();
    for name in list {
        if !names.insert(name.as_str()) {
            return Err(Error::Twice(kind, name.clone()));
        }
    }
    Ok(names)
}

fn known(kind: &'static str, names: &BTreeSet<&str>, name: &str, by: &str) -> Result<(), Error> {
    match names.contains(name) {
        true => Ok(()),
        false => Err(Error::Unknown { kind, name: name.into(), by: by.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"
        about = "x"
        duration = "1s"
        content = [{ name = "file", size = "1MiB" }]
        group = [{ name = "seeds", count = 1, holds = ["file"] }]
        expect = [{ metric = "completed", min = 1.0 }]
    "#;

    fn complaint(from: &str, to: &str) -> String {
        Scenario::parse(&SOUND.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn nonsense_is_named() {
        Scenario::parse(SOUND).unwrap();
        let unknown = complaint("holds = [\"file\"]", "holds = [\"flie\"]");
        assert_eq!(unknown, "there is no content 'flie': it is named by group 'seeds'");
        assert!(complaint("count = 1", "count = 0").contains("0 nodes"));
        assert!(complaint("min = 1.0", "group = \"seeds\"").contains("needs min or max"));
        assert!(complaint("\"1MiB\"", "\"1 MiB\"").contains("is no size"));
        assert!(complaint("about", "abuot").contains("unknown field `abuot`"));
        assert!(complaint("size = \"1MiB\"", "size = \"9GiB\"").contains("bytes of content"));
    }
}
