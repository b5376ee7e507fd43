//! Spec: spec/sim/scenario.md
//!
//! Durations, sizes and rates as scenarios write them: `"50ms"`, `"16MiB"`, `"100Mbit"`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::time::Duration;

/// A text that is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is no {kind}: write it like {example}")]
pub struct Error {
    text: String,
    kind: &'static str,
    example: &'static str,
}

/// Splits a number from its unit and scales it to whole base units.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(split);
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 || whole.is_empty() {
        return None;
    }
    let fraction_value: u64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let part = u128::from(fraction_value) * u128::from(*scale) / 10u128.pow(fraction.len() as u32);
    whole.parse::<u64>().ok()?.checked_mul(*scale)?.checked_add(u64::try_from(part).ok()?)
}

macro_rules! quantity {
    ($name:ident, $kind:literal, $example:literal, $pattern:literal, $units:expr, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
        pub struct $name(pub u64);

        impl std::str::FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                let value = scaled(text, &$units).map(Self);
                value.ok_or_else(|| Error { text: text.into(), kind: $kind, example: $example })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(source)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
                sink.collect_str(self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let best = $units.into_iter().rfind(|(_, scale)| self.0.is_multiple_of(*scale));
                let (unit, scale) = best.unwrap_or($units[0]);
                write!(f, "{}{unit}", self.0 / scale)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $doc,
                    "pattern": $pattern,
                    "examples": [$example]
                })
            }
        }
    };
}

quantity!(
    Span,
    "duration",
    "50ms",
    "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|min|h)$",
    [
        ("ns", 1),
        ("us", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("min", 60_000_000_000),
        ("h", 3_600_000_000_000)
    ],
    "A duration: a number with ns, us, ms, s, min or h."
);

quantity!(
    Size,
    "size",
    "16MiB",
    "^[0-9]+(\\.[0-9]+)?(B|kB|KiB|MB|MiB|GB|GiB)$",
    [
        ("B", 1),
        ("kB", 1_000),
        ("KiB", 1 << 10),
        ("MB", 1_000_000),
        ("MiB", 1 << 20),
        ("GB", 1_000_000_000),
        ("GiB", 1 << 30)
    ],
    "A number of bytes: a number with B, kB, KiB, MB, MiB, GB or GiB."
);

quantity!(
    Rate,
    "rate",
    "100Mbit",
    "^[0-9]+(\\.[0-9]+)?(bit|kbit|Mbit|Gbit)$",
    [("bit", 1), ("kbit", 1_000), ("Mbit", 1_000_000), ("Gbit", 1_000_000_000)],
    "Bits per second: a number with bit, kbit, Mbit or Gbit. `0bit` is no limit."
);

impl Span {
    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// Whole milliseconds.
    pub const fn ms(value: u64) -> Self {
        Self(value * 1_000_000)
    }

    /// Seconds, with fraction.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Rate {
    /// Bytes per second, rounded up.
    pub fn bytes(self) -> u64 {
        self.0.div_ceil(8)
    }
}

/// A range of durations from which each node draws one: `"50ms"` or `["20ms", "80ms"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SpanRange {
    /// The same for all.
    One(Span),
    /// Evenly distributed between two.
    Between(Span, Span),
}

impl SpanRange {
    /// The bounds, the lower one first.
    pub fn bounds(self) -> (u64, u64) {
        match self {
            Self::One(span) => (span.0, span.0),
            Self::Between(a, b) => (a.0.min(b.0), a.0.max(b.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_exact() {
        assert_eq!("50ms".parse::<Span>().unwrap().0, 50_000_000);
        assert_eq!("1.5s".parse::<Span>().unwrap().0, 1_500_000_000);
        assert_eq!("0.25MiB".parse::<Size>().unwrap().0, 256 << 10);
        assert_eq!("100Mbit".parse::<Rate>().unwrap().bytes(), 12_500_000);
        assert_eq!("90s".parse::<Span>().unwrap().to_string(), "90s");
        assert_eq!("256KiB".parse::<Size>().unwrap().to_string(), "256KiB");
    }

    #[test]
    fn nonsense_says_how_to_write_it() {
        for text in ["", "5", "ms", "-1s", "1 s", "1.2.3s", "1e3s", ".5s", "99999999999999h"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        let error = "5 parsecs".parse::<Span>().unwrap_err();
        assert_eq!(error.to_string(), "'5 parsecs' is no duration: write it like 50ms");
    }
}
