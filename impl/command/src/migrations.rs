//! Spec: spec/command/repo-commands.md
//!
//! Migrations of the repository, for `ipfs repo migrate` and `ipfs daemon --migrate`: the steps
//! that this program has built in, with the reference's messages around them.

use crate::error::{Error, Result};
use ipfs_repo::disk::RealDisk;
use ipfs_repo::version::CURRENT;
use repo_migrations::engine::{self, Target};
use repo_migrations::journal::Journal;
use repo_migrations::locking::Locks;
use repo_migrations::range::{Range, settle};
use repo_migrations::report::{Report, Style};
use repo_migrations::step::REPO_LOCK;
use repo_migrations::{Direction, Step, steps, version_file};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// From this version on the reference has the steps built in; for the older ones it runs programs.
const EMBEDDED_FROM: u32 = 16;

/// The repository in a directory.
pub(crate) fn target(repo: &Path) -> Target {
    Target { disk: Arc::new(RealDisk), repo: repo.to_path_buf() }
}

/// The repository's version.
pub(crate) fn version(target: &Target) -> Result<u32> {
    use repo_migrations::Error as E;
    version_file::read(&*target.disk, &target.repo).map_err(|error| {
        let text = match error {
            E::UnreadableVersion { .. } => "invalid data in repo version file".to_owned(),
            E::NotARepo(repo) => {
                format!("open {}: no such file or directory", repo.join("version").display())
            }
            error => error.to_string(),
        };
        Error::new(text).context("could not get current repo version")
    })
}

/// Whether a migration was interrupted.
pub(crate) fn interrupted(target: &Target) -> Result<bool> {
    let journal = Journal::read(&*target.disk, &target.repo);
    journal.map(|journal| journal.is_some()).map_err(|error| Error::new(error.to_string()))
}

/// Pieces of output under way between the thread that migrates and the one that prints.
const OUTPUT_QUEUE_MAX: usize = 64;

