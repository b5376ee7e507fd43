//! Spec: spec/node/names.md
//!
//! Names with fixed values, for tests.

use ipfs_data::path::{self, Path};
use std::collections::HashMap;

/// Names and what they point to, whatever records and the DNS say.
#[derive(Debug, Clone, Default)]
pub struct FixedNames(HashMap<String, Path>);

impl FixedNames {
    // spec: names.fixed
    /// Reads `NAME:/ipfs/CID,NAME:...`. A pair without colon is left out.
    ///
    /// # Errors
    /// When a value is no path.
    pub fn parse(list: &str) -> Result<Self, path::Error> {
        let mut names = HashMap::new();
        for pair in list.split(',') {
            if let Some((name, value)) = pair.split_once(':') {
                names.insert(name.to_owned(), Path::parse(value)?);
            }
        }
        Ok(Self(names))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Path> {
        self.0.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        let names = FixedNames::parse("a.b:/ipns/c,junk,d:/ipns/e:f").unwrap();
        assert_eq!(names.get("a.b").unwrap().as_str(), "/ipns/c");
        assert_eq!(names.get("d").unwrap().as_str(), "/ipns/e:f");
        assert!(names.get("junk").is_none());
        assert!(FixedNames::parse("").unwrap().0.is_empty());
        assert!(FixedNames::parse("a:b").is_err());
    }
}
