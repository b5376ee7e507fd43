//! Spec: spec/command/cid-commands.md
//!
//! `ipfs cid`: convert CIDs and look into them.

use crate::options::Default;
pub mod describe;
pub mod listing;
pub mod recode;

use crate::prelude::*;
use describe::{Inspected, inspect};
use listing::{Codes, bases, codecs, hashes};
use recode::{Recoded, base32, format, print};

/// `ipfs cid`
pub static CID: Command = Command {
    name: "cid",
    tagline: "Convert CIDs and look into them.",
    subcommands: &[&CID_BASE32, &CID_BASES, &CID_CODECS, &CID_FORMAT, &CID_HASHES, &CID_INSPECT],
    ..Command::NEW
};

/// `ipfs cid base32`
pub static CID_BASE32: Command = Command {
    name: "base32",
    tagline: "Print CIDs as version 1 in base32.",
    arguments: &[Arg::string("cid", "The CID to convert.").required().variadic().stdin()],
    no_repo: true,
    run: Some(base32),
    output: OutputKind::stream::<Recoded>(),
    post_run: Some(print),
    ..Command::NEW
};

/// `ipfs cid bases`
pub static CID_BASES: Command = Command {
    name: "bases",
    tagline: "List the bases of multibase.",
    options: &[
        Opt::bool(&["prefix"], "Print the prefix of each base as well."),
        Opt::bool(&["numeric"], "Print the number of each base as well."),
    ],
    no_repo: true,
    run: Some(bases),
    output: OutputKind::value::<listing::Bases>(),
    ..Command::NEW
};

/// `ipfs cid codecs`
pub static CID_CODECS: Command = Command {
    name: "codecs",
    tagline: "List the codecs that a CID can name.",
    options: &[
        Opt::bool(&["numeric", "n"], "Print the number of each codec as well."),
        Opt::bool(&["supported", "s"], "List only those that this program can decode."),
    ],
    no_repo: true,
    run: Some(codecs),
    output: OutputKind::value::<Codes>(),
    ..Command::NEW
};

/// `ipfs cid format`
pub static CID_FORMAT: Command = Command {
    name: "format",
    tagline: "Print CIDs in another form.",
    description: "\
The template may hold these specifiers:

  %%  a percent sign
  %b  name of the base          %B  its prefix
  %v  version as cidv0, cidv1   %V  version as a number
  %c  name of the codec         %C  its number
  %h  name of the hash          %H  its number
  %L  length of the digest
  %m  multihash                 %M  the same without prefix
  %d  digest                    %D  the same without prefix
  %s  the CID                   %S  the same without prefix
  %P  version, codec, hash and length of the digest",
    arguments: &[Arg::string("cid", "The CID to print.").required().variadic().stdin()],
    options: &[
        Opt::string(&["f"], "The template.").default(Default::String("%s")),
        Opt::string(&["v"], "Convert to this version, 0 or 1."),
        Opt::string(&["mc"], "Convert to this codec."),
        Opt::string(&["b"], "Print in this base."),
    ],
    no_repo: true,
    run: Some(format),
    output: OutputKind::stream::<Recoded>(),
    post_run: Some(print),
    ..Command::NEW
};

/// `ipfs cid hashes`
pub static CID_HASHES: Command = Command {
    name: "hashes",
    tagline: "List the hash functions that a CID can name.",
    options: &[
        Opt::bool(&["numeric", "n"], "Print the number of each function as well."),
        Opt::bool(&["supported", "s"], "List only those that this program can compute."),
    ],
    no_repo: true,
    run: Some(hashes),
    output: OutputKind::value::<Codes>(),
    ..Command::NEW
};

/// `ipfs cid inspect`
pub static CID_INSPECT: Command = Command {
    name: "inspect",
    tagline: "Explain the parts of a CID.",
    arguments: &[Arg::string("cid", "The CID to explain.").required().stdin()],
    no_repo: true,
    run: Some(inspect),
    output: OutputKind::value::<Inspected>(),
    ..Command::NEW
};
