//! Names that say nothing, and words about where and how this was written.

use crate::tree::Problem;

/// Parts of names that name no thing of the field.
const EMPTY_NAMES: [&str; 5] = ["Manager", "Util", "Common", "Helper", "Core"];
/// The same as modules.
const EMPTY_MODULES: [&str; 7] = ["util", "utils", "common", "helper", "helpers", "core", "misc"];

/// Traces of a workplace. Split, so that this file is not its own first violation.
const WORKPLACE: [&str; 8] = [
    concat!("/tmp/", "ref"),
    concat!("/tmp/", "bin/"),
    concat!("/tmp/", "t/"),
    concat!("/wo", "rk/"),
    concat!("kubo-", "ipfs"),
    concat!("hub", ".git"),
    concat!("TO", "DO:"),
    concat!("FIX", "ME"),
];

pub(super) fn check_names(path: &str, text: &str, problems: &mut Vec<Problem>) {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    if EMPTY_MODULES.contains(&stem) {
        problems.push(Problem::new(path, 1, format!("`{stem}` says nothing about its content")));
    }
    for (index, line) in text.lines().enumerate() {
        let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let defines = |word: &str| ["struct", "enum", "trait", "type"].contains(&word);
        // Only the name that is defined, so that foreign types may be used.
        let Some(_) = words.by_ref().take(4).find(|word| defines(word)) else { continue };
        let Some(name) = words.next() else { continue };
        let is_definition = line.trim_start().starts_with("pub")
            || defines(line.split_whitespace().next().unwrap_or(""));
        if is_definition && EMPTY_NAMES.iter().any(|empty| has_word(name, empty)) {
            let text = format!("`{name}`: use the field's own noun");
            problems.push(Problem::new(path, index + 1, text));
        }
    }
}

/// Whether `name` in camel case has `word` (or its plural) as one of its words.
fn has_word(name: &str, word: &str) -> bool {
    let Some(at) = name.find(word) else { return false };
    let rest = &name[at + word.len()..];
    let rest = rest.strip_prefix('s').unwrap_or(rest);
    rest.chars().next().is_none_or(|next| !next.is_lowercase())
}

pub(super) fn check_words(path: &str, text: &str, problems: &mut Vec<Problem>) {
    for (index, line) in text.lines().enumerate() {
        if let Some(word) = WORKPLACE.iter().find(|word| occurs(line, word)) {
            let text = format!("`{word}` has no place in the repository");
            problems.push(Problem::new(path, index + 1, text));
        }
    }
}

/// Whether `word` occurs other than as the end of a longer path or name.
fn occurs(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(check: fn(&str, &str, &mut Vec<Problem>), path: &str, text: &str) -> usize {
        let mut problems = Vec::new();
        check(path, text, &mut problems);
        problems.len()
    }

    #[test]
    fn empty_names_are_refused_where_they_are_defined() {
        assert_eq!(count(check_names, "a.rs", "pub struct PinManager {"), 1);
        assert_eq!(count(check_names, "a.rs", "enum Utils {"), 1);
        assert_eq!(count(check_names, "utils.rs", ""), 1);
        for fine in
            ["struct Commonality;", "let x: KeyManager = y;", "struct Score;", "struct Pin;"]
        {
            assert_eq!(count(check_names, "a.rs", fine), 0, "{fine}");
        }
    }

    #[test]
    fn workplace_words_are_refused() {
        assert_eq!(count(check_words, "a.md", concat!("see /tmp/", "ref/x")), 1);
        assert_eq!(count(check_words, "a.md", "a session, a networked helper"), 0);
    }
}
