//! Spec: spec/migrations/config-file.md
//!
//! Steps that keep the old configuration as `config-vN` (5-to-6 and 7-to-8).

use super::json::Value;
use crate::context::Context;
use crate::error::Error;
use crate::report::Report;

/// A conversion that keeps the old text under another name.
#[derive(Debug, Clone, Copy)]
pub struct Rewrite {
    /// The name for the old configuration, such as `config-v7`.
    pub kept: &'static str,
    /// From the old text to the new one.
    pub convert: fn(&[u8], &mut Report) -> Result<Vec<u8>, Error>,
}

/// Of a configuration that isn't there: it holds a private key.
const CONFIG_MODE: u32 = 0o600;

// spec: config-file.kept-names, config-file.recovered
/// Converts the configuration: the copy first, then the new text, with the mode of the old one.
/// Also goes on where another tool was killed: without configuration, or with a broken one, it
/// takes the copy.
pub fn rewrite(
    context: &mut Context<'_>,
    rewrite: Rewrite,
    between: impl Fn(&mut Context<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let config = context.file("config");
    let copy = context.file(rewrite.kept);
    let there = context.read_optional(&config)?;
    let kept = context.read_optional(&copy)?;
    let readable = |text: &[u8]| Value::read_whole(text).is_ok();
    let usable =
        there.clone().filter(|text| readable(text) || !kept.as_deref().is_some_and(readable));
    let (before, from_copy) = match (usable, &kept) {
        (Some(text), _) => (text, false),
        (None, Some(kept)) => (kept.clone(), true),
        (None, None) => (context.read(&config)?, false),
    };
    let silent = &mut Report::silent();
    if let Some(kept) = kept.as_ref().filter(|kept| **kept != before)
        && (rewrite.convert)(kept, silent).is_ok_and(|text| text == before)
    {
        // An interrupted run, ours or another tool's, had come this far.
        context.begin()?;
        return between(context);
    }
    let mode = [&config, &copy].into_iter().find_map(|path| context.meta(path).transpose());
    let mode = mode.transpose()?.map_or(CONFIG_MODE, |meta| meta.mode);
    let after = (rewrite.convert)(&before, context.report)?;
    context.begin()?;
    if from_copy {
        let name = rewrite.kept;
        context.report.note(&format!("an interrupted run left no whole config: taking {name}"));
        if there.is_some() {
            context.set_aside(&config)?;
        }
    } else if kept.as_ref() != Some(&before) {
        if kept.is_some() {
            context.set_aside(&copy)?;
        }
        context.replace(&copy, &before, mode)?;
    }
    between(context)?;
    context.replace(&config, &after, mode)
}
