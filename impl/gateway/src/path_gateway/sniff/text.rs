//! Spec: spec/gateway/path-gateway.md
//!
//! Kinds of text: markup, scripts, tables, data.

use serde::de::IgnoredAny;
use std::borrow::Cow;

/// Marks of encodings at the start, and what they mean.
const MARKS: [(&[u8], &str); 5] = [
    (b"\xef\xbb\xbf", "text/plain; charset=utf-8"),
    (b"\x00\x00\xfe\xff", "text/plain; charset=utf-32be"),
    (b"\xff\xfe\x00\x00", "text/plain; charset=utf-32le"),
    (b"\xfe\xff", "text/plain; charset=utf-16be"),
    (b"\xff\xfe", "text/plain; charset=utf-16le"),
];

/// Tags that HTML begins with; a space or `>` follows.
const TAGS: [&str; 16] = [
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<BODY",
    "<BR",
    "<B",
    "<P",
];

/// Programs that scripts name in their first line, and the types of these scripts.
const PROGRAMS: [(&[&str], &str); 8] = [
    (&["php"], "text/x-php"),
    (&["node", "nodejs"], "text/javascript"),
    (&["lua"], "text/x-lua"),
    (&["perl"], "text/x-perl"),
    (&["python", "python2", "python3"], "text/x-python"),
    (&["ruby"], "text/x-ruby"),
    (&["sh", "bash", "csh", "dash", "ksh", "tcsh", "zsh"], "text/x-shellscript"),
    (&["tcl", "tclsh", "wish"], "text/x-tcl"),
];

/// Rows of a table that are compared.
const ROWS_MAX: usize = 10;

/// Whether these are no bytes that only binary files have.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    MARKS.iter().any(|(mark, _)| bytes.starts_with(mark))
        || bytes.iter().all(|byte| !matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f))
}

/// What kind of text this is. `whole` says whether there is nothing behind.
pub(super) fn recognize(bytes: &[u8], whole: bool) -> Cow<'static, str> {
    if bytes.is_empty() {
        return "text/plain".into();
    }
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if let Some(kind) = markup(content) {
        return kind;
    }
    unmarked(bytes, whole).into()
}

/// Text without markup.
fn unmarked(bytes: &[u8], whole: bool) -> &'static str {
    if bytes.starts_with(b"{\\rtf") {
        return "text/rtf";
    }
    if let Some(kind) = script(bytes).or_else(|| begins(bytes)) {
        return kind;
    }
    if let Some(kind) = json(bytes, whole) {
        return kind;
    }
    for (comma, kind) in [(b',', "text/csv"), (b'\t', "text/tab-separated-values")] {
        if is_table(bytes, comma, whole) {
            return kind;
        }
    }
    plain(bytes)
}

/// Markup, by its first tag.
fn markup(content: &[u8]) -> Option<Cow<'static, str>> {
    let starts = |text: &str| {
        content.get(..text.len()).is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()))
    };
    if is_svg(content) {
        return Some("image/svg+xml".into());
    }
    let tag = |tag: &&str| starts(tag) && matches!(content.get(tag.len()), Some(b' ' | b'>'));
    if starts("<!--") || TAGS.iter().any(tag) {
        return Some("text/html".into());
    }
    if starts("<?xml") {
        return Some(xml(content));
    }
    match starts("<?php") || starts("<?\n") || starts("<?\r") || starts("<? ") {
        true => Some("text/x-php".into()),
        false => None,
    }
}

/// Kinds of XML, by the first element.
fn xml(content: &[u8]) -> Cow<'static, str> {
    let first = skip_prolog(content);
    let named = |name: &str| {
        first.strip_prefix(name.as_bytes()).is_some_and(|rest| {
            rest.first().is_none_or(|&byte| byte == b'>' || byte.is_ascii_whitespace())
        })
    };
    let known = match () {
        () if named("<rss") => "application/rss+xml",
        () if named("<feed") => "application/atom+xml",
        () if named("<kml") => "application/vnd.google-earth.kml+xml",
        () if named("<gpx") => "application/gpx+xml",
        () if named("<html") => "application/xhtml+xml",
        () => return format!("text/xml; charset={}", declared(content).unwrap_or("utf-8")).into(),
    };
    known.into()
}

