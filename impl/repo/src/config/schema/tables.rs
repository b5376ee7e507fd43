//! Spec: spec/repo/config.md
//!
//! All known keys.

use super::Type::{
    AddressInfo, Any, Bool, Duration, Flag, Integer, List, Map, OptionalBytes, OptionalDuration,
    OptionalInteger, OptionalText, Pointer, Priority, Raw, Removed, Router, ServiceMode, Text,
    Texts,
};
use super::{Field, Struct, Type, field, optional};

const TEXT_LIST: Type = List(&Text);
const HEADERS: Type = Map(&List(&Text));
const DURATION: Type = Pointer(&OptionalDuration);
const INTEGER: Type = Pointer(&OptionalInteger);
const BYTES: Type = Pointer(&OptionalBytes);
const TEXT: Type = Pointer(&OptionalText);
const INT: Type = Integer("int");

macro_rules! tables {
    ($($constant:ident $name:literal $fields:expr;)*) => {
        $(pub(super) static $constant: Struct = {
            static FIELDS: &[Field] = &$fields;
            Struct { name: $name, fields: FIELDS }
        };)*
    };
}

const fn sub(known: &'static Struct) -> Type {
    Type::Struct(known)
}

const LIMITS: Type = Removed {
    text: "The Swarm.ResourceMgr.Limits configuration has been removed in Kubo 0.19 and should be \
           empty or not present. To set custom libp2p limits, read \
           https://github.com/ipfs/kubo/blob/master/docs/libp2p-resource-management.md\
           #user-supplied-override-limits",
    accepts_false: false,
};
const ACCELERATED: Type = Removed {
    text: "The Experimental.AcceleratedDHTClient key has been moved to \
           Routing.AcceleratedDHTClient in Kubo 0.21, please use this new key and remove the old \
           one.",
    accepts_false: false,
};
const GRAPHSYNC: Type = Removed {
    text: "Support for Experimental.GraphsyncEnabled has been removed in Kubo 0.25.0, please \
           remove this key. For more details see https://github.com/ipfs/kubo/pull/9747.",
    accepts_false: true,
};

