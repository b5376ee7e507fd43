//! CBOR as DAG-CBOR wants it: shortest lengths, links in tag 42.

use super::Cid;

/// A value. Maps are written in the order given: shorter keys first is up to the caller.
#[derive(Debug, Clone)]
pub enum Cbor {
    /// An unsigned integer.
    Uint(u64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Cbor>),
    /// A map.
    Map(Vec<(&'static str, Cbor)>),
    /// A link.
    Link(Cid),
}

impl Cbor {
    /// Text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Uint(value) => head(out, 0, *value),
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend(text.as_bytes());
            }
            Self::List(items) => {
                head(out, 4, items.len() as u64);
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(entries) => {
                head(out, 5, entries.len() as u64);
                for (key, value) in entries {
                    Self::text(key).write(out);
                    value.write(out);
                }
            }
            Self::Link(cid) => {
                head(out, 6, 42);
                let mut bytes = vec![0];
                bytes.extend(cid.bytes());
                Self::Bytes(bytes).write(out);
            }
        }
    }
}

fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..24 => out.push(major | value as u8),
        24..0x100 => out.extend([major | 24, value as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend((value as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend((value as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(value.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortest_forms() {
        let value =
            Cbor::Map(vec![("a", Cbor::Uint(24)), ("b", Cbor::List(vec![Cbor::text("x")]))]);
        assert_eq!(value.encode(), [0xa2, 0x61, b'a', 0x18, 24, 0x61, b'b', 0x81, 0x61, b'x']);
        assert_eq!(Cbor::Uint(1 << 32).encode()[..2], [0x1b, 0]);
        assert_eq!(Cbor::Uint(1_000_000).encode(), [0x1a, 0, 0x0f, 0x42, 0x40]);
    }
}
