//! Spec: spec/sim/measure.md
//!
//! Files about the runs of a scenario: CSV and JSON for programs, one page of HTML for people.

mod chart;
mod html;
mod page;
mod table;

use crate::expect::Verdict;
use crate::scenario::Scenario;
use crate::world::RunResult;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What is written as `summary.json`.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    name: &'a str,
    scenario: &'a Scenario,
    passed: bool,
    verdicts: &'a [Verdict],
    seeds: Vec<Seed<'a>>,
}

#[derive(Debug, Serialize)]
struct Seed<'a> {
    seed: u64,
    trace_hash: &'a str,
    records: u64,
    events: u64,
    end_s: f64,
    metrics: BTreeMap<&'static str, f64>,
    groups: BTreeMap<&'a str, BTreeMap<&'static str, f64>>,
    violations: &'a [String],
}

impl<'a> Seed<'a> {
    fn of(result: &'a RunResult) -> Self {
        let metrics = |group: Option<&str>| {
            let metrics = result.metrics(group).into_iter();
            metrics.map(|(metric, value)| (metric.name(), value)).collect()
        };
        let groups = result.groups.iter().map(|name| (name.as_str(), metrics(Some(name))));
        Self {
            seed: result.seed,
            trace_hash: &result.trace_hash,
            records: result.records,
            events: result.events,
            end_s: result.end_s,
            metrics: metrics(None),
            groups: groups.collect(),
            violations: &result.violations,
        }
    }
}

/// Writes `index.html`, `summary.json`, `seeds.csv`, `nodes.csv`, `fetches.csv`, `series.csv` and
/// `content.svg` into a folder, which is made. The same runs give the same bytes.
///
/// # Errors
/// When the folder or a file can't be written.
// spec: measure.files
pub fn write(
    folder: &Path,
    name: &str,
    scenario: &Scenario,
    results: &[RunResult],
    verdicts: &[Verdict],
) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let summary = Summary {
        name,
        scenario,
        passed: verdicts.iter().all(|verdict| verdict.passed),
        verdicts,
        seeds: results.iter().map(Seed::of).collect(),
    };
    let mut json = serde_json::to_string_pretty(&summary)?;
    json.push('\n');
    std::fs::write(folder.join("summary.json"), json)?;
    std::fs::write(folder.join("seeds.csv"), table::seeds(results))?;
    std::fs::write(folder.join("nodes.csv"), table::nodes(results))?;
    std::fs::write(folder.join("fetches.csv"), table::fetches(results))?;
    std::fs::write(folder.join("series.csv"), table::series(results))?;
    std::fs::write(folder.join("content.svg"), page::content(scenario, results).file())?;
    std::fs::write(folder.join("index.html"), page::page(name, scenario, results, verdicts))
}
