//! Spec: spec/gateway/redirects.md
//!
//! `_redirects`: what a site says about paths that it doesn't contain. Here is the file's language;
//! when it is asked is up to the path gateway.

pub(crate) mod apply;
mod pattern;
mod query;

use crate::url::{self, Url};
use pattern::Pattern;

/// Name of the file, directly below a site's root.
// spec: redirects.file
pub const FILE_NAME: &str = "_redirects";
/// Largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 64 << 10;

/// Statuses that a rule may have.
const STATUSES: [u16; 9] = [200, 301, 302, 303, 307, 308, 404, 410, 451];
/// The status of a rule without one.
const STATUS_DEFAULT: u16 = 301;

/// Why a file is no list of rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too large.
    #[error("redirects file size cannot exceed {FILE_BYTES_MAX} bytes")]
    TooLarge,
    /// A line of one word.
    #[error("missing 'to' path")]
    NoTo,
    /// A line of more than three words.
    #[error("must match format 'from to [status]'")]
    Words,
    /// A bad first word.
    #[error("parsing 'from': {0}")]
    From(FromError),
    /// A bad second word.
    #[error("parsing 'to': {0}")]
    To(ToError),
    /// A bad third word.
    #[error("parsing status {}: {cause}", ipfs_data::path::quote(word))]
    Status {
        /// The word.
        word: String,
        /// What is wrong with it.
        cause: StatusError,
    },
}

/// What is wrong with the path that a rule is for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FromError {
    /// `*` elsewhere than at the end.
    #[error("path must end with asterisk")]
    AsteriskInside,
    /// `*` more than once.
    #[error("path can have at most one asterisk")]
    Asterisks,
    /// No URL.
    #[error(transparent)]
    Url(#[from] url::Error),
    /// A relative path or a URL.
    #[error("path must begin with '/'")]
    Relative,
    /// A name for two segments.
    #[error("placeholder {} is used more than once", ipfs_data::path::quote(.0))]
    Placeholder(String),
}

/// What is wrong with the place that a rule leads to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToError {
    /// No URL.
    #[error(transparent)]
    Url(#[from] url::Error),
    /// Neither an absolute path nor a URL that may be redirected to.
    #[error("invalid URL scheme")]
    Scheme,
}

/// What is wrong with a status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// `301!` and the like.
    #[error("forced redirects (or \"shadowing\") are not supported")]
    Forced,
    /// No number.
    #[error("strconv.Atoi: parsing {}: invalid syntax", ipfs_data::path::quote(.0))]
    Number(String),
    /// Another status.
    #[error("status code {0} is not supported")]
    Unsupported(i64),
}

/// The rules of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    from: Pattern,
    to: String,
    status: u16,
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Answer with what lies at this path below the site's root.
    Rewrite(String),
    /// Answer with this status and the file at this path below the site's root.
    ErrorPage(u16, String),
    /// Answer with this status and this `Location`, still to be made a header value.
    Redirect(u16, String),
}

impl Rules {
    /// Reads a file; one byte more than [`FILE_BYTES_MAX`] is enough to tell that it is too large.
    ///
    /// # Errors
    /// With what is wrong in the first line that is no rule.
    // spec: redirects.size-max
    // spec: redirects.line-end
    // spec: redirects.blank
    // spec: redirects.comment
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        if file.len() > FILE_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        let text = String::from_utf8_lossy(file);
        let lines = text.split('\n').map(str::trim);
        let rules = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        rules.map(Rule::parse).collect::<Result<_, _>>().map(Self)
    }

    /// What the first rule for `path` says. The path is below the site's root, decoded, with its
    /// leading slash; `query` is that of the request.
    // spec: redirects.first-match
    // spec: redirects.trailing-slash
    pub fn action(&self, path: &str, query: Option<&str>) -> Option<Action> {
        let path = path.strip_suffix('/').unwrap_or(path);
        self.0.iter().find_map(|rule| {
            let to = rule.from.matches(path)?.fill(&rule.to);
            Some(match rule.status {
                // spec: redirects.rewrite
                200 => Action::Rewrite(to),
                // spec: redirects.error-page
                status @ (404 | 410 | 451) => Action::ErrorPage(status, to),
                // spec: redirects.redirect
                status => Action::Redirect(status, query::merged(to, query)),
            })
        })
    }
}

impl Rule {
    // spec: redirects.line
    fn parse(line: &str) -> Result<Self, Error> {
        let words: Vec<&str> = line.split_whitespace().take(4).collect();
        let (from, to, status) = match words[..] {
            [from, to] => (from, to, None),
            [from, to, status] => (from, to, Some(status)),
            [] | [_] => return Err(Error::NoTo),
            _ => return Err(Error::Words),
        };
        Ok(Self {
            from: Pattern::parse(from).map_err(Error::From)?,
            to: destination(to).map_err(Error::To)?,
            status: match status {
                Some(text) => status_of(text)
                    .map_err(|cause| Error::Status { word: text.to_owned(), cause })?,
                None => STATUS_DEFAULT,
            },
        })
    }
}

// spec: redirects.scheme
fn destination(text: &str) -> Result<String, ToError> {
    let url = Url::parse(text)?;
    match text.starts_with('/') || ["http", "https", "ipfs", "ipns"].contains(&&*url.scheme) {
        true => Ok(text.to_owned()),
        false => Err(ToError::Scheme),
    }
}

// spec: redirects.status
// spec: redirects.no-forced
fn status_of(text: &str) -> Result<u16, StatusError> {
    if text.ends_with('!') {
        return Err(StatusError::Forced);
    }
    let number: i64 = text.parse().map_err(|_| StatusError::Number(text.to_owned()))?;
    match u16::try_from(number) {
        Ok(status) if STATUSES.contains(&status) => Ok(status),
        _ => Err(StatusError::Unsupported(number)),
    }
}

#[cfg(test)]
mod tests;
