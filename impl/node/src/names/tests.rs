use super::*;
use ipfs_data::ipns_record::{Options, Time, create};
use ipfs_data::key::PrivateKey;
use ipfs_repo::datastore::{Datastore, Memory};
use ipfs_repo::name_store::NameStore;
use std::sync::Arc;

const EMPTY: &str = "/ipfs/bafkqaaa";
const MINUTE: Duration = Duration::from_secs(60);

/// No server at all.
fn offline() -> dns::Settings {
    let servers = dns::Servers::Fixed(Vec::new());
    dns::Settings { servers, ..dns::Settings::system(dns::Rules::default()) }
}

struct Names {
    store: Arc<Memory>,
    resolver: Resolver,
}

fn names(fixed: &str, ttl_max: Option<Duration>) -> Names {
    let store = Arc::new(Memory::new());
    let settings = Settings {
        denylists: Default::default(),
        fixed: FixedNames::parse(fixed).unwrap(),
        records: Records::Stored(store.clone(), Arc::default()),
        dns: Arc::new(dns::Resolver::new(offline())),
        cache_entries: 2,
        ttl_max,
    };
    Names { store, resolver: Resolver::new(settings) }
}

fn key(seed: u8) -> PrivateKey {
    // PKCS#8 of Ed25519: what comes before the seed is always the same.
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    PrivateKey::from_pkcs8_der(&[&head[..], &[seed; 32]].concat()).unwrap()
}

impl Names {
    fn publish(&self, seed: u8, value: &str, sequence: u64, lifetime: Duration, ttl: Duration) {
        let now = Time::from(SystemTime::now());
        let ns = |time: Duration| i64::try_from(time.as_nanos()).unwrap();
        let options = Options::new(sequence, now.plus_ns(ns(lifetime)), ns(ttl));
        let record = create(&key(seed), &Path::parse(value).unwrap(), options).unwrap().encode();
        let store: &dyn Datastore = self.store.as_ref();
        NameStore::new(store).put(&key(seed).peer_id(), &record, now).unwrap();
    }

    fn resolve(&self, text: &str) -> Result<Resolved, Error> {
        self.resolver.resolve(&Path::parse(text).unwrap())
    }

    fn path(&self, text: &str) -> String {
        self.resolve(text).unwrap().path.to_string()
    }

    fn fails(&self, text: &str) -> String {
        self.resolve(text).unwrap_err().to_string()
    }
}

fn name(seed: u8) -> String {
    key(seed).peer_id().to_name()
}

/// spec: names.fixed, names.fixed-first, names.rest
#[test]
fn fixed_names() {
    let fixed = format!("a.b:{EMPTY},c:/ipns/a.b/x,{}:{EMPTY}/k", name(1));
    let names = names(&fixed, None);
    assert_eq!(names.path("/ipns/a.b"), EMPTY);
    assert_eq!(names.path("/ipns/a.b/"), format!("{EMPTY}/"));
    assert_eq!(names.path("/ipns/c/y/z/"), format!("{EMPTY}/x/y/z/"));
    assert_eq!(names.path(&format!("/ipns/{}", name(1))), format!("{EMPTY}/k"));
    let resolved = names.resolve("/ipns/a.b").unwrap();
    assert_eq!((resolved.ttl, resolved.modified), (None, None));
    assert_eq!(names.path(EMPTY), EMPTY);
}

/// spec: names.recursion
#[test]
fn steps() {
    let names = names(&format!("a:/ipns/b,b:/ipns/a,c:/ipns/d,d:{EMPTY}"), None);
    assert_eq!(names.fails("/ipns/a"), "could not resolve name (recursion limit exceeded)");
    let once = names.resolver.resolve_once(&Path::parse("/ipns/c/x").unwrap()).unwrap();
    assert_eq!(once.path.as_str(), "/ipns/d/x");
    let chain = |length: u32| {
        let mut list = format!("n{length}:{EMPTY}");
        (1..length).for_each(|at| list.push_str(&format!(",n{at}:/ipns/n{}", at + 1)));
        list
    };
    assert_eq!(super::tests::names(&chain(DEPTH_MAX), None).path("/ipns/n1"), EMPTY);
    assert!(super::tests::names(&chain(DEPTH_MAX + 1), None).resolve("/ipns/n1").is_err());
}

