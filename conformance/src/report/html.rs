//! One HTML page: the matrix of sections, then what did not pass.

use super::{counts, escape, word};
use crate::requirement::Requirements;
use crate::run::{Outcome, Verdict};
use std::fmt::Write as _;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n\
    <title>IPFS conformance</title>\n<style>\n\
    body { font: 16px/1.4 sans-serif; margin: 2em auto; max-width: 60em }\n\
    td, th { padding: 0.2em 0.8em; text-align: right } td:first-child { text-align: left }\n\
    .bad { background: #fcc } .good { background: #cfc } pre { white-space: pre-wrap }\n\
    </style>\n";

/// The page.
pub fn html(subject: &str, outcomes: &[Outcome], requirements: &Requirements) -> String {
    let mut out = format!("{HEAD}<h1>IPFS conformance: {}</h1>\n<table>\n", escape(subject));
    out.push_str(
        "<tr><th>section<th>pass<th>fail<th>not implemented<th>known deviations<th>skipped</tr>\n",
    );
    for (section, counts) in counts(outcomes) {
        let class = if counts.failed > 0 { "bad" } else { "good" };
        let _ = writeln!(
            out,
            "<tr class=\"section\"><td class=\"{class}\">{section}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>",
            counts.passed, counts.failed, counts.lacking, counts.known, counts.skipped
        );
    }
    out.push_str("</table>\n");
    for outcome in outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Pass) {
        let (verdict, text) = word(&outcome.verdict);
        let _ = writeln!(
            out,
            "<h3>{verdict}: {} - {}</h3>\n<pre>{}</pre>",
            outcome.suite,
            escape(&outcome.name),
            escape(text)
        );
        for id in &outcome.reqs {
            let sentence = requirements.sentence(id).unwrap_or("");
            let _ = writeln!(out, "<p><code>{id}</code> {}</p>", escape(sentence));
        }
    }
    out.push_str("</html>\n");
    out
}
