//! Spec: spec/command/resolve.md
//!
//! `ipfs resolve`: find out what a path stands for.

mod run;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs resolve`
pub static RESOLVE: Command = Command {
    name: "resolve",
    tagline: "Find out what a path stands for.",
    arguments: &[Arg::string("name", "The path.").required().stdin()],
    options: &[
        Opt::bool(&["recursive", "r"], "Go on until the result isn't a name.")
            .default(Default::Bool(true)),
        Opt::int(&["dht-record-count", "dhtrc"], "How many records to ask the DHT for."),
        Opt::string(&["dht-timeout", "dhtt"], "How long to ask the DHT; 0 for no limit."),
    ],
    run: Some(run::run),
    output: OutputKind::value::<run::Resolved>(),
    ..Command::NEW
};