/// The encoding that a document says it has.
fn declared(content: &[u8]) -> Option<&str> {
    const NAME: &str = "encoding=";
    let line = content.split(|&byte| byte == b'>').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let value = &line[line.find(NAME)? + NAME.len()..];
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let name = value[1..].split(quote).next()?;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (!name.is_empty() && name.len() <= 32 && name.bytes().all(token)).then_some(name)
}

fn is_svg(content: &[u8]) -> bool {
    let first = skip_prolog(content);
    first.strip_prefix(b"<svg").is_some_and(|rest| {
        rest.first().is_none_or(|&byte| byte == b'>' || byte == b'/' || byte.is_ascii_whitespace())
    })
}

/// The content behind declarations and comments.
fn skip_prolog(mut content: &[u8]) -> &[u8] {
    const SKIPPED: [(&[u8], &[u8]); 3] =
        [(b"<?xml", b"?>"), (b"<!--", b"-->"), (b"<!DOCTYPE", b">")];
    while let Some((start, end)) = SKIPPED.iter().find(|(start, _)| content.starts_with(start)) {
        if *start == b"<!DOCTYPE"
            && content.get(10..14).is_some_and(|n| n.eq_ignore_ascii_case(b"html"))
        {
            break;
        }
        let Some(at) = content.windows(end.len()).position(|part| part == *end) else { break };
        content = content[at + end.len()..].trim_ascii_start();
    }
    content
}

/// Scripts, by the program in their first line.
fn script(bytes: &[u8]) -> Option<&'static str> {
    let line = bytes.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_whitespace();
    let mut program = words.next()?;
    if program == "/usr/bin/env" {
        program = words.next().filter(|word| *word != "-S").or_else(|| words.next())?;
    }
    let name = program.rsplit('/').next()?;
    let names_it = |known: &&str| match *known {
        "python" => name.starts_with("python"),
        known => name == known,
    };
    PROGRAMS.iter().find(|(names, _)| names.iter().any(&names_it)).map(|(_, kind)| *kind)
}

/// Formats of text that begin in one way.
fn begins(bytes: &[u8]) -> Option<&'static str> {
    const LINES: [(&str, &str); 4] = [
        ("BEGIN:VCARD\n", "text/vcard"),
        ("BEGIN:VCARD\r\n", "text/vcard"),
        ("BEGIN:VCALENDAR\n", "text/calendar"),
        ("BEGIN:VCALENDAR\r\n", "text/calendar"),
    ];
    let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(after) = rest.strip_prefix(b"WEBVTT")
        && after.first().is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
    {
        return Some("text/vtt");
    }
    let starts = |line: &str| {
        bytes.get(..line.len()).is_some_and(|b| b.eq_ignore_ascii_case(line.as_bytes()))
    };
    LINES.iter().find(|(line, _)| starts(line)).map(|(_, kind)| *kind)
}

/// Objects and lists of JSON, one or a line each; cut off at the end if there is more.
fn json(bytes: &[u8], whole: bool) -> Option<&'static str> {
    let mut content = bytes.trim_ascii_start();
    if !matches!(content.first(), Some(b'{' | b'[')) {
        return None;
    }
    // A character that is cut is no error.
    if let (false, Err(error)) = (whole, std::str::from_utf8(content))
        && error.error_len().is_none()
    {
        content = &content[..error.valid_up_to()];
    }
    let mut values = serde_json::Deserializer::from_slice(content).into_iter::<IgnoredAny>();
    let mut count = 0;
    for value in &mut values {
        match value {
            Ok(_) => count += 1,
            Err(error) if error.is_eof() && !whole => count += 1,
            Err(_) => return None,
        }
    }
    let lines = content.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    match count {
        0 => None,
        1 => Some("application/json"),
        count if lines.count() == count => Some("application/x-ndjson"),
        _ => None,
    }
}

