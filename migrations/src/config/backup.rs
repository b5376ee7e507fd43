//! Spec: spec/migrations/config-file.md
//!
//! Steps that change only the configuration and keep the old one as `config.N-to-M.bak` for the way
//! back (12-to-13 and later).

use super::json::Value;
use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::{Direction, Plan};
use std::path::PathBuf;

/// From the old text to the new one. What is to be said about it goes to the report.
pub type Conversion = fn(&[u8], &mut Report) -> Result<Vec<u8>, Error>;

/// Phase of the journal: the older form is worked out, not taken from a backup.
const WORKED_OUT: &str = "worked out";
/// Of the configuration and of its copies: they hold a private key.
const CONFIG_MODE: u32 = 0o600;

fn backup_file(context: &Context<'_>, step: &str) -> PathBuf {
    context.file(&format!("config.{step}.bak"))
}

fn converted(text: &[u8], conversion: Conversion) -> Option<Vec<u8>> {
    conversion(text, &mut Report::silent()).ok()
}

// spec: config-file.backup-first, config-file.backup-kept
/// Converts the configuration: backup, then the new text.
pub fn forward(context: &mut Context<'_>, step: &str, conversion: Conversion) -> Result<(), Error> {
    let config = context.file("config");
    let backup = backup_file(context, step);
    let before = context.read(&config)?;
    let kept = context.read_optional(&backup)?;
    let done = |kept: &Vec<u8>| {
        *kept != before && converted(kept, conversion).is_some_and(|text| text == before)
    };
    if kept.as_ref().is_some_and(done) {
        // An interrupted run, ours or another tool's, had come this far.
        return Ok(());
    }
    let after = conversion(&before, context.report)?;
    context.begin()?;
    if kept.as_ref().is_some_and(|kept| *kept != before) {
        context.set_aside(&backup)?;
    }
    if kept.is_none_or(|kept| kept != before) {
        context.replace(&backup, &before, CONFIG_MODE)?;
    }
    context.replace(&config, &after, CONFIG_MODE)
}

// spec: config-file.restore, config-file.edits-kept
/// Puts the backup back. If the configuration was edited since, it is kept under another name.
/// Without a backup the older form comes from `older`.
pub fn revert(
    context: &mut Context<'_>,
    step: &str,
    back: &str,
    conversion: Conversion,
    older: Conversion,
) -> Result<(), Error> {
    let config = context.file("config");
    let backup = backup_file(context, step);
    let Some(before) = context.read_optional(&backup)? else {
        if context.begun() && context.phase() != WORKED_OUT {
            // An interrupted run of another tool had put it in place already.
            return Ok(());
        }
        return work_out(context, back, older);
    };
    if let Err(error) = Value::read_first(&before) {
        let name = backup.display();
        return Err(Error::Step(format!("{name} is damaged ({error}); nothing was changed")));
    }
    let now = context.read_optional(&config)?;
    context.begin()?;
    if let Some(now) = now.filter(|now| *now != before) {
        let read = |text: &[u8]| Value::read_first(text).ok();
        let expected = converted(&before, conversion).and_then(|text| read(&text));
        if expected.is_none() || read(&now) != expected {
            let kept = keep_copy(context, &format!("config.{back}.bak"), &now)?;
            if let Some(path) = kept {
                let path = path.display();
                context.report.note(&format!(
                    "the configuration was edited since the upgrade: the edited one is kept as \
                     {path}"
                ));
            }
        }
    }
    context.replace(&config, &before, CONFIG_MODE)
}

// spec: config-file.worked-out
/// A repository that never was of the older version has no backup: the configuration is rewritten
/// by rules. Where they change something, the present one is kept as a copy.
fn work_out(context: &mut Context<'_>, back: &str, older: Conversion) -> Result<(), Error> {
    let config = context.file("config");
    let now = context.read(&config)?;
    let before = older(&now, context.report)?;
    let read = |text: &[u8]| Value::read_first(text).ok();
    if read(&now) == read(&before) {
        return Ok(());
    }
    // From here on a run that is interrupted does the same again: what is of the older form already
    // is not changed by the rules.
    context.set_phase(WORKED_OUT)?;
    let kept = keep_copy(context, &format!("config.{back}.bak"), &now)?;
    context.replace(&config, &before, CONFIG_MODE)?;
    let kept = kept.unwrap_or_else(|| context.file(&format!("config.{back}.bak")));
    context.report.note(&format!(
        "there is no backup of the older configuration: it was worked out from the present one, \
         which is kept as {}",
        kept.display()
    ));
    Ok(())
}

/// Names tried for a copy.
const COPIES_MAX: u32 = 10_000;

/// Keeps a text under the first free of `NAME`, `NAME.1`...; `None` if it is there already.
fn keep_copy(context: &mut Context<'_>, name: &str, text: &[u8]) -> Result<Option<PathBuf>, Error> {
    for number in 0..COPIES_MAX {
        let suffix = if number == 0 { String::new() } else { format!(".{number}") };
        let path = context.file(&format!("{name}{suffix}"));
        match context.read_optional(&path)? {
            Some(there) if there == text => return Ok(None),
            Some(_) => continue,
            None => {}
        }
        context.replace(&path, text, CONFIG_MODE)?;
        return Ok(Some(path));
    }
    Err(Error::Step(format!("{name}: no free name for a copy")))
}

/// Removes the backup once the restored configuration and the version stand.
pub fn finish(context: &mut Context<'_>, step: &str, direction: Direction) -> Result<(), Error> {
    if direction == Direction::Forward {
        return Ok(());
    }
    let backup = backup_file(context, step);
    let Some(before) = context.read_optional(&backup)? else { return Ok(()) };
    if context.read(&context.file("config"))? != before {
        return Ok(());
    }
    context.remove_file(&backup)?;
    context.sync_dir(context.repo())
}

/// What would change.
pub fn plan(
    context: &Context<'_>,
    step: &str,
    direction: Direction,
    conversion: Conversion,
    older: Conversion,
) -> Result<Plan, Error> {
    let config = context.file("config");
    let now = context.read(&config)?;
    let backup = backup_file(context, step);
    let backup_name = backup.display().to_string();
    let (changes, bytes) = match direction {
        Direction::Forward => {
            let after = conversion(&now, &mut Report::silent())?;
            let changes = vec![
                format!("copy {} to {backup_name}", config.display()),
                format!("rewrite {}: {} bytes become {}", config.display(), now.len(), after.len()),
            ];
            (changes, now.len() + after.len())
        }
        Direction::Revert => match context.read_optional(&backup)? {
            Some(before) => {
                let changes = vec![format!("put {backup_name} back as {}", config.display())];
                (changes, now.len() + before.len())
            }
            None => {
                let before = older(&now, &mut Report::silent())?;
                let changes = vec![
                    format!("{backup_name} is not there: keep a copy of {}", config.display()),
                    format!("rewrite it: {} bytes become {}", now.len(), before.len()),
                ];
                (changes, now.len() + before.len())
            }
        },
    };
    Ok(Plan { changes, items: 1, bytes_needed: bytes as u64, millis: 10 })
}
