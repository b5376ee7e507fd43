//! The program as people run it.

use std::path::Path;
use std::process::{Command, Output};

fn sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ipfs-sim")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const TEXT: &str = r#"
    about = "Two <nodes>."
    duration = "20s"
    content = [{ name = "file", size = "256KiB", chunk = "64KiB" }]
    group = [
        { name = "seed", count = 1, holds = ["file"] },
        { name = "leech", count = 1, fetch = [{ content = "file", at = "200ms" }] },
    ]
    expect = [{ metric = "completed", min = 1.0 }]
"#;

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("two.toml");
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

// spec: measure.files measure.page run.progress
#[test]
fn a_run_prints_its_hash_and_writes_a_report_that_repeats() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), TEXT);
    let read = |out: &Path, name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let mut pages = Vec::new();
    for name in ["a", "b"] {
        let out = folder.path().join(name);
        let output = sim(&["run", &path, "--seeds", "1..2", "--out", &out.to_string_lossy()]);
        assert!(output.status.success(), "{}", text(&output.stdout));
        assert_eq!(text(&output.stderr), "");
        let shown = text(&output.stdout);
        let summary: serde_json::Value = serde_json::from_str(&read(&out, "summary.json")).unwrap();
        assert!(shown.contains(summary["seeds"][0]["trace_hash"].as_str().unwrap()), "{shown}");
        assert_eq!(summary["passed"], true);
        assert_eq!(read(&out, "fetches.csv").lines().count(), 3);
        assert_eq!(read(&out, "nodes.csv").lines().count(), 5);
        assert_eq!(read(&out, "seeds.csv").lines().count(), 3);
        pages.push(read(&out, "index.html") + &read(&out, "series.csv"));
    }
    assert_eq!(pages[0], pages[1]);
    assert!(pages[0].contains("Two &lt;nodes&gt;."));
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!pages[0].contains(outside), "{outside}");
    }
}

// spec: run.diff
#[test]
fn traces_are_written_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), TEXT);
    let trace = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    for (seed, name) in [("1", "a"), ("1", "b"), ("2", "c")] {
        let output = sim(&["run", &path, "--seed", seed, "--trace", &trace(name)]);
        assert!(output.status.success());
    }
    let same = sim(&["diff", &trace("a"), &trace("b")]);
    assert!(same.status.success());
    let other = sim(&["diff", &trace("a"), &trace("c")]);
    assert_eq!(other.status.code(), Some(1));
    assert!(text(&other.stdout).contains("the traces part after"));
}

// spec: measure.every-seed scenario.checked
#[test]
fn failing_and_nonsense_have_their_own_codes() {
    let folder = tempfile::tempdir().unwrap();
    let failing = TEXT.replace("\"completed\", min = 1.0", "\"end_s\", max = 0.1");
    let output = sim(&["run", &written(folder.path(), &failing)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("FAIL end_s"), "{}", text(&output.stdout));
    let nonsense = TEXT.replace("holds = [\"file\"]", "holds = [\"flie\"]");
    let output = sim(&["run", &written(folder.path(), &nonsense)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is no content 'flie'"));
    for (wrong, wanted) in [
        (&["run", "there-is-none"][..], "error: there is no scenario 'there-is-none': `ipfs-sim"),
        (&["run", "one-to-many", "--seeds", "5..1"], "error: '5..1' is no range of seeds"),
        (&["run", "one-to-many", "--seed", "x"], "error: --seed: 'x' is no whole number"),
        (&["run", "one-to-many", "--twice", "--trace", "t"], "error: --twice shows"),
        (&["run"], "Usage: ipfs-sim run SCENARIO"),
        (&[], "Usage: ipfs-sim run|list"),
    ] {
        let output = sim(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let said = text(&output.stderr);
        assert!(said.contains(wanted) && !said.contains("error: error"), "{wrong:?}: {said}");
    }
}

// spec: run.first-divergence
#[test]
fn a_seed_runs_twice_in_step() {
    let folder = tempfile::tempdir().unwrap();
    let output = sim(&["run", &written(folder.path(), TEXT), "--twice"]);
    assert!(output.status.success(), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("the same trace twice"), "{}", text(&output.stdout));
}

#[test]
fn scenarios_are_found_by_name_and_by_path() {
    for name in ["one-to-many", "scenarios/one-to-many.toml"] {
        let output = sim(&["check", name]);
        assert_eq!(text(&output.stdout), "one-to-many: 9 nodes, 4 expectations\n");
    }
    let listed = text(&sim(&["list"]).stdout);
    assert!(listed.contains("thousand-churn         1000 nodes  A thousand nodes"), "{listed}");
    assert!(text(&sim(&["schema"]).stdout).starts_with("{\n"));
}
