//! Spec: spec/command/cli.md
//!
//! "Did you mean": what to say about an unknown first word.

use crate::table::Command;

/// Largest distance of a suggestion.
const DISTANCE_MAX: usize = 3;

/// The message for an unknown first word.
// spec: cli.unknown-command
pub fn unknown_command(word: &str, root: &Command) -> String {
    let suggestions = suggestions(word, root);
    match suggestions.as_slice() {
        [] => format!("Unknown Command \"{word}\"\n"),
        [one] => format!("Unknown Command \"{word}\"\n\nDid you mean this?\n\n\t{one}"),
        several => format!(
            "Unknown Command \"{word}\"\n\nDid you mean any of these?\n\n\t{}",
            several.join("\n\t")
        ),
    }
}

fn suggestions(word: &str, root: &Command) -> Vec<&'static str> {
    let mut names: Vec<_> = root.subcommands.iter().map(|command| command.name).collect();
    names.sort_unstable();
    let inside: Vec<_> = names.iter().copied().filter(|name| word.contains(name)).collect();
    if !inside.is_empty() {
        return inside;
    }
    let mut near: Vec<_> = names
        .into_iter()
        .map(|name| (distance(word, name), name))
        .filter(|(distance, _)| *distance <= DISTANCE_MAX)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).collect()
}

/// Edit distance from `from` to `to`: an insertion costs 1, a substitution 2, a deletion 3.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (deleted, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = (deleted + 1) * 3;
        for (at, &wanted) in to.iter().enumerate() {
            let substitute = diagonal + if letter == wanted { 0 } else { 2 };
            diagonal = row[at + 1];
            row[at + 1] = substitute.min(row[at] + 1).min(diagonal + 3);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("ad", "add"), 1);
        assert_eq!(distance("add", "ad"), 3);
        assert_eq!(distance("ab", "ac"), 2);
        assert_eq!(distance("", ""), 0);
    }
}
