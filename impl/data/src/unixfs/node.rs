//! Spec: spec/data/unixfs.md
//!
//! The UnixFS message in the data of a dag-pb node: what the node is, and its metadata.

use bytes::Bytes;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Kind {
    /// Bytes of a file, in a leaf. Old.
    Raw = 0,
    /// A directory in one block.
    Directory = 1,
    /// A file, or a part of one.
    File = 2,
    /// A media type beside a file. Nobody writes it.
    Metadata = 3,
    /// A symbolic link.
    Symlink = 4,
    /// A directory, or part of one, in several blocks.
    HamtShard = 5,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Raw => "Raw",
            Self::Directory => "Directory",
            Self::File => "File",
            Self::Metadata => "Metadata",
            Self::Symlink => "Symlink",
            Self::HamtShard => "HAMTShard",
        })
    }
}

/// A time: seconds since 1970, and nanoseconds when there is a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mtime {
    /// Seconds; negative before 1970.
    pub seconds: i64,
    /// 1 to 999,999,999; none for whole seconds.
    pub nanos: Option<u32>,
}

impl Mtime {
    /// A time; zero nanoseconds become none.
    pub fn new(seconds: i64, nanos: u32) -> Self {
        Self { seconds, nanos: (nanos > 0).then_some(nanos) }
    }
}

/// The bytes are no UnixFS message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The protobuf is damaged.
    #[error("proto: cannot parse invalid wire-format data")]
    Malformed,
    /// The message has no kind.
    #[error("proto: required field \"Type\" not set")]
    NoKind,
    /// The kind is none of those that exist.
    #[error("unrecognized unixfs type: {0}")]
    UnknownKind(u64),
}

/// A UnixFS message. Fields that are none are not written; some writers write zeros, so both exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Bytes of a leaf, target of a link, bit field of a shard.
    pub data: Option<Bytes>,
    /// Bytes of the file from here down.
    pub filesize: Option<u64>,
    /// Bytes of the file below each link, in order of the links.
    pub blocksizes: Vec<u64>,
    /// Hash function of a shard (0x22: murmur3).
    pub hash_type: Option<u64>,
    /// Number of children that a shard has room for.
    pub fanout: Option<u64>,
    /// Permission bits in the lower twelve; the others are kept as they are.
    pub mode: Option<u32>,
    /// When the content changed.
    pub mtime: Option<Mtime>,
}

impl Node {
    /// A message with only a kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            data: None,
            filesize: None,
            blocksizes: Vec::new(),
            hash_type: None,
            fanout: None,
            mode: None,
            mtime: None,
        }
    }

    /// A file without content, as writers begin one.
    pub fn empty_file() -> Self {
        Self { filesize: Some(0), ..Self::new(Kind::File) }
    }

    /// The bytes carried here.
    pub fn data(&self) -> &[u8] {
        self.data.as_deref().unwrap_or_default()
    }

    /// Bytes of the content: 0 for directories, length of the target for links.
    pub fn size(&self) -> u64 {
        match self.kind {
            Kind::File | Kind::Raw => self.filesize.unwrap_or_default(),
            Kind::Symlink => self.data().len() as u64,
            Kind::Directory | Kind::Metadata | Kind::HamtShard => 0,
        }
    }

    /// The permission bits, with set-uid, set-gid and sticky; 0 when none are stored.
    pub fn permissions(&self) -> u32 {
        self.mode.unwrap_or_default() & 0xfff
    }

    /// Sets the permission bits; the upper bits stay. Zero removes the field unless they are used.
    pub fn set_permissions(&mut self, bits: u32) {
        let mode = self.mode.unwrap_or_default() & !0xfff | bits & 0xfff;
        self.mode = (bits != 0 || mode != 0).then_some(mode);
    }

    /// Reads a message. Unknown fields are skipped; of repeated fields the last counts.
    pub fn decode(message: &Bytes) -> Result<Self, Error> {
        let mut node = Self::new(Kind::Raw);
        let mut kind = None;
        let mut reader = Reader { data: message.clone() };
        while !reader.data.is_empty() {
            let tag = reader.varint()?;
            match (tag >> 3, tag & 7) {
                (0, _) => return Err(Error::Malformed),
                (1, 0) => kind = Some(reader.varint()?),
                (2, 2) => node.data = Some(reader.bytes()?),
                (3, 0) => node.filesize = Some(reader.varint()?),
                (4, 0) => node.blocksizes.push(reader.varint()?),
                (4, 2) => {
                    let mut packed = Reader { data: reader.bytes()? };
                    while !packed.data.is_empty() {
                        node.blocksizes.push(packed.varint()?);
                    }
                }
                (5, 0) => node.hash_type = Some(reader.varint()?),
                (6, 0) => node.fanout = Some(reader.varint()?),
                (7, 0) => node.mode = Some(reader.varint()? as u32),
                (8, 2) => node.mtime = Reader { data: reader.bytes()? }.mtime()?,
                (_, wire) => reader.skip(wire)?,
            }
        }
        // spec: unixfs.type-required
        node.kind = match kind.ok_or(Error::NoKind)? {
            0 => Kind::Raw,
            1 => Kind::Directory,
            2 => Kind::File,
            3 => Kind::Metadata,
            4 => Kind::Symlink,
            5 => Kind::HamtShard,
            unknown => return Err(Error::UnknownKind(unknown)),
        };
        Ok(node)
    }

    // spec: unixfs.message-order
    /// Writes the message, fields in the order of their numbers.
    pub fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.data().len() + 10 * self.blocksizes.len() + 32);
        field(&mut out, 1, self.kind as u64);
        if let Some(data) = &self.data {
            bytes(&mut out, 2, data);
        }
        optional(&mut out, 3, self.filesize);
        self.blocksizes.iter().for_each(|&size| field(&mut out, 4, size));
        optional(&mut out, 5, self.hash_type);
        optional(&mut out, 6, self.fanout);
        optional(&mut out, 7, self.mode.map(u64::from));
        if let Some(mtime) = self.mtime {
            let mut inner = Vec::with_capacity(16);
            field(&mut inner, 1, mtime.seconds as u64);
            if let Some(nanos) = mtime.nanos {
                inner.push(2 << 3 | 5);
                inner.extend_from_slice(&nanos.to_le_bytes());
            }
            bytes(&mut out, 8, &inner);
        }
        out.into()
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn field(out: &mut Vec<u8>, number: u8, value: u64) {
    out.push(number << 3);
    varint(out, value);
}

