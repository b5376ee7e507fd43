//! Debts: counts in `spec/check/debt.toml` that may only fall.

use crate::tree::Problem;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where the counts are kept.
pub(crate) const PATH: &str = "spec/check/debt.toml";

const PREFACE: &str = "# What is still owed. A count may only fall: `cargo spec check --lower` \
                       writes lower ones,\n# nobody writes higher ones.\n";

/// One kind of debt and what makes it up.
#[derive(Debug)]
pub(crate) struct Debt {
    pub(crate) name: &'static str,
    pub(crate) items: Vec<Problem>,
}

/// The counts beside the committed ones.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<String>,
    /// The file with the counts that fell lowered.
    pub(crate) lowered: String,
}

/// Compares counts with the file's text.
pub(crate) fn compare(text: &str, debts: &[Debt]) -> Result<Comparison, Problem> {
    let mut allowed = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or("").trim();
        let Some((name, count)) = line.split_once('=') else { continue };
        let count: usize =
            count.trim().parse().map_err(|_| Problem::new(PATH, index + 1, "not a count"))?;
        allowed.insert(name.trim(), count);
    }
    let mut comparison =
        Comparison { problems: Vec::new(), notes: Vec::new(), lowered: PREFACE.to_owned() };
    for Debt { name, items } in debts {
        let limit = allowed.get(name).copied().unwrap_or(0);
        if items.len() > limit {
            let text = format!("{name} rose from {limit} to {}; all of them:", items.len());
            comparison.problems.push(Problem::new(PATH, 0, text));
            comparison.problems.extend(items.iter().cloned());
        } else if items.len() < limit {
            comparison.notes.push(format!(
                "{name} fell from {limit} to {}: run `cargo spec check --lower`",
                items.len()
            ));
        }
        let _ = writeln!(comparison.lowered, "{name} = {}", items.len().min(limit));
    }
    Ok(comparison)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn debts(count: usize) -> [Debt; 1] {
        [Debt { name: "musts", items: vec![Problem::new("x", 1, "y"); count] }]
    }

    #[test]
    fn rising_is_a_problem_and_is_not_written() {
        let comparison = compare("musts = 1\n", &debts(2)).unwrap();
        assert_eq!(comparison.problems.len(), 3);
        assert!(comparison.lowered.ends_with("musts = 1\n"));
    }

    #[test]
    fn falling_is_noted_and_written() {
        let comparison = compare("# why\nmusts = 3 # so\n", &debts(2)).unwrap();
        assert!(comparison.problems.is_empty());
        assert_eq!(comparison.notes.len(), 1);
        assert!(comparison.lowered.ends_with("musts = 2\n"));
    }

    #[test]
    fn a_missing_count_is_zero_and_a_bad_one_an_error() {
        assert_eq!(compare("", &debts(0)).unwrap().problems.len(), 0);
        assert_eq!(compare("", &debts(1)).unwrap().problems.len(), 2);
        assert!(compare("musts = many", &debts(1)).is_err());
    }
}
