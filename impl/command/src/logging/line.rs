//! Spec: spec/command/log.md
//!
//! One line of the log, as text or JSON.

use super::level::{Level, subsystem};
use serde_json::{Map, Value};
use std::fmt::{self, Write};
use std::time::SystemTime;
use tracing::field::{Field, Visit};

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with the level in colour.
    Color,
    /// Text.
    Plain,
    /// One JSON object per line.
    Json,
}

/// Longest line, in bytes; more is cut off.
const LINE_BYTES_MAX: usize = 64 << 10;

/// What a line says.
pub(super) struct Line {
    time: String,
    pub(super) level: Level,
    logger: String,
    caller: String,
    message: String,
    fields: Map<String, Value>,
}

impl Line {
    pub(super) fn of(event: &tracing::Event<'_>, now: SystemTime) -> Self {
        let metadata = event.metadata();
        let mut visitor = Collect { message: String::new(), fields: Map::new() };
        event.record(&mut visitor);
        let caller = metadata.file().map(trim).unwrap_or_default();
        Self {
            time: time(now),
            level: (*metadata.level()).into(),
            logger: subsystem(metadata.target()).to_owned(),
            caller: format!("{caller}:{}", metadata.line().unwrap_or_default()),
            message: visitor.message,
            fields: visitor.fields,
        }
    }

    /// A line that the log itself has to say.
    pub(super) fn own(level: Level, message: String, now: SystemTime) -> Self {
        Self {
            time: time(now),
            level,
            logger: "log".into(),
            caller: format!("{}:{}", trim(file!()), line!()),
            message,
            fields: Map::new(),
        }
    }

    // spec: log.line
    /// The line with its end.
    pub(super) fn text(&self, format: Format) -> String {
        let mut text = match format {
            Format::Json => self.json(),
            Format::Color | Format::Plain => self.plain(format == Format::Color),
        };
        text.push('\n');
        text
    }

    fn plain(&self, color: bool) -> String {
        let level = self.level.as_str().to_uppercase();
        let level = match (color, self.level) {
            (false, _) => level,
            (true, Level::Debug) => format!("\x1b[35m{level}\x1b[0m"),
            (true, Level::Info) => format!("\x1b[34m{level}\x1b[0m"),
            (true, Level::Warn) => format!("\x1b[33m{level}\x1b[0m"),
            (true, _) => format!("\x1b[31m{level}\x1b[0m"),
        };
        let message = escape(&self.message);
        let mut line =
            format!("{}\t{level}\t{}\t{}\t{message}", self.time, self.logger, self.caller);
        if !self.fields.is_empty() {
            line.push_str("\t{");
            for (at, (name, value)) in self.fields.iter().enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                let _ = write!(line, "{comma}{}: {value}", Value::String(name.clone()));
            }
            line.push('}');
        }
        cut(line)
    }

    fn json(&self) -> String {
        let mut object = Map::new();
        let mut put = |name: &str, value: &str| object.insert(name.to_owned(), value.into());
        put("level", self.level.as_str());
        put("ts", &self.time);
        put("logger", &self.logger);
        put("caller", &self.caller);
        put("msg", truncated(&self.message));
        object.extend(self.fields.clone());
        let line = Value::Object(object).to_string();
        match line.len() > LINE_BYTES_MAX {
            // What is cut must still be JSON.
            true => Self { fields: Map::new(), ..self.copy() }.json(),
            false => line,
        }
    }

    fn copy(&self) -> Self {
        Self {
            time: self.time.clone(),
            level: self.level,
            logger: self.logger.clone(),
            caller: self.caller.clone(),
            message: self.message.clone(),
            fields: Map::new(),
        }
    }
}

// spec: log.line-bound
fn cut(mut line: String) -> String {
    let end = truncated(&line).len();
    line.truncate(end);
    line
}

fn truncated(text: &str) -> &str {
    // A message in JSON may take six bytes for one.
    let bound = LINE_BYTES_MAX / 8;
    match text.len() > bound {
        true => &text[..text.floor_char_boundary(bound)],
        false => text,
    }
}

/// A message of several lines stays one line, and says nothing to the terminal.
// spec: log.one-line
fn escape(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for letter in message.chars() {
        match letter.is_control() {
            true => out.extend(letter.escape_default()),
            false => out.push(letter),
        }
    }
    out
}

/// The file of this program without the folders that are always the same.
fn trim(file: &str) -> String {
    let file = file.rsplit_once("impl/").map_or(file, |(_, rest)| rest);
    let parts: Vec<&str> = file.split('/').filter(|part| *part != "src").collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

/// RFC 3339 with milliseconds, in UTC.
fn time(now: SystemTime) -> String {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    let (year, month, day) = crate::calendar::date(seconds.div_euclid(86_400));
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let ms = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

struct Collect {
    message: String,
    fields: Map<String, Value>,
}

impl Collect {
    fn put(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Collect {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "message" => self.message = text,
            _ => self.put(field, text.into()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            _ => self.put(field, value.into()),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn line(message: &str) -> Line {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_272_111_293);
        let mut line = Line::own(Level::Error, message.into(), now);
        line.caller = "node/x.rs:7".into();
        line
    }

    /// spec: log.line, log.one-line
    #[test]
    fn lines() {
        let mut line = line("a\n\u{1b}[31mb é");
        let plain = "2026-11-21T14:41:51.293Z\tERROR\tlog\tnode/x.rs:7\ta\\n\\u{1b}[31mb é";
        assert_eq!(line.text(Format::Plain), format!("{plain}\n"));
        line.fields.insert("k".into(), 1.into());
        line.fields.insert("s".into(), "x\ty".into());
        let text = line.text(Format::Color);
        assert!(text.contains("\t\u{1b}[31mERROR\u{1b}[0m\t"), "{text}");
        assert!(text.ends_with("\t{\"k\": 1, \"s\": \"x\\ty\"}\n"), "{text}");
        assert_eq!(
            line.text(Format::Json),
            "{\"level\":\"error\",\"ts\":\"2026-11-21T14:41:51.293Z\",\"logger\":\"log\",\
             \"caller\":\"node/x.rs:7\",\"msg\":\"a\\n\\u001b[31mb é\",\"k\":1,\"s\":\"x\\ty\"}\n"
        );
    }

    /// spec: log.line-bound
    #[test]
    fn long_lines_are_cut() {
        let mut line = line(&"\u{1}é".repeat(100_000));
        line.fields.insert("x".into(), "y".repeat(1 << 20).into());
        assert!(line.text(Format::Plain).len() <= LINE_BYTES_MAX);
        let json = line.text(Format::Json);
        assert!(json.len() <= LINE_BYTES_MAX);
        assert!(serde_json::from_str::<Value>(&json).is_ok());
    }

    #[test]
    fn files() {
        assert_eq!(trim("impl/node/src/denylist/files.rs"), "denylist/files.rs");
        assert_eq!(trim("impl/node/src/dns.rs"), "node/dns.rs");
        assert_eq!(trim("x.rs"), "x.rs");
    }
}
