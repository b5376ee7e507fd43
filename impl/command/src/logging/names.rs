//! Spec: spec/command/log.md
//!
//! Names of parts that log, in Kubo 0.44. Who sets the level of one there can do so here.

/// The names, sorted.
#[rustfmt::skip]
pub(super) const REFERENCE: &[&str] = &[
    "autoconf", "autotls", "badger", "bitswap", "bitswap/bsnet", "bitswap/client",
    "bitswap/client/getter", "bitswap/client/msgq", "bitswap/client/peermgr",
    "bitswap/client/sesspeermgr", "bitswap/connevtman", "bitswap/server", "bitswap/server/decision",
    "bitswap/session", "blockservice", "blockstore", "bootstrap", "boxo/gateway", "chunk",
    "cmd/ipfs", "cmds", "cmds/cli", "cmds/files", "cmds/http", "command", "config", "core",
    "core/commands", "core/commands/cmdenv", "core/commands/ipns", "core/server",
    "core:constructor", "coreapi", "corerepo", "coreunix", "dagwalker", "dht", "dht-crawler",
    "dht.pb", "dht/RtDiversityFilter", "dht/RtRefreshManager", "dht/netsize", "dht/provider",
    "dht/provider/lan", "diversityFilter", "doh", "dsqueue", "filestore", "flatfs", "fsrepo",
    "fullrtdht", "fuse/ipfs", "fuse/ipns", "fuse/writable", "fxtestplugin", "gc", "httpnet", "ipns",
    "ipns/repub", "keystore", "lock", "merkledag", "metrics-prometheus", "mfs", "mount", "namesys",
    "node", "nopfs", "nopfs-blocks", "p2p-mount", "p2pnode", "path/resolver", "pebble", "peering",
    "pin", "pinning-service-http-client", "plugin/badgerds", "plugin/loader", "plugin/peerlog",
    "profile", "provider", "providers", "pubsub-valuestore", "rcmgr", "remotepinning/mfs",
    "resourcemanager", "routing/composable", "routing/delegated", "routing/http/client",
    "routing/http/contentrouter", "routing/http/filters", "routing/http/server",
    "routing/provqrymgr", "shutdown", "socket-activation", "table", "telemetry", "ulimit", "unixfs",
    "unixfs-hamt",
];
