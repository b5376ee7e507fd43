//! Spec: spec/command/diag.md
//!
//! `ipfs diag profile`: an archive of figures about the running daemon.

use crate::calendar;
use crate::commands::version::VersionInfo;
use crate::prelude::*;
use ipfs_repo::config::{Tree, edit};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use zip::write::{SimpleFileOptions, ZipWriter};

/// Names of collectors that the reference has. What a program without its runtime can't tell is
/// named in the archive's `README.txt`.
pub(super) const COLLECTORS: [&str; 10] = [
    "goroutines-stack",
    "goroutines-pprof",
    "version",
    "heap",
    "allocs",
    "bin",
    "cpu",
    "mutex",
    "block",
    "trace",
];

/// How often a running collection looks whether to stop, in milliseconds.
const LOOK_MS: u64 = 50;

/// Most threads that are described.
const THREADS_MAX: usize = 10_000;

const README: &str = "\
threads.txt   threads, their states and processor time (collector goroutines-stack)
memory.txt    memory of the process (heap)
cpu.txt       processor time of each thread while the daemon was watched (cpu)
version.json  the program's version (version)
ipfs          the program itself (bin)
config.json   the configuration without its secrets
files.txt     open files and sockets

The collectors goroutines-pprof, allocs, mutex, block and trace watch the runtime of Go; this
program has none.
";

/// One profile run.
struct Profile<'a> {
    request: &'a Request,
    wanted: Vec<&'a str>,
    watch: Duration,
}

// spec: diag.profile
pub(super) fn profile(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let duration = |option: &str, what: &str| {
        let text = request.str(option).unwrap_or_default();
        crate::duration::parse(text).map(crate::duration::wait).map_err(|why| {
            let text = crate::encode::quote(text);
            Error::new(format!("failed to parse {what} {text}: {why}"))
        })
    };
    let watch = duration("profile-time", "profile duration")?;
    duration("block-profile-rate", "block profile rate")?;
    let wanted: Vec<&str> = request.strings("collectors").iter().map(String::as_str).collect();
    if let Some(unknown) = wanted.iter().find(|name| !COLLECTORS.contains(name)) {
        return Err(Error::new(format!("unknown collector '{unknown}'")));
    }
    let config = edit::without_secrets(&env.config()?);
    let profile = Profile { request, wanted, watch };
    emitter.set_media_type("application/zip");
    profile.write(&config, ZipWriter::new_stream(emitter.writer()))
}

impl Profile<'_> {
    fn wants(&self, collector: &str) -> bool {
        self.wanted.contains(&collector)
    }

    fn write<W: Write>(
        &self,
        config: &Tree,
        mut archive: ZipWriter<zip::write::StreamWriter<W>>,
    ) -> Result<()> {
        let mut file = |name: &str, content: &mut dyn std::io::Read| -> Result<()> {
            archive.start_file(name, SimpleFileOptions::default().large_file(true))?;
            std::io::copy(content, &mut archive)?;
            Ok(())
        };
        file("README.txt", &mut README.as_bytes())?;
        if self.wants("version") {
            let version = serde_json::to_string_pretty(&VersionInfo::current())?;
            file("version.json", &mut version.as_bytes())?;
        }
        let config = serde_json::to_string_pretty(&config.to_value())?;
        file("config.json", &mut config.as_bytes())?;
        file("files.txt", &mut open_files().as_bytes())?;
        if self.wants("heap") {
            file("memory.txt", &mut memory().as_bytes())?;
        }
        if self.wants("goroutines-stack") {
            file("threads.txt", &mut threads().as_bytes())?;
        }
        if self.wants("bin") {
            file("ipfs", &mut File::open("/proc/self/exe")?)?;
        }
        if self.wants("cpu") {
            file("cpu.txt", &mut self.watch_threads()?.as_bytes())?;
        }
        archive.finish()?;
        Ok(())
    }

    /// Processor time of each thread between now and the end of the watch.
    fn watch_threads(&self) -> Result<String> {
        let before = ticks();
        let end = Instant::now() + self.watch;
        while Instant::now() < end {
            self.request.cancel.check()?;
            let left = end.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(Duration::from_millis(LOOK_MS)));
        }
        let mut text = format!("ticks of 10 ms in {:?}\n", self.watch);
        for (id, name, after) in ticks() {
            let start = before.iter().find(|(other, ..)| *other == id);
            let spent = after - start.map_or(0, |(.., ticks)| *ticks).min(after);
            let _ = writeln!(text, "{spent:8}  {id:8}  {name}");
        }
        Ok(text)
    }
}

