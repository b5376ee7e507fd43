//! Follows requirement IDs through pages, code, cases and vectors.

use crate::debt::Debt;
use crate::mark::{self, Kind, Mark};
use crate::page::{self, Page, Requirement};
use crate::tree::{Problem, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// What a check found.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Errors.
    pub(crate) problems: Vec<Problem>,
    /// What is owed, measured against `debt.toml`.
    pub(crate) debts: Vec<Debt>,
}

/// Checks a tree.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let (pages, mut problems) = page::pages(tree);
    let marks = mark::marks(tree);
    problems.extend(duplicates(&pages));
    problems.extend(unknown(&pages, &marks));
    problems.extend(unread_vectors(tree));
    let modules = mark::modules(tree);
    for module in &modules {
        if module.page.is_empty() {
            let text = "a module's first line names its page: `//! Spec: spec/..`";
            problems.push(Problem::new(&module.path, 1, text));
        }
    }
    let pageless = modules
        .iter()
        .filter(|module| !module.page.is_empty() && tree.text(&module.page).is_none())
        .map(|module| Problem::new(&module.path, 1, format!("there is no {}", module.page)))
        .collect();
    let moduleless = pages
        .iter()
        .filter(|page| page.chapter != "sim" && modules.iter().all(|m| m.page != page.path))
        .map(|page| Problem::new(&page.path, 1, "no module names this page"))
        .collect();
    let suiteless = pages
        .iter()
        .filter(|page| page.requirements.iter().any(|found| !found.unobservable))
        .filter(|page| !has_suite(tree, page, &marks))
        .map(|page| Problem::new(&page.path, 1, "no suite or shell script has a case for it"))
        .collect();
    let debts = vec![
        Debt { name: "modules_without_page", items: pageless },
        Debt { name: "sections_without_module", items: moduleless },
        Debt { name: "sections_without_suite", items: suiteless },
        Debt {
            name: "musts_without_code",
            items: uncited(&pages, &marks, Kind::Code, "no code is marked with it", |_| true),
        },
        Debt {
            name: "musts_without_case",
            items: uncited(&pages, &marks, Kind::Case, "no case or vector is about it", |found| {
                !found.unobservable
            }),
        },
    ];
    Outcome { problems, debts }
}

/// Where the cases of a page's section live.
pub(crate) fn suite_path(page: &Page) -> String {
    format!("conformance/src/suites/{}/{}.rs", page.chapter, page.module())
}

/// Whether a suite file mirrors the page, or at least a shell script or the simulator has a case
/// for it.
fn has_suite(tree: &Tree, page: &Page, marks: &[Mark]) -> bool {
    let prefix = format!("{}.", page.section);
    tree.text(&suite_path(page)).is_some()
        || marks.iter().any(|mark| {
            mark.kind == Kind::Case
                && mark.id.starts_with(&prefix)
                && (mark.path.starts_with("sharness/") || mark.path.starts_with("sim/"))
        })
}

fn duplicates(pages: &[Page]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut sections = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for page in pages {
        if let Some(other) = sections.insert(&page.section, &page.path) {
            problems.push(Problem::new(&page.path, 1, format!("the section exists: {other}")));
        }
        for found in &page.requirements {
            if !ids.insert(&found.id) {
                let text = format!("`{}` is there twice", found.id);
                problems.push(Problem::new(&page.path, found.line, text));
            }
        }
    }
    problems
}

fn unknown(pages: &[Page], marks: &[Mark]) -> Vec<Problem> {
    let known: BTreeSet<&str> =
        pages.iter().flat_map(|page| &page.requirements).map(|found| found.id.as_str()).collect();
    marks
        .iter()
        .filter(|mark| !known.contains(mark.id.as_str()))
        .map(|mark| Problem::new(&mark.path, mark.line, format!("no page has `{}`", mark.id)))
        .collect()
}

