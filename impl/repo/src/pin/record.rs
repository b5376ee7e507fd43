//! Spec: spec/repo/pin.md
//!
//! One pin as stored: a CBOR map with the keys `cid`, `metadata`, `mode`, `name` in this order.

use super::Mode;
use ipfs_data::cid::Cid;

/// Deepest nesting accepted in a record's metadata.
const DEPTH_MAX: usize = 32;

/// What a record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) cid: Cid,
    pub(super) mode: Mode,
    pub(super) name: String,
}

impl Record {
    // spec: pin.record-cbor
    pub(super) fn encode(&self) -> Vec<u8> {
        let cid = self.cid.to_bytes();
        let mut out = Vec::with_capacity(cid.len() + self.name.len() + 24);
        out.push(0xa0 | if self.name.is_empty() { 2 } else { 3 });
        text(&mut out, "cid");
        head(&mut out, 2, cid.len() as u64);
        out.extend_from_slice(&cid);
        text(&mut out, "mode");
        out.push(match self.mode {
            Mode::Recursive => 0,
            Mode::Direct => 1,
        });
        if !self.name.is_empty() {
            text(&mut out, "name");
            text(&mut out, &self.name);
        }
        out
    }

    // spec: pin.record-tolerant
    pub(super) fn decode(data: &[u8]) -> Result<Self, String> {
        let mut reader = Reader { data };
        let (major, entries) = reader.head()?;
        if major != 5 {
            return Err("not a map".into());
        }
        let (mut cid, mut mode, mut name) = (None, None, String::new());
        for _ in 0..entries {
            let key = reader.text()?;
            match key.as_str() {
                "cid" => {
                    let bytes = reader.bytes()?;
                    cid = Some(Cid::try_from(bytes).map_err(|error| format!("cid: {error}"))?);
                }
                "mode" => mode = Some(reader.mode()?),
                "name" => name = reader.text()?,
                _ => reader.skip(0)?,
            }
        }
        if !reader.data.is_empty() {
            return Err("bytes after the record".into());
        }
        Ok(Self { cid: cid.ok_or("no cid")?, mode: mode.ok_or("no mode")?, name })
    }
}

fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..=23 => out.push(major | value as u8),
        24..=0xff => out.extend_from_slice(&[major | 24, value as u8]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&(value as u16).to_be_bytes());
        }
        _ => {
            out.push(major | 26);
            out.extend_from_slice(&(value as u32).to_be_bytes());
        }
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    head(out, 3, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

struct Reader<'a> {
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], String> {
        let count = usize::try_from(count).map_err(|_| "length out of range")?;
        let (taken, rest) = self.data.split_at_checked(count).ok_or("truncated")?;
        self.data = rest;
        Ok(taken)
    }

    /// Major type and argument. Indefinite lengths are refused: no writer of pins makes them.
    fn head(&mut self) -> Result<(u8, u64), String> {
        let first = self.take(1)?[0];
        let value = match first & 0x1f {
            small @ 0..=23 => u64::from(small),
            size @ 24..=27 => {
                self.take(1 << (size - 24))?.iter().fold(0, |sum, &b| sum << 8 | u64::from(b))
            }
            _ => return Err("unsupported length".into()),
        };
        Ok((first >> 5, value))
    }

    fn bytes(&mut self) -> Result<&'a [u8], String> {
        match self.head()? {
            (2, count) => self.take(count),
            _ => Err("cid is not bytes".into()),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        match self.head()? {
            (3, count) => Ok(String::from_utf8_lossy(self.take(count)?).into_owned()),
            _ => Err("not text".into()),
        }
    }

    fn mode(&mut self) -> Result<Mode, String> {
        match self.head()? {
            (0, 0) => Ok(Mode::Recursive),
            (0, 1) => Ok(Mode::Direct),
            _ => Err("unrecognized pin mode".into()),
        }
    }

    fn skip(&mut self, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err("nested too deeply".into());
        }
        let (major, value) = self.head()?;
        match major {
            2 | 3 => {
                self.take(value)?;
            }
            // Each item takes at least one byte, so `take` fails long before a huge count is used
            // up.
            4 => (0..value).try_for_each(|_| self.skip(depth + 1))?,
            5 => (0..value).try_for_each(|_| {
                self.skip(depth + 1)?;
                self.skip(depth + 1)
            })?,
            6 => self.skip(depth + 1)?,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn records_are_bytes_of_the_reference() {
        for (bytes, mode, name) in [
            (
                "a3636369645822122053df09b6eb4a7f384a075f67cc48358f227016e1b4457d86014252d0e8a6aad0\
                 646d6f646501646e616d6566646972656374",
                Mode::Direct,
                "direct",
            ),
            (
                "a3636369645824015512\
                 20b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c\
                 646d6f646500646e616d65656e612f6d65",
                Mode::Recursive,
                "na/me",
            ),
            (
                "a2636369645822122059948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef\
                 646d6f646500",
                Mode::Recursive,
                "",
            ),
        ] {
            let bytes = hex(&bytes.replace(' ', ""));
            let record = Record::decode(&bytes).unwrap();
            assert_eq!((record.mode, record.name.as_str()), (mode, name));
            assert_eq!(record.encode(), bytes);
        }
    }

    #[test]
    fn metadata_is_skipped() {
        let mut bytes = Record {
            cid: Cid::try_from("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn").unwrap(),
            mode: Mode::Direct,
            name: String::new(),
        }
        .encode();
        bytes[0] = 0xa3;
        text(&mut bytes, "metadata");
        bytes.extend_from_slice(&[0xa1, 0x61, b'k', 0x82, 0x01, 0xf6]);
        assert_eq!(Record::decode(&bytes).unwrap().mode, Mode::Direct);
    }

    proptest! {
        #[test]
        fn decoding_never_panics(data in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Record::decode(&data);
        }

        #[test]
        fn names_round_trip(name in "\\PC{0,255}", direct in any::<bool>()) {
            let mode = if direct { Mode::Direct } else { Mode::Recursive };
            let cid = Cid::try_from("bafkreifvxooyaffa7gy5mhrb46lnpdom34jvf4r42mubf5efbodyvzeujq");
            let record = Record { cid: cid.unwrap(), mode, name };
            prop_assert_eq!(Record::decode(&record.encode()).unwrap(), record);
        }
    }
}
