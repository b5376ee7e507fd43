//! Spec: spec/command/diag.md
//!
//! The commands that a daemon runs and has run: `ipfs diag cmds`.

use crate::calendar::MONTHS;
use crate::duration;
use crate::options::Value;
use crate::prelude::*;
use ipfs_data::ipns_record::Time;
use serde_json::{Map, Value as Json};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Finished commands that are remembered at most, whatever the time for it.
const FINISHED_MAX: usize = 1000;
/// Bytes of all arguments of a command that are remembered.
const ARGUMENTS_BYTES_MAX: usize = 4096;
/// The time of something that has not happened, as the reference writes it.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// One command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    start_time: String,
    end_time: String,
    active: bool,
    command: String,
    options: Map<String, Json>,
    args: Vec<String>,
    #[serde(rename = "ID")]
    id: u64,
    /// How long it ran, in nanoseconds.
    #[serde(skip)]
    ran: Option<i64>,
}

/// The commands of a daemon.
#[derive(Debug, Default)]
pub struct Calls(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    entries: Vec<(Instant, Entry)>,
    next: u64,
    keep: Duration,
}

impl Log {
    /// Forgets what finished too long ago, the oldest first.
    fn forget(&mut self, keep: Duration) {
        let finished = self.entries.iter().filter(|(_, entry)| !entry.active).count();
        let mut surplus = finished.saturating_sub(FINISHED_MAX);
        self.entries.retain(|(last, entry)| {
            if entry.active {
                return true;
            }
            let stays = surplus == 0 && last.elapsed() < keep;
            surplus = surplus.saturating_sub(1);
            stays
        });
    }
}

/// A running command; it is finished when this is dropped.
pub struct Call<'a> {
    calls: &'a Calls,
    id: u64,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let mut log = self.calls.log();
        if let Some((last, entry)) = log.entries.iter_mut().find(|(_, entry)| entry.id == self.id) {
            entry.active = false;
            entry.end_time = Time::from(SystemTime::now()).to_string();
            entry.ran = i64::try_from(last.elapsed().as_nanos()).ok();
            *last = Instant::now();
        }
        let keep = log.keep;
        log.forget(keep);
    }
}

impl Calls {
    /// Notes that a command begins.
    // spec: diag.cmds-secrets
    pub fn begin(&self, request: &Request) -> Call<'_> {
        let mut left = ARGUMENTS_BYTES_MAX;
        let secret = request.path == ["pin", "remote", "service", "add"];
        let shown = |(at, text): (usize, &String)| {
            if secret && at == 2 {
                return "***".to_owned();
            }
            let end = text.floor_char_boundary(left.min(text.len()));
            left -= end;
            text[..end].to_owned()
        };
        let args = request.arguments.iter().enumerate().map(shown).collect();
        let options = request.options.iter();
        let options = options.filter(|(name, _)| !matches!(*name, "api-auth" | "password"));
        let options = options.map(|(name, value)| ((*name).to_owned(), json(value))).collect();
        let mut log = self.log();
        let id = log.next;
        log.next += 1;
        let entry = Entry {
            start_time: Time::from(SystemTime::now()).to_string(),
            end_time: NEVER.to_owned(),
            active: true,
            command: request.path.join("/"),
            options,
            args,
            id,
            ran: None,
        };
        log.entries.push((Instant::now(), entry));
        Call { calls: self, id }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Uint(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::Strings(values) => values.clone().into(),
    }
}

/// What runs and what has run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Report(Vec<Entry>);

impl Output for Report {
    const NAME: &'static str = "ReqLogEntry";

    // spec: diag.cmds
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let verbose = request.bool("verbose");
        let mut rows: Vec<Vec<String>> = Vec::new();
        let titles: &[&str] = match verbose {
            true => &["ID", "Command", "Arguments", "Options", "Active", "StartTime", "RunTime"],
            false => &["Command", "Active", "StartTime", "RunTime"],
        };
        rows.push(titles.iter().map(|title| (*title).to_owned()).collect());
        for entry in &self.0 {
            let mut row = vec![entry.command.clone()];
            if verbose {
                row.insert(0, entry.id.to_string());
                row.push(format!("[{}]", entry.args.join(" ")));
                let mut options: Vec<_> = entry.options.iter().collect();
                options.sort_by_key(|(name, _)| name.as_str());
                let shown = options.iter().map(|(name, value)| match value {
                    Json::String(text) => format!("{name}={text},"),
                    value => format!("{name}={value},"),
                });
                row.push(format!("[{}]", shown.collect::<String>()));
            }
            row.extend([entry.active.to_string(), stamp(&entry.start_time), entry.run_time()]);
            rows.push(row);
        }
        table(&rows, out)
    }
}

impl Entry {
    fn run_time(&self) -> String {
        let end = match self.active {
            true => Some(Time::from(SystemTime::now())),
            false => Time::parse(&self.end_time),
        };
        let ran = self.ran.or_else(|| {
            let ran = end?.unix_ns() - Time::parse(&self.start_time)?.unix_ns();
            i64::try_from(ran).ok()
        });
        duration::format(ran.unwrap_or(0))
    }
}

/// `Nov 21 15:04:05`
fn stamp(time: &str) -> String {
    let part = |range: std::ops::Range<usize>| time.get(range).unwrap_or_default();
    let month =
        part(5..7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    let day = part(8..10).trim_start_matches('0');
    format!("{} {day:>2} {}", month.unwrap_or(&"???"), part(11..19))
}

/// Columns are as wide as their widest cell and two spaces, the last as it is.
fn table(rows: &[Vec<String>], out: &mut dyn Write) -> Result<()> {
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0) + 2;
            match column + 1 == row.len() {
                true => writeln!(out, "{cell}")?,
                false => write!(out, "{cell:width$}", width = width.max(4))?,
            }
        }
    }
    Ok(())
}

pub(super) fn list(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let entries = env.calls().log().entries.iter().map(|(_, entry)| entry.clone()).collect();
    emitter.emit(&Report(entries))
}

// spec: diag.cmds-clear
pub(super) fn clear(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.calls().log().forget(Duration::ZERO);
    Ok(())
}

// spec: diag.cmds-set-time
pub(super) fn set_time(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let time = duration::parse(request.argument(0).unwrap_or_default()).map_err(Error::new)?;
    env.calls().log().keep = duration::wait(time);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finished_ones_are_forgotten_in_time() {
        let entry = |id, active| Entry {
            start_time: NEVER.into(),
            end_time: NEVER.into(),
            active,
            command: "id".into(),
            options: Map::new(),
            args: Vec::new(),
            id,
            ran: None,
        };
        let entries = (0..1010).map(|id| (Instant::now(), entry(id, id == 0))).collect();
        let mut log = Log { entries, ..Log::default() };
        log.forget(Duration::from_secs(60));
        assert_eq!(log.entries.len(), FINISHED_MAX + 1);
        assert_eq!(log.entries[1].1.id, 10);
        log.forget(Duration::ZERO);
        assert_eq!(log.entries.len(), 1);
        assert_eq!(stamp("2026-11-02T15:04:05.5Z"), "Nov  2 15:04:05");
    }
}
