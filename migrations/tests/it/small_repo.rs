//! A small repository of every version, on a disk in memory: made at version 0 and taken up by the
//! steps themselves.

use ipfs_store::disk::faulty::FaultyDisk;
use ipfs_store::disk::{Disk, write_atomic};
use ipfs_store::leveldb::{LevelDb, Mode, Options};
use multibase::Base;
use repo_migrations::blocks::key::cleaned;
use repo_migrations::dag_pb::{Link, Node};
use repo_migrations::engine::{self, Target};
use repo_migrations::keys::{PrivateKey, dht_record};
use repo_migrations::locking::Locks;
use repo_migrations::protobuf::{put_bytes, put_number};
use repo_migrations::{Direction, Error, Report, Step, steps};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Where the repository is up to version 1.
const OLD_HOME: &str = "/h/.go-ipfs";
/// Where it is from version 2 on.
const HOME: &str = "/h/.ipfs";
/// The newest version.
pub(crate) const NEWEST: u32 = 18;
/// The version at which a block with a CIDv1 key comes in.
const CIDV1_VERSION: u32 = 6;

/// A repository on a disk in memory.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    pub(crate) disk: FaultyDisk,
    pub(crate) home: PathBuf,
}

/// An Ed25519 key in the form of 2015.
fn key(seed: u8) -> Vec<u8> {
    let secret = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
    let public = secret.verifying_key().to_bytes();
    let mut key = Vec::new();
    put_number(&mut key, 1, 1);
    put_bytes(&mut key, 2, &[[seed; 32], public, public].concat());
    key
}

fn hashed(content: &[u8]) -> Vec<u8> {
    [&[0x12, 0x20][..], &Sha256::digest(content)].concat()
}

fn leaf(text: &str) -> Vec<u8> {
    Node { links: Vec::new(), data: text.into() }.encode()
}

/// A block whose key is shortened where it is taken for a path.
fn mangled() -> Vec<u8> {
    (0u32..)
        .map(|number| leaf(&number.to_string()))
        .find(|block| cleaned(&hashed(block)) != Some(hashed(block)))
        .expect("there is one among a few thousand")
}

fn config(own: &PrivateKey) -> String {
    let value = serde_json::json!({
        "Identity": {
            "PeerID": Base::Base58Btc.encode(own.hashed_id()),
            "PrivKey": Base::Base64Pad.encode(key(1)),
        },
        "Datastore": {
            "Type": "leveldb", "Path": "/h/.go-ipfs/datastore", "StorageMax": "10GB",
            "StorageGCWatermark": 90, "GCPeriod": "1h", "Params": null, "NoSync": false,
        },
        "Addresses": {
            "Swarm": ["/ip4/0.0.0.0/tcp/4001", "/ip6/::/tcp/4001"],
            "API": "/ip4/127.0.0.1/tcp/5001", "Gateway": "/ip4/127.0.0.1/tcp/8080",
        },
        "Bootstrap": [
            "/ip4/104.236.179.241/tcp/4001/ipfs/QmSoLPppuBtQSGwKDZT2M73ULpjvfd3aZ6ha4oFGL1KrGM",
        ],
        "Gateway": {"HTTPHeaders": {"Access-Control-Allow-Origin": ["*"]}},
        "Swarm": {"AddrFilters": null},
        "Reprovider": {"Interval": "12h", "Strategy": "all"},
        "Unknown": {"kept": 1},
    });
    format!("{value:#}")
}

/// An IPNS entry, as far as anything here looks into it.
fn entry() -> Vec<u8> {
    let mut entry = Vec::new();
    put_bytes(&mut entry, 1, b"/ipfs/QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n");
    put_bytes(&mut entry, 2, b"signature");
    put_number(&mut entry, 5, 7);
    entry
}

fn version_0() -> Repo {
    let disk = FaultyDisk::new();
    let home = Path::new(OLD_HOME);
    let keystore = home.join("keystore");
    for directory in [Path::new("/h"), home, &keystore, &home.join("logs")] {
        disk.create_dir(directory, 0o755).expect("mkdir");
    }
    let own = PrivateKey::decode(&key(1)).expect("a key");
    let write = |path: &Path, text: &[u8], mode| write_atomic(&disk, path, text, mode);
    write(&home.join("config"), config(&own).as_bytes(), 0o600).expect("write");
    write(&keystore.join("mykey"), &key(2), 0o400).expect("write");
    let (one, two, odd) = (leaf("one"), leaf("two"), mangled());
    let link = |block: &Vec<u8>| Link { hash: hashed(block), ..Link::default() };
    let top = Node { links: vec![link(&one), link(&two)], data: b"top".to_vec() }.encode();
    let store = LevelDb::open(Arc::new(disk.clone()), home.join("datastore"), Options::default());
    let store = store.expect("a new database");
    let put = |key: &[u8], value: &[u8]| store.write_bytes([(key, Some(value))]).expect("put");
    for block in [&one, &two, &odd, &top] {
        let key = cleaned(&hashed(block)).expect("a hash is more than dots");
        put(&[b"/b/", &key[..]].concat(), block);
    }
    let list = |blocks: &[&Vec<u8>]| {
        let keys = blocks.iter().map(|block| Base::Base58Btc.encode(hashed(block)));
        serde_json::json!(keys.collect::<Vec<_>>()).to_string().into_bytes()
    };
    put(b"/local/pins/recursive/keys", &list(&[&top, &odd]));
    put(b"/local/pins/direct/keys", &list(&[&one]));
    let count = |block: &Vec<u8>| format!("\"{}\":1", Base::Base58Btc.encode(hashed(block)));
    let counts = format!("{{{},{}}}", count(&one), count(&two));
    put(b"/local/pins/indirect/keys", counts.as_bytes());
    put(b"/local/filesroot", &hashed(&top));
    let id = own.hashed_id();
    let record = dht_record::signed(&own, &id, &entry()).expect("a signature");
    put(&[b"/ipns/", &id[..]].concat(), &record);
    drop(store);
    disk.sync_all(home).expect("sync");
    Repo { disk, home: home.into() }
}

