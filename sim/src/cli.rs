//! Spec: spec/sim/run.md
//!
//! The simulator's command line: `run`, `list`, `schema`, `check`, `diff`.

use crate::expect::{Verdict, number};
use crate::measure::Metric;
use crate::progress::Line;
use crate::report;
use crate::run::{self, Observer};
use crate::scenario::Scenario;
use crate::world::RunResult;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ipfs_protocol::bitswap::Bitswap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Where the scenarios of the repository are.
const HOME: &str = env!("CARGO_MANIFEST_DIR");

/// Why the simulator gave up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// A scenario can't be run.
    #[error("{0}: {1}")]
    Scenario(String, crate::scenario::Error),
    /// Its content can't be built.
    #[error(transparent)]
    Content(#[from] crate::content::Error),
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The command line can't be understood, or help was asked for.
    #[error("{0}")]
    Arguments(#[from] clap::Error),
}

fn command() -> Command {
    let scenario = || Arg::new("scenario").required(true).help("Path, or name in scenarios/");
    let seed = || {
        Arg::new("seed").long("seed").value_name("N").default_value("1").help("Decides all chance")
    };
    let run = Command::new("run")
        .override_usage("ipfs-sim run SCENARIO [--seed N | --seeds A..B] [--out DIR] [..]")
        .arg_required_else_help(true)
        .about("Run a scenario and judge what came out")
        .arg(scenario())
        .arg(seed())
        .arg(Arg::new("seeds").long("seeds").value_name("A..B").help("Many seeds, B included"))
        .arg(
            Arg::new("threads")
                .long("threads")
                .value_name("N")
                .help("Seeds at a time; the cores when nothing is said"),
        )
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Write index.html, CSV and JSON there"),
        )
        .arg(
            Arg::new("trace")
                .long("trace")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Write the trace as text; one seed only"),
        )
        .arg(
            Arg::new("twice")
                .long("twice")
                .action(ArgAction::SetTrue)
                .help("Run each seed twice and show where the runs part"),
        );
    Command::new("ipfs-sim")
        .override_usage("ipfs-sim run|list|schema|check|diff [..]; try `ipfs-sim run one-to-many`")
        .about("The real protocol code in virtual time")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(run)
        .subcommand(Command::new("list").about("Name the scenarios of the repository"))
        .subcommand(Command::new("schema").about("Print the JSON schema of scenarios"))
        .subcommand(
            Command::new("check")
                .override_usage("ipfs-sim check [SCENARIO..]")
                .about("Read scenarios without running them")
                .arg(Arg::new("scenario").num_args(0..).help("Paths or names; all without any")),
        )
        .subcommand(
            Command::new("diff")
                .override_usage("ipfs-sim diff A B")
                .arg_required_else_help(true)
                .about("Show where two traces part")
                .arg(Arg::new("a").required(true))
                .arg(Arg::new("b").required(true)),
        )
}

/// Does what the arguments say. False when a run did not come out as expected.
///
/// # Errors
/// When it could not be done.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Result<bool, Error> {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            return Ok(true);
        }
        Err(error) => return Err(error.into()),
    };
    match matches.subcommand() {
        Some(("run", matches)) => run(matches),
        Some(("list", _)) => list(),
        Some(("schema", _)) => {
            print!("{}", Scenario::schema());
            Ok(true)
        }
        Some(("check", matches)) => check(matches),
        Some(("diff", matches)) => {
            let name = |id: &str| matches.get_one::<String>(id).cloned().unwrap_or_default();
            diff(&name("a"), &name("b"))
        }
        _ => Ok(false),
    }
}

/// The file of a scenario: as it is, below the simulator's folder, or by its name.
fn find(name: &str) -> Result<PathBuf, Error> {
    let home = Path::new(HOME);
    let candidates =
        [PathBuf::from(name), home.join(name), home.join("scenarios").join(format!("{name}.toml"))];
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        Error::Usage(format!("there is no scenario '{name}': `ipfs-sim list` names some"))
    })
}

