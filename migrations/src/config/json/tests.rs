//! Spec: spec/migrations/config-file.md
//!
//! JSON against texts that upstream's programs gave.

use super::*;

fn again(text: &str) -> String {
    Value::read_first(text.as_bytes()).expect(text).compact()
}

// spec: config-file.digits
#[test]
fn numbers() {
    for (given, written) in [
        ("1", "1"),
        ("1.0", "1"),
        ("-0", "-0"),
        ("1E2", "100"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"),
        ("1.5e-10", "1.5e-10"),
        ("9007199254740993", "9007199254740993"),
        ("-123456789012345678901234567890", "-123456789012345678901234567890"),
        ("1e400", "1e400"),
    ] {
        assert_eq!(again(given), written, "{given}");
    }
}

// spec: config-file.escapes, config-file.invalid-text
#[test]
fn strings() {
    for (given, written) in [
        (r#""<&>""#, r#""\u003c\u0026\u003e""#),
        (r#""\ud83d\ude00""#, "\"\u{1f600}\""),
        (r#""\ud83d x""#, "\"\u{fffd} x\""),
        (r#""\ud83d\u0041""#, "\"\u{fffd}A\""),
        (r#""\u2028\b\f\/""#, r#""\u2028\b\f/""#),
    ] {
        assert_eq!(again(given), written, "{given}");
    }
    let value = Value::read_first(b"\"a\xff\xc3b\"").expect("lossy");
    assert_eq!(value.as_str(), Some("a\u{fffd}\u{fffd}b"));
}

// spec: config-file.duplicate-keys, config-file.format
#[test]
fn objects() {
    let value = Value::read_whole(br#"{"b":[],"a":{"x":1},"a":{"y":[2,{}]}}"#).expect("valid");
    let wanted = "{\n  \"a\": {\n    \"y\": [\n      2,\n      {}\n    ]\n  },\n  \"b\": []\n}\n";
    assert_eq!(value.indented(), wanted);
}

#[test]
fn errors() {
    let first = |text: &str| Value::read_first(text.as_bytes()).expect_err(text).to_string();
    assert_eq!(first(" "), "EOF");
    assert_eq!(first("{\"a\""), "unexpected EOF");
    assert_eq!(first("{a"), "invalid character 'a' looking for beginning of object key string");
    assert_eq!(first("[1 2]"), "invalid character '2' after array element");
    assert_eq!(first("nuxl"), "invalid character 'x' in literal null (expecting 'l')");
    assert_eq!(first("\"\n\""), "invalid character '\\n' in string literal");
    let whole = |text: &str| Value::read_whole(text.as_bytes()).expect_err(text).to_string();
    assert_eq!(whole(""), "unexpected end of JSON input");
    assert_eq!(whole("{} x"), "invalid character 'x' after top-level value");
    assert!(Value::read_first(b"{} x").is_ok());
}

#[test]
fn depth_is_bounded() {
    let text = "[".repeat(DEPTH_MAX + 2);
    assert_eq!(Value::read_first(text.as_bytes()), Err(Error::Depth));
}
