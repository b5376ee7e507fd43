//! Spec: spec/repo/config.md
//!
//! Named sets of changes to a configuration.

use super::fresh::{AUTO, addresses, flatfs_measure_spec, flatfs_spec};
use super::{Config, KeyError, LoadError, Tree};
use serde_json::{Value, json};
use std::io;

/// `AutoConf.URL` unless another is configured: settings of the public network.
pub const AUTO_CONF_URL: &str = "https://conf.ipfs-mainnet.org/autoconf.json";
/// Format of the newest Pebble database that the reference knows.
const PEBBLE_FORMAT_VERSION: u32 = 24;

/// Why a profile was not applied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration it should change is not valid.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The configuration has something else where an object belongs.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no free port.
    #[error("listen tcp [::]:0: {0}")]
    Port(#[from] io::Error),
}

/// A set of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// What it is called.
    pub name: &'static str,
    /// What it is good for.
    pub description: &'static str,
    /// Whether it only makes sense before the repo is made.
    pub init_only: bool,
}

const fn profile(name: &'static str, description: &'static str) -> Profile {
    Profile { name, description, init_only: false }
}

const fn at_init(name: &'static str, description: &'static str) -> Profile {
    Profile { name, description, init_only: true }
}

// spec: config.profiles
/// All profiles, sorted by name.
pub static PROFILES: [Profile; 20] = [
    profile(
        "announce-off",
        "Stops telling the DHT what this node has. Others then find its blocks only if they are\n\
         connected already, for example through Peering.Peers.",
    ),
    profile("announce-on", "Tells the DHT what this node has again (undoes announce-off)."),
    profile(
        "autoconf-off",
        "Clears every value that comes from the automatic configuration and turns it off;\n\
         bootstrap peers, DNS resolvers, routers and publishers are then yours to set.",
    ),
    profile(
        "autoconf-on",
        "Takes bootstrap peers, DNS resolvers, routers and publishers from the automatic\n\
         configuration (\"auto\").",
    ),
    at_init("badgerds", "Deprecated: keeps everything in a Badger 1 database."),
    at_init("badgerds-measure", "Deprecated: Badger 1, with counters."),
    at_init("default-datastore", "The default stores: see flatfs."),
    profile("default-networking", "The default network settings again (undoes test)."),
    at_init(
        "flatfs",
        "One file per block, everything else in LevelDB. Simple and proven; needs little memory\n\
         and gives space back at once when garbage is collected.",
    ),
    at_init("flatfs-measure", "As flatfs, with counters."),
    profile("legacy-cid-v0", "Another name for unixfs-v0-2015."),
    profile(
        "local-discovery",
        "Finds nodes in the local network and announces local addresses again (undoes server).",
    ),
    profile("lowpower", "Serves others less and keeps few connections, to save energy."),
    at_init("pebbleds", "Keeps everything in a Pebble database."),
    at_init("pebbleds-measure", "As pebbleds, with counters."),
    profile("randomports", "Listens for peers on a random TCP port."),
    profile(
        "server",
        "For machines with public addresses: no local discovery, no port mapping, no dialling of\n\
         private networks.",
    ),
    profile("test", "Cuts the node off from the outside: only loopback and random ports."),
    profile(
        "unixfs-v0-2015",
        "Imports files as in 2015: CIDv0, no raw leaves, chunks of 256 KiB. For CIDs that must\n\
         equal old ones.",
    ),
    profile(
        "unixfs-v1-2025",
        "Imports files so that all implementations agree: CIDv1, raw leaves, chunks of 1 MiB,\n\
         1024 links per node, sharding by block size.",
    ),
];

