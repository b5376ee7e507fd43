//! Spec: spec/migrations/config-file.md
//!
//! JSON as upstream's programs read and write it: what they accept, what they say about errors, and
//! their text form to the byte.

use std::collections::BTreeMap;

mod number;
mod read;
mod write;

pub use number::Number;

/// Deepest nesting that is read.
pub const DEPTH_MAX: usize = 1000;

/// A JSON object. Its keys are sorted by their bytes; of equal keys the last one counts.
pub type Object = BTreeMap<String, Value>;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

// spec: config-file.errors
/// Why a text is no JSON, in upstream's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing but white space.
    #[error("EOF")]
    Empty,
    /// It stops in the middle.
    #[error("unexpected EOF")]
    Unfinished,
    /// The same, where the whole text is to be one value.
    #[error("unexpected end of JSON input")]
    UnfinishedText,
    /// A character that can't be there.
    #[error("invalid character {character} {place}")]
    Character {
        /// The character, quoted.
        character: String,
        /// Where it stands.
        place: String,
    },
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("exceeded max depth")]
    Depth,
    /// Valid, but no object.
    #[error("json: cannot unmarshal {0} into Go value of type map[string]interface {{}}")]
    NoObject(&'static str),
}

impl Value {
    /// Reads the first value of a text; what follows is ignored.
    pub fn read_first(text: &[u8]) -> Result<Self, Error> {
        read::first(text)
    }

    /// Reads a text that is one value.
    pub fn read_whole(text: &[u8]) -> Result<Self, Error> {
        read::whole(text)
    }

    /// The text with two spaces of indentation, keys sorted, and a final newline.
    pub fn indented(&self) -> String {
        write::indented(self)
    }

    /// The text without white space.
    pub fn compact(&self) -> String {
        write::compact(self)
    }

    /// Upstream's name of the type, as its messages print it.
    pub fn go_type(&self) -> &'static str {
        match self {
            Self::Null => "<nil>",
            Self::Bool(_) => "bool",
            Self::Number(_) => "float64",
            Self::String(_) => "string",
            Self::Array(_) => "[]interface {}",
            Self::Object(_) => "map[string]interface {}",
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The array, if it is one.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<Vec<Value>> for Value {
    fn from(array: Vec<Value>) -> Self {
        Self::Array(array)
    }
}

/// What a top-level text of a configuration is: an object, or `null`.
pub fn object_or_null(value: Value) -> Result<Option<Object>, Error> {
    match value {
        Value::Object(object) => Ok(Some(object)),
        Value::Null => Ok(None),
        Value::Bool(_) => Err(Error::NoObject("bool")),
        Value::Number(_) => Err(Error::NoObject("number")),
        Value::String(_) => Err(Error::NoObject("string")),
        Value::Array(_) => Err(Error::NoObject("array")),
    }
}

#[cfg(test)]
mod tests;
