//! What a suite is made of: cases, vectors and repo cases, each with the requirements it shows.

use crate::gateway::Gateway;
use crate::http::Server;
use crate::migrations::Programs;
use crate::sandbox::Sandbox;
use crate::wire::Wire;
use serde_json::Value;
use std::path::Path;

/// Why a case did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The subject does something else.
    Failed(String),
    /// The subject says that it lacks this (exit status 89).
    NotImplemented,
    /// The subject was not set up for this case: what is missing.
    Unprepared(String),
}

/// The outcome of a case.
pub type Check<T = ()> = Result<T, Stop>;

/// A failure with a reason.
pub fn failed<T>(reason: impl Into<String>) -> Check<T> {
    Err(Stop::Failed(reason.into()))
}

/// Fails unless the two are equal.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, wanted: &T) -> Check {
    if got == wanted {
        return Ok(());
    }
    failed(format!("{what}: got {got:?}, wanted {wanted:?}"))
}

/// Something to try on a binary, in a sandbox of its own.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Unique within the suite.
    pub name: &'static str,
    /// The requirements that it shows.
    pub reqs: &'static [&'static str],
    /// The trial.
    pub run: fn(&Sandbox) -> Check,
}

/// A file of recorded facts; every object in it is a case, named by its `name` and `req`.
#[derive(Debug, Clone, Copy)]
pub struct Vectors {
    /// The file, from `conformance/vectors/` on.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Whether a vector can be shown from outside; the others are for unit tests.
    pub observable: fn(&Value) -> bool,
    /// Shows one vector to a binary. The sandbox has a repo and serves all vectors of the file.
    pub run: fn(&Sandbox, &Value) -> Check,
}

/// Something to look at in a repo directory that nobody has open.
#[derive(Debug, Clone, Copy)]
pub struct RepoCase {
    /// Unique within the suite.
    pub name: &'static str,
    /// The requirements that it shows.
    pub reqs: &'static [&'static str],
    /// The look.
    pub run: fn(&Path) -> Check,
}

/// Something to ask an HTTP server.
#[derive(Debug, Clone, Copy)]
pub struct HttpCase {
    /// Unique within the suite.
    pub name: &'static str,
    /// The requirements that it shows.
    pub reqs: &'static [&'static str],
    /// The trial. Other cases use the same server, some at the same time.
    pub run: fn(&Server) -> Check,
}

/// Something to ask a gateway.
#[derive(Debug, Clone, Copy)]
pub struct GatewayCase {
    /// Unique within the suite.
    pub name: &'static str,
    /// The requirements that it shows.
    pub reqs: &'static [&'static str],
    /// The trial. Other cases use the same gateway, some at the same time.
    pub run: fn(&Gateway) -> Check,
}

/// Something to try on a peer.
#[derive(Debug, Clone, Copy)]
pub struct WireCase {
    /// Unique within the suite.
    pub name: &'static str,
    /// The requirements that it shows.
    pub reqs: &'static [&'static str],
    /// The trial. It dials the peer by itself.
    pub run: fn(&Wire) -> Check,
}

/// Something to try with a set of migration programs.
#[derive(Debug, Clone, Copy)]
pub struct MigrationCase {
    /// Unique within the suite.
    pub name: &'static str,
    /// The requirements that it shows.
    pub reqs: &'static [&'static str],
    /// The trial, on repositories that it makes by itself.
    pub run: fn(&Programs) -> Check,
}

/// The cases of one page of the specification.
#[derive(Debug, Clone, Copy)]
pub struct Suite {
    /// `<chapter>/<section>`, as the page.
    pub name: &'static str,
    /// Cases on a binary.
    pub cases: &'static [Case],
    /// Recorded facts.
    pub vectors: &'static [Vectors],
    /// Cases on a repo.
    pub repo: &'static [RepoCase],
    /// Cases on an RPC address (`--rpc`).
    pub rpc: &'static [HttpCase],
    /// Cases on a gateway (`--gateway`), in groups.
    pub gateway: &'static [&'static [GatewayCase]],
    /// Cases on a peer (`--peer`), in groups.
    pub wire: &'static [&'static [WireCase]],
    /// Cases on migration programs (`--migrations`).
    pub migrations: &'static [MigrationCase],
}

/// For vectors that can all be shown.
pub fn always(_: &Value) -> bool {
    true
}

/// A text field of a vector; empty when it has none.
pub fn text<'a>(vector: &'a Value, key: &str) -> &'a str {
    vector.get(key).and_then(Value::as_str).unwrap_or("")
}

impl Suite {
    /// A suite without cases, to fill in.
    pub const EMPTY: Self = Self {
        name: "",
        cases: &[],
        vectors: &[],
        repo: &[],
        rpc: &[],
        gateway: &[],
        wire: &[],
        migrations: &[],
    };
}