/// What the steps print, on its way to `out`.
struct Pipe(SyncSender<Vec<u8>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let sent = self.0.send(bytes.to_vec());
        sent.map(|()| bytes.len()).map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// spec: repo-commands.migrate-messages
/// Takes the repository from version `current` to `wanted`, and says so to `out`. On failure the
/// reference's block of advice is printed too. A reader that goes away doesn't end a migration.
pub(crate) fn run(
    target: Target,
    current: u32,
    wanted: u32,
    out: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let (sender, receiver) = sync_channel(OUTPUT_QUEUE_MAX);
    let terminal = std::io::stderr().is_terminal();
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let style = Style::Upstream { verbose: true };
            let err = Box::new(std::io::stderr());
            let mut report = Report::new(style, Box::new(Pipe(sender)), err, terminal);
            told(target, current, wanted, &mut report)
        });
        let mut printed = Ok(());
        for bytes in receiver {
            if printed.is_ok() {
                printed = out(&bytes);
            }
        }
        match worker.join() {
            Ok(result) => result.and(printed),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn told(mut target: Target, current: u32, wanted: u32, report: &mut Report) -> Result<()> {
    let result = phases(&mut target, current, wanted, report);
    if let Err(error) = &result {
        report.line("Repository migration failed:");
        report.line(&format!("  {}", error.message()));
        report.line(
            "If you think this is a bug, please file an issue and include this whole log output.",
        );
        report.line("  https://github.com/ipfs/kubo");
    }
    result
}

fn phases(target: &mut Target, current: u32, wanted: u32, report: &mut Report) -> Result<()> {
    if wanted > CURRENT {
        return Err(Error::new(format!(
            "no embedded migrations found for version {current} to {wanted}"
        )));
    }
    let range = Range { from: current, to: wanted };
    let chain = range.steps(current, steps::ALL).map_err(|error| Error::new(error.to_string()))?;
    let mut locks = Locks::new();
    // spec: repo-commands.migrate-lock
    locks.take(&target.repo, REPO_LOCK).map_err(lock_error)?;
    let settled = settle(steps::ALL, range.direction(), target, &mut locks, report);
    let chain = match settled.map_err(|error| Error::new(error.to_string()))? {
        false => chain,
        true => {
            let now = version(target)?;
            let range = Range { from: now, to: wanted };
            range.steps(now, steps::ALL).map_err(|error| Error::new(error.to_string()))?
        }
    };
    let (external, embedded): (Vec<&dyn Step>, Vec<&dyn Step>) =
        chain.into_iter().partition(|step| step.from() < EMBEDDED_FROM);
    let mut run = Run { target, locks, report, direction: range.direction() };
    match (current < EMBEDDED_FROM, wanted >= EMBEDDED_FROM) {
        (false, true) => run.embedded(&embedded, wanted),
        (true, false) => run.external(&external, wanted),
        (true, true) => {
            run.line(&format!("Starting hybrid migration from version {current} to {wanted}"));
            run.line("Using hybrid migration strategy: external to v16, then embedded");
            run.line(&format!("Phase 1: External migration from v{current} to v{EMBEDDED_FROM}"));
            let external = run.external(&external, EMBEDDED_FROM);
            external.map_err(|error| error.context("external migration phase failed"))?;
            run.line(&format!("Phase 2: Embedded migration from v{EMBEDDED_FROM} to v{wanted}"));
            let embedded = run.embedded(&embedded, wanted);
            embedded.map_err(|error| error.context("embedded migration phase failed"))?;
            run.line(&format!("Hybrid migration completed successfully: v{current} → v{wanted}"));
            Ok(())
        }
        (false, false) => {
            run.line(&format!(
                "Starting reverse hybrid migration from version {current} to {wanted}"
            ));
            run.line("Using reverse hybrid migration strategy: embedded to v16, then external");
            if current > EMBEDDED_FROM {
                run.line(&format!(
                    "Phase 1: Embedded downgrade from v{current} to v{EMBEDDED_FROM}"
                ));
                let embedded = run.embedded(&embedded, EMBEDDED_FROM);
                embedded.map_err(|error| error.context("embedded downgrade phase failed"))?;
            }
            run.line(&format!("Phase 2: External downgrade from v{EMBEDDED_FROM} to v{wanted}"));
            let external = run.external(&external, wanted);
            external.map_err(|error| error.context("external downgrade phase failed"))?;
            run.line(&format!(
                "Reverse hybrid migration completed successfully: v{current} → v{wanted}"
            ));
            Ok(())
        }
    }
}

fn lock_error(error: repo_migrations::Error) -> Error {
    let text = match error {
        repo_migrations::Error::Locked { source, .. } => source.to_string(),
        error => error.to_string(),
    };
    Error::new(text).context("failed to acquire repo lock")
}

/// A run under way.
struct Run<'a> {
    target: &'a mut Target,
    locks: Locks,
    report: &'a mut Report,
    direction: Direction,
}

impl Run<'_> {
    fn line(&mut self, line: &str) {
        self.report.line(line);
    }

    fn step(&mut self, step: &dyn Step) -> Result<()> {
        engine::run(step, self.direction, self.target, &mut self.locks, self.report)
            .map_err(|error| Error::new(error.to_string()))
    }

    fn embedded(&mut self, steps: &[&dyn Step], end: u32) -> Result<()> {
        self.line("Looking for embedded migrations.");
        for step in steps {
            let name = format!("fs-repo-{}", step.name());
            self.line(&format!("Running embedded migration {name}..."));
            let result = self.step(*step);
            result.map_err(|error| error.context(format!("embedded migration {name} failed")))?;
            self.line(&format!("Embedded migration {name} completed successfully"));
        }
        self.line(&format!(
            "Success: fs-repo migrated to version {end} using embedded migrations."
        ));
        Ok(())
    }

    fn external(&mut self, steps: &[&dyn Step], end: u32) -> Result<()> {
        for step in steps {
            let name = format!("fs-repo-{}", step.name());
            self.line(&format!("Running migration {name} ..."));
            let result = self.step(*step);
            result.map_err(|error| error.context(format!("migration {name} failed")))?;
        }
        self.line(&format!("Success: fs-repo migrated to version {end}."));
        Ok(())
    }
}
