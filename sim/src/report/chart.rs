//! Spec: spec/sim/measure.md
//!
//! Charts as inline SVG: lines over time, distributions, bars of fetches. Colours come from the
//! page's style, so that they follow its dark mode.

use super::html::escape;
use std::fmt::Write;

/// The drawing area, in units of the view box.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;
/// Points of a line: more would only make the page bigger.
const POINTS_MAX: usize = 600;
/// Bars of fetches: more would be thinner than a pixel.
pub(super) const BARS_MAX: usize = 120;

/// The style of a chart that is a file of its own.
const STYLE: &str = include_str!("chart.css");

/// A line.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: String,
    /// A class of the page's style: the colour.
    pub(super) class: String,
    pub(super) points: Vec<(f64, f64)>,
    /// Whether the area below is filled.
    pub(super) filled: bool,
    /// Whether values hold until the next point.
    pub(super) steps: bool,
}

/// A chart of lines.
#[derive(Debug, Default)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x_unit: String,
    pub(super) y_unit: String,
    pub(super) series: Vec<Series>,
    /// Shaded parts of the x axis, each with what it is.
    pub(super) bands: Vec<(f64, f64, String)>,
    /// The highest value that must fit.
    pub(super) y_least: f64,
}

struct Scale {
    x_max: f64,
    y_max: f64,
    y_step: f64,
}

impl Scale {
    fn x(&self, value: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * value / self.x_max
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / self.y_max)
    }
}

/// The step of an axis: 1, 2 or 5 times a power of ten, at most `parts` of them below `max`.
fn step(max: f64, parts: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= max / parts {
        power *= 10.0;
    }
    while power > max / parts {
        power /= 10.0;
    }
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|s| max / s <= parts)
        .unwrap_or(power)
}

/// A value at an axis.
pub(super) fn short(value: f64) -> String {
    let text = |value: f64, unit: &str| {
        let text = format!("{value:.2}");
        format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
    };
    match value.abs() {
        size if size >= 1e9 => text(value / 1e9, " G"),
        size if size >= 1e6 => text(value / 1e6, " M"),
        size if size >= 1e4 => text(value / 1e3, " k"),
        _ => text(value, ""),
    }
}

fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let every = points.len().div_ceil(POINTS_MAX).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points.iter().enumerate().filter(|(index, _)| index % every == 0 || *index == last);
    kept.map(|(_, point)| *point).collect()
}

impl Chart {
    /// The chart as a figure with its legend.
    pub(super) fn svg(&self) -> String {
        let scale = self.scale();
        format!(
            "<figure class=\"chart\"><figcaption>{} <small>{}</small></figcaption>{}\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\" \
             data-x=\"{}\" data-unit=\"{}\">{}</svg></figure>",
            escape(&self.title),
            escape(&self.y_unit),
            self.legend(),
            scale.x_max,
            escape(&self.x_unit),
            self.drawing(&scale),
        )
    }

    /// The chart as a file of its own: light on light pages, dark on dark ones.
    pub(super) fn file(&self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 -26 {WIDTH} {}\"><style>{STYLE}\
             </style><rect class=\"back\" y=\"-26\" width=\"100%\" height=\"100%\" rx=\"8\"/>\
             <text class=\"title\" x=\"14\" y=\"-6\">{} ({})</text>{}</svg>\n",
            HEIGHT + 26.0,
            escape(&self.title),
            escape(&self.y_unit),
            self.drawing(&self.scale()),
        )
    }

    fn scale(&self) -> Scale {
        let all = || self.series.iter().flat_map(|series| &series.points);
        let x_max = all().map(|point| point.0).fold(1e-9, f64::max);
        let y_top = all().map(|point| point.1).fold(self.y_least.max(1e-9), f64::max);
        let y_step = step(y_top, 4.0);
        Scale { x_max, y_max: (y_top / y_step).ceil() * y_step, y_step }
    }

    fn drawing(&self, scale: &Scale) -> String {
        let mut svg = String::new();
        for (from, to, what) in &self.bands {
            let (from, to) = (scale.x(from.min(scale.x_max)), scale.x(to.min(scale.x_max)));
            let _ = write!(
                svg,
                "<rect class=\"band\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\">\
                 <title>{}</title></rect>",
                (to - from).max(1.5),
                HEIGHT - TOP - BOTTOM,
                escape(what),
            );
        }
        self.axes(scale, &mut svg);
        for series in &self.series {
            line(series, scale, &mut svg);
        }
        let (top, bottom) = (TOP, HEIGHT - BOTTOM);
        let _ = write!(svg, "<line class=\"cursor\" y1=\"{top}\" y2=\"{bottom}\"/>");
        svg
    }

    fn legend(&self) -> String {
        let mut shown: Vec<&str> = Vec::new();
        let mut html = String::from("<ul class=\"legend\">");
        for series in &self.series {
            if !series.name.is_empty() && !shown.contains(&series.name.as_str()) {
                shown.push(&series.name);
                let name = escape(&series.name);
                let _ = write!(html, "<li class=\"{}\"><i></i>{name}</li>", series.class);
            }
        }
        html + "</ul>"
    }

    fn axes(&self, scale: &Scale, svg: &mut String) {
        let x_step = step(scale.x_max, 7.0);
        let right = WIDTH - RIGHT;
        let mut value = 0.0;
        while value <= scale.y_max * 1.0001 {
            let y = scale.y(value);
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"y\" x=\"{}\" y=\"{:.1}\">{}</text>",
                LEFT - 8.0,
                y + 4.0,
                short(value),
            );
            value += scale.y_step;
        }
        let mut value = 0.0;
        // The last one makes room for the unit.
        while scale.x(value) <= right - 24.0 {
            let x = scale.x(value);
            let y = HEIGHT - 10.0;
            let _ = write!(svg, "<text class=\"x\" x=\"{x:.1}\" y=\"{y}\">{}</text>", short(value));
            value += x_step;
        }
        let (y, unit) = (HEIGHT - 10.0, escape(&self.x_unit));
        let _ = write!(svg, "<text class=\"unit\" x=\"{right}\" y=\"{y}\">{unit}</text>");
    }
}

