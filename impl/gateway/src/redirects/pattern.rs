//! Spec: spec/gateway/redirects.md
//!
//! The first word of a rule: which paths it is for, and what it takes from them.

use super::FromError;
use crate::url::Url;

/// What `*` has taken.
const SPLAT: &str = "splat";

/// A path whose segments may be placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    /// Whether anything may follow, behind a slash.
    splat: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Placeholder(String),
}

/// What the placeholders of a pattern have taken from a path, by name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken<'a>(Vec<(&'a str, &'a str)>);

impl Pattern {
    // spec: redirects.splat
    pub(super) fn parse(text: &str) -> Result<Self, FromError> {
        match text.matches('*').count() {
            0 => {}
            _ if !text.ends_with('*') => return Err(FromError::AsteriskInside),
            1 => {}
            _ => return Err(FromError::Asterisks),
        }
        Url::parse(text)?;
        if !text.starts_with('/') {
            return Err(FromError::Relative);
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        let (text, splat) = match text.strip_suffix("/*") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let mut segments = Vec::new();
        for segment in text.split('/') {
            // spec: redirects.placeholder-once
            let segment = match segment.strip_prefix(':') {
                Some(name) => Segment::Placeholder(name.to_owned()),
                None => Segment::Text(segment.to_owned()),
            };
            if matches!(segment, Segment::Placeholder(_)) && segments.contains(&segment) {
                return Err(FromError::Placeholder(segment.to_string()));
            }
            segments.push(segment);
        }
        Ok(Self { segments, splat })
    }

    /// What is taken from `path`, which has no slash at its end, if it fits.
    // spec: redirects.placeholder
    pub(super) fn matches<'a>(&'a self, path: &'a str) -> Option<Taken<'a>> {
        let mut taken = Vec::new();
        let mut rest = Some(path);
        for segment in &self.segments {
            let (text, behind) = match rest?.split_once('/') {
                Some((text, behind)) => (text, Some(behind)),
                None => (rest?, None),
            };
            match segment {
                Segment::Placeholder(name) => taken.push((name.as_str(), text)),
                Segment::Text(expected) if expected == text => {}
                Segment::Text(_) => return None,
            }
            rest = behind;
        }
        if rest.is_some() != self.splat {
            return None;
        }
        taken.push((SPLAT, rest.unwrap_or_default()));
        Some(Taken(taken))
    }
}

impl std::fmt::Display for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Placeholder(name) => write!(f, ":{name}"),
        }
    }
}

impl Taken<'_> {
    /// `to` with what was taken in place of the names: of several that fit, the longest. What is
    /// put in is not looked at again.
    pub(super) fn fill(&self, to: &str) -> String {
        let mut out = String::with_capacity(to.len());
        let mut rest = to;
        while let Some((before, behind)) = rest.split_once(':') {
            out.push_str(before);
            let named = self.0.iter().filter(|(name, _)| behind.starts_with(name));
            // A placeholder that has the name of the splat comes first.
            match named.rev().max_by_key(|(name, _)| name.len()) {
                Some((name, value)) => {
                    out.push_str(value);
                    rest = &behind[name.len()..];
                }
                None => {
                    out.push(':');
                    rest = behind;
                }
            }
        }
        out.push_str(rest);
        out
    }
}
