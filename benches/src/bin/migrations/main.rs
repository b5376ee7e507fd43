//! Migration programs against each other: ours and a peer's take copies of the same repositories
//! from one version to the next, in turn; medians and ratios.
//!
//! `cargo run --release -p ipfs-benches --bin migrations -- --ours PATH --peer DIR`
//!
//! Traps: inodes freed lately make creating files slow, so that every repository and every copy is
//! made before the first run and nothing is removed before the end; memory that the machine touches
//! for the first time is slow, so that the order alternates; other load. File systems that tell the
//! device of each freed block (ext4 with `discard`, without journal) spend most of 3-to-4 on
//! removing directories. A run with 200,000 blocks and 3 rounds needs about 10 GiB and 5 million
//! inodes. Processor time is steadier than wall time.

mod race;
mod repos;

use ipfs_benches::{options, process};
use race::{Contest, Side};
use repos::Start;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: migrations --ours PATH --peer DIR [OPTION VALUE]..
  --ours PATH     our repo-migrations, or a folder with programs fs-repo-N-to-M
  --peer DIR      the folder with the programs to compare with
  --steps LIST    of 1-to-2, 3-to-4, 4-to-5, 11-to-12, 15-to-16; all
  --blocks N      blocks of each repository (200000)
  --rounds N      runs of each step by each program (5)
  --limit S       a run is stopped after so many seconds, and what it would have taken is reckoned
                  from the blocks that it had done (120)
  --folder PATH   where to work; a new folder in it is removed at the end
  --keep yes      keep that folder
";

/// What to compare, and how thoroughly.
#[derive(Debug)]
struct Arguments {
    ours: PathBuf,
    peer: PathBuf,
    steps: Vec<Start>,
    blocks: u64,
    rounds: usize,
    limit_s: u64,
    folder: PathBuf,
    keep: bool,
}

impl Arguments {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut arguments = Self {
            ours: PathBuf::new(),
            peer: PathBuf::new(),
            steps: Start::ALL.to_vec(),
            blocks: 200_000,
            rounds: 5,
            limit_s: 120,
            folder: std::env::temp_dir(),
            keep: false,
        };
        let named = |name: &str| Start::named(name).ok_or(format!("{name}: not one of ours"));
        options::read(words, USAGE, |given| {
            match given.name {
                "--ours" => arguments.ours = given.path(),
                "--peer" => arguments.peer = given.path(),
                "--steps" => arguments.steps = given.list(named)?,
                "--blocks" => arguments.blocks = given.number::<u64>()?.max(1),
                "--rounds" => arguments.rounds = given.number::<usize>()?.max(1),
                "--limit" => arguments.limit_s = given.number::<u64>()?.max(1),
                "--folder" => arguments.folder = given.path(),
                "--keep" => arguments.keep = given.value == "yes",
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let complete =
            !arguments.ours.as_os_str().is_empty() && !arguments.peer.as_os_str().is_empty();
        if complete { Ok(arguments) } else { Err(USAGE.to_owned()) }
    }
}

fn main() -> ExitCode {
    if let Some(done) = process::wrapper() {
        return done;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = Arguments::parse(&words).and_then(|arguments| {
        let folder = arguments.folder.join(format!("ipfs-migrations-{}", std::process::id()));
        let result = compare(&arguments, &folder);
        // Only now: removing files slows down what creates others.
        if !arguments.keep {
            let _ = std::fs::remove_dir_all(&folder);
        }
        result
    });
    options::exit("migrations", result)
}

fn compare(arguments: &Arguments, folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let ours = Side::new("ours", &arguments.ours, folder)?;
    let peer = Side::new("peer", &arguments.peer, folder)?;
    let contests: Result<Vec<Contest>, String> = arguments
        .steps
        .iter()
        .map(|start| Contest::prepare(*start, arguments.blocks, arguments.rounds, folder))
        .collect();
    println!(
        "{} blocks, {} rounds, stopped after {} s; medians",
        arguments.blocks, arguments.rounds, arguments.limit_s
    );
    println!(
        "| step | ours s | peer s | ratio | ours CPU s | peer CPU s | CPU ratio | ours MiB | peer MiB | |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for contest in contests? {
        match contest.run(&ours, &peer, arguments.limit_s) {
            Ok(row) => println!("{row}"),
            Err(error) => println!("| {} | failed: {error} |", contest.start.name()),
        }
    }
    println!("~: stopped, and reckoned from the blocks that were done until then");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Arguments, String> {
        Arguments::parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_and_checked() {
        let given = parsed("--ours a --peer b --steps 3-to-4,1-to-2 --blocks 7").unwrap();
        let names: Vec<&str> = given.steps.iter().map(|start| start.name()).collect();
        assert_eq!((names, given.blocks, given.rounds), (vec!["3-to-4", "1-to-2"], 7, 5));
        assert!(parsed("--ours a").is_err());
        assert!(parsed("--ours a --peer b --steps 2-to-3").is_err());
    }
}
