//! Pointers at requirements: `// spec: ID` in code, `# spec: ID` in shell scripts, `reqs: &[..]` of
//! conformance cases, `"req": ".."` of vectors; and at pages: `//! Spec: PAGE` of modules.

use crate::tree::Tree;

/// What points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Code that decides the requirement.
    Code,
    /// A unit test.
    Test,
    /// A case of a suite, or a vector.
    Case,
}

/// One pointer.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) path: String,
    pub(crate) line: usize,
}

/// A module and the page that it names.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) page: String,
}

/// Whether a whole file is tests.
pub(crate) fn is_test_file(path: &str) -> bool {
    let inside = |folder: &str| path.contains(&format!("/{folder}/"));
    inside("tests")
        || inside("benches")
        || ["/tests.rs", "/testing.rs", "_tests.rs"].iter().any(|name| path.ends_with(name))
}

/// The line (from 0) at which the unit tests at the end of a file begin.
pub(crate) fn tests_from(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{'))
        .unwrap_or(lines.len())
}

/// All pointers at requirements.
pub(crate) fn marks(tree: &Tree) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (path, text) in tree.files("impl/", ".rs").chain(tree.files("migrations/", ".rs")) {
        let tests = if is_test_file(path) { 0 } else { tests_from(text) };
        comments(path, text, "// spec:", &mut marks, |line| {
            if line < tests { Kind::Code } else { Kind::Test }
        });
    }
    // The simulator's own chapter has no other suite than its tests, which see it from outside.
    for (path, text) in tree.files("sim/", ".rs") {
        let tests = if is_test_file(path) { 0 } else { tests_from(text) };
        let kind = |line| if line < tests { Kind::Code } else { Kind::Case };
        comments(path, text, "// spec:", &mut marks, kind);
    }
    for (path, text) in tree.files("sim/scenarios/", ".toml") {
        lists(path, text, "reqs = [", &mut marks);
    }
    for (path, text) in tree.files("sharness/", "") {
        comments(path, text, "# spec:", &mut marks, |_| Kind::Case);
    }
    for (path, text) in tree.files("conformance/src/", ".rs") {
        lists(path, text, "reqs: &[", &mut marks);
    }
    for (path, text) in tree.files("conformance/vectors/", ".json") {
        for (index, line) in text.lines().enumerate() {
            for part in line.split("\"req\":").skip(1) {
                push(&mut marks, part.split('"').nth(1).unwrap_or(""), Kind::Case, path, index);
            }
        }
        lists(path, text, "\"reqs\": [", &mut marks);
    }
    marks
}

fn push(marks: &mut Vec<Mark>, id: &str, kind: Kind, path: &str, index: usize) {
    marks.push(Mark { id: id.to_owned(), kind, path: path.to_owned(), line: index + 1 });
}

/// Marks in comments: IDs separated by commas or spaces, up to the first word without a dot.
fn comments(
    path: &str,
    text: &str,
    sign: &str,
    marks: &mut Vec<Mark>,
    kind: impl Fn(usize) -> Kind,
) {
    for (index, line) in text.lines().enumerate() {
        let Some((_, rest)) = line.split_once(sign) else { continue };
        let ids = rest.split([',', ' ']).filter(|word| !word.is_empty());
        for id in ids.take_while(|word| word.contains('.') && !word.ends_with('.')) {
            push(marks, id, kind(index), path, index);
        }
    }
}

/// Marks in lists of string literals, which may span lines.
fn lists(path: &str, text: &str, opening: &str, marks: &mut Vec<Mark>) {
    let mut at = 0;
    while let Some(found) = text[at..].find(opening) {
        let start = at + found + opening.len();
        let end = text[start..].find(']').map_or(text.len(), |length| start + length);
        let line = text[..start].lines().count() - 1;
        for id in text[start..end].split('"').skip(1).step_by(2) {
            push(marks, id, Kind::Case, path, line);
        }
        at = end;
    }
}

/// All modules of the implementation, tests excepted; the page is empty where none is named.
pub(crate) fn modules(tree: &Tree) -> Vec<Module> {
    let sources = tree.files("impl/", ".rs").chain(tree.files("migrations/", ".rs"));
    let sources = sources.filter(|(path, _)| path.contains("/src/") && !is_test_file(path));
    let module = |(path, text): (&str, &str)| {
        let page = text.lines().next().and_then(|line| line.strip_prefix("//! Spec: "));
        Module { path: path.to_owned(), page: page.unwrap_or("").trim().to_owned() }
    };
    sources.map(module).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_form() {
        let source = "//! Spec: spec/data/cid.md\n// spec: cid.a, cid.b\nfn f() {}\n\
                      // spec: cid.c why\n#[cfg(test)]\nmod tests {\n// spec: cid.d\n}\n";
        let tree = Tree::of(&[
            ("impl/data/src/cid.rs", source),
            ("conformance/src/suites/data/cid.rs", "Case { reqs: &[\n\"cid.e\",\n\"cid.f\"] }"),
            ("conformance/vectors/data/cid/x.json", r#"[{"req": "cid.g"},{"req":"cid.h"}]"#),
            ("sharness/t0001-x.sh", "# spec: cid.i\ncheck 'x' <<'END'\n"),
            ("sim/scenarios/x.toml", "metric = \"completed\"\nreqs = [\"cid.j\"]\n"),
            ("sim/tests/it/x.rs", "// spec: cid.k\n"),
        ]);
        let found: Vec<_> = marks(&tree).into_iter().map(|mark| (mark.id, mark.kind)).collect();
        let code = ["cid.a", "cid.b", "cid.c"].map(|id| (id.to_owned(), Kind::Code));
        assert_eq!(found[..3], code);
        assert_eq!(found[3], ("cid.d".to_owned(), Kind::Test));
        let cases: Vec<&str> = found[4..].iter().map(|(id, _)| id.as_str()).collect();
        let wanted = ["cid.k", "cid.j", "cid.i", "cid.e", "cid.f", "cid.g", "cid.h"];
        assert_eq!(cases, wanted);
        assert!(found[4..].iter().all(|(_, kind)| *kind == Kind::Case));
        assert_eq!(modules(&tree)[0].page, "spec/data/cid.md");
    }

    #[test]
    fn a_module_without_page_is_seen() {
        let tree = Tree::of(&[("impl/data/src/x.rs", "//! Things.\n")]);
        assert_eq!(modules(&tree)[0].page, "");
    }
}