/// What programs of version 6 add: a block with a CIDv1 key, and a record under their own kind of
/// key.
fn add_version_6(repo: &Repo) {
    let block = b"raw block";
    let cid = [&[1, 0x55][..], &hashed(block)].concat();
    let name = Base::Base32Upper.encode(cid);
    let directory = repo.home.join("blocks").join(&name[name.len() - 3..name.len() - 1]);
    let _ = repo.disk.create_dir(&directory, 0o755);
    let file = directory.join(format!("{name}.data"));
    write_atomic(&repo.disk, &file, block, 0o600).expect("write");
    let own = PrivateKey::decode(&key(1)).expect("a key");
    let record = dht_record::signed(&own, &own.hashed_id(), &entry()).expect("a signature");
    let name = Base::Base32Upper.encode(dht_record::name(&own.hashed_id()));
    let key = format!("/{name}");
    let disk = Arc::new(repo.disk.clone());
    let store = LevelDb::open(disk, repo.home.join("datastore"), Options::default());
    let change = (key.as_bytes(), Some(&record[..]));
    store.expect("open").write_bytes([change]).expect("put");
}

/// The repository of a version.
pub(crate) fn version(version: u32) -> Repo {
    static ALL: OnceLock<Vec<Repo>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let mut all = vec![version_0()];
        for from in 0..NEWEST {
            let mut repo = all[from as usize].copy();
            if from == CIDV1_VERSION {
                add_version_6(&repo);
            }
            repo.run(from, Direction::Forward).unwrap_or_else(|error| panic!("{from}: {error}"));
            repo.disk.sync_all(&repo.home).expect("sync");
            all.push(repo);
        }
        let late = &all[CIDV1_VERSION as usize];
        add_version_6(late);
        late.disk.sync_all(&late.home).expect("sync");
        all
    });
    all[version as usize].copy()
}

/// The step from a version.
pub(crate) fn step(from: u32) -> &'static dyn Step {
    *steps::ALL.iter().find(|step| step.from() == from).expect("there is such a step")
}

impl Repo {
    /// The same on a disk of its own.
    pub(crate) fn copy(&self) -> Self {
        Self { disk: self.disk.after_kill(), home: self.home.clone() }
    }

    /// Runs a step.
    pub(crate) fn run(&mut self, from: u32, direction: Direction) -> Result<(), Error> {
        let mut target = self.target();
        let mut locks = Locks::held_elsewhere();
        let report = &mut Report::silent();
        let result = engine::run(step(from), direction, &mut target, &mut locks, report);
        self.home = target.repo;
        result
    }

    /// For functions that take a target.
    pub(crate) fn target(&self) -> Target {
        Target { disk: Arc::new(self.disk.clone()), repo: self.home.clone() }
    }

    /// Finds the repository after a run that was interrupted, perhaps while renaming it.
    pub(crate) fn found_again(mut self) -> Self {
        for home in [OLD_HOME, HOME] {
            if self.disk.meta(&Path::new(home).join("config")).is_ok() {
                self.home = home.into();
            }
        }
        self
    }

    /// Everything in it: files with their modes, and the database by keys.
    pub(crate) fn content(&self) -> BTreeMap<String, Vec<u8>> {
        let mut content = BTreeMap::new();
        let database = self.home.join("datastore");
        for path in self.disk.files().into_iter().filter(|path| !path.starts_with(&database)) {
            let mode = self.disk.meta(&path).expect("stat").mode;
            let bytes = self.disk.read(&path).expect("read");
            content.insert(format!("{} {mode:o}", path.display()), bytes);
        }
        let options = Options { mode: Mode::ReadOnly, ..Options::default() };
        let disk = Arc::new(self.disk.after_kill());
        let store = LevelDb::open(disk, database, options).expect("open");
        for pair in store.scan_bytes(b"", false).expect("scan") {
            let (key, value) = pair.expect("entry");
            content.insert(format!("db {}", key.escape_ascii()), value);
        }
        content
    }
}
