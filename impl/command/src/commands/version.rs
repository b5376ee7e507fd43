//! Spec: spec/command/program-version.md
//!
//! `ipfs version`: show the version of this program.

use crate::options::Default;
use crate::prelude::*;

/// The version of the reference that this program stands in for.
pub const PROGRAM_VERSION: &str = "0.44.0-dev";

/// Version of the repository format.
pub const REPO_VERSION: u32 = 18;

/// What `ipfs version` answers with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionInfo {
    /// Version of the program.
    pub version: String,
    /// Commit it was built from, or empty.
    pub commit: String,
    /// Version of the repository format.
    pub repo: String,
    /// Processor and operating system.
    pub system: String,
    /// Compiler; the field has the name of the reference's.
    pub golang: String,
}

impl VersionInfo {
    /// The version of this program.
    pub fn current() -> Self {
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            other => other,
        };
        Self {
            version: PROGRAM_VERSION.to_owned(),
            commit: String::new(),
            repo: REPO_VERSION.to_string(),
            system: format!("{arch}/{}", std::env::consts::OS),
            golang: "none".to_owned(),
        }
    }
}

impl VersionInfo {
    /// Writes all of it, one line each.
    ///
    /// # Errors
    /// What the writer returns.
    pub(crate) fn all(&self, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "Kubo version: {}{}", self.version, self.commit_suffix())?;
        writeln!(out, "Repo version: {}", self.repo)?;
        writeln!(out, "System version: {}", self.system)?;
        writeln!(out, "Golang version: {}", self.golang)?;
        Ok(())
    }

    fn commit_suffix(&self) -> String {
        match self.commit.as_str() {
            "" => String::new(),
            commit => format!("-{commit}"),
        }
    }
}

impl Output for VersionInfo {
    const NAME: &'static str = "VersionInfo";

    // spec: program-version.text
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let commit = self.commit_suffix();
        if request.bool("all") {
            self.all(out)?;
        } else if request.bool("repo") {
            writeln!(out, "{}", self.repo)?;
        } else {
            let commit = if request.bool("commit") { commit.as_str() } else { "" };
            let name = if request.bool("number") { "" } else { "ipfs version " };
            writeln!(out, "{name}{}{commit}", self.version)?;
        }
        Ok(())
    }
}

fn version(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    emitter.emit(&VersionInfo::current())
}

/// A library in this program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dependency {
    /// Name.
    pub path: String,
    /// Version.
    pub version: String,
    /// What stands in for it, or empty.
    pub replaced_by: String,
    /// Checksum, or empty.
    pub sum: String,
}

impl Output for Dependency {
    const NAME: &'static str = "Dependency";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "{}@{}", self.path, self.version)?;
        Ok(())
    }
}

/// The lock file that this program was built with.
const LOCK_FILE: &str = include_str!("../../../../Cargo.lock");

// spec: program-version.deps
fn dependencies() -> Vec<Dependency> {
    let package = |text: &str| {
        let field = |name: &str| {
            let start = format!("{name} = \"");
            let line = text.lines().find_map(|line| line.strip_prefix(start.as_str()));
            line.map(|line| line.trim_end_matches('"').to_owned())
        };
        Some(Dependency {
            path: field("name")?,
            version: field("version")?,
            replaced_by: String::new(),
            sum: field("checksum").unwrap_or_default(),
        })
    };
    let mut found: Vec<_> = LOCK_FILE.split("[[package]]").filter_map(package).collect();
    found.sort_by_key(|dependency| {
        (dependency.path != env!("CARGO_PKG_NAME"), dependency.path.clone())
    });
    found
}

fn deps(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    dependencies().iter().try_for_each(|dependency| emitter.emit(dependency))
}

/// `ipfs version`
pub static VERSION: Command = Command {
    name: "version",
    tagline: "Show the version of this program.",
    options: &[
        Opt::bool(&["number", "n"], "Print the number only."),
        Opt::bool(&["commit"], "Print the commit, too."),
        Opt::bool(&["repo"], "Print the version of the repository's format."),
        Opt::bool(&["all"], "Print everything."),
    ],
    subcommands: &[&VERSION_CHECK, &VERSION_DEPS],
    no_repo: true,
    run: Some(version),
    output: OutputKind::value::<VersionInfo>(),
    ..Command::NEW
};

/// `ipfs version check`
pub static VERSION_CHECK: Command = Command {
    name: "check",
    tagline: "Compare with the versions of other peers.",
    options: &[Opt::int(
        &["min-percent", "t"],
        "Report a version that this part of the peers exceeds.",
    )
    .default(Default::Int(5))],
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs version deps`
pub static VERSION_DEPS: Command = Command {
    name: "deps",
    tagline: "List the libraries in this program.",
    run: Some(deps),
    output: OutputKind::stream::<Dependency>(),
    ..Command::NEW
};
