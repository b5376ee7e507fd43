//! House rules on text: sizes, names, imports, and words that have no place in the repository.

mod import;
mod size;
mod word;

use crate::tree::{Problem, Tree};

/// All violations.
pub(crate) fn problems(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.files("", ".rs") {
        size::check_file(path, text, &mut problems);
        size::check_functions(path, text, &mut problems);
        word::check_names(path, text, &mut problems);
    }
    for (path, text) in tree.files("", "") {
        // The scripts of the shell suite hold answers as they come.
        let script = ["sharness/lib.sh", "sharness/run", ".ci/run"].contains(&path);
        if script || path.ends_with(".rs") {
            size::check_columns(path, text, &mut problems);
        }
        word::check_words(path, text, &mut problems);
    }
    import::check(tree, &mut problems);
    problems
}
