//! Spec: spec/command/log.md
//!
//! What the environment says about the log.

use super::level::Levels;
use super::line::Format;
use std::io::IsTerminal;
use std::path::PathBuf;

pub(super) struct Settings {
    pub(super) levels: Levels,
    pub(super) format: Format,
    pub(super) stderr: bool,
    pub(super) stdout: bool,
    pub(super) file: Option<PathBuf>,
}

impl Settings {
    // spec: log.variables
    /// Reads the variables; returns also what can't be understood, as lines for the user.
    pub(super) fn from_variables(get: impl Fn(&str) -> Option<String>) -> (Self, Vec<String>) {
        let text = |name: &str| get(name).filter(|value| !value.is_empty());
        let mut problems = Vec::new();
        let format = match text("GOLOG_LOG_FMT").or_else(|| text("IPFS_LOGGING_FMT")).as_deref() {
            Some("color") => Some(Format::Color),
            Some("nocolor") => Some(Format::Plain),
            Some("json") => Some(Format::Json),
            Some(other) => {
                problems.push(format!("ignoring unrecognized log format '{other}'"));
                None
            }
            None => None,
        };
        let wanted = text("GOLOG_LOG_LEVEL").or_else(|| text("IPFS_LOGGING")).unwrap_or_default();
        let (levels, bad) = Levels::parse(&wanted);
        problems.extend(bad);
        // spec: log.output
        let file = text("GOLOG_FILE").map(PathBuf::from);
        let (mut stderr, mut stdout) = (file.is_none(), false);
        let output = text("GOLOG_OUTPUT").unwrap_or_default();
        let has = |name: &str| output.split('+').any(|part| part == name);
        if has("stdout") || has("stderr") {
            (stdout, stderr) = (has("stdout"), has("stderr"));
        }
        if has("file") && file.is_none() {
            problems.push("please specify a GOLOG_FILE value to write to".into());
        }
        let terminal = (stdout && std::io::stdout().is_terminal())
            || (stderr && std::io::stderr().is_terminal());
        let format = format.unwrap_or(if terminal { Format::Color } else { Format::Plain });
        (Self { levels, format, stderr, stdout, file }, problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logging::Level;

    fn of(pairs: &[(&str, &str)]) -> (Settings, Vec<String>) {
        Settings::from_variables(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    /// spec: log.variables, log.output
    #[test]
    fn variables() {
        let (settings, problems) = of(&[]);
        assert!(problems.is_empty() && settings.stderr && !settings.stdout);
        assert_eq!(settings.levels.default_level(), Level::Error);
        let (settings, _) = of(&[("IPFS_LOGGING", "info"), ("GOLOG_LOG_LEVEL", "debug")]);
        assert_eq!(settings.levels.default_level(), Level::Debug);
        let (settings, _) = of(&[("IPFS_LOGGING", "info"), ("IPFS_LOGGING_FMT", "json")]);
        assert_eq!(settings.levels.default_level(), Level::Info);
        assert_eq!(settings.format, Format::Json);
        let (settings, _) = of(&[("GOLOG_FILE", "/x"), ("GOLOG_LOG_FMT", "color")]);
        assert!(settings.file.is_some() && !settings.stderr && settings.format == Format::Color);
        let (settings, _) = of(&[("GOLOG_FILE", "/x"), ("GOLOG_OUTPUT", "stdout+file+stderr")]);
        assert!(settings.file.is_some() && settings.stderr && settings.stdout);
        let (_, problems) = of(&[("GOLOG_OUTPUT", "file"), ("GOLOG_LOG_FMT", "x")]);
        assert_eq!(
            problems,
            [
                "ignoring unrecognized log format 'x'",
                "please specify a GOLOG_FILE value to write to"
            ]
        );
    }
}
