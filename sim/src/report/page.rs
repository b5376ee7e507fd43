//! Spec: spec/sim/measure.md
//!
//! The page of a scenario: verdicts, figures and charts, self-contained - no request leaves it.

use super::chart::{self, Bar, Chart, Series};
use super::html::escape;
use crate::expect::{Verdict, number};
use crate::measure::{Metric, Sample, quantile};
use crate::scenario::{Fault, Scenario};
use crate::world::RunResult;
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Colours of the style.
const COLOURS: usize = 6;
/// Independent points of a curve of rates, about.
const SMOOTH: usize = 18;
/// Seeds whose lines are drawn.
const LINES_MAX: usize = 20;

/// The page.
// spec: measure.page
pub(super) fn page(
    name: &str,
    scenario: &Scenario,
    results: &[RunResult],
    verdicts: &[Verdict],
) -> String {
    let passed = verdicts.iter().all(|verdict| verdict.passed);
    let (class, word) = if passed { ("pass", "passed") } else { ("fail", "failed") };
    let mut body = format!(
        "<header><p class=\"kicker\">ipfs-sim</p><h1>{} <span class=\"badge {class}\">{word}\
         </span></h1><p class=\"about\">{}</p>",
        escape(name),
        escape(scenario.about.trim()),
    );
    if let Some(source) = &scenario.source {
        let _ = write!(body, "<p class=\"source\">Source: {}</p>", escape(source.trim()));
    }
    body += "</header>";
    body += &tiles(scenario, results);
    body += &judged(verdicts, results.len());
    body += &violations(results);
    body += "<section class=\"charts\">";
    body += &charts(scenario, results);
    body += "</section>";
    body += &groups(results);
    body += &seeds(results);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{} · ipfs-sim</title>\
         <style>{STYLE}</style></head><body><main>{body}</main>\
         <script>{SCRIPT}</script></body></html>\n",
        escape(name)
    )
}

