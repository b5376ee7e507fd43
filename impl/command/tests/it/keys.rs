//! `ipfs key`, `ipfs id`, `ipfs init`

use crate::support::Home;
use std::os::unix::fs::PermissionsExt;

/// The RFC 8032 style test key with the bytes 0 to 31 as seed.
const KNOWN_ID: &str = "k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260";
const KNOWN_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n\
    -----END PRIVATE KEY-----\n";

fn home() -> Home {
    let home = Home::empty();
    home.ok("init --profile=test");
    home
}

fn with_known_key() -> Home {
    let home = home();
    std::fs::write(home.path().join("known.pem"), KNOWN_PEM).unwrap();
    let id = home.ok("key import known --format=pem-pkcs8-cleartext known.pem");
    assert_eq!(id, format!("{KNOWN_ID}\n"));
    home
}

/// spec: init.steps, init.empty-folder-pinned
#[test]
fn init_makes_a_repository_once() {
    let home = Home::empty();
    let text = home.ok("init --profile=test");
    assert!(text.starts_with("generating ED25519 keypair...done\npeer identity: 12D3Koo"));
    assert!(text.ends_with(&format!("initializing IPFS node at {}\n", home.repo().display())));
    let pins = home.ok("pin ls --type=recursive");
    assert_eq!(pins, "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn recursive\n");
    let before = std::fs::read(home.repo().join("config")).unwrap();
    let error = home.fails("init");
    assert!(error.starts_with("Error: ipfs configuration file already exists!\n"), "{error}");
    assert_eq!(std::fs::read(home.repo().join("config")).unwrap(), before);
}

/// spec: init.profiles
#[test]
fn init_refuses_unknown_profiles_and_kinds() {
    let home = Home::empty();
    let error = home.fails("init --profile=test,nope");
    assert_eq!(error, "Error: invalid configuration profile: nope\n");
    assert!(!home.repo().join("config").exists());
    assert_eq!(home.fails("init -a nope"), "Error: unrecognized key type: nope\n");
    let error = home.fails("init --bits=1024 -a rsa");
    assert_eq!(error, "Error: rsa keys must be >= 2048 bits to be useful\n");
}

/// spec: init.welcome-pages
#[test]
fn init_can_store_the_welcome_pages() {
    let home = Home::empty();
    let text = home.ok("init --empty-repo=false --profile=test");
    let (_, hint) = text.split_once("to get started, enter:\n\n\tipfs cat ").unwrap();
    assert!(hint.starts_with("/ipfs/Qm") && hint.ends_with("/readme\n\n"), "{hint}");
    assert_eq!(home.ok("pin ls --type=recursive").lines().count(), 2);
}

#[test]
fn init_takes_a_configuration() {
    let home = home();
    let id = home.ok("id -f <id>");
    std::fs::rename(home.repo().join("config"), home.path().join("given")).unwrap();
    std::fs::remove_dir_all(home.repo()).unwrap();
    let text = home.ok("init given");
    assert_eq!(text, format!("initializing IPFS node at {}\n", home.repo().display()));
    assert_eq!(home.ok("id -f <id>"), id);
}

/// spec: id.own, id.text, id.other
#[test]
fn id_shows_the_node() {
    let home = home();
    let text = home.ok("id");
    assert!(text.starts_with("{\n\t\"ID\": \"12D3Koo"), "{text}");
    assert!(text.ends_with("\t\"Protocols\": null\n}\n\n"), "{text}");
    let id = home.ok("id -f <id>");
    assert_eq!(home.ok("id -f <id>\\n\\t<pver>"), format!("{id}\n\t<pver>"));
    assert!(home.ok("id --peerid-base=base36 -f <id>").starts_with("k51"));
    assert!(home.fails(&format!("id {KNOWN_ID}")).starts_with("Error: 'ipfs id' cannot query"));
    let other = home.ok(&format!("id --offline -f <id> {KNOWN_ID}"));
    assert_eq!(other, "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB");
    assert_eq!(home.fails("id nonsense"), "Error: invalid peer id\n");
}

/// spec: key-commands.gen, key-commands.ls, key-commands.rename, key-commands.rm
#[test]
fn keys_are_made_listed_renamed_and_removed() {
    let home = with_known_key();
    let made = home.ok("key gen made");
    assert!(made.starts_with("k51"));
    assert_eq!(home.ok("key ls"), "self\nknown\nmade\n");
    assert!(home.ok("key list -l").contains(&format!("{KNOWN_ID} known \n")));
    assert_eq!(home.fails("key gen made"), "Error: key with name 'made' already exists\n");
    assert_eq!(home.fails("key gen self"), "Error: cannot create key with name 'self'\n");
    let error = home.fails("key rename known made");
    assert_eq!(error, "Error: key by that name already exists, refusing to overwrite\n");
    let text = home.ok("key rename -f known made");
    assert_eq!(text, format!("Key {KNOWN_ID} renamed to made with overwriting\n"));
    assert_eq!(home.ok("key rm made"), "made\n");
    assert_eq!(home.fails("key rm made"), "Error: no key named made was found\n");
    assert_eq!(home.ok("key ls"), "self\n");
}

