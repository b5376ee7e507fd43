//! The matrix of sections: what each requires and what points at it.

use crate::check::suite_path;
use crate::mark::{self, Kind};
use crate::page;
use crate::tree::Tree;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One line per section, a total at the end.
pub(crate) fn matrix(tree: &Tree) -> String {
    let (pages, _) = page::pages(tree);
    let marks = mark::marks(tree);
    let cited = |kind| -> BTreeSet<&str> {
        marks.iter().filter(|mark| mark.kind == kind).map(|mark| mark.id.as_str()).collect()
    };
    let (code, tests, cases) = (cited(Kind::Code), cited(Kind::Test), cited(Kind::Case));
    let mut out = format!(
        "{:<28} {:>5} {:>5} {:>5} {:>5} {:>5}  suite\n",
        "section", "reqs", "MUST", "code", "test", "case"
    );
    let mut total = [0; 5];
    for page in &pages {
        let count = |ids: &BTreeSet<&str>| {
            page.requirements.iter().filter(|found| ids.contains(found.id.as_str())).count()
        };
        let musts = page.requirements.iter().filter(|found| found.must).count();
        let row = [page.requirements.len(), musts, count(&code), count(&tests), count(&cases)];
        let suite = if tree.text(&suite_path(page)).is_some() { "yes" } else { "-" };
        line(&mut out, &format!("{}/{}", page.chapter, page.section), row, suite);
        for (sum, value) in total.iter_mut().zip(row) {
            *sum += value;
        }
    }
    line(&mut out, "total", total, "");
    out
}

fn line(out: &mut String, name: &str, row: [usize; 5], suite: &str) {
    let [reqs, musts, code, test, case] = row;
    let text = format!("{name:<28} {reqs:>5} {musts:>5} {code:>5} {test:>5} {case:>5}  {suite}");
    let _ = writeln!(out, "{}", text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_section() {
        let tree = Tree::of(&[
            ("spec/data/cid.md", "- `cid.a` **MUST** [cli] A.\n- `cid.b` **MAY** [cli] B.\n"),
            ("impl/data/src/cid.rs", "//! Spec: spec/data/cid.md\n// spec: cid.a\n"),
        ]);
        let matrix = matrix(&tree);
        let words: Vec<Vec<&str>> =
            matrix.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[1], ["data/cid", "2", "1", "1", "0", "0", "-"]);
        assert_eq!(words[2], ["total", "2", "1", "1", "0", "0"]);
    }
}
