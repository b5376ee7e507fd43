//! Spec: spec/command/log.md
//!
//! Levels, and which part of the program logs from which level on.

use super::names::REFERENCE;
use std::collections::BTreeMap;
use std::fmt;

/// How bad it is what a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For those who look for a fault.
    Debug,
    /// What happens.
    Info,
    /// What may be a fault.
    Warn,
    /// What went wrong.
    Error,
    /// Nothing of this program; kept because others have it.
    DPanic,
    /// As before.
    Panic,
    /// As before.
    Fatal,
}

/// A text that is no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unrecognized level: {}", crate::encode::quote(_0))]
pub struct UnknownLevel(String);

impl Level {
    const ALL: [Self; 7] =
        [Self::Debug, Self::Info, Self::Warn, Self::Error, Self::DPanic, Self::Panic, Self::Fatal];

    // spec: log.levels
    /// Reads a level in any case; nothing stands for `info`.
    ///
    /// # Errors
    /// When there is no such level.
    pub fn parse(text: &str) -> Result<Self, UnknownLevel> {
        let lower = text.to_ascii_lowercase();
        match lower.as_str() {
            "" => Ok(Self::Info),
            "warning" => Ok(Self::Warn),
            name => Self::ALL
                .into_iter()
                .find(|level| level.as_str() == name)
                .ok_or_else(|| UnknownLevel(text.to_owned())),
        }
    }

    /// The name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::DPanic => "dpanic",
            Self::Panic => "panic",
            Self::Fatal => "fatal",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<tracing::Level> for Level {
    fn from(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            _ => Self::Debug,
        }
    }
}

/// Modules and the name under which they log, the longest first where one holds the other.
const MODULES: [(&str, &str); 23] = [
    ("ipfs_command::commands::daemon", "cmd/ipfs"),
    ("ipfs_command::logging", "log"),
    ("ipfs_command::rpc", "cmds/http"),
    ("ipfs_command::spans", "telemetry"),
    ("ipfs_command::commands", "core/commands"),
    ("ipfs_command", "cmd/ipfs"),
    ("ipfs_gateway", "boxo/gateway"),
    ("ipfs_node::denylist", "nopfs"),
    ("ipfs_node::dns", "doh"),
    ("ipfs_node::names", "namesys"),
    ("ipfs_node::http", "core/server"),
    ("ipfs_node::bitswap", "bitswap"),
    ("ipfs_node::swarm::identify", "net/identify"),
    ("ipfs_node::swarm", "swarm2"),
    ("ipfs_node", "node"),
    ("ipfs_repo::blockstore", "blockstore"),
    ("ipfs_repo::flatfs", "flatfs"),
    ("ipfs_repo::filestore", "filestore"),
    ("ipfs_repo::gc", "gc"),
    ("ipfs_repo::lock", "lock"),
    ("ipfs_repo::mfs", "mfs"),
    ("ipfs_repo::pin", "pin"),
    ("ipfs_repo", "fsrepo"),
];

/// Names of libraries' parts.
const LIBRARIES: [(&str, &str); 4] =
    [("hickory", "dns"), ("hyper", "net/http"), ("h2", "net/http"), ("rustls", "net/tls")];

