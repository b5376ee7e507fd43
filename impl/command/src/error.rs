//! Spec: spec/command/cli.md
//!
//! The error of a command, and the one table from kinds of failure to exit code, HTTP status and
//! RPC code.

use std::io;

/// Result of a command.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command failed.
    Normal,
    /// The caller asked for something that can't be: the command line adds a hint to `--help`.
    Client,
    /// This build can't do it yet.
    NotImplemented,
    /// The user interrupted.
    Cancelled,
    /// `--timeout` was reached.
    TimedOut,
    /// Everything was said already; only the exit code 1 remains.
    Silent,
}

impl Kind {
    /// Exit code of the process.
    pub const fn exit_code(self) -> i32 {
        match self {
            Self::NotImplemented => 89,
            _ => 1,
        }
    }

    /// HTTP status of the RPC.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Client => 400,
            Self::NotImplemented => 501,
            _ => 500,
        }
    }

    /// `Code` in the RPC's JSON error.
    pub const fn rpc_code(self) -> u32 {
        match self {
            Self::Client => 1,
            _ => 0,
        }
    }
}

/// Why a command failed. Any `std::error::Error` converts into it with `?`; what its chain of
/// causes says about cancellation is kept.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
}

impl Error {
    /// A failure with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Normal, message: message.into() }
    }

    /// A failure of the caller; the command line prints a hint to `--help` after it.
    pub fn client(message: impl Into<String>) -> Self {
        Self { kind: Kind::Client, message: message.into() }
    }

    /// A failure of another kind.
    pub fn with_kind(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What this build can't do yet.
    pub fn not_implemented() -> Self {
        Self::with_kind(Kind::NotImplemented, "not implemented")
    }

    /// The user interrupted.
    pub fn cancelled() -> Self {
        Self::with_kind(Kind::Cancelled, "canceled")
    }

    /// `--timeout` was reached.
    pub fn timed_out() -> Self {
        Self::with_kind(Kind::TimedOut, "timed out")
    }

    /// Exit code 1 without another word.
    pub fn silent() -> Self {
        Self::with_kind(Kind::Silent, "")
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The message, without `Error: `.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same failure with `prefix: ` before its message.
    #[must_use]
    pub fn context(self, prefix: impl std::fmt::Display) -> Self {
        Self { message: format!("{prefix}: {}", self.message), ..self }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        let kind = classify(&error);
        let message = match (kind, (&error as &dyn std::error::Error).downcast_ref::<io::Error>()) {
            (_, Some(io)) => os_text(io),
            _ => plain(error.to_string()),
        };
        let message = if is_missing_block(&error) { offline(message) } else { message };
        Self { kind, message }
    }
}

fn is_missing_block(error: &(dyn std::error::Error + 'static)) -> bool {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let mut causes = chain.filter_map(|error| error.downcast_ref::<ipfs_data::block::Error>());
    causes.any(|error| matches!(error, ipfs_data::block::Error::NotFound(_)))
}

/// A block that is missing might be in the network; the message says that nobody asked there.
// spec: offline.missing-block
fn offline(message: String) -> String {
    const MISSING: &str = "ipld: could not find";
    const OFFLINE: &str = "block was not found locally (offline): ";
    match message.find(MISSING) {
        Some(at) if !message[..at].ends_with(OFFLINE) => {
            format!("{}{OFFLINE}{}", &message[..at], &message[at..])
        }
        _ => message,
    }
}

/// The kind of a foreign error, from its chain of causes.
fn classify(error: &(dyn std::error::Error + 'static)) -> Kind {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(ipfs_data::block::Error::Cancelled) = error.downcast_ref() {
            return Kind::Cancelled;
        }
        link = error.source();
    }
    Kind::Normal
}

/// The operating system's reason in the reference's spelling: `no such file or directory`.
pub fn os_text(error: &io::Error) -> String {
    if error.raw_os_error().is_none() {
        return error.to_string();
    }
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The message with the operating system's reasons in the reference's spelling.
fn plain(message: String) -> String {
    let Some((before, after)) = message.rsplit_once(" (os error ") else { return message };
    let Some((number, after)) = after.split_once(')') else { return message };
    let Ok(number) = number.parse() else { return message };
    let text = os_text(&io::Error::from_raw_os_error(number));
    let kept = before.len().saturating_sub(text.len());
    match before.get(kept..) {
        Some(reason) if reason.eq_ignore_ascii_case(&text) => {
            format!("{}{text}{after}", &before[..kept])
        }
        _ => message,
    }
}

/// `open /a/b: no such file or directory`: the operation, the path, the reason.
pub fn path_error(operation: &str, path: &std::path::Path, error: &io::Error) -> Error {
    Error::new(format!("{operation} {}: {}", path.display(), os_text(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_the_system_are_plain() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(os_text(&missing), "no such file or directory");
        assert_eq!(plain(format!("open /A: {missing}")), "open /A: no such file or directory");
        assert_eq!(plain("other".to_owned()), "other");
    }

    #[test]
    fn a_missing_block_says_offline_once() {
        let text = "pin: ipld: could not find x".to_owned();
        let once = "pin: block was not found locally (offline): ipld: could not find x";
        assert_eq!(offline(text), once);
        assert_eq!(offline(once.to_owned()), once);
    }

    #[test]
    fn cancellation_is_kept() {
        let error = Error::from(ipfs_data::block::Error::Cancelled);
        assert_eq!(error.kind(), Kind::Cancelled);
    }
}
