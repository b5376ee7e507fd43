//! Spec: spec/node/limits.md
//!
//! The limits of a node that configures none: they follow memory and file descriptors, computed as
//! the reference does.

use super::super::config::Trimming;
use super::allow::AllowedError;
use super::{Allowed, Bound, LimitSet, ScopeLimits, services};
use ipfs_repo::config::Config as RepoConfig;

/// Connections that others may begin even on the smallest machine.
const INBOUND_MIN: u64 = 800;

/// Connections of one peer that it may begin.
const PEER_INBOUND: u64 = 8;

/// Streams of one peer that it may begin ...
const PEER_STREAMS: u64 = 256;

/// ... and how many more for each GiB.
const PEER_STREAMS_PER_GIB: u64 = 128;

/// Below this, limits no longer shrink, in bytes.
const MEMORY_MIN: u64 = 128 << 20;

/// What there is to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Bytes of memory.
    pub memory: u64,
    /// File descriptors that the process may open.
    pub descriptors: u64,
}

// spec: limits.defaults
/// The limits by `Swarm.ResourceMgr` and, for what it leaves open, by the machine.
pub(in super::super) fn limits(
    config: &RepoConfig,
    trimming: Option<&Trimming>,
    machine: Machine,
) -> Result<LimitSet, AllowedError> {
    if config.flag("Swarm.ResourceMgr.Enabled") == Some(false) {
        return Ok(LimitSet::unlimited());
    }
    let memory = config.bytes("Swarm.ResourceMgr.MaxMemory").unwrap_or(machine.memory / 2);
    let descriptors = config.integer("Swarm.ResourceMgr.MaxFileDescriptors");
    let descriptors = descriptors.and_then(|count| u64::try_from(count).ok());
    let descriptors = descriptors.unwrap_or(machine.descriptors / 2);
    let mib = memory >> 20;
    // spec: limits.high-water
    let inbound = match trimming {
        Some(trimming) => mib.max(2 * trimming.high_water as u64).max(INBOUND_MIN),
        None => mib,
    };
    let scaled = if memory > MEMORY_MIN { mib } else { 0 };
    let mut set = LimitSet {
        system: ScopeLimits {
            memory: Bound::Max(memory),
            descriptors: Bound::Max(descriptors),
            connections_inbound: Bound::Max(inbound),
            ..ScopeLimits::UNLIMITED
        },
        transient: ScopeLimits {
            memory: Bound::Max(memory / 4),
            descriptors: Bound::Max(descriptors / 4),
            connections_inbound: Bound::Max(mib / 4),
            ..ScopeLimits::UNLIMITED
        },
        peer_default: ScopeLimits {
            connections_inbound: Bound::Max(PEER_INBOUND),
            streams_inbound: Bound::Max(PEER_STREAMS + ((PEER_STREAMS_PER_GIB * scaled) >> 10)),
            ..ScopeLimits::UNLIMITED
        },
        allowed: allowed(config)?,
        subnets: true,
        ..LimitSet::unlimited()
    };
    services::limit(&mut set, scaled);
    Ok(set)
}

/// Entries that are no addresses are left out, those that allow nobody are errors.
// spec: limits.allowlist-entries
fn allowed(config: &RepoConfig) -> Result<Vec<Allowed>, AllowedError> {
    let parse = |text: String| match text.parse() {
        Ok(allowed) => Some(Ok(allowed)),
        Err(AllowedError::Text) => {
            tracing::error!("failed to parse multiaddr={text} for allowlist, skipping");
            None
        }
        Err(error) => Some(Err(error)),
    };
    config.texts("Swarm.ResourceMgr.Allowlist").into_iter().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipfs_repo::config::Tree;

    fn read(json: &str, machine: Machine) -> LimitSet {
        let config = RepoConfig::new(&Tree::parse(json.as_bytes()).unwrap()).unwrap();
        limits(&config, Some(&Trimming::default()), machine).unwrap()
    }

    /// spec: limits.defaults, limits.high-water
    #[test]
    fn limits_follow_the_machine() {
        let large = Machine { memory: 24 << 30, descriptors: 20_000 };
        let set = read("{}", large);
        assert_eq!(set.system.memory, Bound::Max(12 << 30));
        assert_eq!(set.system.descriptors, Bound::Max(10_000));
        assert_eq!(set.system.connections_inbound, Bound::Max(12 << 10));
        assert_eq!(set.transient.connections_inbound, Bound::Max(3 << 10));
        assert_eq!(set.peer_default.streams_inbound, Bound::Max(256 + 128 * 12));
        let small = read("{}", Machine { memory: 200 << 20, descriptors: 100 });
        assert_eq!(small.system.connections_inbound, Bound::Max(INBOUND_MIN));
        assert_eq!(small.peer_default.streams_inbound, Bound::Max(256));
        let own = r#"{"Swarm":{"ResourceMgr":{"MaxMemory":"1GiB","MaxFileDescriptors":7}}}"#;
        let own = read(own, large);
        assert_eq!(
            (own.system.memory, own.system.descriptors),
            (Bound::Max(1 << 30), Bound::Max(7))
        );
        let off = read(r#"{"Swarm":{"ResourceMgr":{"Enabled":false}}}"#, large);
        assert_eq!(off, LimitSet::unlimited());
    }

    /// spec: limits.allowlist-entries
    #[test]
    fn entries_of_the_allowlist_are_checked() {
        let machine = Machine { memory: 24 << 30, descriptors: 20_000 };
        let allow = |entry: &str| {
            let list = format!(r#"{{"Swarm":{{"ResourceMgr":{{"Allowlist":["{entry}"]}}}}}}"#);
            let config = RepoConfig::new(&Tree::parse(list.as_bytes()).unwrap()).unwrap();
            limits(&config, None, machine).map(|set| set.allowed.len())
        };
        assert_eq!(allow("/ip4/1.2.3.4"), Ok(1));
        assert_eq!(allow("nonsense"), Ok(0));
        assert_eq!(allow("/dns4/example.net"), Err(AllowedError::NoIp));
    }
}
