//! JSON, for programs.

use super::{counts, word};
use crate::run::Outcome;
use serde_json::{Map, Value};

/// `{"subject", "sections": {name: counts}, "cases": [..]}`
pub fn json(subject: &str, outcomes: &[Outcome]) -> String {
    let sections: Map<String, Value> = counts(outcomes)
        .into_iter()
        .map(|(name, counts)| {
            let value = serde_json::json!({
                "passed": counts.passed, "failed": counts.failed,
                "not-implemented": counts.lacking, "known": counts.known,
                "skipped": counts.skipped,
            });
            (name.to_owned(), value)
        })
        .collect();
    let cases: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            let (verdict, text) = word(&outcome.verdict);
            serde_json::json!({
                "section": outcome.suite, "name": outcome.name, "reqs": outcome.reqs,
                "verdict": verdict, "text": text,
                "took_ms": u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
            })
        })
        .collect();
    let all = serde_json::json!({"subject": subject, "sections": sections, "cases": cases});
    format!("{all:#}\n")
}