/// The MUSTs at which nothing of that kind points.
fn uncited(
    pages: &[Page],
    marks: &[Mark],
    kind: Kind,
    text: &str,
    concerned: impl Fn(&Requirement) -> bool,
) -> Vec<Problem> {
    let cited: BTreeSet<&str> =
        marks.iter().filter(|mark| mark.kind == kind).map(|mark| mark.id.as_str()).collect();
    let mut problems = Vec::new();
    for page in pages {
        for found in &page.requirements {
            if found.must && concerned(found) && !cited.contains(found.id.as_str()) {
                let text = format!("`{}`: {text}", found.id);
                problems.push(Problem::new(&page.path, found.line, text));
            }
        }
    }
    problems
}

/// Vectors whose path, from `vectors/` on, occurs in no suite and no unit test.
fn unread_vectors(tree: &Tree) -> Vec<Problem> {
    let suites = tree.files("conformance/src/", ".rs").chain(tree.files("impl/", ".rs"));
    let suites: Vec<&str> = suites.map(|(_, text)| text).collect();
    tree.files("conformance/vectors/", "")
        .filter(|(path, _)| !path.ends_with(".md"))
        .filter(|(path, _)| {
            let name = path.trim_start_matches("conformance/vectors/");
            !suites.iter().any(|text| text.contains(name))
        })
        .map(|(path, _)| Problem::new(path, 1, "no suite or unit test reads this vector"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "- `cid.a` **MUST** [vector] A.\n- `cid.b` **MAY** [cli] B.\n\
                        - `cid.c` **MUST** [none: reason] C.\n";
    const MODULE: &str = "//! Spec: spec/data/cid.md\n// spec: cid.a cid.c\n";
    const SUITE: &str = "Case { reqs: &[\"cid.a\"] } vectors(\"data/cid/x.json\")";

    fn counts(files: &[(&str, &str)]) -> (Vec<String>, Vec<usize>) {
        let outcome = run(&Tree::of(files));
        let problems = outcome.problems.iter().map(ToString::to_string).collect();
        (problems, outcome.debts.iter().map(|debt| debt.items.len()).collect())
    }

    #[test]
    fn a_whole_section_owes_nothing() {
        let (problems, debts) = counts(&[
            ("spec/data/cid.md", PAGE),
            ("impl/data/src/cid.rs", MODULE),
            ("conformance/src/suites/data/cid.rs", SUITE),
            ("conformance/vectors/data/cid/x.json", "[{\"req\": \"cid.b\"}]"),
        ]);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(debts, [0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_page_alone_owes_everything() {
        let (problems, debts) = counts(&[("spec/data/cid.md", PAGE)]);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(debts, [0, 1, 1, 2, 1]);
    }

    #[test]
    fn unknown_and_duplicate_names_are_errors() {
        let (problems, _) = counts(&[
            ("spec/data/cid.md", "- `cid.a` **MAY** [cli] A.\n- `cid.a` **MAY** [cli] A.\n"),
            ("spec/repo/cid.md", ""),
            ("impl/data/src/cid.rs", "//! Spec: spec/data/cid.md\n// spec: cid.z\n"),
            ("conformance/src/suites/data/cid.rs", "reqs: &[\"cid.y\"]"),
        ]);
        assert_eq!(
            problems,
            [
                "spec/data/cid.md:2: `cid.a` is there twice",
                "spec/repo/cid.md:1: the section exists: spec/data/cid.md",
                "impl/data/src/cid.rs:2: no page has `cid.z`",
                "conformance/src/suites/data/cid.rs:1: no page has `cid.y`",
            ]
        );
    }

    #[test]
    fn modules_need_a_page_and_vectors_a_reader() {
        let (problems, debts) = counts(&[
            ("impl/data/src/cid.rs", "//! Spec: spec/data/cid.md\n"),
            ("impl/data/src/car.rs", "//! Archives.\n"),
            ("conformance/vectors/data/cid/x.json", "[]"),
        ]);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].contains("reads this vector"), "{problems:?}");
        assert!(problems[1].contains("first line"), "{problems:?}");
        assert_eq!(debts[0], 1);
    }
}
