//! Spec: spec/data/dag-jose.md
//!
//! The `dag-jose` codec: signed (JWS) and encrypted (JWE) JSON objects in their general form, as
//! canonical CBOR with bytes where the JSON has base64url.

mod read;
mod write;

use crate::cid;
use crate::ipld::WrongKind;
use crate::{cbor, json, multibase};

pub use read::decode;
pub use write::encode;

/// Why a block or a value is neither a JWS nor a JWE. The texts are those that clients of the
/// reference see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither payload nor ciphertext.
    #[error("invalid JOSE object")]
    NotJose,
    /// The block is not CBOR, or the value does not fit in CBOR.
    #[error(transparent)]
    Cbor(#[from] cbor::Error),
    /// A value of the wrong kind.
    #[error(transparent)]
    Kind(#[from] WrongKind),
    /// A field that does not exist; its name is quoted.
    #[error("invalid key for map dagjose.{0}.Repr: {1}: no such field")]
    Field(&'static str, String),
    /// A field that must be there is not.
    #[error("missing required fields: {0}")]
    Missing(&'static str),
    /// Text is not base64url.
    #[error(transparent)]
    Base64(#[from] multibase::Error),
    /// The payload of a stored JWS is not a CID.
    #[error(transparent)]
    Cid(#[from] cid::Error),
    /// The payload of a JWS to store is not a CID.
    #[error("payload is not a valid CID: {0}")]
    Payload(cid::Error),
    /// Fields of the flattened beside those of the general form.
    #[error("invalid {0} serialization")]
    Serialization(&'static str),
    /// Headers hold JSON, in which there are no links and no bytes.
    #[error(transparent)]
    Json(#[from] json::Error),
    /// Headers hold no null and no boolean.
    #[error(
        "cannot match schema: union structure constraints for dagjose.Any.Repr caused rejection: \
         {0} called but is not valid for any of the kinds that are valid members of this union"
    )]
    Header(&'static str),
    /// JSON of another form.
    #[error("json: cannot unmarshal {0} into Go value of type {1}")]
    Shape(&'static str, &'static str),
}

/// The fields of an object and whether they must be there.
struct Schema {
    name: &'static str,
    /// In the order in which they are shown.
    fields: &'static [(&'static str, FieldKind)],
    required: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldKind {
    /// Bytes in the block, base64url in the data model.
    Base64,
    /// A JSON object.
    Header,
    /// A link, which is never stored.
    Link,
    /// Objects of another schema.
    List(&'static Schema),
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Schema {}

static JWE: Schema = Schema {
    name: "JWE",
    fields: &[
        ("aad", FieldKind::Base64),
        ("ciphertext", FieldKind::Base64),
        ("iv", FieldKind::Base64),
        ("protected", FieldKind::Base64),
        ("recipients", FieldKind::List(&RECIPIENT)),
        ("tag", FieldKind::Base64),
        ("unprotected", FieldKind::Header),
    ],
    required: "ciphertext",
};

static JWS: Schema = Schema {
    name: "JWS",
    fields: &[
        ("link", FieldKind::Link),
        ("payload", FieldKind::Base64),
        ("signatures", FieldKind::List(&SIGNATURE)),
    ],
    required: "payload",
};

static RECIPIENT: Schema = Schema {
    name: "Recipient",
    fields: &[("header", FieldKind::Header), ("encrypted_key", FieldKind::Base64)],
    required: "",
};

static SIGNATURE: Schema = Schema {
    name: "Signature",
    fields: &[
        ("header", FieldKind::Header),
        ("protected", FieldKind::Base64),
        ("signature", FieldKind::Base64),
    ],
    required: "signature",
};

#[cfg(test)]
mod tests;
