//! Spec: spec/command/multibase-commands.md
//!
//! `ipfs multibase`: encode and decode text in the bases of multibase.

use crate::commands::cid::listing::{Bases, bases};
use crate::options::Default;
use crate::prelude::*;
use ipfs_data::multibase::{self, Base};
use std::io::Read;

fn read(request: &Request) -> Result<Vec<u8>> {
    let file = request.take_file().map_err(|error| error.context("failed to access file"))?;
    let mut bytes = Vec::new();
    let read = file.open().and_then(|mut reader| reader.read_to_end(&mut bytes));
    read.map_err(|error| Error::from(error).context("failed to read file contents"))?;
    Ok(bytes)
}

fn base(request: &Request) -> Result<Base> {
    Ok(Base::from_name(request.str("b").unwrap_or_default())?)
}

fn decoded(text: &[u8]) -> Result<Vec<u8>> {
    let decoded = multibase::decode(text);
    let (_, bytes) =
        decoded.map_err(|error| Error::from(error).context("failed to decode multibase"))?;
    Ok(bytes)
}

// spec: multibase-commands.encode
fn encode(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let base = base(request)?;
    emitter.write(&multibase::encode(base, &read(request)?))
}

// spec: multibase-commands.decode
fn decode(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    emitter.write(&decoded(&read(request)?)?)
}

// spec: multibase-commands.transcode
fn transcode(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let base = base(request)?;
    emitter.write(&multibase::encode(base, &decoded(&read(request)?)?))
}

/// `ipfs multibase`
pub static MULTIBASE: Command = Command {
    name: "multibase",
    tagline: "Encode and decode text in the bases of multibase.",
    subcommands: &[&MULTIBASE_DECODE, &MULTIBASE_ENCODE, &MULTIBASE_LIST, &MULTIBASE_TRANSCODE],
    ..Command::NEW
};

/// `ipfs multibase decode`
pub static MULTIBASE_DECODE: Command = Command {
    name: "decode",
    tagline: "Decode multibase text.",
    arguments: &[Arg::file("encoded_file", "The text.").required().stdin()],
    run: Some(decode),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};

/// `ipfs multibase encode`
pub static MULTIBASE_ENCODE: Command = Command {
    name: "encode",
    tagline: "Encode bytes as multibase text.",
    arguments: &[Arg::file("file", "The bytes.").required().stdin()],
    options: &[Opt::string(&["b"], "The base.").default(Default::String("base64url"))],
    run: Some(encode),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};

// spec: multibase-commands.list
/// `ipfs multibase list`
pub static MULTIBASE_LIST: Command = Command {
    name: "list",
    tagline: "List the bases of multibase.",
    options: &[
        Opt::bool(&["prefix"], "Print the prefix of each base as well."),
        Opt::bool(&["numeric"], "Print the number of each base as well."),
    ],
    no_repo: true,
    run: Some(bases),
    output: OutputKind::value::<Bases>(),
    ..Command::NEW
};

/// `ipfs multibase transcode`
pub static MULTIBASE_TRANSCODE: Command = Command {
    name: "transcode",
    tagline: "Change the base of multibase text.",
    arguments: &[Arg::file("encoded_file", "The text.").required().stdin()],
    options: &[Opt::string(&["b"], "The base.").default(Default::String("base64url"))],
    run: Some(transcode),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};
