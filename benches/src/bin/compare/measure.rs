//! Running one program and measuring it.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// The first word that makes this binary a measuring wrapper around the rest of its words. A
/// process of its own, because the system reports peak memory only over all children of a process.
pub(crate) const WRAPPER: &str = "--measure";

/// What one run took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Cost {
    /// Wall time in seconds.
    pub(crate) wall_s: f64,
    /// User and system time in seconds.
    pub(crate) cpu_s: f64,
    /// Peak resident memory in KiB.
    pub(crate) peak_kib: f64,
}

impl Cost {
    /// Each figure's median by itself.
    pub(crate) fn median(costs: &[Self]) -> Self {
        let middle = |figure: fn(&Self) -> f64| {
            let mut figures: Vec<f64> = costs.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Self {
            wall_s: middle(|cost| cost.wall_s),
            cpu_s: middle(|cost| cost.cpu_s),
            peak_kib: middle(|cost| cost.peak_kib),
        }
    }
}

/// The wrapper: runs the words, prints wall time, processor time and peak memory on one line.
pub(crate) fn wrap(words: &[String]) -> ExitCode {
    let Some((program, arguments)) = words.split_first() else { return ExitCode::FAILURE };
    let begin = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .status();
    let wall_s = begin.elapsed().as_secs_f64();
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    match (status, getrusage(UsageWho::RUSAGE_CHILDREN)) {
        (Ok(status), Ok(usage)) if status.success() => {
            let cpu_s = seconds(usage.user_time()) + seconds(usage.system_time());
            println!("{wall_s} {cpu_s} {}", usage.max_rss());
            ExitCode::SUCCESS
        }
        (status, _) => {
            eprintln!("{words:?}: {status:?}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a program with this repository and measures it.
pub(crate) fn run(program: &Path, repo: &Path, words: &[&str]) -> Result<Cost, String> {
    let wrapper = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(wrapper)
        .arg(WRAPPER)
        .arg(program)
        .args(words)
        .env("IPFS_PATH", repo)
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match figures[..] {
        [wall_s, cpu_s, peak_kib] if output.status.success() => {
            Ok(Cost { wall_s, cpu_s, peak_kib })
        }
        _ => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

/// Runs a program without measuring; its standard output.
pub(crate) fn prepare(program: &Path, repo: &Path, words: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(words)
        .env("IPFS_PATH", repo)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(format!("{words:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}
