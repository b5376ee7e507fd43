//! Spec: spec/repo/config.md
//!
//! The configuration that `init` writes, in its order.

use super::Tree;
use serde_json::{Value, json};

/// Which node this is.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The peer ID as text.
    pub peer_id: String,
    /// The private key: base64 of its protobuf form.
    pub private_key: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("peer_id", &self.peer_id).finish_non_exhaustive()
    }
}

/// Where a fresh node listens.
pub const SWARM_ADDRESSES: [&str; 8] = [
    "/ip4/0.0.0.0/tcp/4001",
    "/ip6/::/tcp/4001",
    "/ip4/0.0.0.0/udp/4001/webrtc-direct",
    "/ip4/0.0.0.0/udp/4001/quic-v1",
    "/ip4/0.0.0.0/udp/4001/quic-v1/webtransport",
    "/ip6/::/udp/4001/webrtc-direct",
    "/ip6/::/udp/4001/quic-v1",
    "/ip6/::/udp/4001/quic-v1/webtransport",
];

/// Stands for "what the network's configuration service says".
pub const AUTO: &str = "auto";

fn flatfs_child() -> Value {
    json!({
        "path": "blocks",
        "shardFunc": "/repo/flatfs/shard/v1/next-to-last/2",
        "sync": false,
        "type": "flatfs",
    })
}

/// `Datastore.Spec` of a fresh repo.
pub fn flatfs_spec() -> Value {
    json!({
        "mounts": [
            {
                "mountpoint": "/blocks",
                "path": "blocks",
                "prefix": "flatfs.datastore",
                "shardFunc": "/repo/flatfs/shard/v1/next-to-last/2",
                "sync": false,
                "type": "flatfs",
            },
            {
                "compression": "none",
                "mountpoint": "/",
                "path": "datastore",
                "prefix": "leveldb.datastore",
                "type": "levelds",
            },
        ],
        "type": "mount",
    })
}

/// The same stores, each counted.
pub fn flatfs_measure_spec() -> Value {
    json!({
        "mounts": [
            {
                "child": flatfs_child(),
                "mountpoint": "/blocks",
                "prefix": "flatfs.datastore",
                "type": "measure",
            },
            {
                "child": {"compression": "none", "path": "datastore", "type": "levelds"},
                "mountpoint": "/",
                "prefix": "leveldb.datastore",
                "type": "measure",
            },
        ],
        "type": "mount",
    })
}

/// `Addresses` of a fresh repo.
pub fn addresses() -> Value {
    json!({
        "Swarm": SWARM_ADDRESSES,
        "Announce": [],
        "AppendAnnounce": [],
        "NoAnnounce": [],
        "API": "/ip4/127.0.0.1/tcp/5001",
        "Gateway": "/ip4/127.0.0.1/tcp/8080",
    })
}

fn gateway() -> Value {
    json!({
        "HTTPHeaders": {},
        "RootRedirect": "",
        "NoFetch": false,
        "NoDNSLink": false,
        "DeserializedResponses": null,
        "AllowCodecConversion": null,
        "DisableHTMLErrors": null,
        "PublicGateways": null,
        "ExposeRoutingAPI": null,
    })
}

fn swarm() -> Value {
    json!({
        "AddrFilters": null,
        "DisableBandwidthMetrics": false,
        "DisableNatPortMap": false,
        "RelayClient": {},
        "RelayService": {},
        "Transports": {"Network": {}, "Security": {}, "Multiplexers": {}},
        "ConnMgr": {},
        "ResourceMgr": {},
    })
}

fn import() -> Value {
    json!({
        "CidVersion": null,
        "UnixFSRawLeaves": null,
        "UnixFSChunker": null,
        "HashFunction": null,
        "UnixFSFileMaxLinks": null,
        "UnixFSDirectoryMaxLinks": null,
        "UnixFSHAMTDirectoryMaxFanout": null,
        "UnixFSHAMTDirectorySizeThreshold": null,
        "UnixFSHAMTDirectorySizeEstimation": null,
        "UnixFSDAGLayout": null,
        "BatchMaxNodes": null,
        "BatchMaxSize": null,
        "FastProvideRoot": null,
        "FastProvideDAG": null,
        "FastProvideWait": null,
    })
}

// spec: config.fresh
/// The whole configuration of a fresh repo, before profiles.
pub fn tree(identity: &Identity) -> Tree {
    let value = json!({
        "Identity": {"PeerID": identity.peer_id, "PrivKey": identity.private_key},
        "Datastore": {
            "StorageMax": "10GB",
            "StorageGCWatermark": 90,
            "GCPeriod": "1h",
            "Spec": flatfs_spec(),
            "HashOnRead": false,
            "BloomFilterSize": 0,
            "BlockKeyCacheSize": null,
        },
        "Addresses": addresses(),
        "Mounts": {
            "IPFS": "/ipfs",
            "IPNS": "/ipns",
            "MFS": "/mfs",
            "FuseAllowOther": null,
            "StoreMtime": null,
            "StoreMode": null,
        },
        "Discovery": {"MDNS": {"Enabled": true}},
        "Routing": {"DelegatedRouters": [AUTO]},
        "Ipns": {
            "RepublishPeriod": "",
            "RecordLifetime": "",
            "ResolveCacheSize": 128,
            "DelegatedPublishers": [AUTO],
        },
        "Bootstrap": [AUTO],
        "Gateway": gateway(),
        "API": {"HTTPHeaders": {}},
        "Swarm": swarm(),
        "AutoNAT": {},
        "AutoTLS": {},
        "Pubsub": {"Router": "", "DisableSigning": false},
        "Peering": {"Peers": null},
        "DNS": {"Resolvers": {".": AUTO}},
        "Migration": {},
        "AutoConf": {},
        "Provide": {"DHT": {}},
        "Provider": {},
        "Reprovider": {},
        "HTTPRetrieval": {},
        "Experimental": {
            "FilestoreEnabled": false,
            "UrlstoreEnabled": false,
            "Libp2pStreamMounting": false,
            "P2pHttpProxy": false,
            "OptimisticProvide": false,
            "OptimisticProvideJobsPoolSize": 0,
        },
        "Plugins": {"Plugins": null},
        "Pinning": {"RemoteServices": {}},
        "Import": import(),
        "Version": {},
        "Internal": {},
        "Bitswap": {},
    });
    Tree::from_value(value).unwrap_or_default()
}
