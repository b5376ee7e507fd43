//! Spec pages: requirement items such as
//! ``- `flatfs.shard-next-to-last-2` **MUST** [repo] A block lies in ... (source)``.

use crate::tree::{Problem, Tree};

/// How a requirement can be observed from outside.
const OBSERVATIONS: [&str; 6] = ["vector", "wire", "http", "cli", "repo", "sim"];
const LEVELS: [&str; 3] = ["MUST", "SHOULD", "MAY"];

/// One requirement.
#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    pub(crate) id: String,
    pub(crate) must: bool,
    /// `[none: reason]`: no case can show it.
    pub(crate) unobservable: bool,
    pub(crate) line: usize,
}

/// One page of the specification.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) chapter: String,
    /// The file's name without `.md`.
    pub(crate) section: String,
    pub(crate) requirements: Vec<Requirement>,
}

impl Page {
    /// The module that a reader looks for: the section's name with underscores, and with an `s`,
    /// for step, before a digit, with which no module may begin.
    pub(crate) fn module(&self) -> String {
        let step = if self.section.starts_with(|c: char| c.is_ascii_digit()) { "s" } else { "" };
        format!("{step}{}", self.section.replace('-', "_"))
    }
}

/// All pages `spec/<chapter>/<section>.md`, READMEs excepted, and what is wrong with their items.
pub(crate) fn pages(tree: &Tree) -> (Vec<Page>, Vec<Problem>) {
    let mut pages = Vec::new();
    let mut problems = Vec::new();
    for (path, text) in tree.files("spec/", ".md") {
        let parts: Vec<&str> = path.split('/').collect();
        let [_, chapter, file] = parts.as_slice() else { continue };
        let Some(section) = file.strip_suffix(".md").filter(|name| *name != "README") else {
            continue;
        };
        let mut requirements = Vec::new();
        let mut retired = false;
        for (index, line) in text.lines().enumerate() {
            if line.starts_with('#') {
                retired = line.trim_start_matches('#').trim() == "Retired";
            }
            match item(line, section).filter(|_| !retired) {
                None => {}
                Some(Ok(found)) => requirements.push(Requirement { line: index + 1, ..found }),
                Some(Err(text)) => problems.push(Problem::new(path, index + 1, text)),
            }
        }
        let (chapter, section) = ((*chapter).to_owned(), section.to_owned());
        pages.push(Page { path: path.to_owned(), chapter, section, requirements });
    }
    (pages, problems)
}

/// Reads a line; `None` when it is no requirement item. An item is a list item that begins with an
/// ID of this section in code form, or any ID in code form followed by a bold level.
fn item(line: &str, section: &str) -> Option<Result<Requirement, String>> {
    let (id, rest) = line.strip_prefix("- `")?.split_once('`')?;
    let (owner, slug) = id.split_once('.')?;
    let rest = rest.trim_start();
    let level = rest.strip_prefix("**").and_then(|rest| rest.split_once("**"));
    let level = level.filter(|(level, _)| LEVELS.contains(level));
    if owner != section {
        return level.map(|_| Err(format!("`{id}` does not begin with `{section}.`")));
    }
    let Some((level, rest)) = level else {
        return Some(Err(format!("`{id}` has no level: **MUST**, **SHOULD** or **MAY**")));
    };
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty() || !slug.chars().all(valid) {
        return Some(Err(format!("`{id}`: a slug is lower case letters, digits and hyphens")));
    }
    let observed = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((observed, _)) = observed else {
        return Some(Err(format!("`{id}` does not say how it is observed, in brackets")));
    };
    let unobservable = observed.starts_with("none:");
    let words = observed.split([',', ' ']).filter(|word| !word.is_empty());
    if !unobservable && let Some(word) = words.clone().find(|word| !OBSERVATIONS.contains(word)) {
        return Some(Err(format!("`{id}`: `{word}` is none of {OBSERVATIONS:?}, `none: reason`")));
    }
    if words.count() == 0 || observed.trim() == "none:" {
        return Some(Err(format!("`{id}` does not say how it is observed, or why it cannot be")));
    }
    Some(Ok(Requirement { id: id.to_owned(), must: level == "MUST", unobservable, line: 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> (Vec<String>, usize) {
        let (pages, problems) = pages(&Tree::of(&[("spec/data/cid.md", text)]));
        let ids = pages.iter().flat_map(|page| &page.requirements).map(|found| found.id.clone());
        (ids.collect(), problems.len())
    }

    #[test]
    fn reads_items_and_leaves_other_lists_alone() {
        let text = "# CID\n- `cid.a-1` **MUST** [vector] One.\n- plain\n- `x` other\n\
                    - `cid.b` **MAY** [cli, repo] Two.\n- `cid.c` **MUST** [none: taste] Three.\n";
        assert_eq!(ids(text), (vec!["cid.a-1".into(), "cid.b".into(), "cid.c".into()], 0));
    }

    #[test]
    fn refuses_malformed_items() {
        for line in [
            "- `cid.a` [vector] no level",
            "- `cid.a` **MUST** nothing in brackets",
            "- `cid.a` **MUST** [] nothing in brackets",
            "- `cid.a` **MUST** [none:] no reason",
            "- `cid.a` **MUST** [smell] not a way to observe",
            "- `cid.A_b` **MUST** [vector] not a slug",
            "- `car.a` **MUST** [vector] another section",
        ] {
            assert_eq!(ids(line), (vec![], 1), "{line}");
        }
    }

    #[test]
    fn retired_items_do_not_count() {
        assert_eq!(ids("## Retired\n- `cid.a` **MUST** [vector] Gone.\n"), (vec![], 0));
    }

    #[test]
    fn only_section_pages_are_pages() {
        let text = "- `README.a` **MUST** [cli] x";
        let tree = Tree::of(&[("spec/README.md", text), ("spec/data/README.md", text)]);
        assert!(pages(&tree).0.is_empty());
    }
}
