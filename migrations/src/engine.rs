//! Spec: spec/migrations/framework.md
//!
//! Runs one step so that a kill, a power cut or a full disk at any point leaves a repository that
//! the same command completes, or its revert takes back.

use crate::context::Context;
use crate::error::Error;
use crate::journal::Journal;
use crate::locking::Locks;
use crate::report::{Report, Style};
use crate::step::{Direction, Plan, Step};
use crate::stock::Stock;
use crate::version_file;
use ipfs_store::disk::{self, Disk, DiskRef};
use std::path::{Path, PathBuf};

/// Upstream's note of how far some of its reverts are.
const REVERT_PHASE_FILE: &str = "revert-phase";

/// A repository on a disk.
#[derive(Debug, Clone)]
pub struct Target {
    /// The disk.
    pub disk: DiskRef,
    /// The repository's directory.
    pub repo: PathBuf,
}

fn versions(step: &dyn Step, direction: Direction) -> (u32, u32) {
    match direction {
        Direction::Forward => (step.from(), step.to()),
        Direction::Revert => (step.to(), step.from()),
    }
}

/// What is to be done, found out with the lock held.
enum Task {
    /// Change, version file, clean-up. `true`: an earlier run was interrupted.
    Whole(Direction, bool),
    /// Only the clean-up after the version file.
    Finish(Direction),
    /// Take back what an earlier run in this direction has begun.
    Undo(Direction),
    /// The clean-up of an earlier run in this direction, then the opposite.
    FinishThenWhole(Direction),
}

/// Runs a step. The repository may have moved afterwards: `target` says where it is.
///
/// A step that was interrupted is completed when it is run again, and taken back when its opposite
/// is run.
pub fn run(
    step: &dyn Step,
    direction: Direction,
    target: &mut Target,
    locks: &mut Locks,
    report: &mut Report,
) -> Result<(), Error> {
    target.repo = step.locate(&*target.disk, &target.repo, direction);
    step.announce(&target.repo, direction, report);
    locks.take(&target.repo, step.lock_file(direction))?;
    step.verifying(direction, report);
    let task = task(step, direction, target, report)?;
    let (Task::Whole(way, _) | Task::Finish(way) | Task::Undo(way) | Task::FinishThenWhole(way)) =
        task;
    let stored = Journal::read(&*target.disk, &target.repo)?;
    let begun = stored.is_some();
    remove_left_over(&*target.disk, &target.repo, begun)?;
    let phase = stored.map(|journal| journal.phase).unwrap_or_default();
    let journal = Journal { step: step.name(), direction: way, phase };
    let (disk, repo) = (target.disk.clone(), target.repo.clone());
    let mut context = Context::new(disk, repo.clone(), journal, begun, report);
    let result = perform(step, &task, &mut context);
    let moved = context.repo().to_path_buf();
    if moved != repo {
        locks.moved(&repo, &moved);
        target.repo = moved;
    }
    result?;
    match task {
        Task::Whole(..) | Task::Finish(_) => step.finished(direction, report),
        Task::Undo(_) => {}
        Task::FinishThenWhole(_) => return run(step, direction, target, locks, report),
    }
    Ok(())
}

// spec: framework.left-over-files
/// Removes the temporary files of a killed run. `begun`: it may have come as far as the change.
fn remove_left_over(disk: &dyn Disk, repo: &Path, begun: bool) -> Result<(), Error> {
    let further: &[&str] = if begun { &["blocks", "keystore"] } else { &[] };
    let directories = std::iter::once(repo.to_path_buf());
    for directory in directories.chain(further.iter().map(|name| repo.join(name))) {
        match disk::remove_temporaries(disk, &directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            result => result.map_err(Error::io("clean", &directory))?,
        }
    }
    Ok(())
}

fn perform(step: &dyn Step, task: &Task, context: &mut Context<'_>) -> Result<(), Error> {
    match *task {
        Task::Whole(direction, resumed) => {
            if !resumed {
                check_space(step, direction, context)?;
            }
            whole(step, direction, context)
        }
        Task::Finish(direction) | Task::FinishThenWhole(direction) => {
            finish(step, direction, context)
        }
        Task::Undo(interrupted) => {
            if step.undo(context, interrupted)? {
                return Journal::remove(context.disk(), context.repo());
            }
            whole(step, interrupted, context)?;
            context.restart(interrupted.opposite());
            whole(step, interrupted.opposite(), context)
        }
    }
}

// spec: framework.version-last
fn whole(step: &dyn Step, direction: Direction, context: &mut Context<'_>) -> Result<(), Error> {
    match direction {
        Direction::Forward => step.forward(context)?,
        Direction::Revert => step.revert(context)?,
    }
    context.begin()?;
    version_file::write(context.disk(), context.repo(), step, direction)?;
    finish(step, direction, context)
}

fn finish(step: &dyn Step, direction: Direction, context: &mut Context<'_>) -> Result<(), Error> {
    step.finish(context, direction)?;
    Journal::remove(context.disk(), context.repo())
}