/// Whether rows have the same number of fields, two at least. Quotes protect separators.
fn is_table(bytes: &[u8], comma: u8, whole: bool) -> bool {
    let mut complete = bytes;
    if !whole {
        let end = bytes.iter().rposition(|&byte| byte == b'\n').unwrap_or(0);
        complete = &bytes[..end];
    }
    let (mut fields, mut rows, mut wanted) = (1, 0, 0);
    let (mut quoted, mut any) = (false, false);
    let mut end_row = |fields: usize, any: bool| {
        if !any {
            return true;
        }
        rows += 1;
        if rows == 1 {
            wanted = fields;
        }
        fields == wanted && fields >= 2
    };
    let mut lines = 0;
    let mut start = true;
    let mut comment = false;
    for &byte in complete {
        if start {
            comment = byte == b'#';
        }
        start = false;
        match byte {
            b'"' if !comment => (quoted, any) = (!quoted, true),
            b'\n' if !quoted => {
                if !end_row(fields, any && !comment) {
                    return false;
                }
                lines += usize::from(any && !comment);
                if lines >= ROWS_MAX {
                    return true;
                }
                (fields, any, start) = (1, false, true);
            }
            byte if byte == comma && !quoted => (fields, any) = (fields + 1, true),
            b'\r' => {}
            _ => any = true,
        }
    }
    let last = any && !comment;
    if quoted || !end_row(fields, last) {
        return false;
    }
    lines + usize::from(last) >= 2
}

/// Plain text, with its encoding.
fn plain(bytes: &[u8]) -> &'static str {
    if let Some((_, kind)) = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return kind;
    }
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        // The last character may be cut.
        Err(error) => error.error_len().is_none(),
    };
    match utf8 {
        true => "text/plain; charset=utf-8",
        false if bytes.iter().any(|byte| (0x80..=0x9f).contains(byte)) => {
            "text/plain; charset=windows-1252"
        }
        false => "text/plain; charset=iso-8859-1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Cow<'static, str> {
        recognize(text.as_bytes(), true)
    }

    #[test]
    fn markup_by_its_first_tag() {
        assert_eq!(kind("<!DOCTYPE html>\n<html>"), "text/html");
        assert_eq!(kind("  \n<h1>index</h1>"), "text/html");
        assert_eq!(kind("<hello>"), "text/plain; charset=utf-8");
        assert_eq!(kind("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "image/svg+xml");
        assert_eq!(kind("<?xml version=\"1.0\"?><!-- a --><svg>"), "image/svg+xml");
        assert_eq!(kind("<?xml version=\"1.0\"?><a/>"), "text/xml; charset=utf-8");
        let latin = "<?xml version=\"1.0\" encoding='ISO-8859-1'?><a/>";
        assert_eq!(kind(latin), "text/xml; charset=ISO-8859-1");
        assert_eq!(kind("<?xml encoding=\"a; b\"?><a/>"), "text/xml; charset=utf-8");
        assert_eq!(kind("<?xml version=\"1.0\"?><rss version=\"2.0\">"), "application/rss+xml");
    }

    #[test]
    fn scripts_and_data() {
        assert_eq!(kind("#!/bin/sh\necho"), "text/x-shellscript");
        assert_eq!(kind("#!/usr/bin/env python3\n"), "text/x-python");
        assert_eq!(kind("{\"a\": [1, 2]}"), "application/json");
        assert_eq!(recognize(b"{\"a\": [1, 2", false), "application/json");
        assert_eq!(kind("{\"a\": [1, 2"), "text/plain; charset=utf-8");
        assert_eq!(kind("{\"a\":1}\n{\"a\":2}\n"), "application/x-ndjson");
        assert_eq!(kind("{not json}"), "text/plain; charset=utf-8");
        assert_eq!(kind("a,b\n1,2\n"), "text/csv");
        assert_eq!(kind("a\tb\n1\t2\n"), "text/tab-separated-values");
        assert_eq!(kind("a,b\n1,2,3\n"), "text/plain; charset=utf-8");
        assert_eq!(kind("WEBVTT\n\n00:01"), "text/vtt");
    }

    #[test]
    fn encodings() {
        assert_eq!(kind("Grüße"), "text/plain; charset=utf-8");
        assert_eq!(recognize("Grüße".split_at(4).0.as_bytes(), false), "text/plain; charset=utf-8");
        assert_eq!(recognize(b"Gr\xc3", false), "text/plain; charset=utf-8");
        assert_eq!(recognize(b"Gr\xfc\xdfe", true), "text/plain; charset=iso-8859-1");
        assert_eq!(recognize(b"\x93quoted\x94", true), "text/plain; charset=windows-1252");
        assert_eq!(recognize(b"\xff\xfea\0", true), "text/plain; charset=utf-16le");
    }
}
