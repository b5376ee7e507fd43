//! Running one program, and measuring it.

use crate::figures::median;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The first word that makes a binary a measuring wrapper: then the limit in seconds, the program
/// and its words. A process of its own, because the system reports peak memory only over all
/// children of a process.
const WRAPPER: &str = "--measure";

/// What one run took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Wall time in seconds.
    pub wall_s: f64,
    /// User and system time in seconds.
    pub cpu_s: f64,
    /// Peak resident memory in KiB.
    pub peak_kib: f64,
    /// Whether it had to be stopped.
    pub stopped: bool,
}

impl Cost {
    /// Each figure's median by itself.
    pub fn median(costs: &[Self]) -> Self {
        let middle = |figure: fn(&Self) -> f64| median(costs.iter().map(figure));
        Self {
            wall_s: middle(|cost| cost.wall_s),
            cpu_s: middle(|cost| cost.cpu_s),
            peak_kib: middle(|cost| cost.peak_kib),
            stopped: costs.iter().any(|cost| cost.stopped),
        }
    }

    /// What `whole` would have taken, if this much was taken for `done`.
    pub fn reckoned(self, done: u64, whole: u64) -> Self {
        let factor = whole as f64 / done as f64;
        Self { wall_s: self.wall_s * factor, cpu_s: self.cpu_s * factor, ..self }
    }
}

/// To be asked first by a binary that measures: `Some` if this process is its wrapper, which is
/// done then.
pub fn wrapper() -> Option<ExitCode> {
    let words: Vec<String> = std::env::args().collect();
    let wrapped = words.get(1).is_some_and(|word| word == WRAPPER);
    wrapped.then(|| wrap(&words[2..]))
}

/// Runs the words, prints wall time, processor time, peak memory and whether the program was
/// stopped on one line.
fn wrap(words: &[String]) -> ExitCode {
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

/// Runs a command through the wrapper, which the binary must be (see [`wrapper`]); what it took.
/// Without a limit it is never stopped.
pub fn measure(command: &Command, limit_s: Option<u64>) -> Result<Cost, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut wrapped = Command::new(own);
    wrapped.arg(WRAPPER).arg(limit_s.unwrap_or(u64::MAX).to_string());
    wrapped.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    let text = output(&mut wrapped)?;
    let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match figures[..] {
        [wall_s, cpu_s, peak_kib, stopped] => {
            Ok(Cost { wall_s, cpu_s, peak_kib, stopped: stopped > 0.0 })
        }
        _ => Err(format!("{command:?}: no figures but {text}")),
    }
}

/// Runs a command; its standard output without blanks at the ends. An error has its standard error.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    Err(format!("{name} {}: {}", words.join(" "), error.trim()))
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

    #[test]
    fn a_failure_says_what_failed_and_how() {
        let mut shell = Command::new("sh");
        assert_eq!(output(shell.args(["-c", "echo ' out '"])), Ok("out".to_owned()));
        let mut shell = Command::new("sh");
        let failed = output(shell.args(["-c", "echo bad >&2; exit 3"])).unwrap_err();
        assert!(failed.starts_with("sh -c ") && failed.ends_with(": bad"), "{failed}");
    }
}
