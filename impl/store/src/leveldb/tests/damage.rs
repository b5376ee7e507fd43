//! Databases whose files were cut or changed.

use super::*;

/// A database with tables on some levels, and the rest in its log.
fn sample() -> (FaultyDisk, Pairs) {
    let disk = FaultyDisk::new();
    let db = open(&disk, tiny());
    let mut rng = Rng(5);
    for _ in 0..250 {
        put(&db, &format!("/k/{}", rng.below(90)), &format!("{}", rng.below(1000)));
    }
    db.wait_until_idle().expect("idle");
    for number in 0..8 {
        put(&db, &format!("/log/{number}"), "in the log");
    }
    let pairs = all(&db);
    (disk, pairs)
}

#[test]
fn a_log_cut_anywhere_keeps_what_is_before_and_takes_what_comes_after() {
    // spec: leveldb-log.damaged-log-left
    let disk = FaultyDisk::new();
    let db = open(&disk, Options::default());
    put(&db, "/k/00", "first");
    let log = the_file(&disk, "", ".log");
    let mut ends = vec![0, read(&disk, &log).len()];
    for number in 1..12 {
        let value = "v".repeat(if number == 6 { 40_000 } else { 50 });
        put(&db, &format!("/k/{number:02}"), &value);
        ends.push(read(&disk, &log).len());
    }
    drop(db);
    let content = read(&disk, &log);
    let cuts = (0..content.len()).filter(|cut| *cut % 97 == 0 || cut + 1200 > content.len());
    for cut in cuts {
        let disk = disk.after_kill();
        overwrite(&disk, &log, &content[..cut]);
        let whole = ends.iter().filter(|&&end| end <= cut).count() - 1;
        let db = open(&disk, Options::default());
        assert_eq!(all(&db).len(), whole, "cut at {cut}");
        put(&db, "/after", "1");
        drop(db);
        let db = open(&disk, read_only());
        assert_eq!(get(&db, "/after").as_deref(), Some("1"), "cut at {cut}");
        assert_eq!(all(&db).len(), whole + 1, "cut at {cut}");
    }
}

#[test]
fn a_bad_block_in_a_log_costs_only_that_block() {
    // spec: leveldb-log.bad-block-skipped
    let disk = FaultyDisk::new();
    let db = open(&disk, Options::default());
    for number in 0..2000 {
        put(&db, &format!("/k/{number:04}"), &"v".repeat(50));
    }
    drop(db);
    let log = the_file(&disk, "", ".log");
    let mut content = read(&disk, &log);
    assert!(content.len() > 4 * 32 * 1024);
    content[32 * 1024 + 100] ^= 1;
    overwrite(&disk, &log, &content);
    let found = all(&open(&disk, Options::default()));
    assert!(found.contains_key(&b"/k/0000"[..]) && found.contains_key(&b"/k/1999"[..]));
    assert!(found.len() > 1500 && found.len() < 2000, "{}", found.len());
}

#[test]
fn zeros_behind_a_log_are_no_changes() {
    for zeros in [1, 6, 7, 8, 5000, 100_000] {
        let disk = FaultyDisk::new();
        let db = open(&disk, Options::default());
        put(&db, "/k", "1");
        drop(db);
        let log = the_file(&disk, "", ".log");
        let mut content = read(&disk, &log);
        content.resize(content.len() + zeros, 0);
        overwrite(&disk, &log, &content);
        let db = open(&disk, Options::default());
        put(&db, "/after", "2");
        drop(db);
        assert_eq!(all(&open(&disk, read_only())).len(), 2, "{zeros} zeros");
    }
}

#[test]
fn flipped_bits_in_manifest_or_current_lose_nothing() {
    // spec: leveldb-manifest.rebuild
    let (disk, pairs) = sample();
    for name in ["CURRENT".to_owned(), the_file(&disk, "MANIFEST-", "")] {
        let content = read(&disk, &name);
        let step = content.len().div_ceil(150);
        for at in (0..content.len()).step_by(step) {
            let disk = disk.after_kill();
            let mut content = content.clone();
            content[at] ^= 1 << (at % 8);
            overwrite(&disk, &name, &content);
            let db = open(&disk, tiny());
            assert_eq!(all(&db), pairs, "{name}, byte {at}");
            put(&db, "/after", "1");
            drop(db);
            assert_eq!(all(&open(&disk, read_only())).len(), pairs.len() + 1, "{name}, byte {at}");
        }
    }
}

#[test]
fn a_manifest_cut_anywhere_loses_nothing() {
    // spec: leveldb-manifest.missing-files
    let (disk, pairs) = sample();
    let name = the_file(&disk, "MANIFEST-", "");
    let content = read(&disk, &name);
    let step = content.len().div_ceil(150);
    for cut in (0..content.len()).step_by(step) {
        let disk = disk.after_kill();
        overwrite(&disk, &name, &content[..cut]);
        assert_eq!(all(&open(&disk, tiny())), pairs, "cut at {cut}");
    }
}

