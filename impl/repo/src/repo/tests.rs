//! Spec: spec/repo/repo.md

use super::*;
use crate::config::{Identity, edit, fresh};
use crate::disk::faulty::{Fault, FaultyDisk, Plan};
use bytes::Bytes;
use ipfs_data::block::{Block, Sink, Source};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::multihash;

fn fresh_repo() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let identity = Identity { peer_id: "P".to_owned(), private_key: "K".to_owned() };
    Repo::init(&directory.path().join("r"), &fresh::tree(&identity)).unwrap();
    directory
}

fn block(data: &[u8]) -> Block {
    let hash = multihash::sum(0x12, data, None).unwrap();
    Block { cid: Cid::new_v1(codec::RAW, hash), data: Bytes::copy_from_slice(data) }
}

#[test]
fn blocks_survive_closing() {
    let directory = fresh_repo();
    let path = directory.path().join("r");
    let repo = Repo::open(&path, &Options::default()).unwrap();
    let block = block(b"hello");
    let store = repo.blockstore().unwrap();
    assert!(!store.has(&block.cid).unwrap());
    store.put(block.clone()).unwrap();
    assert_eq!(store.get(&block.cid).unwrap(), block.data);
    assert!(matches!(Repo::open(&path, &Options::default()), Err(Error::Lock(_))));
    repo.close().unwrap();
    let repo = Repo::open(&path, &Options::default()).unwrap();
    let store = repo.blockstore().unwrap();
    assert_eq!(store.get(&block.cid).unwrap(), block.data);
    let all: Vec<_> = store.multihashes().unwrap().collect();
    assert_eq!(all.len(), 1);
    store.delete(block.cid.hash()).unwrap();
    assert!(!store.has(&block.cid).unwrap());
}

#[test]
fn an_existing_repo_is_not_made_again_and_a_missing_one_is_named() {
    let directory = fresh_repo();
    let identity = Identity { peer_id: "Q".to_owned(), private_key: "K".to_owned() };
    let again = Repo::init(&directory.path().join("r"), &fresh::tree(&identity));
    assert!(matches!(again, Err(Error::Exists)));
    let missing = Repo::open(&directory.path().join("no"), &Options::default()).unwrap_err();
    assert!(missing.to_string().ends_with("no.\nplease run: 'ipfs init'"));
}

#[test]
fn other_stores_than_on_disk_are_refused() {
    let directory = fresh_repo();
    let path = directory.path().join("r");
    std::fs::write(path.join("datastore_spec"), "{}").unwrap();
    let error = Repo::open(&path, &Options::default()).unwrap_err().to_string();
    assert!(error.starts_with("datastore configuration of '{}' does not match what is on disk"));
    assert!(!path.join("repo.lock").exists());
}

#[test]
fn a_power_cut_leaves_the_old_or_the_new_configuration() {
    let identity = Identity { peer_id: "P".to_owned(), private_key: "K".to_owned() };
    let directory = Path::new("/repo");
    let path = Layout::new(directory).config();
    let set = |disk: &FaultyDisk, value: &str| {
        let tree = config::load(disk, &path)?;
        let tree = edit::set_key(&tree, "Datastore.StorageMax", value.into()).unwrap();
        config::store(disk, &path, &tree).map_err(io("write", &path))
    };
    let made = FaultyDisk::new();
    Repo::init_on(&made, directory, &fresh::tree(&identity)).unwrap();
    for at in 0.. {
        let disk = made.after_power_failure(1);
        disk.plan(Some(Plan { at, count: u64::MAX, fault: Fault::Full, reads: true }));
        let result = set(&disk, "5GB");
        let finished = disk.operations() < at;
        for seed in 0..4 {
            let tree = config::load(&disk.after_power_failure(seed), &path).unwrap();
            let value = tree.get("Datastore.StorageMax").unwrap();
            assert!(value == "5GB" || (result.is_err() && value == "10GB"), "{at}: {value}");
        }
        if finished {
            break;
        }
    }
}

#[test]
fn a_repo_is_made_whole_or_not_at_all() {
    let identity = Identity { peer_id: "P".to_owned(), private_key: "K".to_owned() };
    let directory = Path::new("/repo");
    let layout = Layout::new(directory);
    for at in 0.. {
        let disk = FaultyDisk::new();
        disk.plan(Some(Plan { at, count: u64::MAX, fault: Fault::Broken, reads: true }));
        let result = Repo::init_on(&disk, directory, &fresh::tree(&identity));
        let finished = disk.operations() < at;
        for seed in 0..4 {
            let disk = disk.after_power_failure(seed);
            assert!(result.is_err() || layout.is_initialized(&disk), "lost at {at}");
            if layout.is_initialized(&disk) {
                let tree = config::load(&disk, &layout.config()).unwrap();
                check_spec(&disk, &layout, &read_spec(&tree).unwrap()).unwrap();
                version::check(&disk, &layout).unwrap();
            } else {
                Repo::init_on(&disk, directory, &fresh::tree(&identity)).unwrap();
            }
        }
        if finished {
            break;
        }
    }
}
