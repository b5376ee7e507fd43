//! Spec: spec/command/crypt-commands.md
//!
//! `ipfs crypt`: sign, verify, encrypt and decrypt with the keys of the repository.

mod seal;
mod signature;

use crate::prelude::*;

const KEY: Opt = Opt::string(&["key", "k"], "The name of a key. Default: self.");
const OUTPUT: Opt = Opt::string(&["output", "o"], "The file to write. Default: standard output.");

/// `ipfs crypt`
pub static CRYPT: Command = Command {
    name: "crypt",
    tagline: "Sign, verify, encrypt and decrypt with keys.",
    description: "\
Works on files with the keys that 'ipfs key ls' lists. Keys that lie under
a passphrase are asked for it on the terminal, or take it from the file
that $IPFS_KEY_PASSPHRASE_FILE names.",
    subcommands: &[&CRYPT_DECRYPT, &CRYPT_ENCRYPT, &CRYPT_SIGN, &CRYPT_VERIFY],
    ..Command::NEW
};

/// `ipfs crypt sign`
pub static CRYPT_SIGN: Command = Command {
    name: "sign",
    tagline: "Sign a file.",
    description: "\
Prints one line with the public key and the signature. Unlike 'ipfs key
sign' it takes data of any length.",
    arguments: &[Arg::file("data", "The file.").required().stdin()],
    options: &[KEY, OUTPUT],
    no_remote: true,
    run: Some(signature::sign),
    output: OutputKind::Bytes("text/plain"),
    post_run: Some(seal::start_post_run),
    ..Command::NEW
};

/// `ipfs crypt verify`
pub static CRYPT_VERIFY: Command = Command {
    name: "verify",
    tagline: "Check the signature of a file.",
    description: "\
Succeeds if the file was signed with that key and is unchanged since.",
    arguments: &[
        Arg::file("data", "The file.").required(),
        Arg::string("signature", "The file that 'ipfs crypt sign' made.").required(),
    ],
    options: &[Opt::string(
        &["key", "k"],
        "Who must have signed: the name of a key, a peer ID or an IPNS name. Default: self.",
    )],
    no_remote: true,
    run: Some(signature::verify),
    output: OutputKind::value::<signature::Verified>(),
    ..Command::NEW
};

/// `ipfs crypt encrypt`
pub static CRYPT_ENCRYPT: Command = Command {
    name: "encrypt",
    tagline: "Encrypt a file for the owner of a key.",
    description: "\
Only the holder of the private key can read the result. The key may be one
of your own, or the peer ID or IPNS name of somebody else if it holds a
public key, as those of ed25519 and secp256k1 do.

Every choice of cipher also notices changed, cut and reordered data.",
    arguments: &[Arg::file("data", "The file.").required().stdin()],
    options: &[
        Opt::string(
            &["key", "k"],
            "For whom: the name of a key, a peer ID or an IPNS name. Default: self.",
        ),
        OUTPUT,
        Opt::string(&["cipher", "c"], "The cipher: chacha20 (default), aes-256 or aes-128."),
        Opt::string(&["mode", "m"], "The mode of the cipher: poly1305 for chacha20, gcm for aes."),
    ],
    no_remote: true,
    run: Some(seal::encrypt),
    output: OutputKind::Bytes("application/octet-stream"),
    post_run: Some(seal::start_post_run),
    ..Command::NEW
};

/// `ipfs crypt decrypt`
pub static CRYPT_DECRYPT: Command = Command {
    name: "decrypt",
    tagline: "Decrypt a file.",
    description: "\
Finds the key by itself. With -o the file appears only if all of the data
is unchanged; on standard output everything before the damage has been
printed when the error comes.",
    arguments: &[Arg::file("data", "The encrypted file.").required().stdin()],
    options: &[KEY, OUTPUT],
    no_remote: true,
    run: Some(seal::decrypt),
    output: OutputKind::Bytes("application/octet-stream"),
    post_run: Some(seal::start_post_run),
    ..Command::NEW
};
