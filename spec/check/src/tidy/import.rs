//! What a crate may not use: crates that its manifest may not list, and parts of the standard
//! library.

use crate::mark::{is_test_file, tests_from};
use crate::tree::{Problem, Tree};

/// One rule.
struct Rule {
    /// The crate's folder.
    folder: &'static str,
    /// Texts that may not occur in its sources, tests excepted.
    texts: &'static [&'static str],
    /// Dependencies that its manifest may not list.
    crates: &'static [&'static str],
    /// Files that the texts don't concern.
    except: &'static [&'static str],
    why: &'static str,
}

const CLOCKS: [&str; 2] = ["SystemTime::now", "Instant::now"];

const RULES: [Rule; 8] = [
    Rule {
        folder: "impl/data/",
        texts: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread::sleep",
            CLOCKS[0],
            CLOCKS[1],
            "thread_rng",
            "OsRng",
            "async fn",
        ],
        crates: &["tokio", "futures", "rand", "getrandom", "ipfs-repo"],
        except: &[],
        why: "bytes in, bytes out",
    },
    Rule {
        folder: "impl/protocol/",
        texts: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            CLOCKS[0],
            CLOCKS[1],
            "thread_rng",
            "OsRng",
            "async fn",
        ],
        crates: &["tokio", "futures", "getrandom", "ipfs-repo"],
        except: &[],
        why: "time and chance are arguments, so that node and simulator drive the same code",
    },
    Rule {
        folder: "impl/repo/",
        texts: &["tokio", "std::net", "std::env", "async fn"],
        crates: &["tokio", "futures", "reqwest", "hyper"],
        except: &[],
        why: "offline commands stay fast",
    },
    Rule {
        folder: "impl/store/",
        texts: &["tokio", "std::net", "std::env", "async fn"],
        crates: &["tokio", "futures", "ipfs-data", "ipfs-repo"],
        except: &[],
        why: "the store knows neither networks nor what is kept in it",
    },
    Rule {
        folder: "impl/store/",
        texts: &["std::fs", "rustix::fs"],
        crates: &[],
        except: &["impl/store/src/disk/", "impl/store/src/lock"],
        why: "the disk is touched only through `disk::Disk`, so that faults can be injected",
    },
    Rule {
        folder: "impl/repo/",
        texts: &["std::fs", "rustix::fs"],
        crates: &[],
        except: &[],
        why: "the disk is touched only through `disk::Disk`, so that faults can be injected",
    },
    Rule {
        folder: "conformance/",
        texts: &["ipfs_data", "ipfs_repo", "ipfs_node", "ipfs_protocol"],
        crates: &["ipfs", "ipfs-data", "ipfs-repo", "ipfs-node", "ipfs-protocol", "ipfs-gateway"],
        except: &[],
        why: "a shared encoder would make both sides wrong together",
    },
    Rule {
        folder: "migrations/",
        texts: &["ipfs_data", "ipfs_repo"],
        crates: &["ipfs", "ipfs-data", "ipfs-repo", "ipfs-node", "ipfs-protocol", "ipfs-gateway"],
        except: &[],
        why: "a migration is frozen history",
    },
];

pub(super) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    for rule in &RULES {
        for (path, text) in tree.files(rule.folder, ".rs") {
            let excepted = rule.except.iter().any(|prefix| path.starts_with(prefix));
            if path.contains("/src/") && !excepted && !is_test_file(path) {
                check_source(rule, path, text, problems);
            }
        }
        let manifest = format!("{}Cargo.toml", rule.folder);
        check_manifest(rule, &manifest, tree.text(&manifest).unwrap_or(""), problems);
    }
    check_clippy(tree, problems);
}

fn check_source(rule: &Rule, path: &str, text: &str, problems: &mut Vec<Problem>) {
    for (index, line) in text.lines().enumerate().take(tests_from(text)) {
        let code = line.split("//").next().unwrap_or("");
        if let Some(found) = rule.texts.iter().find(|found| code.contains(*found)) {
            let text = format!("`{found}` is barred here: {}", rule.why);
            problems.push(Problem::new(path, index + 1, text));
        }
    }
}

/// Development dependencies are free.
fn check_manifest(rule: &Rule, path: &str, text: &str, problems: &mut Vec<Problem>) {
    let mut concerned = false;
    for (index, line) in text.lines().enumerate() {
        if let Some(table) = line.strip_prefix('[') {
            concerned = table.contains("dependencies") && !table.contains("dev-dependencies");
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or("");
        if concerned && rule.crates.contains(&name) {
            let text = format!("`{name}` is barred here: {}", rule.why);
            problems.push(Problem::new(path, index + 1, text));
        }
    }
}

/// A nested `.clippy.toml` replaces the root's, so it has to repeat it.
fn check_clippy(tree: &Tree, problems: &mut Vec<Problem>) {
    let root = tree.text(".clippy.toml").unwrap_or("");
    for (path, text) in tree.files("", "/.clippy.toml") {
        for line in root.lines().filter(|line| !text.contains(line)) {
            problems.push(Problem::new(path, 1, format!("the root's rule is missing: {line}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let mut problems = Vec::new();
        check(&Tree::of(files), &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn sources_are_checked_and_tests_are_free() {
        let source = "use std::fs;\n// std::net\n#[cfg(test)]\nmod tests {\nuse std::fs;\n}\n";
        let problems = found(&[("impl/data/src/a.rs", source), ("impl/data/src/tests.rs", source)]);
        assert_eq!(
            problems,
            ["impl/data/src/a.rs:1: `std::fs` is barred here: bytes in, bytes out"]
        );
    }

    #[test]
    fn the_disk_is_the_exception() {
        let source = "use std::fs;\n";
        assert!(found(&[("impl/store/src/disk/real.rs", source)]).is_empty());
        assert_eq!(found(&[("impl/repo/src/pin.rs", source)]).len(), 1);
    }

    #[test]
    fn manifests_are_checked() {
        let manifest = "[dependencies]\nipfs-data.workspace = true\nserde.workspace = true\n\
                        [dev-dependencies]\nipfs-repo = { path = \"x\" }\n";
        assert_eq!(found(&[("conformance/Cargo.toml", manifest)]).len(), 1);
    }

    #[test]
    fn nested_clippy_files_repeat_the_root() {
        let files = [(".clippy.toml", "a = 1\n"), ("impl/data/.clippy.toml", "b = 2\n")];
        assert_eq!(found(&files).len(), 1);
    }
}
