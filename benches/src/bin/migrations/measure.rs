//! Running one migration and measuring it.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The first word that makes this binary a measuring wrapper: then the limit in seconds, the
/// program and its words. A process of its own, because the system reports peak memory only over
/// all children of a process.
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
    /// Whether it had to be stopped.
    pub(crate) stopped: bool,
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
            stopped: costs.iter().any(|cost| cost.stopped),
        }
    }

    /// What `whole` would have taken, if this much was taken for `done`.
    pub(crate) fn reckoned(self, done: u64, whole: u64) -> Self {
        let factor = whole as f64 / done as f64;
        Self { wall_s: self.wall_s * factor, cpu_s: self.cpu_s * factor, ..self }
    }
}

/// The wrapper: runs the words, prints wall time, processor time, peak memory and whether the
/// program was stopped on one line.
pub(crate) fn wrap(words: &[String]) -> ExitCode {
    let [limit_s, program, arguments @ ..] = words else { return ExitCode::FAILURE };
    let limit = Duration::from_secs(limit_s.parse().unwrap_or(u64::MAX));
    let begin = Instant::now();
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{program}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (ended, end) = channel::<()>();
    let pid = Pid::from_child(&child);
    // Nobody waits for the process before this thread is over, so the ID can't be another's.
    let watch = std::thread::spawn(move || {
        let late = end.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
        late && kill_process(pid, Signal::KILL).is_ok()
    });
    let waited = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    let wall_s = begin.elapsed().as_secs_f64();
    drop(ended);
    let stopped = watch.join().unwrap_or(false);
    let status = child.wait();
    let good = waited.is_ok() && status.as_ref().is_ok_and(|status| status.success() || stopped);
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    match getrusage(UsageWho::RUSAGE_CHILDREN) {
        Ok(usage) if good => {
            let cpu_s = seconds(usage.user_time()) + seconds(usage.system_time());
            println!("{wall_s} {cpu_s} {} {}", usage.max_rss(), u8::from(stopped));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{words:?}: {status:?}");
            ExitCode::FAILURE
        }
    }
}

/// Takes a repository one version up, as Kubo calls the programs, and measures it.
pub(crate) fn run(program: &Path, repo: &Path, limit_s: u64) -> Result<Cost, String> {
    let wrapper = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(wrapper)
        .arg(WRAPPER)
        .arg(limit_s.to_string())
        .arg(program)
        .arg(format!("-path={}", repo.display()))
        .arg("-verbose=true")
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match figures[..] {
        [wall_s, cpu_s, peak_kib, stopped] if output.status.success() => {
            Ok(Cost { wall_s, cpu_s, peak_kib, stopped: stopped > 0.0 })
        }
        _ => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_taken_of_each_figure_and_a_part_is_reckoned_up() {
        let cost = |wall_s, stopped| Cost { wall_s, cpu_s: 1.0, peak_kib: 9.0, stopped };
        let costs = [cost(3.0, false), cost(1.0, false), cost(2.0, true)];
        assert_eq!(Cost::median(&costs), cost(2.0, true));
        let whole = cost(2.0, true).reckoned(10, 40);
        assert_eq!((whole.wall_s, whole.cpu_s, whole.peak_kib), (8.0, 4.0, 9.0));
    }
}