/// spec: key-commands.export, key-commands.export-mode, key-commands.import
#[test]
fn keys_leave_and_come_back() {
    let home = with_known_key();
    std::fs::write(home.path().join("known.key"), "old").unwrap();
    assert_eq!(home.ok("key export known"), "");
    let file = home.path().join("known.key");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(home.ok("key import again known.key"), format!("{KNOWN_ID}\n"));
    home.ok("key export known -f pem-pkcs8-cleartext -o out.pem");
    assert_eq!(std::fs::read_to_string(home.path().join("out.pem")).unwrap(), KNOWN_PEM);
    let error = home.fails("key import x known.pem");
    assert!(error.contains("try again with format=pem-pkcs8-cleartext"), "{error}");
    assert_eq!(home.fails("key export x"), "Error: key with name 'x' doesn't exist\n");
    assert!(!home.path().join("x.key").exists());
}

/// spec: key-commands.sign, key-commands.verify
#[test]
fn signatures_are_those_of_the_reference() {
    let home = with_known_key();
    std::fs::write(home.path().join("data"), "data").unwrap();
    let signature = "urdRLlUjXXqhqoAWnXw3exLqZJvOmzjyC-eJQf4eDFNsX9wfQbLHEyPR8U5aj5LE9YUlfZth3W0m\
                     IELHDvl6XCA";
    let text = home.ok("key sign --key=known data");
    let key = format!("{{\"Key\":{{\"Name\":\"known\",\"Id\":\"{KNOWN_ID}\"}},");
    assert_eq!(text, format!("{key}\"Signature\":\"{signature}\"}}\n"));
    let text = home.ok(&format!("key verify --key=known --signature={signature} data"));
    assert_eq!(text, format!("{key}\"SignatureValid\":true}}\n"));
    let text = home.ok(&format!("key verify --key={KNOWN_ID} --signature={signature} known.pem"));
    assert!(text.ends_with("\"SignatureValid\":false}\n"), "{text}");
}

/// spec: key-commands.gen-passphrase, key-commands.passphrase-source
#[test]
fn keys_under_a_passphrase() {
    let home = home();
    let error = home.fails("key gen -p secret");
    assert!(error.contains("$IPFS_KEY_PASSPHRASE_FILE"), "{error}");
    assert_eq!(home.ok("key ls"), "self\n");
    std::fs::write(home.path().join("pass"), "correct horse\nother line\n").unwrap();
    let run = |line: &str, passphrase: &str| {
        let mut command = home.command(line);
        let output = command.env("IPFS_KEY_PASSPHRASE_FILE", passphrase).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (made, id) = run("key gen -p secret", "pass");
    assert!(made);
    let file = std::fs::read_to_string(home.repo().join("keystore/key_onswg4tfoq")).unwrap();
    assert!(file.starts_with("Peer-ID: 12D3Koo"), "{file}");
    assert!(file.contains("\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{file}");
    // Listing, renaming and removing need no passphrase; signing does.
    assert!(home.ok("key ls -l").contains(&format!("{} secret \n", id.trim())));
    assert!(home.ok("key info secret").contains("\nEncrypted:  yes\n"));
    assert!(run("key sign --key=secret pass", "pass").0);
    std::fs::write(home.path().join("wrong"), "incorrect\n").unwrap();
    assert!(!run("key sign --key=secret pass", "wrong").0);
    assert!(!home.run("key sign --key=secret pass").stderr.is_empty());
    assert!(run("key export secret", "pass").0);
    assert_eq!(home.ok("key import clear secret.key"), id);
    assert_eq!(home.ok("key rm secret"), "secret\n");
}

/// spec: key-commands.info, key-commands.show
#[test]
fn info_never_shows_the_private_key_and_show_asks_first() {
    let home = with_known_key();
    let text = home.ok("key info known");
    assert!(text.contains("Type:       ed25519\nSize:       256 bits\n"), "{text}");
    let json = home.ok(&format!("key info {KNOWN_ID} --enc=json"));
    assert!(json.contains("\"Encrypted\":false"), "{json}");
    assert_eq!(home.ok("key show --yes known"), KNOWN_PEM);
    let error = home.fails("key show nobody");
    assert_eq!(error, "Error: no key named nobody was found\n");
}

/// spec: key-commands.rotate
#[test]
fn rotate_keeps_the_old_key() {
    let home = home();
    let old = home.ok("id --peerid-base=base36 -f <id>");
    let error = home.fails("key rotate");
    assert_eq!(error, "Error: keystore name for backing up old key must be provided\n");
    let text = home.ok("key rotate -o before");
    assert!(text.starts_with("generating ED25519 keypair...done\npeer identity: "), "{text}");
    let new = home.ok("id --peerid-base=base36 -f <id>");
    assert_ne!(old, new);
    let listed = home.ok("key ls -l");
    assert!(listed.contains(&format!("{new} self")) && listed.contains(&format!("{old} before")));
    let error = home.fails("key rotate -o before");
    assert!(error.contains("saving old key in keystore (key by that name already exists"));
    assert_eq!(home.ok("id --peerid-base=base36 -f <id>"), new);
}
