//! Spec: spec/command/ls.md
//!
//! What `ls` says: JSON with the reference's names, and columns.

use crate::calendar::{MONTHS, date, days};
use crate::encode::escape_name;
use crate::prelude::*;
use std::any::Any;
use std::time::{SystemTime, UNIX_EPOCH};

/// An entry.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LsLink {
    /// Name.
    pub name: String,
    /// CID.
    pub hash: String,
    /// Bytes of the file; 0 for directories.
    pub size: u64,
    /// 1 directory, 2 file, 4 symbolic link, 0 unknown.
    #[serde(rename = "Type")]
    pub kind: i32,
    /// Where a symbolic link points.
    pub target: String,
    /// Type and permissions in the bits of Go's `os.FileMode`; 0 when unknown.
    pub mode: u32,
    /// Time of last change, RFC 3339; [`NO_TIME`] when unknown.
    pub mod_time: String,
}

/// Stands for a time that is not known.
pub(super) const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// A directory.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LsObject {
    /// The argument.
    pub hash: String,
    /// Its entries.
    pub links: Vec<LsLink>,
}

/// All directories, or one entry of one when streaming.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LsOutput {
    /// The directories.
    pub objects: Vec<LsObject>,
}

impl Output for LsOutput {
    const NAME: &'static str = "LsOutput";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        Columns::new(request).write(self, out)
    }
}

/// The lines, which depend on the directory that was printed last.
pub(super) struct Columns {
    last: String,
    headers: bool,
    size: bool,
    long: bool,
    width_min: usize,
    several: bool,
}

pub(super) fn post_run(request: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    Ok(Box::new(Columns::new(request)))
}

impl PostRun for Columns {
    fn value(&mut self, value: &dyn Any, _: &Request, terminal: &mut Terminal) -> Result<()> {
        match value.downcast_ref::<LsOutput>() {
            Some(output) => self.write(output, &mut terminal.writer()),
            None => Err(Error::new("unexpected value")),
        }
    }
}

impl Columns {
    fn new(request: &Request) -> Self {
        Self {
            last: String::new(),
            headers: request.bool("headers"),
            size: request.bool("size"),
            long: request.bool("long"),
            // Streamed entries can't know the widest one.
            width_min: if request.bool("stream") { 10 } else { 1 },
            several: request.arguments.len() > 1,
        }
    }

    // spec: ls.columns
    fn write(&mut self, output: &LsOutput, out: &mut dyn Write) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        for object in &output.objects {
            let mut rows = Vec::with_capacity(object.links.len() + 1);
            if object.hash != self.last {
                if self.several || output.objects.len() > 1 {
                    if !self.last.is_empty() {
                        writeln!(out)?;
                    }
                    writeln!(out, "{}:", object.hash)?;
                }
                if self.headers {
                    let titles = ["Mode", "Hash", "Size", "ModTime", "Name"];
                    rows.push(self.row(titles.map(str::to_owned)));
                }
                self.last.clone_from(&object.hash);
            }
            rows.extend(object.links.iter().map(|link| self.row(link.cells(now))));
            align(&rows, self.width_min, out)?;
        }
        Ok(())
    }

    fn row(&self, [mode, hash, size, time, name]: [String; 5]) -> Vec<String> {
        let mut row = Vec::with_capacity(5);
        row.extend(self.long.then_some(mode));
        row.push(hash);
        row.extend(self.size.then_some(size));
        row.extend(self.long.then_some(time));
        row.push(name);
        row
    }
}

/// Columns one blank apart; the last one is not padded.
fn align(rows: &[Vec<String>], width_min: usize, out: &mut dyn Write) -> Result<()> {
    let columns = rows.first().map_or(0, |row| row.len().saturating_sub(1));
    let width = |column: usize| {
        let widest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        (widest + 1).max(width_min)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        for (cell, width) in row.iter().zip(&widths) {
            write!(out, "{cell:width$}")?;
        }
        writeln!(out, "{}", row.last().map_or("", String::as_str))?;
    }
    Ok(())
}

impl LsLink {
    fn cells(&self, now: i64) -> [String; 5] {
        let directory = self.kind == 1;
        let mode = if self.mode == 0 { "-".into() } else { mode_text(self.mode) };
        let size = if directory { "-".into() } else { self.size.to_string() };
        let time = Some(self.mod_time.as_str()).filter(|&time| time != NO_TIME);
        let seconds = time.and_then(super::run::seconds_of);
        let time = seconds.map_or_else(|| "-".into(), |seconds| time_text(seconds, now));
        let slash = if directory { "/" } else { "" };
        // spec: ls.names-escaped
        let name = format!("{}{slash}", escape_name(self.name.as_bytes()));
        [mode, self.hash.clone(), size, time, name]
    }
}

/// Go's bits for directories, links, set-uid, set-gid and sticky.
pub(super) const GO_DIRECTORY: u32 = 1 << 31;
pub(super) const GO_SYMLINK: u32 = 1 << 27;
pub(super) const GO_SETUID: u32 = 1 << 23;
pub(super) const GO_SETGID: u32 = 1 << 22;
pub(super) const GO_STICKY: u32 = 1 << 20;

fn mode_text(mode: u32) -> String {
    let mut out = String::with_capacity(10);
    out.push(match () {
        () if mode & GO_DIRECTORY != 0 => 'd',
        () if mode & GO_SYMLINK != 0 => 'l',
        () => '-',
    });
    for (shift, special, letter) in [(6, GO_SETUID, 's'), (3, GO_SETGID, 's'), (0, GO_STICKY, 't')]
    {
        let bits = mode >> shift & 7;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        out.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    out
}

/// Time of day for the last six months, the year otherwise, as in `ls -l`.
fn time_text(seconds: i64, now: i64) -> String {
    const DAY_S: i64 = 24 * 60 * 60;
    let (year, month, day) = date(seconds.div_euclid(DAY_S));
    let name = MONTHS[month as usize - 1];
    let (now_year, now_month, now_day) = date(now.div_euclid(DAY_S));
    let months = now_year * 12 + i64::from(now_month) - 1 - 6;
    let since = days(months.div_euclid(12), months.rem_euclid(12) as u32 + 1, now_day) * DAY_S
        + now.rem_euclid(DAY_S);
    if seconds > since && seconds < now + DAY_S {
        let minute = seconds.rem_euclid(DAY_S) / 60;
        format!("{name} {day:02} {:02}:{:02}", minute / 60, minute % 60)
    } else {
        format!("{name} {day:02}  {year:04}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_and_times_are_shown_as_by_ls() {
        assert_eq!(mode_text(0o644), "-rw-r--r--");
        assert_eq!(mode_text(GO_DIRECTORY | GO_STICKY | 0o777), "drwxrwxrwt");
        assert_eq!(mode_text(GO_SETUID | 0o655), "-rwSr-xr-x");
        assert_eq!(time_text(1_700_000_000, 1_700_000_100), "Nov 14 22:13");
        assert_eq!(time_text(1_700_000_000, 1_800_000_000), "Nov 14  2023");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "b".into()], vec!["ccc".into(), "d".into()]];
        let mut out = Vec::new();
        align(&rows, 1, &mut out).expect("memory takes all");
        assert_eq!(String::from_utf8_lossy(&out), "a   b\nccc d\n");
    }
}
