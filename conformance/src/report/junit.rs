//! JUnit XML, for build servers.

use super::{counts, escape, word};
use crate::run::{Outcome, Verdict};
use std::fmt::Write as _;

/// One test suite per section.
pub fn junit(outcomes: &[Outcome]) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (section, counts) in counts(outcomes) {
        let cases: Vec<_> = outcomes.iter().filter(|outcome| outcome.suite == section).collect();
        let _ = writeln!(
            out,
            "<testsuite name=\"{section}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            cases.len(),
            counts.failed,
            counts.lacking + counts.known + counts.skipped
        );
        for outcome in cases {
            let _ = write!(
                out,
                "<testcase classname=\"{section}\" name=\"{}\" time=\"{:.3}\">",
                escape(&outcome.name),
                outcome.took.as_secs_f64()
            );
            let (verdict, text) = word(&outcome.verdict);
            let text = escape(text);
            let reqs = outcome.reqs.join(" ");
            let _ = match outcome.verdict {
                Verdict::Pass => Ok(()),
                Verdict::Fail(_) | Verdict::UnexpectedPass(_) => {
                    write!(out, "<failure message=\"{verdict}: {reqs}\">{text}</failure>")
                }
                Verdict::NotImplemented | Verdict::Known(_) | Verdict::Skipped(_) => {
                    write!(out, "<skipped message=\"{verdict}: {text}\"/>")
                }
            };
            out.push_str("</testcase>\n");
        }
        out.push_str("</testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