/// The median of a metric over all seeds.
fn median(results: &[RunResult], metric: Metric) -> f64 {
    let mut values: Vec<f64> =
        results.iter().filter_map(|result| result.metrics(None).get(&metric).copied()).collect();
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

fn tiles(scenario: &Scenario, results: &[RunResult]) -> String {
    let bytes: u64 = results.iter().flat_map(|r| &r.nodes).map(|node| node.useful_bytes).sum();
    let events: u64 = results.iter().map(|result| result.events).sum();
    let of = |metric| median(results, metric);
    let tiles = [
        ("nodes", number(scenario.nodes().into()), ""),
        ("fetches completed", number((of(Metric::Completed) * 1e4).round() / 100.0), "%"),
        ("median fetch", number(of(Metric::FinishP50S)), "s"),
        ("slowest fetch", number(of(Metric::FinishMaxS)), "s"),
        ("duplicate bytes", number((of(Metric::DuplicateRatio) * 1e5).round() / 1e3), "%"),
        ("control lines per block", number(of(Metric::ControlPerBlock)), ""),
        ("content moved", chart::short(bytes as f64 / results.len().max(1) as f64), "B"),
        ("events", chart::short(events as f64 / results.len().max(1) as f64), ""),
    ];
    let mut html = String::from("<section class=\"tiles\">");
    for (name, value, unit) in tiles {
        let _ = write!(html, "<div><b>{value}<small>{unit}</small></b><span>{name}</span></div>");
    }
    html + "</section>"
}

fn judged(verdicts: &[Verdict], seeds: usize) -> String {
    let plural = if seeds == 1 { "" } else { "s, the worst one shown" };
    let mut html = format!(
        "<section><h2>Expected <small>{seeds} seed{plural}</small></h2><table><thead><tr><th></th>\
         <th>measure</th><th>group</th><th class=\"n\">value</th><th class=\"n\">at least</th>\
         <th class=\"n\">at most</th><th class=\"n\">seed</th></tr></thead><tbody>"
    );
    for verdict in verdicts {
        let (class, sign) = if verdict.passed { ("pass", "✓") } else { ("fail", "✗") };
        let bound = |value: Option<f64>| value.map(number).unwrap_or_default();
        let _ = write!(
            html,
            "<tr><td class=\"{class}\">{sign}</td><td><code>{}</code></td><td>{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td></tr>",
            verdict.metric.name(),
            escape(verdict.group.as_deref().unwrap_or("all")),
            number(verdict.value),
            bound(verdict.min),
            bound(verdict.max),
            verdict.seed,
        );
    }
    html + "</tbody></table></section>"
}

fn violations(results: &[RunResult]) -> String {
    let texts: Vec<String> = results
        .iter()
        .flat_map(|result| result.violations.iter().map(|v| format!("seed {}: {v}", result.seed)))
        .collect();
    if texts.is_empty() {
        return String::new();
    }
    let items: String = texts.iter().map(|text| format!("<li>{}</li>", escape(text))).collect();
    format!("<section class=\"broken\"><h2>Broken invariants</h2><ul>{items}</ul></section>")
}

/// What went wrong by plan, as parts of the time axis.
fn bands(scenario: &Scenario, end: f64) -> Vec<(f64, f64, String)> {
    let band = |fault: &Fault| match fault {
        Fault::Stop { group, at, lasts, .. } => {
            let to = lasts.map_or(end, |lasts| at.seconds() + lasts.seconds());
            (at.seconds(), to, format!("{group} is gone"))
        }
        Fault::Partition { at, lasts, .. } => {
            (at.seconds(), at.seconds() + lasts.seconds(), "the network is divided".to_owned())
        }
        Fault::Collect { group, at, .. } => {
            (at.seconds(), at.seconds(), format!("{group} collects garbage"))
        }
    };
    scenario.fault.iter().map(band).filter(|(from, ..)| *from < end).collect()
}

/// A chart over time, with what went wrong by plan.
fn over_time(
    (scenario, results): (&Scenario, &[RunResult]),
    (title, y_unit): (&str, &str),
    series: Vec<Series>,
) -> Chart {
    let end = results.iter().map(|result| result.end_s).fold(0.0, f64::max);
    Chart {
        title: title.to_owned(),
        x_unit: "s".into(),
        y_unit: y_unit.to_owned(),
        series,
        bands: bands(scenario, end),
        y_least: 0.0,
    }
}

/// A count per second, from two moments.
fn rate(
    scenario: &Scenario,
    scale: f64,
    field: fn(&Sample) -> u64,
) -> impl Fn(&Sample, &Sample) -> f64 {
    let least = scenario.sample.seconds();
    move |before, now| {
        let seconds = (now.time_s - before.time_s).max(least);
        (field(now) - field(before)) as f64 * scale / seconds
    }
}

/// How fast content came.
pub(super) fn content(scenario: &Scenario, results: &[RunResult]) -> Chart {
    let seeds = &results[..results.len().min(LINES_MAX)];
    let mut bytes = lines(seeds, "asked for", 1, false, rate(scenario, 8.0, |s| s.useful_bytes));
    let again = rate(scenario, 8.0, |s| s.duplicate_bytes);
    bytes.extend(lines(seeds, "again", 4, false, again));
    over_time((scenario, results), ("Content, all nodes together", "bit/s"), bytes)
}

fn charts(scenario: &Scenario, results: &[RunResult]) -> String {
    let run = (scenario, results);
    let seeds = &results[..results.len().min(LINES_MAX)];
    let mut html = String::new();
    let ended = lines(seeds, "ended", 1, true, |_, now| f64::from(now.ended));
    html += &over_time(run, ("Fetches that ended", ""), ended).svg();
    html += &content(scenario, results).svg();
    html += &distribution(results).svg();
    let mut control = lines(seeds, "lines", 3, false, rate(scenario, 1.0, |s| s.control));
    control.extend(lines(seeds, "messages", 2, false, rate(scenario, 1.0, |s| s.messages)));
    html += &over_time(run, ("Control: wants, cancels, presences", "/s"), control).svg();
    let mut link = lines(seeds, "left uplinks", 5, false, rate(scenario, 8.0, |s| s.link_bytes));
    if seeds.iter().any(|r| r.samples.iter().any(|s| s.dropped_bytes > 0)) {
        let dropped = rate(scenario, 8.0, |s| s.dropped_bytes);
        link.extend(lines(seeds, "dropped by queues", 4, false, dropped));
    }
    html += &over_time(run, ("Links", "bit/s"), link).svg();
    let nodes = f64::from(scenario.nodes());
    if seeds.iter().any(|r| r.samples.iter().any(|s| f64::from(s.online) < nodes)) {
        let online = lines(seeds, "online", 2, true, |_, now| f64::from(now.online));
        html += &over_time(run, ("Nodes that are on", ""), online).svg();
    }
    if let Some(first) = results.first() {
        let end = results.iter().map(|result| result.end_s).fold(0.0, f64::max);
        html += &timeline(first, &bands(scenario, end));
    }
    html
}

/// A line per seed; of one seed the area is filled.
fn lines(
    results: &[RunResult],
    name: &str,
    colour: usize,
    steps: bool,
    value: impl Fn(&Sample, &Sample) -> f64,
) -> Vec<Series> {
    let alone = results.len() == 1;
    let series = |result: &RunResult| {
        // A rate is that of the time since a few samples before: blocks come in bursts.
        let samples = &result.samples;
        let few = (samples.len() / SMOOTH).max(1);
        let points = samples.iter().enumerate().map(|(index, now)| {
            let before = &samples[index.saturating_sub(few)];
            (now.time_s, value(before, now))
        });
        Series {
            name: name.to_owned(),
            class: if alone { format!("c{colour}") } else { format!("c{colour} thin") },
            points: points.collect(),
            filled: alone,
            steps,
        }
    };
    results.iter().map(series).collect()
}

/// The share of each group's fetches that took at most so long.
fn distribution(results: &[RunResult]) -> Chart {
    let names = results.first().map(|result| result.groups.as_slice()).unwrap_or_default();
    let mut series = Vec::new();
    for (group, name) in (0u32..).zip(names) {
        let of_group = results.iter().flat_map(|r| &r.fetches).filter(|f| f.group == group);
        let all = of_group.clone().count();
        let mut times: Vec<f64> = of_group.filter_map(|fetch| fetch.seconds()).collect();
        times.sort_by(f64::total_cmp);
        if all > 0 {
            let share =
                |(index, time): (usize, &f64)| (*time, 100.0 * (index + 1) as f64 / all as f64);
            let points = std::iter::once((0.0, 0.0)).chain(times.iter().enumerate().map(share));
            series.push(Series {
                name: name.clone(),
                class: format!("c{}", group as usize % COLOURS + 1),
                points: points.collect(),
                filled: false,
                steps: true,
            });
        }
    }
    Chart {
        title: "Time of a fetch: share that took at most so long".into(),
        x_unit: "s".into(),
        y_unit: "%".into(),
        series,
        bands: Vec::new(),
        y_least: 100.0,
    }
}

/// From when to when the fetches of one seed ran.
fn timeline(result: &RunResult, bands: &[(f64, f64, String)]) -> String {
    if result.fetches.len() > chart::BARS_MAX || result.fetches.is_empty() {
        return String::new();
    }
    let waves = result.fetches.iter().any(|fetch| fetch.wave > 0);
    let bar = |fetch: &crate::measure::FetchResult| -> Option<Bar> {
        let from = fetch.begun_s?;
        let to = fetch.ended_s.unwrap_or(result.end_s);
        let class = match fetch.ended_s {
            Some(_) => {
                let kind = if waves { fetch.wave } else { fetch.group };
                format!("c{}", kind as usize % COLOURS + 1)
            }
            None => "open".to_owned(),
        };
        let group = result.groups.get(fetch.group as usize).map_or("", String::as_str);
        let label = format!("node {} of {group}: {from:.2} s to {to:.2} s", fetch.node);
        Some((from, to, label, class))
    };
    let list: Vec<Bar> = result.fetches.iter().filter_map(bar).collect();
    let title = format!("Fetches of seed {}, one bar each", result.seed);
    chart::bars(&title, &list, result.end_s, bands)
}

fn groups(results: &[RunResult]) -> String {
    let Some(first) = results.first() else { return String::new() };
    let columns = [
        (Metric::Completed, "completed"),
        (Metric::FinishP50S, "median s"),
        (Metric::FinishP95S, "95 % s"),
        (Metric::FinishMaxS, "slowest s"),
        (Metric::LinkUse, "link use"),
        (Metric::StallMaxS, "stall s"),
        (Metric::ControlPerBlock, "control/block"),
        (Metric::DuplicateRatio, "duplicates"),
    ];
    let heads: String = columns.iter().map(|c| format!("<th class=\"n\">{}</th>", c.1)).collect();
    let mut html = format!(
        "<section><h2>Groups <small>seed {}</small></h2><table><thead><tr><th>group</th>\
         <th class=\"n\">nodes</th>{heads}</tr></thead><tbody>",
        first.seed
    );
    for (index, name) in (0u32..).zip(&first.groups) {
        let metrics = first.metrics(Some(name));
        let nodes = first.group_of.iter().filter(|group| **group == index).count();
        let fetches = first.fetches.iter().any(|fetch| fetch.group == index);
        let cell = |(metric, _): &(Metric, &str)| {
            let value = metrics.get(metric).copied().unwrap_or(0.0);
            format!("<td class=\"n\">{}</td>", if fetches { number(value) } else { "–".into() })
        };
        let cells: String = columns.iter().map(cell).collect();
        let _ =
            write!(html, "<tr><td>{}</td><td class=\"n\">{nodes}</td>{cells}</tr>", escape(name));
    }
    html + "</tbody></table></section>"
}

fn seeds(results: &[RunResult]) -> String {
    let mut html = String::from(
        "<section><h2>Seeds</h2><table><thead><tr><th class=\"n\">seed</th><th class=\"n\">ended s\
         </th><th class=\"n\">median s</th><th class=\"n\">slowest s</th>\
         <th class=\"n\">events</th>\
         <th>trace (BLAKE3)</th></tr></thead><tbody>",
    );
    for result in results {
        let metrics = result.metrics(None);
        let value = |metric| number(metrics.get(&metric).copied().unwrap_or(0.0));
        let _ = write!(
            html,
            "<tr><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td><code class=\"hash\">{}</code></td></tr>",
            result.seed,
            number(result.end_s),
            value(Metric::FinishP50S),
            value(Metric::FinishMaxS),
            result.events,
            result.trace_hash,
        );
    }
    html + "</tbody></table></section>"
}
