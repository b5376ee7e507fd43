//! `ipfs repo` and `ipfs diag datastore`

use crate::support::Home;
use std::path::PathBuf;

fn home() -> Home {
    let home = Home::empty();
    home.ok("init --profile=test");
    home
}

fn block_file(home: &Home) -> PathBuf {
    home.repo().join("blocks/X3/CIQFTFEEHEDF6KLBT32BFAGLXEZL4UWFNWM4LFTLMXQBCERZ6CMLX3Y.data")
}

#[test]
fn figures() {
    let home = home();
    let stat = home.ok("repo stat");
    assert!(stat.starts_with("NumObjects: 1\nRepoSize:   "), "{stat}");
    assert!(stat.contains("StorageMax: 10000000000\n") && stat.ends_with("fs-repo@18\n"));
    assert!(home.ok("stats repo -s -H").contains("StorageMax: 10 GB\n"));
    assert_eq!(home.ok("repo version"), "ipfs repo version fs-repo@18\n");
    let cid = "bafkreiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
    assert_eq!(home.ok("repo ls"), format!("{cid}\n"));
    assert_eq!(home.ok("repo migrate"), "Repository is already at version 18.\n");
    let newer = "Error: no embedded migrations found for version 18 to 19\n";
    assert_eq!(home.fails("repo migrate --to=19"), newer);
}

#[test]
fn broken_blocks_are_found_and_dropped() {
    let home = home();
    let done = "1 blocks processed.\rverify complete, all blocks validated.\n";
    assert_eq!(home.ok("repo verify"), done);
    std::fs::write(block_file(&home), "junk").unwrap();
    let outcome = home.run("repo verify");
    assert_eq!(outcome.code, 1);
    assert_eq!(outcome.stderr, "Error: verify complete, 1 blocks corrupt\n");
    assert!(outcome.stdout.contains("block in storage has different hash than requested"));
    assert_eq!(home.run("repo verify --heal").code, 1);
    assert!(block_file(&home).exists());
    let dropped = home.ok("repo verify --drop");
    assert!(dropped.ends_with("verify complete, 1 blocks corrupt, 1 removed\n"), "{dropped}");
    assert!(!block_file(&home).exists());
}

#[test]
fn the_datastore_is_open_to_view() {
    let home = home();
    home.ok("diag datastore put /test/key hello");
    assert_eq!(home.ok("diag datastore get /test/key"), "hello");
    assert_eq!(home.ok("diag datastore count /test"), "1\n");
    let dump = home.ok("diag datastore get --hex /test/key");
    assert!(dump.starts_with("Key: /test/key\nHex Dump:\n00000000  68 65 6c 6c 6f "));
    assert_eq!(home.fails("diag datastore get /nope"), "Error: key not found: /nope\n");
    assert_eq!(home.ok("diag healthy"), "\"ok\"\n");
}

#[test]
fn other_versions_and_stores_are_refused() {
    let home = home();
    let version = home.repo().join("version");
    std::fs::write(&version, "17").unwrap();
    assert!(home.fails("repo stat").starts_with("Error: ipfs repo needs migration"));
    std::fs::write(&version, "18").unwrap();
    let config = home.repo().join("config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("levelds", "wonderds")).unwrap();
    assert_eq!(home.fails("repo stat"), "Error: unknown datastore type: wonderds\n");
    std::fs::write(&config, text.replace("\"path\": \"datastore\"", "\"path\": \"other\""))
        .unwrap();
    assert!(home.fails("repo stat").contains("does not match what is on disk"));
    assert!(!home.repo().join("other").exists());
}

#[test]
fn settings_that_make_no_sense_stop_commands_with_blocks() {
    let home = home();
    home.ok("config --json Import.CidVersion 5");
    let text = home.fails("repo stat");
    let reason = "Import.CidVersion must be 0 or 1, got 5";
    let prefix = "Error: constructing the node (see log for full detail)";
    assert_eq!(text, format!("{prefix}: {reason}\n"));
    home.ok("config --json Import.CidVersion 1");
    home.ok("repo stat");
}
