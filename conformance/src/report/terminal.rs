//! Lines for a terminal.

use super::{counts, word};
use crate::requirement::Requirements;
use crate::run::{Outcome, Verdict};
use std::fmt::Write as _;

/// Everything that did not simply pass (`all`: everything), with the requirements of failures.
pub fn terminal(outcomes: &[Outcome], requirements: &Requirements, all: bool) -> String {
    let mut out = String::new();
    for outcome in outcomes.iter().filter(|outcome| all || outcome.verdict != Verdict::Pass) {
        let (verdict, text) = word(&outcome.verdict);
        let _ = writeln!(out, "{verdict:<16} {}: {}", outcome.suite, outcome.name);
        if !text.is_empty() {
            let _ = writeln!(out, "    {text}");
        }
        for id in outcome.reqs.iter().filter(|_| outcome.is_bad()) {
            let sentence = requirements.sentence(id).unwrap_or("(no such requirement)");
            let _ = writeln!(out, "    {id} {sentence}");
        }
    }
    out
}

/// A table of sections and the sum.
pub fn summary(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    let mut sum = [0; 5];
    let mut row = |name: &str, row: [usize; 5]| {
        let [passed, failed, lacking, known, skipped] = row;
        let _ = writeln!(
            out,
            "{name:<28} {passed:>6} {failed:>6} {lacking:>8} {known:>6} {skipped:>8}"
        );
    };
    for (section, counts) in counts(outcomes) {
        let values = [counts.passed, counts.failed, counts.lacking, counts.known, counts.skipped];
        row(section, values);
        for (total, value) in sum.iter_mut().zip(values) {
            *total += value;
        }
    }
    row("total", sum);
    format!(
        "{:<28} {:>6} {:>6} {:>8} {:>6} {:>8}\n{out}",
        "section", "pass", "fail", "lacking", "known", "skipped"
    )
}
