//! Configurations of any content through the steps that only change the configuration.

use ipfs_store::disk::Disk;
use ipfs_store::disk::faulty::FaultyDisk;
use proptest::prelude::*;
use repo_migrations::config::json::{Object, Value};
use repo_migrations::engine::{self, Target};
use repo_migrations::locking::Locks;
use repo_migrations::{Direction, Error, Report, Step, steps};
use std::path::Path;
use std::sync::Arc;

/// The steps that need nothing but a configuration, by their lower version.
const CONFIG_STEPS: [u32; 9] = [5, 7, 9, 12, 13, 14, 15, 16, 17];
/// Names that some step looks for, so that values of odd types get to where they matter.
const NAMES: [&str; 28] = [
    "Addresses",
    "Swarm",
    "Announce",
    "NoAnnounce",
    "AddrFilters",
    "ConnMgr",
    "Bootstrap",
    "bootstrap",
    "Datastore",
    "NoSync",
    "Type",
    "Spec",
    "Routing",
    "Methods",
    "DelegatedRouters",
    "Reprovider",
    "Provider",
    "Interval",
    "Strategy",
    "Experimental",
    "AcceleratedDHTClient",
    "Gateway",
    "HTTPHeaders",
    "DNS",
    "Resolvers",
    "Provide",
    "DHT",
    "Enabled",
];
const TEXTS: [&str; 10] = [
    "/ip4/0.0.0.0/tcp/4001",
    "/ip6/::/udp/1/quic",
    "/udp/1/quic-v1/p2p-circuit",
    "/udp/1/webrtc-direct",
    "auto",
    "dht",
    "12h",
    "all",
    "é<&>",
    "",
];

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_filter("JSON has no such", |f| f.is_finite()).prop_map(|f| f.to_string()),
    ];
    let number = number.prop_map(|text| Value::read_first(text.as_bytes()).expect("a number"));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number,
        prop::sample::select(&TEXTS[..]).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name = prop_oneof![prop::sample::select(&NAMES[..]).prop_map(str::to_owned), ".{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map(name, inner, 0..6).prop_map(Value::Object),
        ]
    })
}

fn config() -> impl Strategy<Value = Object> {
    let fields = prop::collection::btree_map(prop::sample::select(&NAMES[..]), value(), 0..8);
    fields.prop_map(|fields| {
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    })
}

fn step(from: u32) -> &'static dyn Step {
    *steps::ALL.iter().find(|step| step.from() == from).expect("there is such a step")
}

pub(crate) fn repo(version: u32, config: &[u8]) -> FaultyDisk {
    let disk = FaultyDisk::new();
    disk.create_dir(Path::new("/r"), 0o700).expect("mkdir");
    let write = |name: &str, text: &[u8]| {
        let path = Path::new("/r").join(name);
        ipfs_store::disk::write_atomic(&disk, &path, text, 0o600).expect("write");
    };
    write("config", config);
    write("version", format!("{version}\n").as_bytes());
    disk
}

fn target(disk: FaultyDisk) -> Target {
    Target { disk: Arc::new(disk), repo: "/r".into() }
}

pub(crate) fn run(target: &mut Target, from: u32, direction: Direction) -> Result<(), Error> {
    let mut locks = Locks::held_elsewhere();
    engine::run(step(from), direction, target, &mut locks, &mut Report::silent())
}

pub(crate) fn read(target: &Target, name: &str) -> Vec<u8> {
    target.disk.read(&target.repo.join(name)).expect(name)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    // spec: config-file.format
    #[test]
    fn unknown_keys_survive_up_and_down(mut config in config(), unknown in value()) {
        let name = "Not-a-known-name";
        config.insert(name.to_owned(), unknown.clone());
        let text = Value::Object(config).indented();
        for from in CONFIG_STEPS {
            let mut target = target(repo(from, text.as_bytes()));
            if run(&mut target, from, Direction::Forward).is_err() {
                prop_assert_eq!(read(&target, "config"), text.as_bytes());
                prop_assert_eq!(read(&target, "version"), format!("{from}\n").into_bytes());
                continue;
            }
            let after = Value::read_whole(&read(&target, "config")).expect("JSON");
            prop_assert_eq!(after.as_object().and_then(|config| config.get(name)), Some(&unknown));
            run(&mut target, from, Direction::Revert).expect("the way back");
            let back = Value::read_whole(&read(&target, "config")).expect("JSON");
            prop_assert_eq!(back.as_object().and_then(|config| config.get(name)), Some(&unknown));
        }
    }

    // spec: config-file.worked-out
    #[test]
    fn without_a_backup_the_rules_keep_the_rest_and_apply_once(
        mut config in config(),
        unknown in value(),
    ) {
        let name = "Not-a-known-name";
        config.insert(name.to_owned(), unknown.clone());
        let text = Value::Object(config).indented();
        for from in CONFIG_STEPS.into_iter().filter(|from| *from >= 12) {
            let mut target = target(repo(from + 1, text.as_bytes()));
            if run(&mut target, from, Direction::Revert).is_err() {
                prop_assert_eq!(read(&target, "config"), text.as_bytes());
                continue;
            }
            let older = read(&target, "config");
            let parsed = Value::read_whole(&older).expect("JSON");
            prop_assert_eq!(parsed.as_object().and_then(|config| config.get(name)), Some(&unknown));
            if older != text.as_bytes() {
                let kept = format!("config.{}-to-{from}.bak", from + 1);
                prop_assert_eq!(read(&target, &kept), text.as_bytes());
            }
            let mut again = super::config::target(repo(from + 1, &older));
            run(&mut again, from, Direction::Revert).expect("again");
            prop_assert_eq!(read(&again, "config"), older);
        }
    }

    #[test]
    fn any_bytes_are_converted_or_refused(text in prop::collection::vec(any::<u8>(), 0..80)) {
        for from in CONFIG_STEPS {
            let mut target = target(repo(from, &text));
            if run(&mut target, from, Direction::Forward).is_err() {
                prop_assert_eq!(&read(&target, "config"), &text);
            }
        }
    }

    #[test]
    fn what_was_written_reads_back_the_same(value in value()) {
        let text = value.indented();
        let again = Value::read_whole(text.as_bytes()).expect("JSON");
        prop_assert_eq!(again.indented(), text);
    }
}
