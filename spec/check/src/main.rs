//! `cargo spec check|report|tidy`: traceability between specification, code and suites, and the
//! house rules. Reads text only; knows nothing of the code it reads. See `spec/README.md`.
//!
//! - `check` follows requirement IDs through pages, code, cases and vectors; `--lower` writes
//!   debts that have fallen to `spec/check/debt.toml`.
//! - `owed` lists what the debts consist of.
//! - `report` prints the matrix of sections.
//! - `tidy` checks sizes, names and imports.

mod check;
mod debt;
mod mark;
mod page;
mod report;
mod tidy;
mod tree;

use std::process::ExitCode;
use tree::{Problem, Tree};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let tree = match Tree::read(&root()) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("cannot read the tree: {error}");
            return ExitCode::from(2);
        }
    };
    match words.as_slice() {
        ["check"] => finish(check_and_tidy(&tree, false)),
        ["check", "--lower"] => finish(check_and_tidy(&tree, true)),
        ["tidy"] => finish(tidy::problems(&tree)),
        ["owed"] => {
            print!("{}", owed(&tree));
            ExitCode::SUCCESS
        }
        ["report"] => {
            print!("{}", report::matrix(&tree));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: cargo spec check [--lower] | owed | report | tidy");
            ExitCode::from(2)
        }
    }
}

/// Every debt, item by item.
fn owed(tree: &Tree) -> String {
    let debts = check::run(tree).debts;
    debts.iter().flat_map(|debt| &debt.items).map(|item| format!("{item}\n")).collect()
}

/// The repository's folder, two above this crate's.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What `check` says: traceability, debts and the house rules.
fn check_and_tidy(tree: &Tree, lower: bool) -> Vec<Problem> {
    let outcome = check::run(tree);
    let mut problems = outcome.problems;
    match debt::compare(tree.text(debt::PATH).unwrap_or_default(), &outcome.debts) {
        Ok(comparison) => {
            problems.extend(comparison.problems);
            if lower && let Err(error) = std::fs::write(root().join(debt::PATH), comparison.lowered)
            {
                problems.push(Problem::new(debt::PATH, 0, format!("cannot write: {error}")));
            }
            for note in comparison.notes {
                println!("note: {note}");
            }
        }
        Err(problem) => problems.push(problem),
    }
    problems.extend(tidy::problems(tree));
    for debt in outcome.debts {
        println!("{}: {}", debt.name, debt.items.len());
    }
    problems
}

fn finish(problems: Vec<Problem>) -> ExitCode {
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        println!("ok");
        return ExitCode::SUCCESS;
    }
    println!("{} problems", problems.len());
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_named() {
        let page = "- `cid.a` **MUST** [cli] A.\n";
        let module = "//! Spec: spec/data/cid.md\n";
        let suite = "";
        let tree = Tree::of(&[
            ("spec/data/cid.md", page),
            ("impl/data/src/cid.rs", module),
            ("conformance/src/suites/data/cid.rs", suite),
        ]);
        assert_eq!(
            owed(&tree),
            "spec/data/cid.md:1: `cid.a`: no code is marked with it\n\
             spec/data/cid.md:1: `cid.a`: no case or vector is about it\n"
        );
    }
}