/// A whole number among the options.
fn whole<T: std::str::FromStr>(matches: &ArgMatches, option: &str) -> Result<Option<T>, Error> {
    let Some(text) = matches.get_one::<String>(option) else { return Ok(None) };
    let number = text.parse().map_err(|_| format!("--{option}: '{text}' is no whole number"));
    number.map(Some).map_err(Error::Usage)
}

fn load(path: &Path) -> Result<(String, Arc<Scenario>), Error> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Error::File(shown.clone(), error))?;
    let scenario = Scenario::parse(&text).map_err(|error| Error::Scenario(shown, error))?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok((name.unwrap_or_default(), Arc::new(scenario)))
}

/// The scenarios of the repository, in order.
pub fn scenarios() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(Path::new(HOME).join("scenarios"));
    let mut paths: Vec<PathBuf> =
        folder.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths
}

fn list() -> Result<bool, Error> {
    for path in scenarios() {
        let (name, scenario) = load(&path)?;
        let about = scenario.about.split_whitespace().collect::<Vec<_>>().join(" ");
        println!("{name:<20} {:>6} nodes  {about}", scenario.nodes());
    }
    Ok(true)
}

fn check(matches: &ArgMatches) -> Result<bool, Error> {
    let named = matches.get_many::<String>("scenario").into_iter().flatten();
    let named = named.map(|name| find(name)).collect::<Result<Vec<PathBuf>, Error>>()?;
    for path in if named.is_empty() { scenarios() } else { named } {
        let (name, scenario) = load(&path)?;
        println!("{name}: {} nodes, {} expectations", scenario.nodes(), scenario.expect.len());
    }
    Ok(true)
}

fn seeds(matches: &ArgMatches) -> Result<Vec<u64>, Error> {
    let Some(range) = matches.get_one::<String>("seeds") else {
        return Ok(vec![whole(matches, "seed")?.unwrap_or(1)]);
    };
    let bounds = range.split_once("..").and_then(|(first, last)| {
        Some((first.parse::<u64>().ok()?, last.trim_start_matches('=').parse::<u64>().ok()?))
    });
    match bounds {
        Some((first, last)) if first <= last && last - first < 1_000_000 => {
            Ok((first..=last).collect())
        }
        _ => Err(Error::Usage(format!("'{range}' is no range of seeds: write it like 1..20"))),
    }
}

fn run(matches: &ArgMatches) -> Result<bool, Error> {
    let path = find(matches.get_one::<String>("scenario").map_or("", String::as_str))?;
    let (name, scenario) = load(&path)?;
    let seeds = seeds(matches)?;
    let line = Line::new(seeds.len());
    let started = Instant::now();
    let results = match (matches.get_flag("twice"), matches.get_one::<PathBuf>("trace")) {
        (true, Some(_)) => {
            return Err(Error::Usage("--twice shows where runs part, --trace writes one".into()));
        }
        (true, None) => match twice(&scenario, &seeds, &line)? {
            Some(results) => results,
            None => return Ok(false),
        },
        (false, Some(_)) if seeds.len() != 1 => {
            return Err(Error::Usage("--trace is for one seed".into()));
        }
        (false, Some(file)) => {
            let shown = file.display().to_string();
            let sink = std::fs::File::create(file);
            let sink = sink.map_err(|error| Error::File(shown.clone(), error))?;
            let sink = Box::new(BufWriter::new(sink));
            let mut result = run::one::<Bitswap>(&scenario, seeds[0], Some(sink), &line)?;
            if let Some(error) = result.trace_error.take() {
                return Err(Error::File(shown, std::io::Error::other(error)));
            }
            vec![result]
        }
        (false, None) => {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let threads = whole(matches, "threads")?.unwrap_or(cores);
            run::many::<Bitswap>(&scenario, &seeds, threads, &line)?
        }
    };
    let wall_s = started.elapsed().as_secs_f64();
    let verdicts = Verdict::all(&scenario, &results);
    show(&name, &scenario, &results, wall_s);
    if matches.get_flag("twice") {
        let records: u64 = results.iter().map(|result| result.records).sum();
        println!("  ok   the same trace twice          {records} records");
    }
    verdicts.iter().for_each(|verdict| println!("  {verdict}"));
    if let Some(folder) = matches.get_one::<PathBuf>("out") {
        report::write(folder, &name, &scenario, &results, &verdicts)
            .map_err(|error| Error::File(folder.display().to_string(), error))?;
        println!("  report: {}", folder.join("index.html").display());
    }
    Ok(verdicts.iter().all(|verdict| verdict.passed))
}

