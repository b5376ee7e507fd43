//! Spec: spec/migrations/verify.md
//!
//! `repo-migrations verify`.

use crate::cli::short::{failed, looking_options, report, target};
use crate::error::Error;
use crate::locking::Locks;
use crate::report::Report;
use crate::step::{DAEMON_LOCK, REPO_LOCK};
use crate::verify::{Counts, Lines, compare, take};
use crate::version_file;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// First line of a saved inventory, before the version.
const HEADER: &str = "repository inventory 1, version ";
/// Longest first line, in bytes.
const HEADER_BYTES_MAX: u64 = 100;

pub(super) fn command() -> Command {
    let file = |name: &'static str, help: &'static str| {
        let parser = value_parser!(PathBuf);
        Arg::new(name).long(name).value_name("FILE").value_parser(parser).help(help)
    };
    let usage =
        "repo-migrations verify [--save FILE] [--against FILE] [--quick] [--path DIR] [--json]";
    looking_options(Command::new("verify"))
        .override_usage(usage)
        .about("Count and check blocks, pins, keys, IPNS records and the MFS root")
        .arg(file("save", "Save an inventory, to compare with after a migration"))
        .arg(file("against", "Fail if anything of this saved inventory is not there"))
        .arg(
            Arg::new("quick")
                .long("quick")
                .action(ArgAction::SetTrue)
                .help("Look at the names of blocks only, not at their content"),
        )
}

pub(super) fn main(given: &ArgMatches) -> ExitCode {
    let mut report = report(given);
    match verify(given, &mut report) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(&error, &mut report),
    }
}

/// Whether nothing is damaged and nothing is missing.
fn verify(given: &ArgMatches, report: &mut Report) -> Result<bool, Error> {
    let target = target(given)?;
    let version = version_file::read(&*target.disk, &target.repo)?;
    let mut locks = Locks::new();
    locks.take(&target.repo, if version <= 1 { DAEMON_LOCK } else { REPO_LOCK })?;
    let scratch = std::env::temp_dir();
    let whole = !given.get_flag("quick");
    let (counts, mut lines) = take(&target.disk, &target.repo, &scratch, whole)?;
    show(&counts, report);
    let mut good = counts.damaged == 0;
    if let Some(path) = given.get_one::<PathBuf>("save") {
        lines = save(path, counts.version, lines).map_err(Error::io("write", path))?;
    }
    // spec: verify.against
    if let Some(path) = given.get_one::<PathBuf>("against") {
        let (since, before) = load(path)?;
        let difference = compare(before, lines).map_err(Error::io("read", path))?;
        good &= difference.missing == 0;
        for named in &difference.named {
            report.short(&format!("missing: {named}"));
        }
        let missing = match difference.missing {
            0 => "nothing".to_owned(),
            number => number.to_string(),
        };
        report.short(&format!("missing since version {since}: {missing}"));
        report.json(&json!({
            "event": "compared",
            "since": since,
            "missing": difference.missing,
            "named": difference.named,
            "added": difference.added,
        }));
    }
    Ok(good)
}

fn show(counts: &Counts, report: &mut Report) {
    report.short(&format!("repository version: {}", counts.version));
    for (what, number) in [
        ("blocks", counts.blocks),
        ("blocks compared with their hash", counts.checked),
        ("damaged blocks", counts.damaged),
        ("other files among the blocks", counts.unknown),
        ("pins", counts.pins),
        ("keys", counts.keys),
        ("IPNS records", counts.ipns),
        ("MFS roots", counts.files_roots),
    ] {
        report.short(&format!("{what}: {number}"));
    }
    report.json(&json!({
        "event": "inventory",
        "version": counts.version,
        "blocks": counts.blocks,
        "checked": counts.checked,
        "damaged": counts.damaged,
        "unknown": counts.unknown,
        "pins": counts.pins,
        "keys": counts.keys,
        "ipns": counts.ipns,
        "filesRoots": counts.files_roots,
    }));
}

// spec: verify.save-new
/// Writes the inventory to a new file; gives it back to be read.
fn save(path: &Path, version: u32, lines: Lines) -> std::io::Result<Lines> {
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
    let mut out = BufWriter::new(&mut file);
    writeln!(out, "{HEADER}{version}")?;
    for line in lines {
        out.write_all(&line?)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    drop(out);
    file.sync_all()?;
    let first = format!("{HEADER}{version}\n").len() as u64;
    Lines::of_rest(file, first)
}

fn load(path: &Path) -> Result<(u32, Lines), Error> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut first = String::new();
    let read = BufReader::new((&mut file).take(HEADER_BYTES_MAX)).read_line(&mut first);
    let length = read.map_err(Error::io("read", path))? as u64;
    let version = first.trim_end().strip_prefix(HEADER).and_then(|text| text.parse().ok());
    let Some(version) = version else {
        return Err(Error::Step(format!("{} is no saved inventory", path.display())));
    };
    file.seek(SeekFrom::Start(0)).map_err(Error::io("read", path))?;
    Ok((version, Lines::of_rest(file, length).map_err(Error::io("read", path))?))
}
