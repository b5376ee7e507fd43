//! Spec: spec/command/daemon.md
//!
//! `ipfs daemon`: run a node that is connected to the network.

mod checks;
mod garbage;
mod keep;
mod listeners;
mod prepare;
mod provide_strategy;
mod router;
mod run;
mod services;
mod systemd;

pub use services::Stop;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs daemon`
pub static DAEMON: Command = Command {
    name: "daemon",
    tagline: "Run a node that is connected to the network.",
    options: &[
        Opt::bool(&["init"], "Make a repository first if there is none."),
        Opt::string(&["init-config"], "A configuration to start from, with --init."),
        Opt::string(&["init-profile"], "Profiles to apply with --init, separated by commas."),
        Opt::string(&["routing"], "How to find content and peers: default, auto, autoclient, dht, dhtclient, dhtserver, delegated, none or custom.").default(Default::String("default")),
        Opt::bool(&["mount"], "Mount IPFS, IPNS and MFS as file systems."),
        Opt::string(&["mount-ipfs"], "Where to mount IPFS. Default: Mounts.IPFS."),
        Opt::string(&["mount-ipns"], "Where to mount IPNS. Default: Mounts.IPNS."),
        Opt::string(&["mount-mfs"], "Where to mount MFS. Default: Mounts.MFS."),
        Opt::bool(&["unrestricted-api"], "Let web pages read any hash over the RPC. Removed."),
        Opt::bool(&["disable-transport-encryption"], "Talk in the clear. For debugging only."),
        Opt::bool(&["enable-gc"], "Collect garbage from time to time."),
        Opt::bool(&["manage-fdlimit"], "Raise the limit of open files.")
            .default(Default::Bool(true)),
        Opt::bool(&["migrate"], "Migrate an old repository without asking (true) or refuse to (false)."),
        Opt::bool(&["enable-pubsub-experiment"], "Enable pubsub. Deprecated: use Pubsub.Enabled."),
        Opt::bool(&["enable-namesys-pubsub"], "Enable IPNS over pubsub. Deprecated: use Ipns.UsePubsub."),
        Opt::bool(&["enable-mplex-experiment"], "Removed; has no effect."),
        Opt::string(&["agent-version-suffix"], "Text to append to the version that peers see."),
    ],
    no_remote: true,
    cli_only: true,
    run: Some(run::run),
    ..Command::NEW
};
