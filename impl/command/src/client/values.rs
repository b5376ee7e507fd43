//! Spec: spec/command/delegation.md
//!
//! Cuts a stream of JSON values into the values.

use crate::error::{Error, Result};

/// Longest single value, in bytes.
const VALUE_BYTES_MAX: usize = 1 << 30;

/// Bytes of a stream, of which whole values are taken.
#[derive(Default)]
pub(super) struct Values {
    buffer: Vec<u8>,
    /// Where the value that comes next begins.
    start: usize,
    /// How far it was looked at.
    seen: usize,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Values {
    /// Adds bytes.
    ///
    /// # Errors
    /// When a value gets too long.
    // spec: delegation.value-limit
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.seen -= self.start;
            self.start = 0;
        }
        if self.buffer.len() + bytes.len() > VALUE_BYTES_MAX {
            return Err(Error::new(format!("a value has more than {VALUE_BYTES_MAX} bytes")));
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole value.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        if self.depth == 0 && !self.in_text && self.seen == self.start {
            let blank = self.buffer[self.start..].iter().take_while(|b| b.is_ascii_whitespace());
            self.start += blank.count();
            self.seen = self.start;
        }
        while let Some(&byte) = self.buffer.get(self.seen) {
            self.seen += 1;
            if self.ends_with(byte) {
                let value = self.start..self.seen;
                self.start = self.seen;
                return Some(&self.buffer[value]);
            }
        }
        None
    }

    /// Whether this byte is the last one of a value.
    fn ends_with(&mut self, byte: u8) -> bool {
        if self.in_text {
            match (std::mem::take(&mut self.escaped), byte) {
                (false, b'\\') => self.escaped = true,
                (false, b'"') => {
                    self.in_text = false;
                    return self.depth == 0;
                }
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            b' ' | b'\t' | b'\r' | b'\n' => return self.depth == 0,
            _ => {}
        }
        false
    }

    /// What is left when the stream is over: a number or a word, which nothing ends, or nothing.
    ///
    /// # Errors
    /// When a value was cut off.
    // spec: delegation.truncated
    pub(super) fn finish(&mut self) -> Result<Option<&[u8]>> {
        let rest = self.buffer[self.start..].trim_ascii();
        match rest {
            [] => Ok(None),
            _ if self.depth > 0 || self.in_text => Err(Error::new("unexpected EOF")),
            rest => Ok(Some(rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&str]) -> (Vec<String>, Result<Option<String>>) {
        let mut values = Values::default();
        let mut found = Vec::new();
        for piece in pieces {
            values.push(piece.as_bytes()).expect("room");
            while let Some(value) = values.next() {
                found.push(String::from_utf8_lossy(value).trim().to_owned());
            }
        }
        let rest = values.finish();
        let rest = rest.map(|rest| rest.map(|rest| String::from_utf8_lossy(rest).into_owned()));
        (found, rest)
    }

    #[test]
    fn values_come_one_by_one_however_the_stream_is_cut() {
        let text = "{\"a\":\"}\\\"\"}\n[1,{\"b\":[]}] \"x\"\n12\n{}\n";
        let expected = ["{\"a\":\"}\\\"\"}", "[1,{\"b\":[]}]", "\"x\"", "12", "{}"];
        for size in 1..text.len() {
            let pieces: Vec<&str> = text
                .as_bytes()
                .chunks(size)
                .map(|piece| std::str::from_utf8(piece).expect("ASCII"))
                .collect();
            let (found, rest) = cut(&pieces);
            assert_eq!(found, expected, "{size}");
            assert_eq!(rest.ok(), Some(None));
        }
    }

    #[test]
    fn a_value_that_is_cut_off_is_an_error() {
        for text in ["{\"a\":1", "[", "\"abc"] {
            let (found, rest) = cut(&[text]);
            assert!(found.is_empty());
            assert_eq!(
                rest.map_err(|error| error.message().to_owned()).err(),
                Some("unexpected EOF".to_owned())
            );
        }
        let (found, rest) = cut(&["12"]);
        assert!(found.is_empty());
        assert_eq!(rest.ok(), Some(Some("12".to_owned())));
    }
}
