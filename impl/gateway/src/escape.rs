//! Spec: spec/gateway/path-gateway.md
//!
//! Percent-encoding of paths, of segments and of forms.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What stays as it is everywhere.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// A whole path.
const PATH: &AsciiSet = &UNRESERVED
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');
/// One segment of a path.
const SEGMENT: &AsciiSet =
    &UNRESERVED.remove(b'$').remove(b'&').remove(b'+').remove(b':').remove(b'=').remove(b'@');

/// A path with everything escaped that a URL needs escaped; slashes stay.
pub(crate) fn escape_path(path: &str) -> String {
    percent_encode(path.as_bytes(), PATH).to_string()
}

/// A segment of a path, or a text in a header's parameter.
pub(crate) fn escape_segment(text: &str) -> String {
    percent_encode(text.as_bytes(), SEGMENT).to_string()
}

/// A name or value of a form.
pub(crate) fn escape_form(text: &str) -> String {
    percent_encode(text.as_bytes(), UNRESERVED).to_string().replace("%20", "+")
}

/// The bytes behind an escaped path; none when an escape is incomplete.
pub(crate) fn unescape(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            let digits = text.get(at + 1..at + 3)?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            out.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    Some(out)
}

/// The text behind a name or value of a form. Bytes that are no text are replaced.
pub(crate) fn unescape_form(text: &str) -> Option<String> {
    let bytes = unescape(&text.replace('+', " "))?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Text in HTML, also inside quoted attributes.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_set() {
        assert_eq!(escape_path("/a b/ü?#%"), "/a%20b/%C3%BC%3F%23%25");
        assert_eq!(escape_segment("a/b c;d\"'"), "a%2Fb%20c%3Bd%22%27");
        assert_eq!(escape_form("a b/&=ü"), "a+b%2F%26%3D%C3%BC");
    }

    #[test]
    fn broken_escapes_are_found() {
        assert_eq!(unescape("/a%20b%2f"), Some(b"/a b/".to_vec()));
        for broken in ["%", "%1", "%zz", "a%", "%+1", "%é1"] {
            assert_eq!(unescape(broken), None, "{broken}");
        }
    }
}
