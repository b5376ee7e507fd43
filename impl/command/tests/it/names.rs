//! `ipfs name` and `ipfs crypt`

use crate::support::Home;

const EMPTY: &str = "/ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";

fn home() -> Home {
    let home = Home::empty();
    home.ok("init --profile=test");
    home
}

/// spec: name-commands.publish, name-commands.resolve, name-commands.sequence
#[test]
fn names_are_published_and_resolved() {
    let home = home();
    let name = home.ok("key gen site");
    let name = name.trim();
    let text = home.ok(&format!("name publish --allow-offline --key=site {EMPTY}"));
    assert_eq!(text, format!("Published to {name}: {EMPTY}\n"));
    assert_eq!(home.ok(&format!("name resolve {name}")), format!("{EMPTY}\n"));
    assert_eq!(home.ok(&format!("name resolve ipns://{name}/a/")), format!("{EMPTY}/a/\n"));
    // A name that points to a name.
    assert_eq!(
        home.ok(&format!("name publish --allow-offline -Q /ipns/{name}")),
        home.ok("id --peerid-base=base36 -f <id>\\n")
    );
    assert_eq!(home.ok("name resolve"), format!("{EMPTY}\n"));
    assert_eq!(home.ok("name resolve --recursive=false"), format!("/ipns/{name}\n"));
    let publish = "name publish --allow-offline --resolve=false --key=site";
    let refused = "Error: sequence number must be greater than the current record sequence\n";
    assert_eq!(home.fails(&format!("{publish} --sequence=0 {EMPTY}")), refused);
    home.ok(&format!("{publish} --sequence=7 {EMPTY}/x"));
    assert_eq!(home.ok(&format!("name resolve {name}")), format!("{EMPTY}/x\n"));
    assert_eq!(home.fails(&format!("{publish} --sequence=7 {EMPTY}")), refused);
}

/// spec: name-commands.resolve
#[test]
fn circles_of_names_end() {
    let home = home();
    let name = home.ok("key gen a");
    let name = name.trim();
    home.ok(&format!("name publish --allow-offline --resolve=false -k a /ipns/{name}"));
    let error = "Error: could not resolve name (recursion limit exceeded)\n";
    assert_eq!(home.fails(&format!("name resolve {name}")), error);
}

/// spec: name-commands.times, name-commands.publish
#[test]
fn refused_publications() {
    let home = home();
    for (line, text) in [
        (
            "",
            "can't publish while offline: pass `--allow-offline` to override or `--allow-delegated` \
              if Ipns.DelegatedPublishers are set up",
        ),
        (
            "--allow-offline --allow-delegated",
            "cannot use both --allow-offline and --allow-delegated \
              flags",
        ),
        ("--allow-offline --lifetime=0s", "lifetime must be greater than zero, got 0s"),
        ("--allow-offline --ttl=-1s", "ttl must not be negative, got -1s"),
        (
            "--allow-offline --ttl=100h",
            "ttl (100h0m0s) must not be greater than lifetime (48h0m0s)",
        ),
        ("--allow-offline --key=nobody", "no key by the given name was found"),
    ] {
        let error = home.fails(&format!("name publish {line} {EMPTY}"));
        assert_eq!(error, format!("Error: {text}\n"), "{line}");
    }
    let absent = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
    assert_eq!(
        home.fails(&format!("name publish --allow-offline /ipfs/{absent}")),
        format!("Error: block was not found locally (offline): ipld: could not find {absent}\n")
    );
    let unknown = "k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r";
    let error = home.fails(&format!("name resolve {unknown}"));
    assert_eq!(error, "Error: could not resolve name\n");
}

/// spec: name-commands.get, name-commands.put, name-commands.inspect
#[test]
fn records_travel_between_repositories() {
    let (one, two) = (home(), home());
    let name = one.ok(&format!("name publish --allow-offline -Q {EMPTY}"));
    let name = name.trim();
    let record = one.command(&format!("name get --offline {name}")).output().unwrap().stdout;
    let file = two.path().join("record");
    std::fs::write(&file, &record).unwrap();
    let text = two.ok(&format!("name inspect --dump=false --verify={name} record"));
    assert!(
        text.contains("\nSignature Type: V1+V2\n\nValidation results:\n Valid: true\n"),
        "{text}"
    );
    assert_eq!(two.ok(&format!("name put --allow-offline {name} record")), format!("{name}\n"));
    assert_eq!(two.ok(&format!("name resolve {name}")), format!("{EMPTY}\n"));
    let own = two.ok("id --peerid-base=base36 -f <id>");
    let error = two.fails(&format!("name put --allow-offline {own} record"));
    assert_eq!(error, "Error: record validation failed: signature verification failed\n");
    let error = two.fails(&format!("name put --force --allow-offline {own} record"));
    assert_eq!(error, "Error: validating record: signature verification failed\n");
    std::fs::write(&file, &record[..record.len() - 1]).unwrap();
    let error = two.fails("name inspect record");
    assert!(error.starts_with("Error: record is malformed\n"), "{error}");
}

/// spec: crypt-commands.encrypt, crypt-commands.decrypt, crypt-commands.whole-or-nothing
#[test]
fn files_are_encrypted_and_decrypted() {
    let home = home();
    let data: Vec<u8> = (0..200_000u32).map(|at| at as u8).collect();
    std::fs::write(home.path().join("data"), &data).unwrap();
    for cipher in ["chacha20", "aes-256", "aes-128"] {
        home.ok(&format!("crypt encrypt -c {cipher} -o sealed data"));
        home.ok("crypt decrypt -o back sealed");
        assert_eq!(std::fs::read(home.path().join("back")).unwrap(), data);
    }
    let mut sealed = std::fs::read(home.path().join("sealed")).unwrap();
    std::fs::remove_file(home.path().join("back")).unwrap();
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    std::fs::write(home.path().join("sealed"), &sealed).unwrap();
    let error = home.fails("crypt decrypt -o back sealed");
    assert!(error.starts_with("Error: decryption failed"), "{error}");
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert_eq!(left.len(), 3, "{left:?}");
    let error = home.fails("crypt encrypt -c aes-256 -m cbc data");
    assert!(error.contains("choose aes-128 or aes-256 with gcm"), "{error}");
    home.ok("key gen other");
    home.ok("crypt encrypt -k other -o sealed data");
    assert!(home.fails("crypt decrypt -k self sealed").contains("not for this key"));
    home.ok("crypt decrypt -o back sealed");
}

/// spec: crypt-commands.sign, crypt-commands.verify
#[test]
fn files_are_signed_and_verified() {
    let home = home();
    std::fs::write(home.path().join("data"), "data").unwrap();
    home.ok("crypt sign -o data.sig data");
    let own = home.ok("id --peerid-base=base36 -f <id>");
    assert_eq!(home.ok("crypt verify data data.sig"), format!("signed by {own}\n"));
    home.ok("key gen other");
    assert!(home.fails("crypt verify -k other data data.sig").contains("not by the given key"));
    std::fs::write(home.path().join("data"), "date").unwrap();
    let error = home.fails("crypt verify data data.sig");
    assert_eq!(error, "Error: the signature does not match the data\n");
}
