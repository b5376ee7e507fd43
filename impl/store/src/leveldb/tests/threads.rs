//! Several threads at once.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn writers_share_syncs_and_readers_see_whole_batches() {
    // spec: leveldb.write-grouped
    let disk = FaultyDisk::new();
    let db = open(&disk, tiny());
    let done = AtomicBool::new(false);
    let (writers, batches) = (4, 150);
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..writers)
            .map(|writer| {
                let db = &db;
                scope.spawn(move || {
                    for number in 0..batches {
                        let value = format!("{number}").repeat(20);
                        let (a, b) = (format!("/a/{writer}"), format!("/b/{writer}"));
                        let own = format!("/own/{writer}/{number}");
                        db.write_bytes([
                            (a.as_bytes(), Some(value.as_bytes())),
                            (b.as_bytes(), Some(value.as_bytes())),
                            (own.as_bytes(), Some(value.as_bytes())),
                        ])
                        .expect("write");
                        assert_eq!(get(db, &own), Some(value));
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let found = all(&db);
                for writer in 0..writers {
                    let value = |key: String| found.get(key.as_bytes());
                    assert_eq!(value(format!("/a/{writer}")), value(format!("/b/{writer}")));
                }
            }
        });
        for handle in handles {
            handle.join().expect("writer");
        }
        done.store(true, Ordering::Relaxed);
    });
    drop(db);
    let db = open(&disk, read_only());
    assert_eq!(all(&db).len(), writers * (batches + 2));
}
