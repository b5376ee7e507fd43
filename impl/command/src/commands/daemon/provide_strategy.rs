//! Spec: spec/command/daemon.md
//!
//! `Provide.Strategy`: which blocks are announced.

use crate::error::{Error, Result};

// spec: daemon.config-checks
/// Checks a strategy: parts joined by `+`.
pub(super) fn check(strategy: &str) -> Result<()> {
    let wrong = |text: String| {
        Err(Error::new(format!(
            "constructing the node (see log for full detail): Provide.Strategy: {text}"
        )))
    };
    let parts: Vec<&str> = strategy.split('+').collect();
    for part in &parts {
        match *part {
            "all" | "flat" | "pinned" | "roots" | "mfs" | "unique" | "entities" => {}
            "" if strategy.is_empty() => {}
            "" => {
                return wrong(format!("invalid provide strategy: empty token in {strategy:?}"));
            }
            _ => {
                return wrong(format!("unknown provide strategy token: {part:?} in {strategy:?}"));
            }
        }
    }
    let has = |names: &[&str]| parts.iter().any(|part| names.contains(part));
    let selective = has(&["pinned", "roots", "mfs", "unique", "entities"]);
    if has(&["all", "flat"]) && selective {
        return wrong(format!(
            "\"all\" strategy cannot be combined with other strategies in {strategy:?}"
        ));
    }
    if has(&["unique", "entities"]) {
        if !has(&["pinned", "mfs"]) {
            return wrong(format!(
                "+unique/+entities must combine with pinned and/or mfs in {strategy:?}"
            ));
        }
        if has(&["roots"]) {
            return wrong(format!("+unique/+entities is incompatible with roots in {strategy:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: daemon.config-checks
    #[test]
    fn strategies() {
        for good in ["", "all", "pinned", "roots", "pinned+mfs", "pinned+unique", "mfs+entities"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for (bad, part) in [
            ("x", "unknown provide strategy token: \"x\" in \"x\""),
            ("pinned+", "empty token in \"pinned+\""),
            ("all+mfs", "cannot be combined"),
            ("unique", "must combine with pinned and/or mfs"),
            ("mfs+roots+unique", "incompatible with roots"),
        ] {
            let error = check(bad).expect_err(bad);
            assert!(error.message().contains(part), "{}", error.message());
        }
    }
}
