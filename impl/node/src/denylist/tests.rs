use super::*;
use ipfs_data::block::{Block, MemoryStore, Sink, Source};
use std::fs;
use std::path::Path;

fn lists(files: &[(&str, &str)]) -> (tempfile::TempDir, Denylists) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let lists = Denylists::open(vec![directory.path().to_owned()]).unwrap();
    (directory, lists)
}

fn blocks(lists: &Denylists, path: &str) -> bool {
    let path = ContentPath::parse(path).unwrap();
    match lists.check_path(&path) {
        Ok(()) => false,
        Err(blocked) => {
            assert_eq!(blocked.to_string(), format!("{path} is blocked and cannot be provided"));
            true
        }
    }
}

/// A look is due at the next check.
fn look(lists: &Denylists) {
    lists.next_look.store(0, Ordering::Relaxed);
}

/// The rules of the published test list with names of what they block and what not.
const RULES: &[(&str, &[&str], &[&str])] = &[
    (
        "/ipfs/bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq",
        &[
            "/ipfs/bafkreihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq",
            "/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo",
            "/ipld/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo",
        ],
        &["/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo/sub"],
    ),
    (
        "/ipfs/QmdWFA9FL52hx3j9EJZPQP1ZUH8Ygi5tLCX2cRDs6knSf8/*",
        &[
            "/ipfs/QmdWFA9FL52hx3j9EJZPQP1ZUH8Ygi5tLCX2cRDs6knSf8",
            "/ipfs/QmdWFA9FL52hx3j9EJZPQP1ZUH8Ygi5tLCX2cRDs6knSf8/a/b",
        ],
        &[],
    ),
    (
        "/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/test*",
        &[
            "/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/test/x",
            "/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/testing/",
        ],
        &["/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/tes"],
    ),
    (
        "/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked*\n\
         !/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blockednot\n\
         !/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/not\n\
         !/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/exceptions*",
        &["/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/no"],
        &[
            "/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blockednot",
            "/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/not",
            "/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/exceptions1",
        ],
    ),
    (
        "/ipns/domain.example\n/ipns/domain2.example/path",
        &[
            "/ipns/domain.example",
            "/ipns/Domain.Example",
            "/ipns/domain-example",
            "/ipns/domain2.example/path/",
        ],
        &["/ipns/domain.example/sub", "/ipns/domain2.example", "/ipns/other.example"],
    ),
    (
        "/ipns/k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf",
        &[
            "/ipns/bafzaajaiaejcaotjfs57kieazxny5japcmy5p2pgv2cic77tu6ogghttvurnrufx",
            "/ipns/12D3KooWDkNqEJNmreF3NYYFK1ws7Ra2fuW6cHBTu567SPV3LdYA",
        ],
        &["/ipns/k51qzi5uqu5dixwsch9wpd9rolqby1m0uqj5hhxwtxal0dwltastfmh01dlniq"],
    ),
    (
        "//d9d295bde21f422d471a90f2a37ec53049fdf3e5fa3ee2e8f20e10003da429e7\n\
         //3f8b9febd851873b3774b937cce126910699ceac56e72e64b866f8e258d09572",
        &[
            "/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e",
            "/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e/path",
        ],
        &[
            "/ipfs/bafkreiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e",
            "/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e/path2",
        ],
    ),
    (
        "//6ef262a67f2c7caa9722b0fe46aced2f1559c749eab2bcf2f2701f43f802e900\n\
         //fb5a70b1aade810d21e8195a0da05f40ebd099e4b4d6bf088dc604e4fcf34263",
        &[
            "/ipns/k51qzi5uqu5dixwsch9wpd9rolqby1m0uqj5hhxwtxal0dwltastfmh01dlniq",
            "/ipns/bafzaajaiaejca3vrvdzmu4qntwa2pn6apsd4ug5k63ckdyhnd3g6vdvgvujdw62s",
            "/ipns/very-bad-example.eth",
        ],
        &["/ipns/good-example.eth"],
    ),
    (
        "//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM",
        &[
            "/ipfs/bafybeidjwik6im54nrpfg7osdvmx7zojl5oaxqel5cmsz46iuelwf5acja",
            "/ipfs/QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR",
        ],
        &["/ipfs/QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR/x"],
    ),
    (
        "//gW813G35CnLsy7gRYYHuf63hrz71U1xoLFDVeV7actx6oX",
        &[
            "/ipfs/bafyb4ieqht3b2rssdmc7sjv2cy2gfdilxkfh7623nvndziyqnawkmo266a/path",
            "/ipfs/f01701e20903cf61d46521b05f926ba1634628d0bba8a7ffb5b6d5a3ca310682ca63b5ef0/path",
        ],
        &["/ipfs/bafyb4ieqht3b2rssdmc7sjv2cy2gfdilxkfh7623nvndziyqnawkmo266a/path2"],
    ),
    (
        "//QmX6zeaAb8mC285YbXe4ac7LmX3jvrHBiFrw8kNnCM1bk4\n\
         //QmcwfDuZYijxztHVR7w71WtdDaETsrGUU3ARWbNiYD3Hhp\n\
         //QmdGtYErkPjfpUPjVMUypoX8XTE9PUTBBF6KE9AwWaBs1e\n\
         //QmQouNeftXbxGRt4U8s838diCuMPPHCfpHTR5w8bRREs9d",
        &[
            "/ipns/my.domain.com",
            "/ipns/my.domain2.com/path",
            "/ipns/k51qzi5uqu5dixwsch9wpd9rolqby1m0uqj5hhxwtxal0dwltastfmh01dabcd",
            "/ipns/bafzaajaiaejca3vrvdzmu4qntwa2pn6apsd4ug5k63ckdyhnd3g6vdvgvujczuoq/mypath",
        ],
        &[
            "/ipns/my.domain.com/path",
            "/ipns/my.domain2.com",
            "/ipns/bafzaajaiaejca3vrvdzmu4qntwa2pn6apsd4ug5k63ckdyhnd3g6vdvgvujczuoq",
        ],
    ),
    (
        "/any/where*\n/exact",
        &["/ipns/a.example/any/where/x", "/ipfs/bafkqaaa/exact"],
        &["/ipfs/bafkqaaa/exactly", "/ipfs/bafkqaaa/any", "/ipfs/bafkqaaa"],
    ),
];

