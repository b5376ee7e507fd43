//! Spec: spec/migrations/config-file.md
//!
//! Numbers. Upstream takes every number through a 64-bit float.

/// Integers below this are exact in a 64-bit float.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// A number and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    value: f64,
    text: String,
}

impl Number {
    // spec: config-file.digits
    /// From a valid JSON number. The text becomes upstream's, unless digits would get lost.
    pub(super) fn from_literal(literal: &str) -> Self {
        let value: f64 = literal.parse().unwrap_or(f64::NAN);
        let integer = literal.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let text = if !value.is_finite() || (integer && value.abs() >= EXACT_MAX) {
            literal.to_owned()
        } else {
            float_text(value)
        };
        Self { value, text }
    }

    /// As a 64-bit float.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The shortest text that reads back as the same float: plain between 1e-6 and 1e21, else with an
/// exponent.
fn float_text(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}
