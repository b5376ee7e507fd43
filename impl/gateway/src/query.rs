//! Spec: spec/gateway/path-gateway.md
//!
//! The query of a URL as a list of names and values, read and written as forms are.

use crate::escape;

/// Names in a query beyond which the rest is left out.
const PAIRS_MAX: usize = 128;

/// Names and values in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads what follows `?`. Parts that can't be read are left out.
    pub fn parse(text: &str) -> Self {
        let pairs = text
            .split('&')
            .filter(|part| !part.is_empty() && !part.contains(';'))
            .filter_map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                Some((escape::unescape_form(name)?, escape::unescape_form(value)?))
            })
            .take(PAIRS_MAX)
            .collect();
        Self { pairs }
    }

    /// The first value of a name; none when it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(known, _)| known == name)?;
        (!value.is_empty()).then_some(value)
    }

    /// Whether a name is there, with or without value.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known == name)
    }

    /// Gives a name this value only.
    pub fn set(&mut self, name: &str, value: &str) {
        self.pairs.retain(|(known, _)| known != name);
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    /// Adds `others`; what was there under their names goes.
    pub fn replace(&mut self, others: Self) {
        self.pairs.retain(|(known, _)| !others.has(known));
        self.pairs.extend(others.pairs);
    }

    /// The query as text, sorted by name.
    pub fn encode(&self) -> String {
        let mut sorted: Vec<&(String, String)> = self.pairs.iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let parts: Vec<String> = sorted
            .iter()
            .map(|(name, value)| {
                format!("{}={}", escape::escape_form(name), escape::escape_form(value))
            })
            .collect();
        parts.join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_forms_do() {
        let query = Query::parse("a=1&b=x+y%2F&a=2&c&d=%zz&e;f=1&=g");
        assert_eq!(query.get("a"), Some("1"));
        assert_eq!(query.get("b"), Some("x y/"));
        assert_eq!((query.get("c"), query.has("c"), query.has("d")), (None, true, false));
        assert_eq!(query.encode(), "=g&a=1&a=2&b=x+y%2F&c=");
    }

    #[test]
    fn has_a_bound() {
        assert_eq!(Query::parse(&"a=1&".repeat(5000)).pairs.len(), PAIRS_MAX);
    }
}
