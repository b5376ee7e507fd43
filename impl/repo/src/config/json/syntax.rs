//! Spec: spec/repo/config.md
//!
//! What is wrong with a JSON text, in the reference's words.

/// Deepest nesting that is looked into.
const DEPTH_MAX: usize = 1000;

/// The first error of a text that should be one JSON value; `None` when it is one.
pub fn syntax_error(text: &[u8]) -> Option<String> {
    let mut scanner = Scanner { text, at: 0 };
    let result = scanner.value(0, "looking for beginning of value").and_then(|()| {
        scanner.space();
        match scanner.peek() {
            None => Ok(()),
            Some(_) => scanner.fail("after top-level value"),
        }
    });
    result.err()
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

type Scan = Result<(), String>;

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn fail(&self, context: &str) -> Scan {
        let Some(byte) = self.peek() else {
            return Err("unexpected end of JSON input".to_owned());
        };
        let character = match byte {
            b'\'' => "'\\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            b'\n' => "'\\n'".to_owned(),
            b'\t' => "'\\t'".to_owned(),
            b'\r' => "'\\r'".to_owned(),
            b'\\' => "'\\\\'".to_owned(),
            0..=0x1f | 0x7f => format!("'\\x{byte:02x}'"),
            byte => format!("'{}'", char::from(byte)),
        };
        Err(format!("invalid character {character} {context}"))
    }

    fn value(&mut self, depth: usize, context: &str) -> Scan {
        if depth > DEPTH_MAX {
            return Err("exceeded max depth".to_owned());
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            _ => self.fail(context),
        }
    }

    fn object(&mut self, depth: usize) -> Scan {
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            match self.peek() {
                Some(b'"') => self.string()?,
                _ => return self.fail("looking for beginning of object key string"),
            }
            self.space();
            match self.peek() {
                Some(b':') => self.at += 1,
                _ => return self.fail("after object key"),
            }
            self.value(depth + 1, "looking for beginning of value")?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return self.fail("after object key:value pair"),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Scan {
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth + 1, "looking for beginning of value")?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return self.fail("after array element"),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Scan {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(0..=0x1f) | None => return self.fail("in string literal"),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Scan {
        match self.peek() {
            Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    match self.peek() {
                        Some(byte) if byte.is_ascii_hexdigit() => self.at += 1,
                        _ => return self.fail("in \\u hexadecimal character escape"),
                    }
                }
            }
            _ => return self.fail("in string escape code"),
        }
        Ok(())
    }

    fn digits(&mut self, context: &str) -> Scan {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.fail(context);
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Scan {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Scan {
        for (index, expected) in word.bytes().enumerate() {
            if self.peek() != Some(expected) && index > 0 {
                let expected = char::from(expected);
                return self.fail(&format!("in literal {word} (expecting '{expected}')"));
            }
            self.at += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_the_reference_s() {
        let error = |text: &str| syntax_error(text.as_bytes()).unwrap_or_default();
        assert_eq!(error("zz"), "invalid character 'z' looking for beginning of value");
        assert_eq!(
            error("{bad"),
            "invalid character 'b' looking for beginning of object key string"
        );
        assert_eq!(error("{\"a\" 1}"), "invalid character '1' after object key");
        assert_eq!(error("{\"a\":1 2}"), "invalid character '2' after object key:value pair");
        assert_eq!(error("[1 2]"), "invalid character '2' after array element");
        assert_eq!(error("1 2"), "invalid character '2' after top-level value");
        assert_eq!(error("tru"), "unexpected end of JSON input");
        assert_eq!(error("trx"), "invalid character 'x' in literal true (expecting 'u')");
        assert_eq!(error("\"\\x\""), "invalid character 'x' in string escape code");
        assert_eq!(error("-x"), "invalid character 'x' in numeric literal");
        assert_eq!(error(" {\"a\": [1, -2.5e3, \"x\\u00e4\", null]} "), "");
        assert_eq!(error(&"[".repeat(5000)), "exceeded max depth");
    }
}
