//! Spec: spec/gateway/redirects.md
//!
//! URLs as far as redirects need them. They are taken apart like in the reference, because its
//! errors and what it makes of odd texts can be seen by clients.

use crate::escape;
use ipfs_data::path::quote;
use std::fmt;

/// A URL or a reference to one, its parts still percent-encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Url {
    /// In lower case; empty without.
    pub scheme: String,
    /// User, host and port; none without `//`.
    pub authority: Option<String>,
    /// The path, or all behind the scheme if no slash follows it.
    pub path: String,
    /// Behind `?`.
    pub query: Option<String>,
    /// Behind `#`.
    pub fragment: Option<String>,
}

/// A text that is no URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parse {}: {cause}", quote(text))]
pub struct Error {
    text: String,
    cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Cause {
    #[error("net/url: invalid control character in URL")]
    Control,
    #[error("missing protocol scheme")]
    NoScheme,
    #[error("first path segment in URL cannot contain colon")]
    Colon,
    #[error("invalid URL escape {}", quote(.0))]
    Escape(String),
    #[error("invalid character {} in host name", quote(.0))]
    Host(String),
    #[error("invalid port {} after host", quote(.0))]
    Port(String),
}

impl Url {
    /// Takes a text apart.
    ///
    /// # Errors
    /// When it holds control characters, escapes that are none, or nothing before its first colon.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (front, fragment) = cut(text, '#');
        let fail = |cause| Error { text: front.to_owned(), cause };
        if front.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(fail(Cause::Control));
        }
        let (scheme, rest) = scheme(front).map_err(fail)?;
        let (rest, query) = cut(rest, '?');
        let mut url = Self {
            scheme: scheme.to_ascii_lowercase(),
            authority: None,
            path: rest.to_owned(),
            query: query.map(str::to_owned),
            fragment: fragment.map(str::to_owned),
        };
        if !rest.starts_with('/') {
            if scheme.is_empty() && rest.split('/').next().is_some_and(|s| s.contains(':')) {
                return Err(fail(Cause::Colon));
            }
            if !scheme.is_empty() {
                return Ok(url);
            }
        }
        if let Some(rest) = rest.strip_prefix("//")
            && (!scheme.is_empty() || !rest.starts_with('/'))
        {
            let at = rest.find('/').unwrap_or(rest.len());
            check_host(&rest[..at]).map_err(fail)?;
            url.authority = Some(rest[..at].to_owned());
            url.path = rest[at..].to_owned();
        }
        check_escapes(&url.path).map_err(fail)?;
        Ok(url)
    }

    /// The path in its canonical encoding: as it is if it is a valid one.
    pub fn escaped_path(&self) -> String {
        if self.path.bytes().all(|byte| byte == b'%' || is_path(byte)) {
            return self.path.clone();
        }
        let plain = escape::unescape(&self.path).unwrap_or_default();
        escape::escape_path(&String::from_utf8_lossy(&plain))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        if let Some(authority) = &self.authority {
            write!(f, "//{authority}")?;
        }
        f.write_str(&self.escaped_path())?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        match self.fragment.as_deref() {
            Some(fragment) if !fragment.is_empty() => write!(f, "#{fragment}"),
            _ => Ok(()),
        }
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((front, back)) => (front, Some(back)),
        None => (text, None),
    }
}

fn scheme(text: &str) -> Result<(&str, &str), Cause> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err(Cause::NoScheme),
            ':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn check_host(authority: &str) -> Result<(), Cause> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let behind = host.rfind(']').map_or(0, |at| at + 1);
    if let Some(at) = host[behind..].find(':') {
        let port = &host[behind + at..];
        if !port[1..].bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Cause::Port(port.to_owned()));
        }
    }
    match host
        .chars()
        .find(|c| matches!(c, ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}'))
    {
        Some(bad) if bad == ' ' || !matches!(bad, '"' | '<' | '>') => Err(Cause::Host(bad.into())),
        _ => Ok(()),
    }
}

fn check_escapes(text: &str) -> Result<(), Cause> {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        rest = &rest[at..];
        if !matches!(rest, [_, a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()) {
            let shown = &rest[..rest.len().min(3)];
            return Err(Cause::Escape(String::from_utf8_lossy(shown).into_owned()));
        }
        rest = &rest[3..];
    }
    Ok(())
}

/// What a path may hold as it is, `%` aside.
fn is_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@!'()*[]".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Option<String>, String, Option<String>) {
        let url = Url::parse(text).unwrap();
        (url.scheme, url.authority, url.path, url.query)
    }

    #[test]
    fn parts_of_urls() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts("/a?b=c?d#e"), (String::new(), None, "/a".into(), some("b=c?d")));
        let url = ("ipfs".into(), some("bafy"), "/a%20b".into(), some(""));
        assert_eq!(parts("IPFS://bafy/a%20b?"), url);
        assert_eq!(parts("ipfs:bafy/a"), ("ipfs".into(), None, "bafy/a".into(), None));
        assert_eq!(parts("//h:1/x"), (String::new(), some("h:1"), "/x".into(), None));
        assert_eq!(parts("///x"), (String::new(), None, "///x".into(), None));
        for text in ["/a b", "https://h/x?q=%zz#f", "a/b:c", "*", "", "http://[::1]:80/"] {
            assert!(Url::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_url() {
        for (text, cause) in [
            (":a", "parse \":a\": missing protocol scheme"),
            ("/%2", "parse \"/%2\": invalid URL escape \"%2\""),
            ("/a%g1x#f", "parse \"/a%g1x\": invalid URL escape \"%g1\""),
            ("1a:b", "parse \"1a:b\": first path segment in URL cannot contain colon"),
            ("/\u{7f}", "parse \"/\\x7f\": net/url: invalid control character in URL"),
            ("http://h:x/", "parse \"http://h:x/\": invalid port \":x\" after host"),
            ("http://a b/", "parse \"http://a b/\": invalid character \" \" in host name"),
        ] {
            assert_eq!(Url::parse(text).unwrap_err().to_string(), cause);
        }
    }

    #[test]
    fn paths_are_escaped_only_if_they_must() {
        for (text, escaped) in
            [("/a%2fb", "/a%2fb"), ("/a b%2f", "/a%20b/"), ("/é", "/%C3%A9"), ("/!()", "/!()")]
        {
            assert_eq!(Url::parse(text).unwrap().escaped_path(), escaped);
        }
        assert_eq!(Url::parse("HTTP://h/x?#").unwrap().to_string(), "http://h/x?");
    }
}