/// spec: names.record-ttl, names.ttl-shortest, names.record
#[test]
fn records() {
    let names = names(&format!("f:/ipns/{}", name(1)), None);
    names.publish(1, &format!("/ipns/{}/a", name(2)), 1, MINUTE, MINUTE / 2);
    names.publish(2, EMPTY, 1, MINUTE / 4, MINUTE);
    let resolved = names.resolve("/ipns/f/b").unwrap();
    assert_eq!(resolved.path.as_str(), "/ipfs/bafkqaaa/a/b");
    let ttl = resolved.ttl.unwrap();
    assert!(ttl <= MINUTE / 4 && ttl > MINUTE / 5, "{ttl:?}");
    assert!(resolved.modified.is_some());
    let record = names.resolver.record(&key(2).peer_id()).unwrap();
    assert_eq!(ipns_record::Record::decode(&record).unwrap().value().unwrap().as_str(), EMPTY);
    assert!(matches!(names.resolver.record(&key(3).peer_id()), Err(Error::NotFound)));
    assert_eq!(names.fails(&format!("/ipns/{}", name(3))), "could not resolve name");
}

/// spec: names.ttl-max, names.forget, names.cache-bound
#[test]
fn kept_answers() {
    let names = names("", Some(MINUTE));
    let path = format!("/ipns/{}", name(1));
    names.publish(1, "/ipfs/bafkqaaa/1", 1, 9 * MINUTE, 5 * MINUTE);
    let first = names.resolve(&path).unwrap();
    assert_eq!(first.ttl, Some(MINUTE));
    names.publish(1, "/ipfs/bafkqaaa/2", 2, 9 * MINUTE, 5 * MINUTE);
    // In every spelling.
    let spelling = format!("/ipns/{}", key(1).peer_id());
    assert_ne!(path, spelling);
    let second = names.resolve(&spelling).unwrap();
    assert_eq!(second.path.as_str(), "/ipfs/bafkqaaa/1");
    assert!(second.ttl.unwrap() <= MINUTE && second.modified == first.modified);
    let fresh = names.resolver.resolve_fresh(&Path::parse(&path).unwrap()).unwrap();
    assert_eq!(fresh.path.as_str(), "/ipfs/bafkqaaa/2");
    assert_eq!(fresh.ttl, Some(5 * MINUTE));
    names.resolver.forget(&key(1).peer_id());
    assert_eq!(names.path(&path), "/ipfs/bafkqaaa/2");
}

/// spec: names.ttl-max
#[test]
fn zero_keeps_nothing() {
    let names = names("", Some(Duration::ZERO));
    let path = format!("/ipns/{}", name(1));
    names.publish(1, "/ipfs/bafkqaaa/1", 1, 9 * MINUTE, 5 * MINUTE);
    assert_eq!(names.resolve(&path).unwrap().ttl, Some(5 * MINUTE));
    names.publish(1, "/ipfs/bafkqaaa/2", 2, 9 * MINUTE, 5 * MINUTE);
    assert_eq!(names.path(&path), "/ipfs/bafkqaaa/2");
}

/// spec: names.kinds
#[test]
fn what_is_no_name() {
    let names = names("", None);
    assert_eq!(names.fails("/ipns/a..b"), "cannot resolve: \"/ipns/a..b\"");
    let raw = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am";
    // A CID is a good label, too.
    assert!(matches!(names.resolve(&format!("/ipns/{raw}")), Err(Error::DnsLink { .. })));
    let long = "f01551220".to_owned() + &"00".repeat(32);
    assert!(names.fails(&format!("/ipns/{long}")).starts_with("peer ID represented as CIDv1"));
}
