//! Whole programs against each other: the same jobs by our binary and by a peer, in turn, in fresh
//! folders; medians and ratios.
//!
//! `cargo run --release -p ipfs-benches --bin compare -- --ours PATH --peer PATH`
//!
//! Traps: other load on the machine, cold memory of a virtual machine, write-back of earlier runs
//! (synced before each run here), inodes freed lately (nothing is removed between runs here, so a
//! full comparison needs about 50 times the file's size on the disk). Processor time is steadier
//! than wall time.

mod jobs;

use ipfs_benches::figures::in_turn;
use ipfs_benches::noise::Noise;
use ipfs_benches::options;
use ipfs_benches::process::{self, Cost};
use jobs::{Inputs, JOBS, Job, Side};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Peak memory that we allow ourselves in any job, in KiB.
const PEAK_KIB_MAX: f64 = 64.0 * 1024.0;
/// Bytes of each file of the tree.
const SMALL_BYTES: usize = 4096;
/// Files in one folder of the tree.
const FOLDER_FILES: usize = 100;

const USAGE: &str = "\
usage: compare --ours PATH --peer PATH [OPTION VALUE]..
  --ours PATH     our binary
  --peer PATH     the binary to compare with
  --rounds N      runs of each job by each binary (5)
  --mib N         size of the big file in MiB (1024)
  --files N       number of small files (10000)
  --only TEXT     only jobs whose name contains this
  --folder PATH   where to work; a new folder in it is removed at the end
  --keep yes      keep that folder
";

/// What to compare, and how thoroughly.
#[derive(Debug)]
struct Arguments {
    ours: PathBuf,
    peer: PathBuf,
    rounds: usize,
    mib: usize,
    files: usize,
    only: String,
    folder: PathBuf,
    keep: bool,
}

impl Arguments {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut arguments = Self {
            ours: PathBuf::new(),
            peer: PathBuf::new(),
            rounds: 5,
            mib: 1024,
            files: 10_000,
            only: String::new(),
            folder: std::env::temp_dir(),
            keep: false,
        };
        options::read(words, USAGE, |given| {
            match given.name {
                "--ours" => arguments.ours = given.path(),
                "--peer" => arguments.peer = given.path(),
                "--rounds" => arguments.rounds = given.number()?,
                "--mib" => arguments.mib = given.number()?,
                "--files" => arguments.files = given.number()?,
                "--only" => arguments.only = given.value.to_owned(),
                "--folder" => arguments.folder = given.path(),
                "--keep" => arguments.keep = given.value == "yes",
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let complete = !arguments.ours.as_os_str().is_empty()
            && !arguments.peer.as_os_str().is_empty()
            && arguments.rounds > 0;
        if complete { Ok(arguments) } else { Err(USAGE.to_owned()) }
    }
}

fn main() -> ExitCode {
    if let Some(done) = process::wrapper() {
        return done;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = Arguments::parse(&words).and_then(|arguments| {
        let folder = arguments.folder.join(format!("ipfs-compare-{}", std::process::id()));
        let result = compare(&arguments, &folder);
        if !arguments.keep {
            let _ = std::fs::remove_dir_all(&folder);
        }
        result
    });
    options::exit("compare", result)
}

fn compare(arguments: &Arguments, folder: &Path) -> Result<(), String> {
    let inputs = Inputs {
        file: folder.join("file"),
        tree: folder.join("tree"),
        archive: folder.join("file.car"),
    };
    make_inputs(arguments, &inputs).map_err(|error| format!("making the input: {error}"))?;
    let side = |name: &str, program: &PathBuf| {
        let folder = folder.join(name);
        let program = program.canonicalize().map_err(|error| format!("{name}: {error}"))?;
        std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
        Ok::<_, String>(Side::new(program, folder))
    };
    let mut ours = side("ours", &arguments.ours)?;
    let mut peer = side("peer", &arguments.peer)?;
    peer.write_archive(&inputs)?;
    println!(
        "{} rounds, file of {} MiB, {} small files",
        arguments.rounds, arguments.mib, arguments.files
    );
    println!("| job | ours s | peer s | ratio | reach | CPU ratio | ours MiB | peer MiB | |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for job in JOBS.iter().filter(|job| job.name.contains(&arguments.only)) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let mut failure = None;
        for round in 0..arguments.rounds {
            for first in in_turn(round, vec![true, false]) {
                let (side, costs) = if first { (&mut ours, &mut a) } else { (&mut peer, &mut b) };
                match side.run(job, &inputs) {
                    Ok(more) => costs.extend(more),
                    Err(error) => failure = Some(format!("{}: {error}", side.program.display())),
                }
            }
            if failure.is_some() {
                break;
            }
        }
        match failure {
            Some(error) => println!("| {} | failed: {error} |", job.name),
            None => println!("{}", row(job, Cost::median(&a), Cost::median(&b))),
        }
    }
    Ok(())
}

fn row(job: &Job, ours: Cost, peer: Cost) -> String {
    let ratio = ours.wall_s / peer.wall_s;
    let good = ratio <= job.reach && ours.peak_kib <= PEAK_KIB_MAX;
    format!(
        "| {} | {:.4} | {:.4} | {ratio:.2} | {:.2} | {:.2} | {:.1} | {:.1} | {} |",
        job.name,
        ours.wall_s,
        peer.wall_s,
        job.reach,
        ours.cpu_s / peer.cpu_s,
        ours.peak_kib / 1024.0,
        peer.peak_kib / 1024.0,
        if good { "reached" } else { "missed" },
    )
}

fn make_inputs(arguments: &Arguments, inputs: &Inputs) -> std::io::Result<()> {
    use std::io::Write;
    let mut noise = Noise::default();
    std::fs::create_dir_all(&inputs.tree)?;
    let mut file = std::fs::File::create(&inputs.file)?;
    let mut buffer = vec![0; 1 << 20];
    for _ in 0..arguments.mib {
        noise.fill(&mut buffer);
        file.write_all(&buffer)?;
    }
    for number in 0..arguments.files {
        let folder = inputs.tree.join(format!("{:04}", number / FOLDER_FILES));
        if number % FOLDER_FILES == 0 {
            std::fs::create_dir(&folder)?;
        }
        noise.fill(&mut buffer[..SMALL_BYTES]);
        std::fs::write(folder.join(format!("{number:06}")), &buffer[..SMALL_BYTES])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        let cost = |wall_s| Cost { wall_s, cpu_s: 1.0, peak_kib: 1000.0, stopped: false };
        let version = &JOBS[0];
        assert!(row(version, cost(0.05), cost(1.0)).ends_with("| reached |"));
        assert!(row(version, cost(0.5), cost(1.0)).ends_with("| missed |"));
    }
}