/// None when two runs of a seed part: where, is said.
fn twice(
    scenario: &Arc<Scenario>,
    seeds: &[u64],
    line: &Line,
) -> Result<Option<Vec<RunResult>>, Error> {
    let mut results = Vec::new();
    for seed in seeds {
        match run::twice::<Bitswap>(scenario, *seed)? {
            Ok(result) => {
                line.ended(&result);
                results.push(result);
            }
            Err(divergence) => {
                println!("seed {seed}: {divergence}");
                return Ok(None);
            }
        }
    }
    Ok(Some(results))
}

fn show(name: &str, scenario: &Scenario, results: &[RunResult], wall_s: f64) {
    let virtual_s: f64 = results.iter().map(|result| result.end_s).sum();
    let events: u64 = results.iter().map(|result| result.events).sum();
    println!(
        "{name}: {} nodes, {virtual_s:.1} virtual s in {wall_s:.2} s ({:.0} x real time), \
         {} events",
        scenario.nodes(),
        virtual_s / wall_s.max(1e-9),
        events,
    );
    const ROW: [Metric; 5] = [
        Metric::Completed,
        Metric::FinishP50S,
        Metric::FinishMaxS,
        Metric::DuplicateRatio,
        Metric::ControlPerBlock,
    ];
    println!("  seed   completed   p50 s     max s     duplicates  control/block  trace");
    for result in results {
        let metrics = result.metrics(None);
        let [completed, p50, max, duplicates, control] =
            ROW.map(|metric| number(metrics.get(&metric).copied().unwrap_or(f64::NAN)));
        println!(
            "  {:<6} {completed:<11} {p50:<9} {max:<9} {duplicates:<11} {control:<14} {}",
            result.seed, result.trace_hash,
        );
        result.violations.iter().for_each(|text| println!("    VIOLATION {text}"));
    }
}

/// Shows where two text traces part. True when they don't.
// spec: run.diff
fn diff(a: &str, b: &str) -> Result<bool, Error> {
    let open = |name: &str| {
        let file = std::fs::File::open(name);
        file.map(|file| BufReader::new(file).lines())
            .map_err(|error| Error::File(name.to_owned(), error))
    };
    let (mut one, mut other) = (open(a)?, open(b)?);
    let mut context = std::collections::VecDeque::new();
    let mut common = 0u64;
    loop {
        let left = one.next().transpose().map_err(|error| Error::File(a.to_owned(), error))?;
        let right = other.next().transpose().map_err(|error| Error::File(b.to_owned(), error))?;
        if left != right {
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "the traces part after {common} common records:");
            context.iter().for_each(|line| drop(writeln!(out, "    {line}")));
            let end = || "(the trace ends)".to_owned();
            let _ = writeln!(out, "  - {}", left.unwrap_or_else(end));
            let _ = writeln!(out, "  + {}", right.unwrap_or_else(end));
            return Ok(false);
        }
        let Some(line) = left else {
            println!("the same {common} records");
            return Ok(true);
        };
        common += 1;
        context.push_back(line);
        if context.len() > 8 {
            context.pop_front();
        }
    }
}
