//! What network commands answer without a network.

use crate::support::Home;
use ipfs_repo::Repo;
use ipfs_repo::config::{Identity, fresh};

#[test]
fn each_has_the_words_of_the_reference() {
    let home = Home::empty();
    let identity = Identity { peer_id: "P".to_owned(), private_key: "K".to_owned() };
    Repo::init(&home.repo(), &fresh::tree(&identity)).unwrap();
    let command = "this command must be run in online mode. Try running 'ipfs daemon' first";
    let action = "this action must be run in online mode, try running 'ipfs daemon' first";
    let unable = format!("unable to run offline: {command}");
    for (line, text) in [
        ("ping x", command),
        ("provide stat", command),
        ("swarm filters", command),
        ("swarm peers", action),
        ("routing get /ipns/x", action),
        ("bitswap stat", unable.as_str()),
        ("stats bw", unable.as_str()),
        ("diag cmds", "command must be run on the daemon: [diag cmds]"),
        ("log level", "command must be run on the daemon: [log level]"),
        ("dht get", "removed, use 'ipfs routing' instead"),
        ("object stat", "removed, use 'ipfs dag' or 'ipfs files' instead"),
        ("p2p ls", "libp2p stream mounting not enabled"),
        ("shutdown", "daemon not running"),
    ] {
        assert_eq!(home.fails(line), format!("Error: {text}\n"), "{line}");
    }
    assert_eq!(home.ok("provide clear"), "removed 0 items from provide queue\n");
}
