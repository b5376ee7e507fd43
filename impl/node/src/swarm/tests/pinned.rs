//! Versions of libraries in which known attacks fail: those that can't be made with an honest
//! implementation at hand, and those that were.

/// The first version that withstands, and what.
const MENDED: [(&str, [u64; 3], &str); 4] = [
    ("yamux", [0, 13, 10], "CVE-2026-31814, CVE-2026-32314, CVE-2024-32984"),
    ("quinn-proto", [0, 11, 15], "CVE-2024-45311, fragmented STREAM frames, connection IDs"),
    ("h2", [0, 4, 16], "RUSTSEC-2026-0258"),
    ("libp2p-quic", [0, 13, 1], "GHSA-5hq8-qhww-jm7q"),
];

/// Libraries with known holes that are not there at all.
const ABSENT: [&str; 2] = ["libp2p-gossipsub", "libp2p-rendezvous"];

fn versions(of: &str) -> Vec<[u64; 3]> {
    let lock = include_str!("../../../../../Cargo.lock");
    let packages = lock.split("[[package]]").filter_map(|package| {
        let field = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name));
            line.map(|text| text.trim_matches(['"', ' ', '=']).to_owned())
        };
        (field("name = ")? == of).then(|| field("version = ")).flatten()
    });
    let parts = |version: String| {
        let mut numbers = version.split(['.', '-', '+']).map(|number| number.parse().unwrap());
        [(); 3].map(|()| numbers.next().unwrap())
    };
    packages.map(parts).collect()
}

/// spec: swarm.pinned-versions
#[test]
fn libraries_are_those_in_which_known_attacks_fail() {
    for (name, first, what) in MENDED {
        let versions = versions(name);
        assert!(!versions.is_empty(), "{name} is not in the lock file");
        assert!(versions.iter().all(|version| *version >= first), "{name} {versions:?}: {what}");
    }
    for name in ABSENT {
        assert_eq!(versions(name), Vec::<[u64; 3]>::new(), "{name}");
    }
}
