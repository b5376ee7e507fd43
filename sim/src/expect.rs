//! Spec: spec/sim/measure.md
//!
//! What a scenario expects, against what came out.

use crate::measure::Metric;
use crate::scenario::{Expect, Scenario};
use crate::world::RunResult;
use serde::Serialize;
use std::fmt;

/// An expectation and its outcome, over all seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What was measured.
    pub metric: Metric,
    /// In which group; all when none.
    pub group: Option<String>,
    /// At least.
    pub min: Option<f64>,
    /// At most.
    pub max: Option<f64>,
    /// The value that is nearest to failing, or fails the most.
    pub value: f64,
    /// Its seed.
    pub seed: u64,
    /// Whether every seed fits.
    pub passed: bool,
}

impl Verdict {
    /// Judges all expectations of a scenario; one that fails for one seed fails.
    // spec: measure.every-seed
    pub fn all(scenario: &Scenario, results: &[RunResult]) -> Vec<Self> {
        scenario.expect.iter().filter_map(|expect| Self::of(expect, results)).collect()
    }

    fn of(expect: &Expect, results: &[RunResult]) -> Option<Self> {
        let values = results.iter().map(|result| {
            let metrics = result.metrics(expect.group.as_deref());
            (metrics.get(&expect.metric).copied().unwrap_or(f64::NAN), result.seed)
        });
        let worst = values.min_by(|a, b| margin(expect, a.0).total_cmp(&margin(expect, b.0)));
        worst.map(|(value, seed)| Self {
            metric: expect.metric,
            group: expect.group.clone(),
            min: expect.min,
            max: expect.max,
            value,
            seed,
            passed: margin(expect, value) >= 0.0,
        })
    }
}

/// How far a value is from failing; negative when it fails, or is no number.
fn margin(expect: &Expect, value: f64) -> f64 {
    let below = expect.min.map_or(f64::INFINITY, |min| value - min);
    let above = expect.max.map_or(f64::INFINITY, |max| max - value);
    let margin = below.min(above);
    if value.is_nan() { f64::NEG_INFINITY } else { margin }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.passed { "ok  " } else { "FAIL" };
        let name = match &self.group {
            Some(group) => format!("{} of {group}", self.metric.name()),
            None => self.metric.name().to_owned(),
        };
        let bounds = match (self.min, self.max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => String::new(),
        };
        write!(f, "{sign} {name:<28} {:>12}  {bounds}", number(self.value))
    }
}

/// A number for people: four digits that count.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size == size.trunc() && size < 1e15 => format!("{value}"),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(min: Option<f64>, max: Option<f64>) -> Expect {
        Expect { metric: Metric::EndS, group: None, min, max, reqs: Vec::new() }
    }

    #[test]
    fn bounds_are_inclusive_and_nothing_fits_no_number() {
        assert!(margin(&expect(Some(1.0), None), 1.0) >= 0.0);
        assert!(margin(&expect(Some(1.0), Some(2.0)), 2.5) < 0.0);
        assert!(margin(&expect(None, Some(2.0)), f64::NAN) < 0.0);
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.123_456, 12.345_6, 1_234.5, 7.0].map(number);
        assert_eq!(texts, ["0.1235", "12.35", "1234", "7"]);
    }
}
