//! Spec: spec/command/routing-commands.md
//!
//! What the log says about announcing content at once, after it was added or pinned. There is
//! nobody to announce it to without a DHT, so nothing is.

use crate::prelude::*;
use tracing::debug;

/// The part under which the reference logs what follows.
const PART: &str = "core/commands/cmdenv";

/// What asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// `add`
    Add,
    /// `dag import`
    Import,
    /// `pin add`, `pin update`
    Pin,
}

/// Tells for each of these roots why it is not announced.
// spec: routing-commands.fast-provide
pub(crate) fn tell(request: &Request, env: &Env, after: After, roots: usize) -> Result<()> {
    let config = env.repo()?.config();
    let on = |option: &str, key: &str, default: bool| {
        let set = request.bool_opt(option).or_else(|| config.flag(key));
        set.unwrap_or(default)
    };
    let wait = on("fast-provide-wait", "Import.FastProvideWait", false);
    if on("fast-provide-dag", "Import.FastProvideDAG", false) {
        return Ok(());
    }
    if !on("fast-provide-root", "Import.FastProvideRoot", true) {
        if after != After::Pin {
            let reason = "disabled by flag or config";
            debug!(target: "core/commands", reason, "fast-provide-root: skipped");
        }
        if wait && after == After::Add {
            debug!(target: "core/commands", "fast-provide-root: wait-flag-ignored");
        }
        return Ok(());
    }
    let reason = match config.flag("Provide.Enabled").unwrap_or(true) {
        true => "DHT not available",
        false => "Provide.Enabled is false",
    };
    for _ in 0..roots {
        debug!(target: PART, wait, "fast-provide-root: enabled");
        debug!(target: PART, reason, "fast-provide-root: skipped");
    }
    Ok(())
}
