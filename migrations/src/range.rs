//! Spec: spec/migrations/framework.md
//!
//! Several steps one after the other.

use crate::engine::{self, Target};
use crate::error::Error;
use crate::journal::Journal;
use crate::locking::Locks;
use crate::report::Report;
use crate::step::{Direction, Step};
use crate::version_file;

/// The newest version of repositories that these programs know.
pub const NEWEST: u32 = 18;

/// From one version to another, as `A-to-B` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The version that the caller expects at least (at most, on the way down).
    pub from: u32,
    /// The version wanted.
    pub to: u32,
}

impl Range {
    /// Reads `A-to-B`.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once("-to-")?;
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| plain)
        };
        Some(Self { from: number(from)?, to: number(to)? })
    }

    /// Up or down.
    pub fn direction(self) -> Direction {
        if self.to >= self.from { Direction::Forward } else { Direction::Revert }
    }

    /// The same range the other way round.
    pub fn reversed(self) -> Self {
        Self { from: self.to, to: self.from }
    }

    // spec: framework.clipped
    /// The steps that a repository of `version` needs to get to the end of the range; none if it is
    /// there already.
    pub fn steps<'a>(
        self,
        version: u32,
        known: &[&'a dyn Step],
    ) -> Result<Vec<&'a dyn Step>, Error> {
        let direction = self.direction();
        if version > NEWEST {
            return Err(Error::Newer { found: version, newest: NEWEST });
        }
        let wanted = self.to.max(self.from);
        if wanted > NEWEST {
            return Err(Error::Usage(format!(
                "version {wanted} is not known: the newest is {NEWEST}"
            )));
        }
        let there = match direction {
            Direction::Forward => version >= self.to,
            Direction::Revert => version <= self.to,
        };
        if there {
            return Ok(Vec::new());
        }
        let (outside, hint) = match direction {
            Direction::Forward => (version < self.from, format!("{version}-to-{}", self.from)),
            Direction::Revert => (version > self.from, format!("{version}-to-{}", self.from)),
        };
        if outside {
            return Err(Error::Usage(format!(
                "repository version {version} is not between {} and {}: run {hint} first",
                self.from, self.to
            )));
        }
        let lower: Vec<u32> = match direction {
            Direction::Forward => (version..self.to).collect(),
            Direction::Revert => (self.to..version).rev().collect(),
        };
        lower
            .into_iter()
            .map(|from| {
                let step = known.iter().copied().find(|step| step.from() == from);
                step.ok_or_else(|| Error::Usage(format!("there is no step {from}-to-{}", from + 1)))
            })
            .collect()
    }
}

// spec: framework.settle
/// Completes or takes back what was interrupted, so that the way in `direction` is free. `false` if
/// there was nothing.
pub fn settle(
    known: &[&dyn Step],
    direction: Direction,
    target: &mut Target,
    locks: &mut Locks,
    report: &mut Report,
) -> Result<bool, Error> {
    let Some(journal) = Journal::read(&*target.disk, &target.repo)? else { return Ok(false) };
    let reverting = journal.direction == Direction::Revert;
    let Some(step) = known.iter().copied().find(|step| step.name() == journal.step) else {
        return Err(Error::Interrupted { step: journal.step, reverting });
    };
    let version = version_file::read(&*target.disk, &target.repo)?;
    let end = if reverting { step.from() } else { step.to() };
    let way = if version == end { journal.direction } else { direction };
    report.note(&format!(
        "{}{} was interrupted: {} it",
        if reverting { "the revert of " } else { "" },
        journal.step,
        if way == journal.direction { "completing" } else { "taking back" },
    ));
    engine::run(step, way, target, locks, report)?;
    Ok(true)
}