#[test]
fn flipped_bits_in_tables_give_errors_not_wrong_values() {
    let (disk, pairs) = sample();
    let mut rng = Rng(1);
    let tables: Vec<String> =
        names(&disk).into_iter().filter(|name| name.ends_with(".ldb")).collect();
    let mut errors = 0;
    for _ in 0..rounds(200) {
        let disk = disk.after_kill();
        let name = &tables[rng.below(tables.len() as u64) as usize];
        let mut content = read(&disk, name);
        let at = rng.below(content.len() as u64) as usize;
        content[at] ^= 1 << rng.below(8);
        overwrite(&disk, name, &content);
        let db = open(&disk, tiny());
        match try_all(&db) {
            Ok(found) => assert_eq!(found, pairs, "{name}, byte {at}"),
            Err(error) => {
                errors += 1;
                assert!(matches!(error, Error::Corrupt { .. }), "{error}");
                assert!(error.to_string().contains(name.as_str()), "{error}");
            }
        }
        for (key, value) in &pairs {
            match db.get_bytes(key) {
                Ok(found) => assert_eq!(found.as_ref(), Some(value), "{name}, byte {at}"),
                Err(error) => assert!(matches!(error, Error::Corrupt { .. }), "{error}"),
            }
        }
    }
    assert!(errors > 0);
}

#[test]
fn arbitrary_bytes_in_any_file_do_not_panic() {
    let (disk, _) = sample();
    let mut rng = Rng(2);
    for _ in 0..rounds(150) {
        let disk = disk.after_kill();
        for name in names(&disk) {
            if name == "LOCK" || rng.below(2) == 0 {
                continue;
            }
            let mut content = read(&disk, &name);
            for _ in 0..rng.below(4) {
                let at = rng.below(content.len().max(1) as u64) as usize;
                match rng.below(4) {
                    0 => content.truncate(at),
                    1 => content.extend((0..rng.below(60)).map(|_| rng.0 as u8)),
                    _ => content.iter_mut().skip(at).take(9).for_each(|byte| {
                        *byte = rng.below(256) as u8;
                    }),
                }
            }
            overwrite(&disk, &name, &content);
        }
        if let Ok(db) = try_open(&disk, tiny()) {
            let _ = try_all(&db);
            let _ = db.write_bytes([(&b"/after"[..], Some(&b"1"[..]))]);
            let _ = db.compact();
        }
    }
}

#[test]
fn missing_pointers_and_tables() {
    // spec: leveldb-manifest.current-choice
    let (original, pairs) = sample();
    let manifest = the_file(&original, "MANIFEST-", "");
    let pointer = format!("{manifest}\n").into_bytes();

    let disk = original.after_kill();
    remove(&disk, "CURRENT");
    assert!(try_open(&disk, read_only()).is_err());
    assert_eq!(all(&open(&disk, tiny())), pairs, "no CURRENT");

    let disk = original.after_kill();
    overwrite(&disk, "CURRENT", b"MANIFEST-99");
    overwrite(&disk, "CURRENT.bak", &pointer);
    assert_eq!(all(&open(&disk, read_only())), pairs, "CURRENT.bak");

    let disk = original.after_kill();
    overwrite(&disk, "CURRENT", b"MANIFEST-000001\n");
    overwrite(&disk, "CURRENT.77", b"MANIFEST-000077\n");
    overwrite(&disk, "CURRENT.66", &pointer);
    let db = open(&disk, tiny());
    assert_eq!(all(&db), pairs, "CURRENT.66");
    put(&db, "/after", "1");
    db.wait_until_idle().expect("idle");
    drop(db);
    assert!(!names(&disk).iter().any(|name| name.starts_with("CURRENT.")));
    assert_eq!(all(&open(&disk, read_only())).len(), pairs.len() + 1);

    let disk = original.after_kill();
    let table = names(&disk).into_iter().rfind(|name| name.ends_with(".ldb"));
    remove(&disk, &table.expect("table"));
    let found = all(&open(&disk, tiny()));
    assert!(
        found.iter().all(|(key, value)| pairs.get(key) == Some(value) || key.starts_with(b"/k"))
    );
    assert!(found.contains_key(&b"/log/7"[..]));
}

#[test]
fn a_rebuild_sets_unreadable_tables_aside() {
    // spec: leveldb-manifest.rebuild-lost
    let (disk, pairs) = sample();
    let tables: Vec<String> =
        names(&disk).into_iter().filter(|name| name.ends_with(".ldb")).collect();
    overwrite(&disk, &tables[0], b"not a table");
    let mut content = read(&disk, &tables[1]);
    content[20] ^= 1;
    overwrite(&disk, &tables[1], &content);
    remove(&disk, "CURRENT");
    let db = open(&disk, tiny());
    let found = all(&db);
    assert!(!found.is_empty() && found.len() <= pairs.len(), "{}", found.len());
    assert_ne!(found, pairs);
    for lost in &tables[..2] {
        assert!(names(&disk).contains(&format!("lost/{lost}")), "{:?}", names(&disk));
    }
    drop(db);
    assert_eq!(all(&open(&disk, read_only())), found);
}

#[test]
fn old_table_names_are_read() {
    use crate::disk::Disk;
    let (disk, pairs) = sample();
    for name in names(&disk).into_iter().filter(|name| name.ends_with(".ldb")) {
        let old = path(&name).with_extension("sst");
        disk.rename(&path(&name), &old).expect("rename");
    }
    let db = open(&disk, tiny());
    assert_eq!(all(&db), pairs);
    db.compact().expect("compact");
    assert_eq!(all(&db), pairs);
    drop(db);
    assert!(!names(&disk).iter().any(|name| name.ends_with(".sst")));
}
