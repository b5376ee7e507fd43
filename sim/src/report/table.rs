//! Spec: spec/sim/measure.md
//!
//! CSV: a line of names, then a line for each seed, node, fetch or moment.

use crate::measure::Metric;
use crate::world::RunResult;
use serde::Serialize;
use serde_json::Value;

/// Quotes a cell where it has to be.
fn cell(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let mut line = cells.into_iter().map(|text| cell(&text)).collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}

/// The fields of a record in their order, as cells.
fn fields(record: &impl Serialize) -> Vec<(String, String)> {
    let Ok(Value::Object(fields)) = serde_json::to_value(record) else { return Vec::new() };
    let text = |value: Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    fields.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// One line per record, with the seed and what else stands before the record's fields.
fn rows<'a, T: Serialize + 'a>(
    before: &[&str],
    records: impl Iterator<Item = (Vec<String>, &'a T)>,
) -> String {
    let mut text = String::new();
    for (own, record) in records {
        let fields = fields(record);
        if text.is_empty() {
            let names = before.iter().map(|name| (*name).to_owned());
            text = line(names.chain(fields.iter().map(|(name, _)| name.clone())));
        }
        text += &line(own.into_iter().chain(fields.into_iter().map(|(_, value)| value)));
    }
    text
}

pub(super) fn seeds(results: &[RunResult]) -> String {
    let names = ["seed", "trace_hash", "records", "events"].map(str::to_owned);
    let mut text = line(names.into_iter().chain(Metric::ALL.map(|metric| metric.name().into())));
    for result in results {
        let metrics = result.metrics(None);
        let own = [
            result.seed.to_string(),
            result.trace_hash.clone(),
            result.records.to_string(),
            result.events.to_string(),
        ];
        let value = |metric| metrics.get(&metric).map(f64::to_string).unwrap_or_default();
        text += &line(own.into_iter().chain(Metric::ALL.map(value)));
    }
    text
}

pub(super) fn nodes(results: &[RunResult]) -> String {
    rows(
        &["seed", "node", "group"],
        results.iter().flat_map(|result| {
            result.nodes.iter().zip(&result.group_of).enumerate().map(|(node, (counts, group))| {
                let group = result.groups.get(*group as usize).cloned().unwrap_or_default();
                (vec![result.seed.to_string(), node.to_string(), group], counts)
            })
        }),
    )
}

pub(super) fn fetches(results: &[RunResult]) -> String {
    rows(
        &["seed"],
        results.iter().flat_map(|result| {
            result.fetches.iter().map(|fetch| (vec![result.seed.to_string()], fetch))
        }),
    )
}

pub(super) fn series(results: &[RunResult]) -> String {
    rows(
        &["seed"],
        results.iter().flat_map(|result| {
            result.samples.iter().map(|sample| (vec![result.seed.to_string()], sample))
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must() {
        assert_eq!(line(["a".into(), "b,c".into(), "d\"e".into()]), "a,\"b,c\",\"d\"\"e\"\n");
    }

    #[test]
    fn records_become_lines() {
        #[derive(Serialize)]
        struct Record {
            b: u32,
            a: Option<f64>,
        }
        let records = [Record { b: 1, a: Some(0.5) }, Record { b: 2, a: None }];
        let text = rows(&["seed"], records.iter().map(|record| (vec!["7".into()], record)));
        assert_eq!(text, "seed,b,a\n7,1,0.5\n7,2,\n");
    }
}
