//! One step by both sides, in turn, on copies of the same repository.

use crate::repos::{self, Start};
use ipfs_benches::figures::in_turn;
use ipfs_benches::process::{self, Cost};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Peak memory that we allow ourselves in any step, in KiB.
const PEAK_KIB_MAX: f64 = 64.0 * 1024.0;
/// Wall time that we allow ourselves in a step of the configuration, in seconds.
const CONFIG_S_MAX: f64 = 0.02;
/// Highest wanted ratio to the peer's wall time.
const RATIO_MAX: f64 = 1.0;
/// Runs of a step of the configuration, per round.
const CONFIG_RUNS: usize = 5;

/// Whose programs.
#[derive(Debug)]
pub(crate) struct Side {
    name: &'static str,
    folder: PathBuf,
}

impl Side {
    /// From a folder of programs, or from one program that does what its name says.
    pub(crate) fn new(name: &'static str, given: &Path, work: &Path) -> Result<Self, String> {
        let failed = |error| format!("{}: {error}", given.display());
        let given = given.canonicalize().map_err(failed)?;
        if given.is_dir() {
            return Ok(Self { name, folder: given });
        }
        let folder = work.join(format!("{name}-programs"));
        std::fs::create_dir(&folder).map_err(failed)?;
        for start in Start::ALL {
            let link = folder.join(program_name(start));
            std::os::unix::fs::symlink(&given, link).map_err(failed)?;
        }
        Ok(Self { name, folder })
    }

    fn program(&self, start: Start) -> PathBuf {
        self.folder.join(program_name(start))
    }
}

fn program_name(start: Start) -> String {
    format!("fs-repo-{}", start.name())
}

/// A step and the copies that it is done on.
#[derive(Debug)]
pub(crate) struct Contest {
    pub(crate) start: Start,
    blocks: u64,
    runs: usize,
    folder: PathBuf,
}

impl Contest {
    /// Makes the repository and all of its copies.
    pub(crate) fn prepare(
        start: Start,
        blocks: u64,
        rounds: usize,
        work: &Path,
    ) -> Result<Self, String> {
        let folder = work.join(start.name());
        let runs = if start == Start::V15 { rounds * CONFIG_RUNS } else { rounds };
        let contest = Self { start, blocks, runs, folder };
        let failed = |error: std::io::Error| format!("making {}: {error}", start.name());
        eprintln!("making the repositories of {}", start.name());
        let original = contest.folder.join("start");
        start.make(&original, blocks).map_err(failed)?;
        for run in 0..runs {
            for side in ["ours", "peer"] {
                let [home, _] = start.homes();
                repos::copy(&original, &contest.place(side, run).join(home)).map_err(failed)?;
            }
        }
        repos::settle(&contest.folder).map_err(failed)?;
        Ok(contest)
    }

    fn place(&self, side: &str, run: usize) -> PathBuf {
        self.folder.join(format!("{side}-{run}"))
    }

    /// All runs; the row of the table.
    pub(crate) fn run(&self, ours: &Side, peer: &Side, limit_s: u64) -> Result<String, String> {
        let (mut our_costs, mut peer_costs) = (Vec::new(), Vec::new());
        for run in 0..self.runs {
            for side in in_turn(run, vec![ours, peer]) {
                let cost = self.once(side, run, limit_s);
                let cost = cost.map_err(|error| format!("{}: {error}", side.name))?;
                eprintln!(
                    "{}, run {run}, {}: wall {:.3} s, CPU {:.3} s",
                    self.start.name(),
                    side.name,
                    cost.wall_s,
                    cost.cpu_s
                );
                let costs = if side.name == ours.name { &mut our_costs } else { &mut peer_costs };
                costs.push(cost);
            }
        }
        Ok(row(self.start, Cost::median(&our_costs), Cost::median(&peer_costs)))
    }

    fn once(&self, side: &Side, run: usize, limit_s: u64) -> Result<Cost, String> {
        let failed = |error: std::io::Error| error.to_string();
        let place = self.place(side.name, run);
        let [before, after] = self.start.homes().map(|home| place.join(home));
        repos::count(&before).map_err(failed)?;
        repos::settle(&place).map_err(failed)?;
        // As Kubo calls the programs.
        let mut command = Command::new(side.program(self.start));
        command.arg(format!("-path={}", before.display())).arg("-verbose=true");
        let cost = process::measure(&command, Some(limit_s))?;
        if cost.stopped {
            return self.reckoned(cost, &before);
        }
        let version = std::fs::read_to_string(after.join("version")).map_err(failed)?;
        let expected = self.start.version() + 1;
        if version.trim() != expected.to_string() {
            return Err(format!("the version is {version} and not {expected}"));
        }
        let wanted = if self.start == Start::V15 { 0 } else { self.blocks };
        let blocks = repos::count(&after.join("blocks")).map_err(failed)?;
        if blocks == wanted {
            Ok(cost)
        } else {
            Err(format!("{blocks} blocks of {wanted} are there afterwards"))
        }
    }

    /// What a run would have taken that was stopped.
    fn reckoned(&self, cost: Cost, repo: &Path) -> Result<Cost, String> {
        if self.start != Start::V1 {
            return Err(format!("stopped after {:.0} s: allow more by --limit", cost.wall_s));
        }
        let done = repos::count(&repo.join("blocks")).map_err(|error| error.to_string())?;
        eprintln!("stopped after {:.1} s: {done} of {} blocks", cost.wall_s, self.blocks);
        Ok(cost.reckoned(done, self.blocks))
    }
}

fn row(start: Start, ours: Cost, peer: Cost) -> String {
    let ratio = ours.wall_s / peer.wall_s;
    let fast = start != Start::V15 || ours.wall_s <= CONFIG_S_MAX;
    let good = fast && ratio <= RATIO_MAX && ours.peak_kib <= PEAK_KIB_MAX && !ours.stopped;
    let mark = |cost: Cost| if cost.stopped { "~" } else { "" };
    format!(
        "| {} | {}{:.3} | {}{:.3} | {ratio:.2} | {:.3} | {:.3} | {:.2} | {:.1} | {:.1} | {} |",
        start.name(),
        mark(ours),
        ours.wall_s,
        mark(peer),
        peer.wall_s,
        ours.cpu_s,
        peer.cpu_s,
        ours.cpu_s / peer.cpu_s,
        ours.peak_kib / 1024.0,
        peer.peak_kib / 1024.0,
        if good { "reached" } else { "missed" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_was_reached_and_what_was_reckoned() {
        let cost = |wall_s, stopped| Cost { wall_s, cpu_s: 1.0, peak_kib: 1024.0, stopped };
        let text = row(Start::V1, cost(1.0, false), cost(4.0, true));
        assert!(text.contains("| ~4.000 | 0.25 |") && text.ends_with("| reached |"), "{text}");
        assert!(row(Start::V3, cost(2.0, false), cost(1.0, false)).ends_with("| missed |"));
        assert!(row(Start::V15, cost(0.1, false), cost(1.0, false)).ends_with("| missed |"));
    }
}
