//! Spec: spec/command/log.md
//!
//! `ipfs log`: control what a daemon logs.

use crate::logging::{self, Level, level};
use crate::options::Default;
use crate::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// The part name that stands for all.
const ALL: &str = "*";

/// How often a follower looks whether it shall stop.
const STOP_LOOK: Duration = Duration::from_millis(50);

/// Names of subsystems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subsystems {
    /// The names.
    pub strings: Vec<String>,
}

impl Output for Subsystems {
    const NAME: &'static str = "stringList";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for name in &self.strings {
            writeln!(out, "{name}")?;
        }
        Ok(())
    }
}

/// Levels, or that one was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogLevels {
    /// The level of each part.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, String>,
    /// What was done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Output for LogLevels {
    const NAME: &'static str = "logLevelOutput";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        if !self.message.is_empty() {
            return Ok(out.write_all(self.message.as_bytes())?);
        }
        let only = self.levels.len() == 1;
        let line = |(name, level): (&String, &String)| match only {
            true => level.clone(),
            false => format!("{name}: {level}"),
        };
        let mut lines: Vec<_> = self.levels.iter().map(line).collect();
        lines.sort_unstable();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

// spec: log.ls
fn list(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let strings = level::subsystems().into_iter().map(str::to_owned).collect();
    emitter.emit(&Subsystems { strings })
}

fn level(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let name = match request.argument(0).unwrap_or_default() {
        "all" => ALL,
        name => name,
    };
    match request.argument(1).filter(|level| !level.is_empty()) {
        Some(level) => set_level(name, level, emitter),
        None => show_level(name, emitter),
    }
}

// spec: log.level-set
fn set_level(name: &str, text: &str, emitter: &mut Emitter<'_>) -> Result<()> {
    let default = logging::levels().default_level();
    let (text, level) = match text {
        "default" => (default.as_str(), default),
        text => (text, Level::parse(text)?),
    };
    logging::change_levels(|levels| match name {
        ALL => levels.set_all(level),
        name => levels.set(name, level),
    });
    let message = format!("Changed log level of '{name}' to '{text}'\n");
    tracing::info!("{}", message.trim_end());
    emitter.emit_only(&LogLevels { levels: BTreeMap::new(), message })
}

// spec: log.level-show
fn show_level(name: &str, emitter: &mut Emitter<'_>) -> Result<()> {
    let known = logging::levels();
    let mut levels = BTreeMap::new();
    let mut put = |name: &str, level: Level| levels.insert(name.to_owned(), level.to_string());
    match name {
        "" => drop(put("", known.default_level())),
        ALL => {
            put("(default)", known.default_level());
            known.parts().iter().for_each(|(name, level)| drop(put(name, *level)));
        }
        name => {
            let level = known.get(name).ok_or_else(|| Error::new("error: No such logger"))?;
            put(name, level);
        }
    }
    emitter.emit_only(&LogLevels { levels, message: String::new() })
}

// spec: log.tail
fn tail(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    if env.daemon().is_none() {
        return Err(Error::new("command must be run on the daemon: [log tail]"));
    }
    let level = match request.str("log-level").filter(|text| !text.is_empty()) {
        None => Level::Debug,
        Some(text) => Level::parse(text)
            .map_err(|error| Error::new(format!("setting log level {text}: {error}")))?,
    };
    let tail = logging::tail(level)
        .ok_or_else(|| Error::new("too many follow the log already; stop another one first"))?;
    loop {
        emitter.flush()?;
        request.cancel.check()?;
        let mut wait = STOP_LOOK;
        while let Some(line) = tail.next_within(wait) {
            emitter.write(line.as_bytes())?;
            request.cancel.check()?;
            wait = Duration::ZERO;
        }
    }
}

/// Shows each line when it comes.
struct Follow;

impl PostRun for Follow {
    fn bytes(&mut self, bytes: &[u8], _: &Request, terminal: &mut Terminal) -> Result<()> {
        terminal.write(bytes)?;
        terminal.flush()
    }
}

/// `ipfs log`
pub static LOG: Command = Command {
    name: "log",
    tagline: "Control what a daemon logs.",
    description: "\
Levels, from most to least: debug, info, warn, error, dpanic, panic, fatal.
The variable GOLOG_LOG_LEVEL sets them at the start, such as
\"error,boxo/gateway=debug\"; GOLOG_LOG_FMT is color, nocolor or json.
GOLOG_FILE and GOLOG_OUTPUT (stdout, stderr, file, joined with +) say where
lines go.",
    subcommands: &[&LOG_LEVEL, &LOG_LS, &LOG_TAIL],
    ..Command::NEW
};

/// `ipfs log level`
pub static LOG_LEVEL: Command = Command {
    name: "level",
    tagline: "Show or set log levels.",
    arguments: &[
        Arg::string("subsystem", "The subsystem; * or all for every one."),
        Arg::string(
            "level",
            "The level: debug, info, warn, error, dpanic, panic or fatal; default for the usual one.",
        ),
    ],
    no_local: true,
    run: Some(level),
    output: OutputKind::value::<LogLevels>(),
    ..Command::NEW
};

/// `ipfs log ls`
pub static LOG_LS: Command = Command {
    name: "ls",
    tagline: "List the subsystems that log.",
    run: Some(list),
    output: OutputKind::value::<Subsystems>(),
    ..Command::NEW
};

/// `ipfs log tail`
pub static LOG_TAIL: Command = Command {
    name: "tail",
    tagline: "Follow the log.",
    options: &[
        Opt::string(&["log-level"], "Show this level and worse.").default(Default::String(""))
    ],
    status: Status::Experimental,
    run: Some(tail),
    post_run: Some(|_, _| Ok(Box::new(Follow))),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};
