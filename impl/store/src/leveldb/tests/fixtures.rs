//! Databases that Kubo wrote.

use super::*;
use crate::disk::Disk;

/// A small database of `testdata`, made with `ipfs init --profile=test` of Kubo 0.44 and 14 times
/// `ipfs add` (`pins`; `snappy` with that compression) or 12 times `ipfs files write` (`mfs`).
fn load(name: &str) -> FaultyDisk {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/leveldb").join(name);
    let disk = FaultyDisk::new();
    disk.create_dir(Path::new(DIRECTORY), 0o755).expect("create");
    for entry in std::fs::read_dir(&source).expect("test data") {
        let entry = entry.expect("entry");
        let name = entry.file_name().into_string().expect("name");
        let data = std::fs::read(entry.path()).expect("read");
        overwrite(&disk, &name, &data);
    }
    disk
}

#[test]
fn databases_of_kubo_are_read_and_written() {
    // spec: leveldb.shared
    for (name, keys, key) in [
        ("pins", 31, "/pins/state/dirty"),
        ("mfs", 4, "/local/filesroot"),
        ("snappy", 31, "/pins/state/dirty"),
    ] {
        let disk = load(name);
        let db = open(&disk, Options::default());
        let pairs = all(&db);
        assert_eq!(pairs.len(), keys, "{name}");
        assert!(pairs.contains_key(key.as_bytes()), "{name}");
        for (key, value) in &pairs {
            assert_eq!(db.get_bytes(key).expect("get").as_ref(), Some(value), "{name}");
        }
        put(&db, "/after", "1");
        db.compact().expect("compact");
        drop(db);
        let db = open(&disk, read_only());
        assert_eq!(all(&db).len(), keys + 1, "{name}");
    }
}
