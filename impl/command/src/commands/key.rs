//! Spec: spec/command/key.md
//!
//! `ipfs key`: make and manage keys.

use crate::options::Default;
use crate::prelude::*;

/// `ipfs key`
pub static KEY: Command = Command {
    name: "key",
    tagline: "Make and manage keys.",
    description: "\
Each key gives an IPNS name.",
    subcommands: &[
        &KEY_EXPORT,
        &KEY_GEN,
        &KEY_IMPORT,
        &KEY_LIST,
        &KEY_LS,
        &KEY_RENAME,
        &KEY_RM,
        &KEY_ROTATE,
        &KEY_SIGN,
        &KEY_VERIFY,
    ],
    ..Command::NEW
};

/// `ipfs key export`
pub static KEY_EXPORT: Command = Command {
    name: "export",
    tagline: "Write a key to a file.",
    description: "\
Who has the file can publish under the name of the key.",
    arguments: &[Arg::string("name", "The name of the key.").required().stdin()],
    options: &[
        Opt::string(&["output", "o"], "The file to write. Default: NAME.key or NAME.pem."),
        Opt::string(
            &["format", "f"],
            "Format of the file: libp2p-protobuf-cleartext or pem-pkcs8-cleartext.",
        )
        .default(Default::String("libp2p-protobuf-cleartext")),
    ],
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key gen`
pub static KEY_GEN: Command = Command {
    name: "gen",
    tagline: "Make a key.",
    arguments: &[Arg::string("name", "The name of the key.").required()],
    options: &[
        Opt::string(&["type", "t"], "Kind of the key: ed25519, rsa, secp256k1 or ecdsa.")
            .default(Default::String("ed25519")),
        Opt::int(&["size", "s"], "Bits of an RSA key."),
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
    ],
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key import`
pub static KEY_IMPORT: Command = Command {
    name: "import",
    tagline: "Read a key from a file.",
    arguments: &[
        Arg::string("name", "The name of the key.").required(),
        Arg::file("key", "The file.").required(),
    ],
    options: &[
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
        Opt::string(
            &["format", "f"],
            "Format of the file: libp2p-protobuf-cleartext or pem-pkcs8-cleartext.",
        )
        .default(Default::String("libp2p-protobuf-cleartext")),
        Opt::bool(&["allow-any-key-type"], "Accept keys of other kinds than RSA and ed25519.")
            .default(Default::Bool(false)),
    ],
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key list`
pub static KEY_LIST: Command = Command {
    name: "list",
    tagline: "Old name of 'ipfs key ls'.",
    options: &[
        Opt::bool(&["l"], "Print the IDs, too."),
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
    ],
    status: Status::Deprecated,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key ls`
pub static KEY_LS: Command = Command {
    name: "ls",
    tagline: "List the keys.",
    options: &[
        Opt::bool(&["l"], "Print the IDs, too."),
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
    ],
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key rename`
pub static KEY_RENAME: Command = Command {
    name: "rename",
    tagline: "Rename a key.",
    arguments: &[
        Arg::string("name", "The name of the key.").required(),
        Arg::string("newName", "The new name.").required(),
    ],
    options: &[
        Opt::bool(&["force", "f"], "Overwrite a key that has the new name."),
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
    ],
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key rm`
pub static KEY_RM: Command = Command {
    name: "rm",
    tagline: "Delete keys.",
    arguments: &[Arg::string("name", "The name of a key.").required().variadic().stdin()],
    options: &[
        Opt::bool(&["l"], "Print the IDs, too."),
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
    ],
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key rotate`
pub static KEY_ROTATE: Command = Command {
    name: "rotate",
    tagline: "Give the node a new identity.",
    description: "\
The old key is kept under another name. No daemon may run.",
    options: &[
        Opt::string(&["oldkey", "o"], "Name under which to keep the old key."),
        Opt::string(&["type", "t"], "Kind of the new key: ed25519 or rsa.")
            .default(Default::String("ed25519")),
        Opt::int(&["size", "s"], "Bits of an RSA key."),
    ],
    no_remote: true,
    no_daemon: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key sign`
pub static KEY_SIGN: Command = Command {
    name: "sign",
    tagline: "Sign data with a key.",
    arguments: &[Arg::file("data", "The data.").required().stdin()],
    options: &[
        Opt::string(&["key", "k"], "Name of the key. Default: self."),
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
    ],
    status: Status::Experimental,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs key verify`
pub static KEY_VERIFY: Command = Command {
    name: "verify",
    tagline: "Check a signature.",
    arguments: &[Arg::file("data", "The data.").required().stdin()],
    options: &[
        Opt::string(&["key", "k"], "Name or ID of the key. Default: self."),
        Opt::string(&["signature", "s"], "The signature, in multibase."),
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
    ],
    status: Status::Experimental,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};