fn optional(out: &mut Vec<u8>, number: u8, value: Option<u64>) {
    if let Some(value) = value {
        field(out, number, value);
    }
}

fn bytes(out: &mut Vec<u8>, number: u8, value: &[u8]) {
    out.push(number << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

struct Reader {
    data: Bytes,
}

impl Reader {
    fn varint(&mut self) -> Result<u64, Error> {
        let mut value = 0u64;
        for (index, byte) in self.data.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                if index == 9 && *byte > 1 {
                    return Err(Error::Malformed);
                }
                self.data = self.data.slice(index + 1..);
                return Ok(value);
            }
        }
        Err(Error::Malformed)
    }

    fn take(&mut self, count: u64) -> Result<Bytes, Error> {
        match usize::try_from(count) {
            Ok(count) if count <= self.data.len() => Ok(self.data.split_to(count)),
            _ => Err(Error::Malformed),
        }
    }

    fn bytes(&mut self) -> Result<Bytes, Error> {
        let count = self.varint()?;
        self.take(count)
    }

    fn skip(&mut self, wire: u64) -> Result<(), Error> {
        match wire {
            0 => self.varint().map(drop),
            1 => self.take(8).map(drop),
            2 => self.bytes().map(drop),
            5 => self.take(4).map(drop),
            _ => Err(Error::Malformed),
        }
    }

    // spec: unixfs.mtime-range
    /// A time without seconds, or with a fraction out of range, is none.
    fn mtime(mut self) -> Result<Option<Mtime>, Error> {
        let (mut seconds, mut nanos) = (None, None);
        while !self.data.is_empty() {
            let tag = self.varint()?;
            match (tag >> 3, tag & 7) {
                (0, _) => return Err(Error::Malformed),
                (1, 0) => seconds = Some(self.varint()? as i64),
                (2, 5) => {
                    let raw = self.take(4)?;
                    nanos = Some(u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]));
                }
                (_, wire) => self.skip(wire)?,
            }
        }
        let valid = nanos.is_none_or(|nanos| (1..1_000_000_000).contains(&nanos));
        Ok(seconds.filter(|_| valid).map(|seconds| Mtime { seconds, nanos }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_of_the_reference() {
        assert_eq!(Node::new(Kind::Directory).encode(), &b"\x08\x01"[..]);
        assert_eq!(Node::empty_file().encode(), &b"\x08\x02\x18\x00"[..]);
        let mut node = Node::new(Kind::Directory);
        node.set_permissions(0o755);
        node.mtime = Some(Mtime::new(-1, 5));
        let wanted = b"\x08\x01\x38\xed\x03\x42\x10\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x15\x05\0\0\0";
        assert_eq!(node.encode(), &wanted[..]);
        assert_eq!(Node::decode(&node.encode()), Ok(node));
    }

    #[test]
    fn refusals() {
        let decode = |bytes: &'static [u8]| Node::decode(&Bytes::from_static(bytes));
        assert_eq!(decode(b""), Err(Error::NoKind));
        assert_eq!(decode(b"\x08\x09"), Err(Error::UnknownKind(9)));
        assert_eq!(decode(b"\x08\x01\x12\x05abc"), Err(Error::Malformed));
        assert_eq!(decode(b"\x08\x02\x22\x02\x01\x02").unwrap().blocksizes, [1, 2]);
        let fraction = decode(b"\x08\x01\x42\x07\x08\x01\x15\x00\xca\x9a\x3b").unwrap();
        assert_eq!(fraction.mtime, None);
    }

    #[test]
    fn upper_mode_bits_stay() {
        let mut node = Node { mode: Some(0o120644), ..Node::new(Kind::File) };
        node.set_permissions(0);
        assert_eq!((node.mode, node.permissions()), (Some(0o120000), 0));
        let mut node = Node { mode: Some(0o644), ..Node::new(Kind::File) };
        node.set_permissions(0);
        assert_eq!(node.mode, None);
    }

    proptest! {
        #[test]
        fn decoding_never_panics(data in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Node::decode(&data.into());
        }
    }
}
