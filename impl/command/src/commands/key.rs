//! Spec: spec/command/key-commands.md
//!
//! `ipfs key`: make and manage keys.

mod generate;
mod list;
mod rotate;
mod show;
mod sign;
mod transfer;

pub(crate) use sign::public_key;

use crate::keyring::IdFormat;
use crate::options::Default;
use crate::prelude::*;

/// How names are printed.
pub const IPNS_BASE: Opt =
    Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
        .default(Default::String("base36"));

fn id_format(request: &Request) -> Result<IdFormat> {
    IdFormat::parse(request.str("ipns-base").unwrap_or("base36"))
}

/// A key with its ID.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyOutput {
    /// Its name.
    pub name: String,
    /// Its ID, as `--ipns-base` wants it.
    pub id: String,
}

impl Output for KeyOutput {
    const NAME: &'static str = "KeyOutput";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        Ok(writeln!(out, "{}", self.id)?)
    }
}

/// `ipfs key`
pub static KEY: Command = Command {
    name: "key",
    tagline: "Make and manage keys.",
    description: "\
Each key gives an IPNS name. The node's own key is called 'self'.

Keys lie in the repository as plain files unless they were made with a
passphrase.",
    subcommands: &[
        &KEY_EXPORT,
        &KEY_GEN,
        &KEY_IMPORT,
        &KEY_INFO,
        &KEY_LIST,
        &KEY_LS,
        &KEY_RENAME,
        &KEY_RM,
        &KEY_ROTATE,
        &KEY_SHOW,
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
            "Format of the file: libp2p-protobuf-cleartext, pem-pkcs8-cleartext or pem-pkcs8-encrypted.",
        )
        .default(Default::String("libp2p-protobuf-cleartext")),
    ],
    no_remote: true,
    run: Some(transfer::export),
    output: OutputKind::Bytes("application/octet-stream"),
    post_run: Some(transfer::start_post_run),
    ..Command::NEW
};

/// `ipfs key gen`
pub static KEY_GEN: Command = Command {
    name: "gen",
    tagline: "Make a key.",
    description: "\
With -p the file of the key is encrypted (PKCS#8 with scrypt and AES,
which openssl reads). The passphrase is asked for on the terminal, or is
the first line of the file that $IPFS_KEY_PASSPHRASE_FILE names. Other
software that shares the repository passes over such keys.",
    arguments: &[Arg::string("name", "The name of the key.").required()],
    options: &[
        Opt::string(&["type", "t"], "Kind of the key: ed25519, rsa, secp256k1 or ecdsa.")
            .default(Default::String("ed25519")),
        Opt::int(&["size", "s"], "Bits of an RSA key."),
        Opt::bool(&["passphrase", "p"], "Encrypt the key on disk; asks for the passphrase."),
        IPNS_BASE,
    ],
    run: Some(generate::run),
    output: OutputKind::value::<KeyOutput>(),
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
        IPNS_BASE,
        Opt::string(
            &["format", "f"],
            "Format of the file: libp2p-protobuf-cleartext, pem-pkcs8-cleartext or pem-pkcs8-encrypted.",
        )
        .default(Default::String("libp2p-protobuf-cleartext")),
        Opt::bool(&["allow-any-key-type"], "Accept keys of other kinds than RSA and ed25519.")
            .default(Default::Bool(false)),
    ],
    run: Some(transfer::import),
    output: OutputKind::value::<KeyOutput>(),
    ..Command::NEW
};

/// `ipfs key info`
pub static KEY_INFO: Command = Command {
    name: "info",
    tagline: "Describe a key.",
    description: "\
Prints kind, size, ID and public key, never the private key.",
    arguments: &[Arg::string("name", "The name of the key, or a peer ID.").required().stdin()],
    options: &[IPNS_BASE],
    run: Some(show::info),
    output: OutputKind::value::<show::KeyInfo>(),
    ..Command::NEW
};

/// `ipfs key list`
pub static KEY_LIST: Command = Command {
    name: "list",
    tagline: "Old name of 'ipfs key ls'.",
    options: &[Opt::bool(&["l"], "Print the IDs, too."), IPNS_BASE],
    status: Status::Deprecated,
    run: Some(list::run),
    output: OutputKind::value::<list::KeyOutputList>(),
    ..Command::NEW
};

/// `ipfs key ls`
pub static KEY_LS: Command = Command {
    name: "ls",
    tagline: "List the keys.",
    options: &[Opt::bool(&["l"], "Print the IDs, too."), IPNS_BASE],
    run: Some(list::run),
    output: OutputKind::value::<list::KeyOutputList>(),
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
    options: &[Opt::bool(&["force", "f"], "Overwrite a key that has the new name."), IPNS_BASE],
    run: Some(list::rename),
    output: OutputKind::value::<list::KeyRenameOutput>(),
    ..Command::NEW
};

/// `ipfs key rm`
pub static KEY_RM: Command = Command {
    name: "rm",
    tagline: "Delete keys.",
    arguments: &[Arg::string("name", "The name of a key.").required().variadic().stdin()],
    options: &[Opt::bool(&["l"], "Print the IDs, too."), IPNS_BASE],
    run: Some(list::remove),
    output: OutputKind::value::<list::KeyOutputList>(),
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
    run: Some(rotate::run),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};

/// `ipfs key show`
pub static KEY_SHOW: Command = Command {
    name: "show",
    tagline: "Print a private key.",
    description: "\
Prints the key as PKCS#8 in PEM. Who sees it can act as its owner, so this
asks first.",
    arguments: &[Arg::string("name", "The name of the key.").required()],
    options: &[Opt::bool(&["yes", "y"], "Don't ask.")],
    no_remote: true,
    run: Some(show::show),
    output: OutputKind::Bytes("application/x-pem-file"),
    ..Command::NEW
};

/// `ipfs key sign`
pub static KEY_SIGN: Command = Command {
    name: "sign",
    tagline: "Sign data with a key.",
    arguments: &[Arg::file("data", "The data.").required().stdin()],
    options: &[Opt::string(&["key", "k"], "Name of the key. Default: self."), IPNS_BASE],
    status: Status::Experimental,
    run: Some(sign::sign),
    output: OutputKind::stream::<sign::KeySignOutput>(),
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
        IPNS_BASE,
    ],
    status: Status::Experimental,
    run: Some(sign::verify),
    output: OutputKind::stream::<sign::KeyVerifyOutput>(),
    ..Command::NEW
};