// spec: framework.resume, framework.undo
fn task(
    step: &dyn Step,
    direction: Direction,
    target: &Target,
    report: &Report,
) -> Result<Task, Error> {
    let (disk, repo) = (&*target.disk, target.repo.as_path());
    let Some(journal) = Journal::read(disk, repo)? else {
        check_version(step, direction, disk, repo, report)?;
        if !step.knows_half_done() {
            check_foreign(disk, repo)?;
        }
        return Ok(Task::Whole(direction, false));
    };
    if journal.step != step.name() {
        let reverting = journal.direction == Direction::Revert;
        return Err(Error::Interrupted { step: journal.step, reverting });
    }
    let version = version_file::read(disk, repo)?;
    let (start, end) = versions(step, journal.direction);
    let same = journal.direction == direction;
    Ok(match (version == start, version == end) {
        (true, _) if same => Task::Whole(direction, true),
        (true, _) => Task::Undo(journal.direction),
        (_, true) if same => Task::Finish(direction),
        (_, true) => Task::FinishThenWhole(journal.direction),
        _ => {
            let path = repo.join(crate::journal::JOURNAL_FILE);
            let version = version.to_string();
            return Err(Error::ForeignJournal { path, step: journal.step, version });
        }
    })
}

fn check_version(
    step: &dyn Step,
    direction: Direction,
    disk: &dyn Disk,
    repo: &Path,
    report: &Report,
) -> Result<(), Error> {
    let (expected, _) = versions(step, direction);
    let Some(text) = version_file::text(disk, repo)? else {
        return match expected {
            0 => version_file::read(disk, repo).map(drop),
            _ => Err(Error::NoVersionFile(repo.to_path_buf())),
        };
    };
    if text == expected.to_string() {
        return Ok(());
    }
    if report.style() == Style::Short && text.parse::<u32>().is_err() {
        version_file::read(disk, repo)?;
    }
    Err(Error::WrongVersion { text: step.wrong_version(repo, expected, &text) })
}

// spec: framework.half-done
/// Refuses what an interrupted revert of upstream's left: only that program knows how to go on.
fn check_foreign(disk: &dyn Disk, repo: &Path) -> Result<(), Error> {
    let path = repo.join(REVERT_PHASE_FILE);
    let Ok(phase) = disk.read(&path) else { return Ok(()) };
    let phase = String::from_utf8_lossy(&phase[..phase.len().min(16)]).trim().to_owned();
    let version = version_file::text(disk, repo)?.unwrap_or_default();
    let program = match version.as_str() {
        "4" | "5" => "fs-repo-4-to-5",
        "6" => "fs-repo-5-to-6",
        "7" | "8" => "fs-repo-7-to-8",
        _ => "the program that was interrupted",
    };
    Err(Error::HalfDone {
        what: format!(
            "{} shows that another tool's revert was interrupted in phase {phase}",
            path.display()
        ),
        advice: format!(
            "Let the same tool complete it first: {program} -path={} -revert. If the repository is \
             known to be whole, remove the file",
            repo.display()
        ),
    })
}

// spec: framework.space
fn check_space(step: &dyn Step, direction: Direction, context: &Context<'_>) -> Result<(), Error> {
    let needed = step.space_needed(context, direction)?;
    match context.disk().free_bytes(context.repo()) {
        Ok(Some(free)) if free < needed => {
            Err(Error::Space { path: context.repo().to_path_buf(), needed, free })
        }
        _ => Ok(()),
    }
}

/// What a step would change. Nothing is changed, and no lock is taken.
pub fn plan(
    step: &dyn Step,
    direction: Direction,
    target: &Target,
    report: &mut Report,
) -> Result<Plan, Error> {
    step.plan(&mut planning(step, direction, target, report)?, direction)
}

/// What several steps would change: the first one exactly, the others as far as it can be reckoned.
pub fn plan_all(
    steps: &[&dyn Step],
    known: &[&dyn Step],
    direction: Direction,
    target: &Target,
    report: &mut Report,
) -> Result<Vec<Plan>, Error> {
    let Some((first, rest)) = steps.split_first() else { return Ok(Vec::new()) };
    let mut plans = vec![plan(*first, direction, target, report)?];
    if !rest.is_empty() {
        let version = version_file::read(&*target.disk, &target.repo)?;
        let mut context = planning(*first, direction, target, report)?;
        let stock = Stock::take(known, version, direction, &mut context)?;
        for step in rest {
            plans.push(match step.forecast(&stock) {
                Some(plan) => plan,
                None => step.plan(&mut context, direction)?,
            });
        }
    }
    Ok(plans)
}

fn planning<'a>(
    step: &dyn Step,
    direction: Direction,
    target: &Target,
    report: &'a mut Report,
) -> Result<Context<'a>, Error> {
    let stored = Journal::read(&*target.disk, &target.repo)?;
    let begun = stored.is_some();
    let journal = stored.unwrap_or(Journal { step: step.name(), direction, phase: String::new() });
    let (disk, repo) = (target.disk.clone(), target.repo.clone());
    Ok(Context::new(disk, repo, journal, begun, report).planning())
}
