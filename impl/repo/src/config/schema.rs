//! Spec: spec/repo/config.md
//!
//! Which keys there are, and the type of each. The names of types are the reference's: they appear
//! in its error texts.

mod decode;
mod tables;

pub(super) use decode::normalize;

use super::KeyError;

/// A type of values.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    /// `true` or `false`
    Bool,
    /// A whole number; the name of its type.
    Integer(&'static str),
    /// A text.
    Text,
    /// A text or a list of texts.
    Texts,
    /// Null, `true` or `false`.
    Flag,
    /// Null, `false`, or a positive number.
    Priority,
    /// Null or a whole number.
    OptionalInteger,
    /// Null or a text.
    OptionalText,
    /// Null or a duration.
    OptionalDuration,
    /// Null, a size or a number.
    OptionalBytes,
    /// A duration, or a number of nanoseconds.
    Duration,
    /// A list.
    List(&'static Type),
    /// An object with any keys.
    Map(&'static Type),
    /// An object with known keys.
    Struct(&'static Struct),
    /// As its target, but absent when null.
    Pointer(&'static Type),
    /// Anything.
    Any,
    /// Anything, kept as it is.
    Raw,
    /// `""`, `enabled`, `disabled` or `legacy-v1`.
    ServiceMode,
    /// A key that was given up; only an empty object is accepted.
    Removed {
        /// Why nothing else is accepted.
        text: &'static str,
        /// Whether `false` is accepted too.
        accepts_false: bool,
    },
    /// A peer and its addresses.
    AddressInfo,
    /// A custom router.
    Router,
}

/// An object with known keys.
#[derive(Debug)]
pub(super) struct Struct {
    /// Its name, empty for a nameless one.
    pub(super) name: &'static str,
    /// Its keys in the order in which they are written.
    pub(super) fields: &'static [Field],
}

/// A known key.
#[derive(Debug)]
pub(super) struct Field {
    /// The key.
    pub(super) name: &'static str,
    /// The type of its value.
    pub(super) kind: Type,
    /// Whether it is left out at its default.
    pub(super) omitted_when_empty: bool,
}

/// What a known key that is always written looks like.
const fn field(name: &'static str, kind: Type) -> Field {
    Field { name, kind, omitted_when_empty: false }
}

/// A key that is left out at its default.
const fn optional(name: &'static str, kind: Type) -> Field {
    Field { name, kind, omitted_when_empty: true }
}

impl Struct {
    /// The field of a key: an exact match, else one that differs in case only.
    fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields
            .iter()
            .find(|field| field.name == key)
            .or_else(|| self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(key)))
    }
}

// spec: config.known-keys
/// Checks that a path leads to a key that the node knows. Case matters.
pub(super) fn check_key(path: &str) -> Result<(), KeyError> {
    let parts: Vec<&str> = path.split('.').collect();
    let mut kind = Type::Struct(&tables::CONFIG);
    for (index, part) in parts.iter().enumerate() {
        let not_found = || KeyError::NotFound(parts[..=index].join("."));
        kind = match target(kind) {
            Type::Any => return Ok(()),
            Type::Map(inner) => *inner,
            Type::Struct(known) => {
                let field = known.fields.iter().find(|field| field.name == *part);
                field.ok_or_else(not_found)?.kind
            }
            // These are objects without visible keys in the reference.
            Type::OptionalInteger | Type::OptionalText | Type::OptionalDuration => {
                return Err(not_found());
            }
            // Its visible keys lead nowhere: no value fits under them.
            Type::OptionalBytes | Type::Router => return Err(not_found()),
            _ => return Err(KeyError::NotAMap(parts[..index].join("."))),
        };
    }
    Ok(())
}

fn target(kind: Type) -> Type {
    match kind {
        Type::Pointer(inner) => target(*inner),
        other => other,
    }
}

#[cfg(test)]
mod tests;
