//! Spec: spec/migrations/0-to-1.md
//!
//! The version file appears.

use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::{Direction, Plan, Step};
use std::path::Path;

/// The step. All of it is the version file, which the engine writes.
#[derive(Debug, Clone, Copy)]
pub struct Step0To1;

impl Step for Step0To1 {
    fn from(&self) -> u32 {
        0
    }

    fn about(&self) -> &'static str {
        "the file 'version' appears"
    }

    fn forward(&self, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    // spec: 0-to-1.revert
    fn revert(&self, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn undo(&self, _context: &mut Context<'_>, _interrupted: Direction) -> Result<bool, Error> {
        Ok(true)
    }

    fn plan(&self, _context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let change = match direction {
            Direction::Forward => "write the file 'version'",
            Direction::Revert => "remove the file 'version'",
        };
        Ok(Plan { changes: vec![change.to_owned()], items: 1, ..Plan::default() })
    }

    fn wrong_version(&self, repo: &Path, expected: u32, actual: &str) -> String {
        match expected {
            0 => format!("repo at {} is version {actual} (not 0)", repo.display()),
            _ => format!("versions differ (expected: {expected}, actual:{actual})"),
        }
    }

    fn announce(&self, _repo: &Path, _direction: Direction, _report: &mut Report) {}

    fn verifying(&self, _direction: Direction, _report: &mut Report) {}

    fn finished(&self, direction: Direction, report: &mut Report) {
        match direction {
            Direction::Forward => {
                report.verbose("wrote version file");
                report.log("Migration 0 to 1 succeeded");
            }
            Direction::Revert => report.verbose("deleted version file"),
        }
    }
}