/// The profile of a name.
pub fn find(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

const SERVER_FILTERS: [&str; 19] = [
    "/ip4/10.0.0.0/ipcidr/8",
    "/ip4/100.64.0.0/ipcidr/10",
    "/ip4/127.0.0.0/ipcidr/8",
    "/ip4/169.254.0.0/ipcidr/16",
    "/ip4/172.16.0.0/ipcidr/12",
    "/ip4/192.0.0.0/ipcidr/24",
    "/ip4/192.0.2.0/ipcidr/24",
    "/ip4/192.168.0.0/ipcidr/16",
    "/ip4/198.18.0.0/ipcidr/15",
    "/ip4/198.51.100.0/ipcidr/24",
    "/ip4/203.0.113.0/ipcidr/24",
    "/ip4/240.0.0.0/ipcidr/4",
    "/ip6/::/ipcidr/3",
    "/ip6/::1/ipcidr/128",
    "/ip6/100::/ipcidr/64",
    "/ip6/2001:2::/ipcidr/48",
    "/ip6/2001:db8::/ipcidr/32",
    "/ip6/fc00::/ipcidr/7",
    "/ip6/fe80::/ipcidr/10",
];

impl Profile {
    // spec: config.profile-apply
    /// The configuration with this profile, in normal form. `free_port` finds a TCP port that
    /// nobody listens on; only `randomports` asks for it.
    pub fn apply(
        &self,
        config: &Config,
        free_port: impl FnOnce() -> io::Result<u16>,
    ) -> Result<Config, Error> {
        let mut tree = config.tree().clone();
        match self.name {
            "server" | "local-discovery" => server(&mut tree, self.name == "server")?,
            "randomports" => {
                let port = free_port()?;
                let addresses = [format!("/ip4/0.0.0.0/tcp/{port}"), format!("/ip6/::/tcp/{port}")];
                tree.set("Addresses.Swarm", json!(addresses))?;
            }
            "autoconf-on" => {
                let url = config.text("AutoConf.URL").unwrap_or(AUTO_CONF_URL).to_owned();
                set_all(&mut tree, changes(self.name))?;
                tree.set("AutoConf.URL", json!(url))?;
            }
            name => set_all(&mut tree, changes(name))?,
        }
        Ok(Config::new(&tree)?)
    }
}

fn set_all(tree: &mut Tree, changes: Vec<(&str, Value)>) -> Result<(), KeyError> {
    changes.into_iter().try_for_each(|(path, value)| tree.set(path, value))
}

fn changes(name: &str) -> Vec<(&'static str, Value)> {
    match name {
        "default-datastore" | "flatfs" => vec![("Datastore.Spec", flatfs_spec())],
        "flatfs-measure" => vec![("Datastore.Spec", flatfs_measure_spec())],
        "pebbleds" | "pebbleds-measure" | "badgerds" | "badgerds-measure" => {
            vec![("Datastore.Spec", foreign_spec(name))]
        }
        "test" => test(),
        "default-networking" => vec![
            ("Addresses", addresses()),
            ("Bootstrap", json!([AUTO])),
            ("AutoConf.Enabled", Value::Null),
            ("AutoConf.URL", Value::Null),
            ("Swarm.DisableNatPortMap", json!(false)),
            ("Discovery.MDNS.Enabled", json!(true)),
            ("AutoTLS.Enabled", Value::Null),
        ],
        "lowpower" => vec![
            ("Routing.Type", json!("autoclient")),
            ("AutoNAT.ServiceMode", json!("disabled")),
            ("Swarm.RelayService.Enabled", json!(false)),
            ("Swarm.ConnMgr.Type", json!("basic")),
            ("Swarm.ConnMgr.LowWater", json!(20)),
            ("Swarm.ConnMgr.HighWater", json!(40)),
            ("Swarm.ConnMgr.GracePeriod", json!("1m0s")),
        ],
        "announce-off" => {
            vec![("Provide.Enabled", json!(false)), ("Provide.DHT.Interval", json!("0s"))]
        }
        "announce-on" => {
            vec![("Provide.Enabled", json!(true)), ("Provide.DHT.Interval", json!("22h0m0s"))]
        }
        "unixfs-v0-2015" | "legacy-cid-v0" => import(0, "size-262144", 174, "links"),
        "unixfs-v1-2025" => import(1, "size-1048576", 1024, "block"),
        "autoconf-on" => vec![
            ("Bootstrap", json!([AUTO])),
            ("DNS.Resolvers", json!({".": AUTO})),
            ("Routing.DelegatedRouters", json!([AUTO])),
            ("Ipns.DelegatedPublishers", json!([AUTO])),
            ("AutoConf.Enabled", json!(true)),
        ],
        "autoconf-off" => vec![
            ("Bootstrap", Value::Null),
            ("DNS.Resolvers", Value::Null),
            ("Routing.DelegatedRouters", Value::Null),
            ("Ipns.DelegatedPublishers", Value::Null),
            ("AutoConf.Enabled", json!(false)),
        ],
        _ => Vec::new(),
    }
}

fn test() -> Vec<(&'static str, Value)> {
    const LOOPBACK: &str = "/ip4/127.0.0.1/tcp/0";
    vec![
        ("Addresses.API", json!(LOOPBACK)),
        ("Addresses.Gateway", json!(LOOPBACK)),
        ("Addresses.Swarm", json!([LOOPBACK])),
        ("Swarm.DisableNatPortMap", json!(true)),
        ("Routing.LoopbackAddressesOnLanDHT", json!(true)),
        ("Bootstrap", json!([])),
        ("Discovery.MDNS.Enabled", json!(false)),
        ("AutoTLS.Enabled", json!(false)),
        ("AutoConf.Enabled", json!(false)),
        ("DNS.Resolvers", json!({})),
        ("Routing.DelegatedRouters", json!([])),
        ("Ipns.DelegatedPublishers", json!([])),
    ]
}

fn import(
    cid_version: u32,
    chunker: &str,
    links_max: u32,
    estimation: &str,
) -> Vec<(&'static str, Value)> {
    vec![
        ("Import.CidVersion", json!(cid_version)),
        ("Import.UnixFSRawLeaves", json!(cid_version == 1)),
        ("Import.UnixFSChunker", json!(chunker)),
        ("Import.HashFunction", json!("sha2-256")),
        ("Import.UnixFSFileMaxLinks", json!(links_max)),
        ("Import.UnixFSDirectoryMaxLinks", json!(0)),
        ("Import.UnixFSHAMTDirectoryMaxFanout", json!(256)),
        ("Import.UnixFSHAMTDirectorySizeThreshold", json!("256KiB")),
        ("Import.UnixFSHAMTDirectorySizeEstimation", json!(estimation)),
        ("Import.UnixFSDAGLayout", json!("balanced")),
    ]
}

/// Stores that this program doesn't have. They can be configured, not opened.
fn foreign_spec(name: &str) -> Value {
    let is_pebble = name.starts_with("pebble");
    let child = match is_pebble {
        true => json!({
            "formatMajorVersion": PEBBLE_FORMAT_VERSION, "path": "pebbleds", "type": "pebbleds",
        }),
        false => json!({
            "path": "badgerds", "syncWrites": false, "truncate": true, "type": "badgerds",
        }),
    };
    let prefix = if is_pebble { "pebble.datastore" } else { "badger.datastore" };
    if name.ends_with("-measure") {
        return json!({"child": child, "prefix": prefix, "type": "measure"});
    }
    let mut spec = child;
    spec["prefix"] = json!(prefix);
    super::json::sorted(&spec)
}

fn server(tree: &mut Tree, on: bool) -> Result<(), KeyError> {
    for path in ["Addresses.NoAnnounce", "Swarm.AddrFilters"] {
        let old = tree.get(path).ok().and_then(Value::as_array).cloned().unwrap_or_default();
        let mut list: Vec<Value> = Vec::new();
        let added = SERVER_FILTERS.iter().map(|filter| json!(filter)).filter(|_| on);
        for address in old.into_iter().chain(added) {
            let is_filter = address.as_str().is_some_and(|text| SERVER_FILTERS.contains(&text));
            if !list.contains(&address) && (on || !is_filter) {
                list.push(address);
            }
        }
        tree.set(path, Value::Array(list))?;
    }
    tree.set("Discovery.MDNS.Enabled", json!(!on))?;
    tree.set("Swarm.DisableNatPortMap", json!(on))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Identity, fresh};

    fn config() -> Config {
        let identity = Identity { peer_id: "P".to_owned(), private_key: "K".to_owned() };
        Config::new(&fresh::tree(&identity)).unwrap()
    }

    fn port() -> io::Result<u16> {
        Ok(4567)
    }

    #[test]
    fn all_apply_to_a_fresh_configuration() {
        assert!(PROFILES.is_sorted_by_key(|profile| profile.name));
        for profile in &PROFILES {
            let changed = profile.apply(&config(), port).unwrap();
            let is_default = matches!(profile.name, "default-datastore" | "flatfs")
                || profile.name == "default-networking";
            assert_eq!(changed == config(), is_default, "{}", profile.name);
        }
    }

    #[test]
    fn opposites_undo_each_other() {
        for (there, back) in [("server", "local-discovery"), ("autoconf-off", "autoconf-on")] {
            let changed = find(there).unwrap().apply(&config(), port).unwrap();
            let undone = find(back).unwrap().apply(&changed, port).unwrap();
            for path in ["Addresses.NoAnnounce", "Bootstrap", "DNS.Resolvers", "Discovery"] {
                assert_eq!(undone.value(path), config().value(path), "{path}");
            }
        }
        let server = find("server").unwrap().apply(&config(), port).unwrap();
        assert_eq!(server.texts("Swarm.AddrFilters").len(), 19);
        let twice = find("server").unwrap().apply(&server, port).unwrap();
        assert_eq!(twice, server);
    }
}
