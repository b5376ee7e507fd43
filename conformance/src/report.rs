//! What came out, for people and for programs.

mod html;
mod json;
mod junit;
mod terminal;

pub use html::html;
pub use json::json;
pub use junit::junit;
pub use terminal::{summary, terminal};

use crate::run::{Outcome, Verdict};
use std::collections::BTreeMap;

/// Counts of one section: passed, failed, not implemented, known deviations, skipped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// As required.
    pub passed: usize,
    /// Not as required, or passed against expectation.
    pub failed: usize,
    /// The subject says that it lacks this.
    pub lacking: usize,
    /// Known deviations.
    pub known: usize,
    /// Cases that the subject was not set up for.
    pub skipped: usize,
}

/// The counts by section.
pub fn counts(outcomes: &[Outcome]) -> BTreeMap<&'static str, Counts> {
    let mut all: BTreeMap<&'static str, Counts> = BTreeMap::new();
    for outcome in outcomes {
        let counts = all.entry(outcome.suite).or_default();
        match outcome.verdict {
            Verdict::Pass => counts.passed += 1,
            Verdict::Fail(_) | Verdict::UnexpectedPass(_) => counts.failed += 1,
            Verdict::NotImplemented => counts.lacking += 1,
            Verdict::Skipped(_) => counts.skipped += 1,
            Verdict::Known(_) => counts.known += 1,
        }
    }
    all
}

/// A verdict in a word, and what there is to say about it.
pub fn word(verdict: &Verdict) -> (&'static str, &str) {
    match verdict {
        Verdict::Pass => ("pass", ""),
        Verdict::Fail(why) => ("fail", why),
        Verdict::NotImplemented => ("not-implemented", ""),
        Verdict::Skipped(what) => ("skipped", what),
        Verdict::Known(reason) => ("known", reason),
        Verdict::UnexpectedPass(reason) => ("unexpected-pass", reason),
    }
}

/// Text for XML and HTML. Control characters, which XML can't carry, become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::Requirements;
    use std::time::Duration;

    fn outcomes() -> Vec<Outcome> {
        let outcome = |name: &str, verdict| Outcome {
            suite: "data/cid",
            name: name.to_owned(),
            reqs: vec!["cid.a".to_owned()],
            verdict,
            took: Duration::from_millis(1500),
        };
        vec![
            outcome("good", Verdict::Pass),
            outcome("bad", Verdict::Fail("got <\u{1}>".to_owned())),
            outcome("later", Verdict::NotImplemented),
            outcome("odd", Verdict::Known("a reason".to_owned())),
            outcome("unprepared", Verdict::Skipped("no such host".to_owned())),
        ]
    }

    #[test]
    fn counts_by_verdict() {
        let counts = counts(&outcomes());
        let wanted = Counts { passed: 1, failed: 1, lacking: 1, known: 1, skipped: 1 };
        assert_eq!(counts["data/cid"], wanted);
    }

    #[test]
    fn a_failure_shows_the_sentence() {
        let mut requirements = Requirements::default();
        requirements.add("- `cid.a` **MUST** [cli] Be so.\n");
        let text = terminal(&outcomes(), &requirements, false);
        assert!(text.contains("cid.a **MUST** [cli] Be so."), "{text}");
        assert!(!text.contains("good"), "{text}");
    }

    #[test]
    fn junit_is_escaped_and_counted() {
        let text = junit(&outcomes());
        assert!(text.contains("tests=\"5\" failures=\"1\" skipped=\"3\""), "{text}");
        assert!(text.contains("got &lt;\u{fffd}&gt;"), "{text}");
    }

    #[test]
    fn json_is_json() {
        let value: serde_json::Value = serde_json::from_str(&json("x", &outcomes())).unwrap();
        assert_eq!(value["cases"][1]["verdict"], "fail");
        assert_eq!(value["sections"]["data/cid"]["passed"], 1);
    }

    #[test]
    fn html_has_a_row_per_section_and_the_failures() {
        let text = html("x", &outcomes(), &Requirements::default());
        assert_eq!(text.matches("<tr class=\"section\">").count(), 1);
        assert!(text.contains("got &lt;"), "{text}");
    }
}
