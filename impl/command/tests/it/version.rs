//! `ipfs version`

use crate::support::Home;

#[test]
fn texts() {
    let home = Home::empty();
    assert_eq!(home.ok("version"), "ipfs version 0.44.0-dev\n");
    assert_eq!(home.ok("--version"), "ipfs version 0.44.0-dev\n");
    assert_eq!(home.ok("version -n"), "0.44.0-dev\n");
    assert_eq!(home.ok("version --repo"), "18\n");
    assert!(home.ok("version --all").starts_with("Kubo version: 0.44.0-dev\nRepo version: 18\n"));
    assert!(!home.repo().exists());
}

#[test]
fn encodings() {
    let home = Home::empty();
    let json: serde_json::Value = serde_json::from_str(&home.ok("version --enc=json")).unwrap();
    assert_eq!(json["Version"], "0.44.0-dev");
    assert_eq!(json["Repo"], "18");
    let xml = home.ok("version --enc=xml");
    assert!(xml.starts_with("<VersionInfo><Version>0.44.0-dev</Version><Commit></Commit>"));
    assert!(home.ok("version --enc=textnl").starts_with("&{0.44.0-dev  18 "));
    assert_eq!(home.fails("version --enc=zz"), "Error: invalid encoding: zz\n");
}

#[test]
fn libraries() {
    let text = Home::empty().ok("version deps");
    assert!(text.starts_with("ipfs@"), "{text}");
    assert!(text.contains("\nserde@1."), "{text}");
}
