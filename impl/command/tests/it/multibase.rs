//! `ipfs multibase`

use crate::support::Home;

#[test]
fn there_and_back() {
    let home = Home::empty();
    assert_eq!(home.feed("multibase encode", "hello").stdout, "uaGVsbG8");
    assert_eq!(home.feed("multibase encode -b base16", "hello").stdout, "f68656c6c6f");
    assert_eq!(home.feed("multibase decode", "uaGVsbG8").stdout, "hello");
    assert_eq!(home.feed("multibase transcode -b base16", "uaGVsbG8").stdout, "f68656c6c6f");
    std::fs::write(home.path().join("file"), "hello").unwrap();
    assert_eq!(home.ok("multibase encode file"), "uaGVsbG8");
}

#[test]
fn errors() {
    let home = Home::empty();
    let outcome = home.feed("multibase encode -b zz", "x");
    assert_eq!(outcome.stderr, "Error: unsupported multibase encoding: zz\n");
    let outcome = home.feed("multibase decode", "");
    let text =
        "Error: failed to decode multibase: cannot decode multibase for zero length string\n";
    assert_eq!(outcome.stderr, text);
}
