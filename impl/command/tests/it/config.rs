//! `ipfs config` and `ipfs bootstrap`

use crate::support::Home;

fn home() -> Home {
    let home = Home::empty();
    home.ok("init --profile=test");
    home
}

#[test]
fn keys_are_read_and_set() {
    let home = home();
    assert_eq!(home.ok("config Addresses.API"), "/ip4/127.0.0.1/tcp/0\n");
    assert_eq!(home.ok("config Datastore.StorageMax 5GB"), "");
    assert_eq!(home.ok("config Datastore.StorageMax"), "5GB\n");
    home.ok("config --json Swarm.ConnMgr.HighWater 50");
    assert_eq!(home.ok("config Swarm.ConnMgr"), "{\n  \"HighWater\": 50\n}\n");
    home.ok("config --bool Discovery.MDNS.Enabled true");
    assert_eq!(home.ok("config Discovery.MDNS.Enabled"), "true\n");
    let text = home.fails("config Foo.Bar x");
    assert_eq!(text, "Error: failed to set config value: Foo not found (maybe use --json?)\n");
    let text = home.fails("config --json Foo {bad");
    let reason = "invalid character 'b' looking for beginning of object key string";
    assert_eq!(text, format!("Error: failed to unmarshal json. {reason}\n"));
    assert!(home.fails("config --json Bootstrap 5").contains("cannot unmarshal number into Go"));
    assert!(home.fails("config Identity.PrivKey").contains("cannot show or change private key"));
}

#[test]
fn unknown_keys_survive_changes() {
    let home = home();
    let path = home.repo().join("config");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen('{', "{\n\"Own\": {\"b\": [1]},", 1)).unwrap();
    home.ok("config profile apply lowpower");
    home.ok("config Datastore.StorageMax 5GB");
    assert_eq!(home.ok("config Own"), "{\n  \"b\": [\n    1\n  ]\n}\n");
    assert_eq!(home.ok("config Swarm.ConnMgr.GracePeriod"), "1m0s\n");
    let copies = std::fs::read_dir(home.repo()).unwrap().filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("config-pre-lowpower-")
    });
    assert_eq!(copies.count(), 1);
}

#[test]
fn secrets_are_not_shown_and_replace_keeps_them() {
    let home = home();
    let shown = home.ok("config show");
    assert!(shown.contains("PeerID") && !shown.contains("PrivKey"));
    std::fs::write(home.path().join("new"), shown.replace("10GB", "7GB")).unwrap();
    home.ok("config replace new");
    assert_eq!(home.ok("config Datastore.StorageMax"), "7GB\n");
    let file = std::fs::read_to_string(home.repo().join("config")).unwrap();
    assert!(file.contains("PrivKey"));
}

#[test]
fn bootstrap_lists_adds_and_removes() {
    let home = home();
    let peer = "/ip4/1.2.3.4/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
    assert_eq!(home.ok(&format!("bootstrap add {peer}")), format!("added {peer}\n"));
    assert_eq!(home.ok("bootstrap"), format!("{peer}\n"));
    assert_eq!(home.ok(&format!("bootstrap rm {peer}")), format!("removed {peer}\n"));
    assert_eq!(home.ok("bootstrap list"), "");
    let text = home.fails("bootstrap add /ip4/1.2.3.4/tcp/1");
    assert_eq!(text, "Error: invalid bootstrap address: /ip4/1.2.3.4/tcp/1\n");
    assert!(home.fails("bootstrap add default").contains("AutoConf is disabled"));
}