fn line(series: &Series, scale: &Scale, svg: &mut String) {
    let points = thinned(&series.points);
    let Some(first) = points.first() else { return };
    let mut path = format!("M{:.1} {:.1}", scale.x(first.0), scale.y(first.1));
    for point in &points[1..] {
        let (x, y) = (scale.x(point.0), scale.y(point.1));
        let _ = match series.steps {
            true => write!(path, "H{x:.1}V{y:.1}"),
            false => write!(path, "L{x:.1} {y:.1}"),
        };
    }
    if series.filled {
        let (start, end) = (scale.x(first.0), points.last().map_or(0.0, |last| scale.x(last.0)));
        let base = scale.y(0.0);
        let _ = write!(
            svg,
            "<path class=\"area {}\" d=\"{path}L{end:.1} {base:.1}L{start:.1} {base:.1}Z\"/>",
            series.class
        );
    }
    let values: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.3},{}", short(*y).replace(' ', "\u{202f}")))
        .collect();
    let _ = write!(
        svg,
        "<path class=\"line {}\" d=\"{path}\" data-name=\"{}\" data-points=\"{}\"/>",
        series.class,
        escape(&series.name),
        escape(&values.join(";")),
    );
}

/// A bar: from, to, label, class.
pub(super) type Bar = (f64, f64, String, String);

/// Bars over time, one below the other.
pub(super) fn bars(title: &str, list: &[Bar], x_max: f64, bands: &[(f64, f64, String)]) -> String {
    let shown = &list[..list.len().min(BARS_MAX)];
    let row = (260.0 / shown.len().max(1) as f64).clamp(3.0, 26.0);
    let height = TOP + BOTTOM + row * shown.len() as f64;
    let x = |value: f64| 16.0 + (WIDTH - 28.0) * value / x_max.max(1e-9);
    let mut svg = format!(
        "<figure class=\"chart\"><figcaption>{}</figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{0}\">",
        escape(title)
    );
    for (from, to, what) in bands {
        let (from, to) = (x(from.min(x_max)), x(to.min(x_max)));
        let _ = write!(
            svg,
            "<rect class=\"band\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\">\
             <title>{}</title></rect>",
            (to - from).max(1.5),
            height - TOP - BOTTOM,
            escape(what)
        );
    }
    let step = step(x_max.max(1e-9), 7.0);
    let mut value = 0.0;
    while value <= x_max {
        let (at, bottom) = (x(value), height - BOTTOM);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom:.1}\"/>\
             <text class=\"x\" x=\"{at:.1}\" y=\"{:.1}\">{} s</text>",
            height - 10.0,
            short(value)
        );
        value += step;
    }
    for (index, (from, to, label, class)) in shown.iter().enumerate() {
        let _ = write!(
            svg,
            "<rect class=\"bar {class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
             rx=\"1.5\"><title>{}</title></rect>",
            x(*from),
            TOP + row * index as f64 + 0.5,
            (x(*to) - x(*from)).max(1.0),
            row - 1.0,
            escape(label)
        );
    }
    svg + "</svg></figure>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_steps() {
        assert_eq!(step(100.0, 4.0), 50.0);
        assert_eq!(step(0.37, 4.0), 0.1);
        assert_eq!(step(61.0, 7.0), 10.0);
        assert_eq!(short(12_500_000.0), "12.5 M");
        assert_eq!(short(0.0), "0");
    }

    #[test]
    fn a_chart_holds_its_lines() {
        let series = Series {
            name: "a<b".into(),
            class: "c1".into(),
            points: vec![(0.0, 0.0), (1.0, 3.0)],
            filled: true,
            steps: false,
        };
        let chart = Chart { title: "T".into(), series: vec![series], ..Chart::default() };
        let svg = chart.svg();
        assert!(svg.contains("a&lt;b") && !svg.contains("a<b"));
        assert_eq!(svg.matches("class=\"line c1\"").count(), 1);
        assert!(!svg.contains("NaN"));
        assert!(!Chart::default().svg().contains("NaN"));
        assert!(chart.file().starts_with("<svg xmlns=") && chart.file().contains("<style>"));
    }

    #[test]
    fn long_lines_are_thinned_and_keep_their_end() {
        let points: Vec<(f64, f64)> = (0..10_000).map(|n| (f64::from(n), 1.0)).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= POINTS_MAX + 1);
        assert_eq!(thin.last(), points.last());
    }
}