// spec: log.ls
/// Names of all parts that log or that do so in the reference, sorted.
pub fn subsystems() -> Vec<&'static str> {
    let own = MODULES.iter().chain(&LIBRARIES).map(|(_, name)| *name);
    let mut names: Vec<_> = own.chain(REFERENCE.iter().copied()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The name under which a tracing target logs.
pub(super) fn subsystem(target: &str) -> &str {
    let module = |(prefix, name): &(&str, &'static str)| {
        let rest = target.strip_prefix(prefix)?;
        (rest.is_empty() || rest.starts_with(':') || rest.starts_with('_')).then_some(*name)
    };
    MODULES.iter().chain(&LIBRARIES).find_map(module).unwrap_or(match target {
        "gateway" => "boxo/gateway",
        "http" => "core/server",
        "routing" => "routing/delegated",
        "swarm" => "swarm2",
        other => other,
    })
}

/// From which level on each part logs.
#[derive(Debug, Clone)]
pub struct Levels {
    default: Level,
    parts: BTreeMap<String, Level>,
}

impl Default for Levels {
    /// Errors only.
    fn default() -> Self {
        let parts = subsystems().into_iter().map(|name| (name.to_owned(), Level::Error)).collect();
        Self { default: Level::Error, parts }
    }
}

/// Parts that can have a level of their own beside those of this program.
const PARTS_MAX: usize = 1024;

impl Levels {
    // spec: log.variable
    /// Reads `error,core/server=debug`; returns also what can't be read, as lines for the user.
    pub fn parse(text: &str) -> (Self, Vec<String>) {
        let mut levels = Self::default();
        let (mut own, mut problems) = (Vec::new(), Vec::new());
        for item in text.split(',').filter(|_| !text.is_empty()) {
            let (name, level) = match item.split_once('=') {
                Some((name, level)) => (Some(name), level),
                None => (None, item),
            };
            match (Level::parse(level), name) {
                (Ok(level), Some(name)) => own.push((name, level)),
                (Ok(level), None) => levels.set_all(level),
                (Err(error), _) => {
                    let item = crate::encode::quote(item);
                    problems.push(format!("error setting log level {item}: {error}"));
                }
            }
        }
        own.into_iter().for_each(|(name, level)| levels.set(name, level));
        (levels, problems)
    }

    /// The level of parts without one of their own.
    pub fn default_level(&self) -> Level {
        self.default
    }

    /// The level of a part; `None` if nobody knows it.
    pub fn get(&self, name: &str) -> Option<Level> {
        self.parts.get(name).copied()
    }

    /// All parts with their levels.
    pub fn parts(&self) -> &BTreeMap<String, Level> {
        &self.parts
    }

    // spec: log.level-all
    /// Sets the level of all parts and the default.
    pub fn set_all(&mut self, level: Level) {
        self.default = level;
        self.parts.values_mut().for_each(|part| *part = level);
    }

    /// Sets the level of one part, known or not.
    pub fn set(&mut self, name: &str, level: Level) {
        if self.parts.len() < PARTS_MAX || self.parts.contains_key(name) {
            self.parts.insert(name.to_owned(), level);
        }
    }

    pub(super) fn allow(&self, target: &str, level: Level) -> bool {
        level >= self.get(subsystem(target)).unwrap_or(self.default)
    }

    /// The lowest level that anybody has.
    pub(super) fn lowest(&self) -> Level {
        self.parts.values().copied().fold(self.default, Level::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// spec: log.levels
    #[test]
    fn names_of_levels() {
        for level in Level::ALL {
            assert_eq!(Level::parse(&level.as_str().to_uppercase()), Ok(level));
        }
        assert_eq!(Level::parse("WARNING"), Ok(Level::Warn));
        let error = Level::parse("bogus").unwrap_err().to_string();
        assert_eq!(error, "unrecognized level: \"bogus\"");
    }

    /// spec: log.variable, log.level-all
    #[test]
    fn levels_of_parts() {
        let (mut levels, problems) = Levels::parse("nopfs=debug,warn,x=info,y=zz,zz");
        assert_eq!(
            problems,
            [
                "error setting log level \"y=zz\": unrecognized level: \"zz\"",
                "error setting log level \"zz\": unrecognized level: \"zz\""
            ]
        );
        assert!(levels.allow("ipfs_node::denylist::files", Level::Debug));
        assert!(levels.allow("x", Level::Info) && !levels.allow("unknown", Level::Info));
        assert!(!levels.allow("ipfs_node::http", Level::Info));
        assert!(levels.allow("gateway", Level::Warn));
        assert_eq!((levels.lowest(), levels.default_level()), (Level::Debug, Level::Warn));
        levels.set_all(Level::Fatal);
        assert!(!levels.allow("ipfs_node::denylist", Level::Error));
        assert_eq!(levels.lowest(), Level::Fatal);
        assert!(Levels::parse("").1.is_empty());
    }

    #[test]
    fn targets_have_names() {
        assert_eq!(subsystem("hickory_net::udp"), "dns");
        assert_eq!(subsystem("h2::client"), "net/http");
        assert_eq!(subsystem("h2o"), "h2o");
        assert_eq!(subsystem("ipfs_repo::pinned"), "fsrepo");
        assert!(subsystems().contains(&"boxo/gateway"));
        assert_eq!(subsystem("ipfs_node::swarm::identify"), "net/identify");
        assert_eq!(Levels::default().get("dht"), Some(Level::Error));
    }
}
