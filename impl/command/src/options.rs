//! Spec: spec/command/cli.md
//!
//! Options: their definitions, their values, and how text becomes a value.

/// The type of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A signed number of 32 bits.
    Int,
    /// An unsigned number of 32 bits.
    Uint,
    /// A signed number of 64 bits.
    Int64,
    /// An unsigned number of 64 bits.
    Uint64,
    /// Text.
    String,
    /// Text, any number of times.
    Strings,
    /// Text, any number of times, each a comma separated list.
    List,
}

impl Kind {
    /// The name of the type in help and in errors of the RPC.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Int64 => "int64",
            Self::Uint64 => "uint64",
            Self::String => "string",
            Self::Strings | Self::List => "array",
        }
    }
}

/// A value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Int`] and [`Kind::Int64`].
    Int(i64),
    /// Of [`Kind::Uint`] and [`Kind::Uint64`].
    Uint(u64),
    /// Of [`Kind::String`].
    String(String),
    /// Of [`Kind::Strings`] and [`Kind::List`].
    Strings(Vec<String>),
}

/// A default value, as static data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// None: the option is absent unless given.
    None,
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Int`] and [`Kind::Int64`].
    Int(i64),
    /// Of [`Kind::Uint`] and [`Kind::Uint64`].
    Uint(u64),
    /// Of [`Kind::String`].
    String(&'static str),
    /// Of [`Kind::Strings`] and [`Kind::List`].
    Strings(&'static [&'static str]),
}

impl Default {
    /// The value, if there is a default.
    pub fn value(self) -> Option<Value> {
        Some(match self {
            Self::None => return None,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Uint(value) => Value::Uint(value),
            Self::String(value) => Value::String(value.to_owned()),
            Self::Strings(values) => {
                Value::Strings(values.iter().map(|&value| value.to_owned()).collect())
            }
        })
    }
}

/// The definition of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opt {
    /// The names; the first one is the key under which the request holds the value.
    pub names: &'static [&'static str],
    /// The type.
    pub kind: Kind,
    /// One or more sentences. The default is appended to them.
    pub description: &'static str,
    /// The value when not given.
    pub default: Default,
}

impl Opt {
    /// Any option.
    pub const fn new(
        kind: Kind,
        names: &'static [&'static str],
        description: &'static str,
    ) -> Self {
        Self { names, kind, description, default: Default::None }
    }

    /// A switch.
    pub const fn bool(names: &'static [&'static str], description: &'static str) -> Self {
        Self::new(Kind::Bool, names, description)
    }

    /// A signed number of 32 bits.
    pub const fn int(names: &'static [&'static str], description: &'static str) -> Self {
        Self::new(Kind::Int, names, description)
    }

    /// An unsigned number of 32 bits.
    pub const fn uint(names: &'static [&'static str], description: &'static str) -> Self {
        Self::new(Kind::Uint, names, description)
    }

    /// A signed number of 64 bits.
    pub const fn int64(names: &'static [&'static str], description: &'static str) -> Self {
        Self::new(Kind::Int64, names, description)
    }

    /// An unsigned number of 64 bits.
    pub const fn uint64(names: &'static [&'static str], description: &'static str) -> Self {
        Self::new(Kind::Uint64, names, description)
    }

    /// Text.
    pub const fn string(names: &'static [&'static str], description: &'static str) -> Self {
        Self::new(Kind::String, names, description)
    }

    /// Text, any number of times.
    pub const fn strings(names: &'static [&'static str], description: &'static str) -> Self {
        Self::new(Kind::Strings, names, description)
    }

    /// Comma separated lists, any number of times.
    pub const fn list(names: &'static [&'static str], description: &'static str) -> Self {
        Self::new(Kind::List, names, description)
    }

    /// Gives the default.
    pub const fn default(mut self, default: Default) -> Self {
        self.default = default;
        self
    }

    /// The key under which a request holds the value.
    pub const fn name(&self) -> &'static str {
        self.names[0]
    }

    /// Reads a value.
    ///
    /// # Errors
    /// The text of the reference for a value that is not of the type.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        Ok(match self.kind {
            Kind::Bool => Value::Bool(parse_bool(text)?),
            Kind::Int => Value::Int(parse_int(text, 32)?),
            Kind::Int64 => Value::Int(parse_int(text, 64)?),
            Kind::Uint => Value::Uint(parse_uint(text, 32)?),
            Kind::Uint64 => Value::Uint(parse_uint(text, 64)?),
            Kind::String => Value::String(text.to_owned()),
            Kind::Strings => Value::Strings(vec![text.to_owned()]),
            Kind::List => Value::Strings(text.split(',').map(str::to_owned).collect()),
        })
    }
}

/// Reads a switch: `1 t true 0 f false` in any case; empty is true.
///
/// # Errors
/// Any other text.
// spec: cli.bool-values
pub fn parse_bool(text: &str) -> Result<bool, String> {
    let lower = text.to_lowercase();
    match lower.as_str() {
        "" | "1" | "t" | "true" => Ok(true),
        "0" | "f" | "false" => Ok(false),
        _ => Err(format!(
            "strconv.ParseBool: parsing {}: invalid syntax",
            crate::encode::quote(&lower)
        )),
    }
}

/// Reads a signed number: base 10, or `0x`, `0o`, `0b`, or octal after a leading 0; underscores may
/// stand between digits when a prefix names the base or the number is decimal without leading 0.
///
/// # Errors
/// Text that is no such number, or a number that does not fit into `bits` bits.
// spec: cli.number-values
pub fn parse_int(text: &str, bits: u32) -> Result<i64, String> {
    let fail = |why| format!("strconv.ParseInt: parsing {}: {why}", crate::encode::quote(text));
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = magnitude(digits, text).map_err(fail)?;
    let limit = 1_u128 << (bits - 1);
    if (negative && magnitude > limit) || (!negative && magnitude >= limit) {
        return Err(fail("value out of range"));
    }
    let value = i128::try_from(magnitude).map_err(|_| fail("value out of range"))?;
    i64::try_from(if negative { -value } else { value }).map_err(|_| fail("value out of range"))
}

/// Reads an unsigned number, in the forms of [`parse_int`] without a sign.
///
/// # Errors
/// Text that is no such number, or a number that does not fit into `bits` bits.
// spec: cli.number-values
pub fn parse_uint(text: &str, bits: u32) -> Result<u64, String> {
    let fail = |why| format!("strconv.ParseUint: parsing {}: {why}", crate::encode::quote(text));
    let magnitude = magnitude(text, text).map_err(fail)?;
    if magnitude >= 1_u128 << bits {
        return Err(fail("value out of range"));
    }
    u64::try_from(magnitude).map_err(|_| fail("value out of range"))
}

fn magnitude(digits: &str, whole: &str) -> Result<u128, &'static str> {
    let lower = digits.to_ascii_lowercase();
    let (radix, body, prefixed) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest, true)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest, true)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest, true)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..], true)
    } else {
        (10, lower.as_str(), false)
    };
    if body.is_empty() || whole.is_empty() || !underscores_ok(body, prefixed) {
        return Err("invalid syntax");
    }
    let mut value: u128 = 0;
    let mut overflow = false;
    for letter in body.chars().filter(|&letter| letter != '_') {
        let digit = letter.to_digit(radix).ok_or("invalid syntax")?;
        value = value.saturating_mul(u128::from(radix)).saturating_add(u128::from(digit));
        overflow |= value > u128::from(u64::MAX);
    }
    if overflow { Err("value out of range") } else { Ok(value) }
}

fn underscores_ok(body: &str, prefixed: bool) -> bool {
    !body.ends_with('_') && !body.contains("__") && (prefixed || !body.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_reference() {
        assert_eq!(parse_int("-5", 32), Ok(-5));
        assert_eq!(parse_int("0x10", 32), Ok(16));
        assert_eq!(parse_int("010", 32), Ok(8));
        assert_eq!(parse_int("0o17", 64), Ok(15));
        assert_eq!(parse_int("1_000", 64), Ok(1000));
        assert_eq!(
            parse_int("x", 32),
            Err("strconv.ParseInt: parsing \"x\": invalid syntax".to_owned())
        );
        assert_eq!(
            parse_int("2147483648", 32),
            Err("strconv.ParseInt: parsing \"2147483648\": value out of range".to_owned())
        );
        assert_eq!(parse_int("-2147483648", 32), Ok(-2_147_483_648));
        assert_eq!(parse_uint("18446744073709551615", 64), Ok(u64::MAX));
        assert!(parse_uint("-1", 64).is_err());
        assert!(parse_int("", 64).is_err());
    }

    #[test]
    fn bools_follow_the_reference() {
        assert_eq!(parse_bool(""), Ok(true));
        assert_eq!(parse_bool("FALSE"), Ok(false));
        assert_eq!(
            parse_bool("yes"),
            Err("strconv.ParseBool: parsing \"yes\": invalid syntax".to_owned())
        );
    }
}