tables! {
    CONFIG "Config" [
        field("Identity", sub(&IDENTITY)),
        field("Datastore", sub(&DATASTORE)),
        field("Addresses", sub(&ADDRESSES)),
        field("Mounts", sub(&MOUNTS)),
        field("Discovery", sub(&DISCOVERY)),
        field("Routing", sub(&ROUTING)),
        field("Ipns", sub(&IPNS)),
        field("Bootstrap", TEXT_LIST),
        field("Gateway", sub(&GATEWAY)),
        field("API", sub(&API)),
        field("Swarm", sub(&SWARM)),
        field("AutoNAT", sub(&AUTO_NAT)),
        field("AutoTLS", sub(&AUTO_TLS)),
        field("Pubsub", sub(&PUBSUB)),
        field("Peering", sub(&PEERING)),
        field("DNS", sub(&DNS)),
        field("Migration", sub(&MIGRATION)),
        field("AutoConf", sub(&AUTO_CONF)),
        field("Provide", sub(&PROVIDE)),
        field("Provider", sub(&PROVIDER)),
        field("Reprovider", sub(&REPROVIDER)),
        field("HTTPRetrieval", sub(&HTTP_RETRIEVAL)),
        field("Experimental", sub(&EXPERIMENTS)),
        field("Plugins", sub(&PLUGINS)),
        field("Pinning", sub(&PINNING)),
        field("Import", sub(&IMPORT)),
        field("Version", sub(&VERSION)),
        field("Internal", sub(&INTERNAL)),
        field("Bitswap", sub(&BITSWAP)),
    ];
    IDENTITY "Identity" [field("PeerID", Text), optional("PrivKey", Text)];
    DATASTORE "Datastore" [
        field("StorageMax", Text),
        field("StorageGCWatermark", Integer("int64")),
        field("GCPeriod", Text),
        optional("Type", Text),
        optional("Path", Text),
        optional("NoSync", Bool),
        optional("Params", Raw),
        field("Spec", Map(&Any)),
        field("HashOnRead", Bool),
        field("BloomFilterSize", INT),
        field("BlockKeyCacheSize", OptionalInteger),
        optional("WriteThrough", Flag),
    ];
    ADDRESSES "Addresses" [
        field("Swarm", TEXT_LIST),
        field("Announce", TEXT_LIST),
        field("AppendAnnounce", TEXT_LIST),
        field("NoAnnounce", TEXT_LIST),
        field("API", Texts),
        field("Gateway", Texts),
    ];
    MOUNTS "Mounts" [
        field("IPFS", Text),
        field("IPNS", Text),
        field("MFS", Text),
        field("FuseAllowOther", Flag),
        field("StoreMtime", Flag),
        field("StoreMode", Flag),
    ];
    DISCOVERY "Discovery" [field("MDNS", sub(&MDNS))];
    MDNS "MDNS" [field("Enabled", Bool)];
    ROUTING "Routing" [
        optional("Type", TEXT),
        optional("AcceleratedDHTClient", Flag),
        optional("LoopbackAddressesOnLanDHT", Flag),
        optional("IgnoreProviders", TEXT_LIST),
        field("DelegatedRouters", TEXT_LIST),
        optional("Routers", Map(&Router)),
        optional("Methods", Map(&sub(&METHOD))),
    ];
    METHOD "Method" [field("RouterName", Text)];
    HTTP_ROUTER "HTTPRouterParams" [
        field("Endpoint", Text),
        field("MaxProvideBatchSize", INT),
        field("MaxProvideConcurrency", INT),
    ];
    DHT_ROUTER "DHTRouterParams" [
        field("Mode", Text),
        optional("AcceleratedDHTClient", Bool),
        field("PublicIPNetwork", Bool),
    ];
    COMPOSED_ROUTER "ComposableRouterParams" [
        field("Routers", List(&sub(&ROUTER_USE))),
        optional("Timeout", DURATION),
    ];
    ROUTER_USE "ConfigRouter" [
        field("RouterName", Text),
        field("Timeout", Duration),
        field("IgnoreErrors", Bool),
        optional("ExecuteAfter", DURATION),
    ];
    IPNS "Ipns" [
        field("RepublishPeriod", Text),
        field("RecordLifetime", Text),
        field("ResolveCacheSize", INT),
        optional("MaxCacheTTL", DURATION),
        optional("UsePubsub", Flag),
        field("DelegatedPublishers", TEXT_LIST),
    ];
    GATEWAY "Gateway" [
        field("HTTPHeaders", HEADERS),
        field("RootRedirect", Text),
        field("NoFetch", Bool),
        field("NoDNSLink", Bool),
        field("DeserializedResponses", Flag),
        field("AllowCodecConversion", Flag),
        field("DisableHTMLErrors", Flag),
        field("PublicGateways", Map(&Pointer(&sub(&GATEWAY_SPEC)))),
        field("ExposeRoutingAPI", Flag),
        optional("RetrievalTimeout", DURATION),
        optional("MaxRequestDuration", DURATION),
        optional("MaxConcurrentRequests", INTEGER),
        optional("MaxRangeRequestFileSize", BYTES),
        optional("DiagnosticServiceURL", TEXT),
    ];
    GATEWAY_SPEC "GatewaySpec" [
        field("Paths", TEXT_LIST),
        field("UseSubdomains", Bool),
        field("NoDNSLink", Bool),
        field("InlineDNSLink", Flag),
        field("DeserializedResponses", Flag),
    ];
    API "API" [
        field("HTTPHeaders", HEADERS),
        optional("Authorizations", Map(&Pointer(&sub(&AUTH_SCOPE)))),
    ];
    AUTH_SCOPE "RPCAuthScope" [field("AuthSecret", Text), field("AllowedPaths", TEXT_LIST)];
    SWARM "SwarmConfig" [
        field("AddrFilters", TEXT_LIST),
        field("DisableBandwidthMetrics", Bool),
        field("DisableNatPortMap", Bool),
        field("RelayClient", sub(&RELAY_CLIENT)),
        field("RelayService", sub(&RELAY_SERVICE)),
        optional("EnableHolePunching", Flag),
        field("Transports", sub(&TRANSPORTS)),
        field("ConnMgr", sub(&CONN_MGR)),
        field("ResourceMgr", sub(&RESOURCE_MGR)),
    ];
    RELAY_CLIENT "RelayClient" [
        optional("Enabled", Flag),
        optional("StaticRelays", TEXT_LIST),
    ];
    RELAY_SERVICE "RelayService" [
        optional("Enabled", Flag),
        optional("ConnectionDurationLimit", DURATION),
        optional("ConnectionDataLimit", INTEGER),
        optional("ReservationTTL", DURATION),
        optional("MaxReservations", INTEGER),
        optional("MaxCircuits", INTEGER),
        optional("BufferSize", INTEGER),
        optional("MaxReservationsPerIP", INTEGER),
        optional("MaxReservationsPerASN", INTEGER),
    ];
    TRANSPORTS "Transports" [
        field("Network", sub(&NETWORK)),
        field("Security", sub(&SECURITY)),
        field("Multiplexers", sub(&MULTIPLEXERS)),
    ];
    NETWORK "" [
        optional("QUIC", Flag),
        optional("TCP", Flag),
        optional("Websocket", Flag),
        optional("Relay", Flag),
        optional("WebTransport", Flag),
        optional("WebRTCDirect", Flag),
    ];
    SECURITY "" [optional("TLS", Priority), optional("Noise", Priority)];
    MULTIPLEXERS "" [optional("Yamux", Priority)];
    CONN_MGR "ConnMgr" [
        optional("Type", TEXT),
        optional("LowWater", INTEGER),
        optional("HighWater", INTEGER),
        optional("GracePeriod", DURATION),
        optional("SilencePeriod", DURATION),
    ];
    RESOURCE_MGR "ResourceMgr" [
        optional("Enabled", Flag),
        optional("Limits", LIMITS),
        optional("MaxMemory", BYTES),
        optional("MaxFileDescriptors", INTEGER),
        optional("Allowlist", TEXT_LIST),
    ];
    AUTO_NAT "AutoNATConfig" [
        optional("ServiceMode", ServiceMode),
        optional("Throttle", Pointer(&sub(&AUTO_NAT_THROTTLE))),
    ];
    AUTO_NAT_THROTTLE "AutoNATThrottleConfig" [
        field("GlobalLimit", INT),
        field("PeerLimit", INT),
        field("Interval", OptionalDuration),
    ];
    AUTO_TLS "AutoTLS" [
        optional("Enabled", Flag),
        optional("AutoWSS", Flag),
        optional("SkipDNSLookup", Flag),
        optional("DomainSuffix", TEXT),
        optional("RegistrationEndpoint", TEXT),
        optional("RegistrationToken", TEXT),
        optional("RegistrationDelay", DURATION),
        optional("CAEndpoint", TEXT),
        optional("ShortAddrs", Flag),
    ];
    PUBSUB "PubsubConfig" [
        field("Router", Text),
        field("DisableSigning", Bool),
        optional("Enabled", Flag),
        optional("SeenMessagesTTL", DURATION),
        optional("SeenMessagesStrategy", TEXT),
    ];
    PEERING "Peering" [field("Peers", List(&AddressInfo))];
    DNS "DNS" [field("Resolvers", Map(&Text)), optional("MaxCacheTTL", DURATION)];
    MIGRATION "Migration" [
        optional("DownloadSources", TEXT_LIST),
        optional("Keep", Text),
    ];
    AUTO_CONF "AutoConf" [
        optional("URL", TEXT),
        optional("Enabled", Flag),
        optional("RefreshInterval", DURATION),
        optional("TLSInsecureSkipVerify", Flag),
    ];
    PROVIDE "Provide" [
        optional("Enabled", Flag),
        optional("Strategy", TEXT),
        optional("BloomFPRate", INTEGER),
        field("DHT", sub(&PROVIDE_DHT)),
    ];
    PROVIDE_DHT "ProvideDHT" [
        optional("Interval", DURATION),
        optional("MaxWorkers", INTEGER),
        optional("SweepEnabled", Flag),
        optional("DedicatedPeriodicWorkers", INTEGER),
        optional("DedicatedBurstWorkers", INTEGER),
        optional("MaxProvideConnsPerWorker", INTEGER),
        optional("KeystoreBatchSize", INTEGER),
        optional("OfflineDelay", DURATION),
        optional("SendProviderRecordTimeout", DURATION),
        optional("ResumeEnabled", Flag),
    ];
    PROVIDER "Provider" [
        optional("Enabled", Flag),
        optional("Strategy", TEXT),
        optional("WorkerCount", INTEGER),
    ];
    REPROVIDER "Reprovider" [optional("Interval", DURATION), optional("Strategy", TEXT)];
    HTTP_RETRIEVAL "HTTPRetrieval" [
        optional("Enabled", Flag),
        optional("Allowlist", TEXT_LIST),
        optional("Denylist", TEXT_LIST),
        optional("NumWorkers", INTEGER),
        optional("MaxBlockSize", TEXT),
        optional("TLSInsecureSkipVerify", Flag),
    ];
    EXPERIMENTS "Experiments" [
        field("FilestoreEnabled", Bool),
        field("UrlstoreEnabled", Bool),
        optional("ShardingEnabled", Bool),
        field("Libp2pStreamMounting", Bool),
        field("P2pHttpProxy", Bool),
        optional("StrategicProviding", Bool),
        field("OptimisticProvide", Bool),
        field("OptimisticProvideJobsPoolSize", INT),
        optional("GatewayOverLibp2p", Bool),
        optional("GraphsyncEnabled", GRAPHSYNC),
        optional("AcceleratedDHTClient", ACCELERATED),
    ];
    PLUGINS "Plugins" [field("Plugins", Map(&sub(&PLUGIN)))];
    PLUGIN "Plugin" [field("Disabled", Bool), optional("Config", Any)];
    PINNING "Pinning" [field("RemoteServices", Map(&sub(&REMOTE_SERVICE)))];
    REMOTE_SERVICE "RemotePinningService" [
        field("API", sub(&REMOTE_API)),
        field("Policies", sub(&REMOTE_POLICIES)),
    ];
    REMOTE_API "RemotePinningServiceAPI" [field("Endpoint", Text), field("Key", Text)];
    REMOTE_POLICIES "RemotePinningServicePolicies" [field("MFS", sub(&REMOTE_MFS))];
    REMOTE_MFS "RemotePinningServiceMFSPolicy" [
        field("Enable", Bool),
        field("PinName", Text),
        field("RepinInterval", Text),
    ];
    IMPORT "Import" [
        field("CidVersion", OptionalInteger),
        field("UnixFSRawLeaves", Flag),
        field("UnixFSChunker", OptionalText),
        field("HashFunction", OptionalText),
        field("UnixFSFileMaxLinks", OptionalInteger),
        field("UnixFSDirectoryMaxLinks", OptionalInteger),
        field("UnixFSHAMTDirectoryMaxFanout", OptionalInteger),
        field("UnixFSHAMTDirectorySizeThreshold", OptionalBytes),
        field("UnixFSHAMTDirectorySizeEstimation", OptionalText),
        field("UnixFSDAGLayout", OptionalText),
        field("BatchMaxNodes", OptionalInteger),
        field("BatchMaxSize", OptionalInteger),
        field("FastProvideRoot", Flag),
        field("FastProvideDAG", Flag),
        field("FastProvideWait", Flag),
    ];
    VERSION "Version" [
        optional("AgentSuffix", TEXT),
        optional("SwarmCheckEnabled", Flag),
        optional("SwarmCheckPercentThreshold", INTEGER),
    ];
    INTERNAL "Internal" [
        optional("Bitswap", Pointer(&sub(&INTERNAL_BITSWAP))),
        optional("UnixFSShardingSizeThreshold", TEXT),
        optional("Libp2pForceReachability", TEXT),
        optional("BackupBootstrapInterval", DURATION),
        optional("MFSNoFlushLimit", INTEGER),
        optional("ShutdownTimeout", DURATION),
        optional("CGNATCheck", Flag),
        optional("DeadListenerCheck", Flag),
        optional("NonPublicAddrPublishing", Flag),
    ];
    INTERNAL_BITSWAP "InternalBitswap" [
        field("TaskWorkerCount", OptionalInteger),
        field("EngineBlockstoreWorkerCount", OptionalInteger),
        field("EngineTaskWorkerCount", OptionalInteger),
        field("MaxOutstandingBytesPerPeer", OptionalInteger),
        field("ProviderSearchDelay", OptionalDuration),
        field("ProviderSearchMaxResults", OptionalInteger),
        field("WantHaveReplaceSize", OptionalInteger),
        field("BroadcastControl", Pointer(&sub(&BROADCAST_CONTROL))),
    ];
    BROADCAST_CONTROL "BitswapBroadcastControl" [
        optional("Enable", Flag),
        field("MaxPeers", OptionalInteger),
        optional("LocalPeers", Flag),
        optional("PeeredPeers", Flag),
        field("MaxRandomPeers", OptionalInteger),
        optional("SendToPendingPeers", Flag),
    ];
    BITSWAP "Bitswap" [optional("Libp2pEnabled", Flag), optional("ServerEnabled", Flag)];
}