#[test]
fn rules_block_what_they_name() {
    let all: String = RULES.iter().map(|(rules, ..)| format!("{rules}\n")).collect();
    let (_directory, together) = lists(&[("all.deny", &all)]);
    for (rules, blocked, free) in RULES {
        let (_directory, alone) = lists(&[("one.deny", rules)]);
        for path in *blocked {
            assert!(blocks(&alone, path), "{rules} blocks {path}");
            assert!(blocks(&together, path), "{rules} among others blocks {path}");
        }
        for path in *free {
            assert!(!blocks(&alone, path), "{rules} does not block {path}");
        }
    }
}

#[test]
fn blocks_are_withheld() {
    let cid = ipfs_data::cid::parse("bafkreihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq");
    let block = Block { cid: cid.unwrap(), data: bytes::Bytes::from_static(b"x") };
    let (_directory, lists) = lists(&[("a.deny", RULES[0].0)]);
    let store = MemoryStore::new();
    store.put(block.clone()).unwrap();
    let guarded = Guarded::new(Arc::new(store), Arc::new(lists));
    let text = format!("{} is blocked and cannot be provided", block.cid);
    assert_eq!(guarded.get(&block.cid).unwrap_err().to_string(), text);
    assert_eq!(guarded.size(&block.cid).unwrap_err().to_string(), text);
    assert_eq!(guarded.put(block).unwrap_err().to_string(), text);
}

#[test]
fn later_rules_and_later_lists_win() {
    let (_directory, lists) = lists(&[
        ("a.deny", "!/ipns/x.example\n/ipns/x.example\n/ipns/y.example\n"),
        ("b.deny", "name: b\n---\n/ipns/z.example\n!/ipns/y.example"),
        ("c.other", "!/ipns/x.example"),
    ]);
    assert!(blocks(&lists, "/ipns/x.example"));
    assert!(!blocks(&lists, "/ipns/y.example"));
    assert!(blocks(&lists, "/ipns/z.example"));
    let names: Vec<_> = lists.summaries().into_iter().map(|list| (list.name, list.rules)).collect();
    assert_eq!(names, [(None, 3), (Some("b".into()), 2)]);
}

#[test]
fn changes_of_files_count() {
    let (directory, lists) = lists(&[("a.deny", "/ipns/a.example\n")]);
    let file = |name: &str| directory.path().join(name);
    fs::write(file("a.deny"), "/ipns/a2.example\n").unwrap();
    fs::create_dir(file("sub")).unwrap();
    fs::write(file("sub/b.deny"), "/ipns/b.example").unwrap();
    look(&lists);
    assert!(!blocks(&lists, "/ipns/a.example"));
    assert!(blocks(&lists, "/ipns/a2.example"));
    assert!(blocks(&lists, "/ipns/b.example"));

    // A list that gets broken stays in force, one that is removed does not.
    fs::write(file("a.deny"), "broken\n---\n").unwrap();
    fs::remove_file(file("sub/b.deny")).unwrap();
    look(&lists);
    assert!(blocks(&lists, "/ipns/a2.example"));
    assert!(!blocks(&lists, "/ipns/b.example"));
}

#[test]
fn lists_that_cannot_be_used() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.deny"), "version: 7\n---\n").unwrap();
    let error = Denylists::open(vec![directory.path().to_owned()]).unwrap_err();
    assert!(error.to_string().ends_with("a.deny: unsupported denylist version"), "{error}");
    fs::write(directory.path().join("b.deny"), "/ipns/b.example").unwrap();
    let lists = Denylists::open(vec![directory.path().to_owned()]).unwrap();
    assert!(blocks(&lists, "/ipns/b.example"));

    let none = Denylists::open(vec![Path::new("/nonexistent/denylists").to_owned()]).unwrap();
    assert!(none.is_empty());
}

#[test]
fn long_lines_and_headers_without_end() {
    let long = "x".repeat(LINE_BYTES_MAX);
    let text = format!("/ipns/a.example\n/{long}\n/ipns/b.example\n");
    let (_directory, lists) = lists(&[("a.deny", &text)]);
    assert!(blocks(&lists, "/ipns/a.example"));
    assert!(blocks(&lists, "/ipns/b.example"));
    assert_eq!(lists.summaries()[0].rules, 2);
}

#[test]
fn a_rule_takes_few_bytes() {
    let mut text = String::new();
    for number in 0..10_000_u32 {
        text.push_str(&format!("//{:064x}\n", u64::from(number) << 20));
    }
    let (_directory, lists) = lists(&[("badbits.deny", &text)]);
    let summary = &lists.summaries()[0];
    assert_eq!((summary.rules, summary.bytes), (10_000, 240_000));
}
