//! The sentences of requirements, taken from the pages of the specification.

use std::collections::BTreeMap;
use std::path::Path;

/// ID to sentence.
#[derive(Debug, Default)]
pub struct Requirements(BTreeMap<String, String>);

impl Requirements {
    /// Reads the pages of this repository. Without them, sentences are missing and nothing else.
    pub fn read() -> Self {
        let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
        let mut all = Self::default();
        for chapter in entries(&spec) {
            for page in entries(&chapter).iter().filter(|path| path.extension().is_some()) {
                all.add(&std::fs::read_to_string(page).unwrap_or_default());
            }
        }
        all
    }

    /// Adds the items of a page: ``- `id` **MUST** [..] sentence``, continued on indented lines.
    pub fn add(&mut self, page: &str) {
        let mut open: Option<String> = None;
        for line in page.lines() {
            if let Some((id, rest)) = item(line) {
                self.0.insert(id.to_owned(), rest.to_owned());
                open = Some(id.to_owned());
            } else if line.starts_with("  ")
                && let Some(text) = open.as_ref().and_then(|id| self.0.get_mut(id))
            {
                text.push(' ');
                text.push_str(line.trim());
            } else {
                open = None;
            }
        }
    }

    /// The sentence of a requirement.
    pub fn sentence(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten().flatten();
    read.map(|entry| entry.path()).collect()
}

fn item(line: &str) -> Option<(&str, &str)> {
    let (id, rest) = line.strip_prefix("- `")?.split_once('`')?;
    (id.contains('.') && rest.starts_with(" **")).then_some((id, rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_may_span_lines() {
        let mut all = Requirements::default();
        all.add("# X\n- `cid.a` **MUST** [cli] One\n  two.\n\n- `cid.b` **MAY** [cli] Three.\n");
        assert_eq!(all.sentence("cid.a"), Some("**MUST** [cli] One two."));
        assert_eq!(all.sentence("cid.b"), Some("**MAY** [cli] Three."));
        assert_eq!(all.sentence("cid.c"), None);
    }
}