fn tasks() -> Vec<PathBuf> {
    let list = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    list.map(|entry| entry.path()).take(THREADS_MAX).collect()
}

/// What the system says, or nothing: a thread may end while it is looked at.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// ID, name and processor time in ticks of each thread.
fn ticks() -> Vec<(String, String, u64)> {
    let thread = |task: PathBuf| {
        let stat = read(&task.join("stat"));
        // The name stands in parentheses and may hold anything.
        let rest = stat.rsplit(')').next().unwrap_or_default();
        let fields = rest.split_whitespace().skip(11).take(2);
        let ticks = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        let id = task.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (id, read(&task.join("comm")).trim().to_owned(), ticks)
    };
    tasks().into_iter().map(thread).collect()
}

fn threads() -> String {
    let mut text = String::new();
    for task in tasks() {
        let status = read(&task.join("status"));
        let keep = |line: &&str| {
            let (key, _) = line.split_once(':').unwrap_or_default();
            let keys = ["Name", "State", "Pid"];
            keys.contains(&key) || key.ends_with("ctxt_switches")
        };
        let lines: Vec<&str> = status.lines().filter(keep).collect();
        let wait = read(&task.join("wchan"));
        let _ = writeln!(text, "{}\nWaits in:\t{wait}\n", lines.join("\n"));
    }
    text
}

fn memory() -> String {
    let part = |name: &str| format!("== {name}\n{}\n", read(&Path::new("/proc/self").join(name)));
    ["status", "smaps_rollup", "limits"].map(part).concat()
}

fn open_files() -> String {
    let mut text = String::new();
    for entry in fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        let target = fs::read_link(entry.path()).unwrap_or_default();
        let number = entry.file_name();
        let _ = writeln!(text, "{:>6}  {}", number.to_string_lossy(), target.display());
    }
    text
}

/// Saves the archive in a file.
struct Save {
    path: PathBuf,
    file: File,
}

pub(super) fn save(request: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    let path = match request.str("output").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(format!("ipfs-profile-{}.zip", stamp(SystemTime::now()))),
    };
    let file =
        File::create(&path).map_err(|error| crate::error::path_error("open", &path, &error))?;
    Ok(Box::new(Save { path, file }))
}

/// `2026-11-02T15_04_05Z`
fn stamp(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = calendar::date((seconds / 86_400) as i64);
    let time = seconds % 86_400;
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}_{minute:02}_{second:02}Z")
}

impl PostRun for Save {
    fn bytes(
        &mut self,
        bytes: &[u8],
        _: &Request,
        _: &mut crate::terminal::Terminal,
    ) -> Result<()> {
        Ok(self.file.write_all(bytes)?)
    }

    fn end(
        self: Box<Self>,
        result: Result<()>,
        _: &Request,
        terminal: &mut crate::terminal::Terminal,
    ) -> Result<()> {
        result.and_then(|()| Ok(self.file.sync_all()?)).inspect_err(|_| {
            // Half an archive is of no use.
            let _ = fs::remove_file(&self.path);
        })?;
        terminal.line(&format!("Wrote profiles to: {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_names() {
        let time = UNIX_EPOCH + Duration::from_secs(1_793_631_845);
        assert_eq!(stamp(time), "2026-11-02T15_04_05Z");
    }

    #[test]
    fn the_system_tells_about_this_process() {
        assert!(threads().contains("State:"));
        assert!(memory().contains("VmRSS:"));
        assert!(!ticks().is_empty() && !open_files().is_empty());
    }
}
