//! The parser against the reference's rules.

use super::*;
use crate::commands::ROOT;

fn parsed(line: &str) -> Result<Parsed, Error> {
    parse(line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect(), &ROOT)
}

fn message(line: &str) -> String {
    parsed(line).err().map(|error| error.0).unwrap_or_default()
}

#[test]
fn options_may_stand_anywhere() {
    let parsed = parsed("--timeout=1s cat -o 5 --length=7 x --offline y").unwrap();
    assert_eq!(parsed.path, ["cat"]);
    assert_eq!(parsed.words, ["x", "y"]);
    assert!(parsed.options.contains(&("offset", Value::Int(5))));
    assert!(parsed.options.contains(&("length", Value::Int(7))));
    assert!(parsed.options.contains(&("offline", Value::Bool(true))));
}

#[test]
fn short_options_may_be_bundled() {
    let parsed = parsed("add -rn -ssize-10 x").unwrap();
    assert!(parsed.options.contains(&("recursive", Value::Bool(true))));
    assert!(parsed.options.contains(&("only-hash", Value::Bool(true))));
    assert!(parsed.options.contains(&("chunker", Value::String("size-10".to_owned()))));
}

#[test]
fn the_word_after_an_option_is_its_value() {
    let parsed = parsed("cat -o -5 x").unwrap();
    assert!(parsed.options.contains(&("offset", Value::Int(-5))));
}

#[test]
fn two_dashes_end_the_options() {
    let parsed = parsed("cid -- format -x").unwrap();
    assert_eq!(parsed.path, ["cid"]);
    assert_eq!(parsed.words, ["format", "-x"]);
}

#[test]
fn errors_are_the_references() {
    for (line, text) in [
        ("cat --bogus x", "unknown option \"bogus\""),
        ("cat -z x", "unknown option \"z\""),
        ("cat x -o", "missing argument for option \"o\""),
        ("cat --offset=1 -o 2 x", "multiple values for option \"offset\""),
        ("cat --offset=q x", "strconv.ParseInt: parsing \"q\": invalid syntax"),
        ("add --pin=yes x", "strconv.ParseBool: parsing \"yes\": invalid syntax"),
        ("swram", "Unknown Command \"swram\"\n"),
        ("files2", "Unknown Command \"files2\"\n\nDid you mean this?\n\n\tfiles"),
    ] {
        assert_eq!(message(line), text, "{line}");
    }
}

#[test]
fn lists_accumulate() {
    let parsed = parsed("add --ignore a --ignore=b x").unwrap();
    let values = Value::Strings(vec!["a".to_owned(), "b".to_owned()]);
    assert!(parsed.options.contains(&("ignore", values)));
}
