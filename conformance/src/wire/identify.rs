//! Identify and ping, written and read from the published formats.

use super::negotiate::read_length;
use crate::decode::{self, Field};
use crate::encode::field_bytes;
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::PeerId;
use libp2p::identity::{Keypair, PublicKey};
use std::io;

/// Identify: asks who the other is.
pub const ID: &str = "/ipfs/id/1.0.0";
/// Identify: tells unasked what has changed.
pub const PUSH: &str = "/ipfs/id/push/1.0.0";
/// Ping.
pub const PING: &str = "/ipfs/ping/1.0.0";
/// Bytes of one ping.
pub const PING_BYTES: usize = 32;
/// Longest message that is taken, in bytes.
const IDENTIFY_BYTES_MAX: usize = 1 << 20;

/// What a peer tells about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identify {
    /// The public key, in its protobuf form.
    pub public_key: Vec<u8>,
    /// Addresses on which it listens.
    pub listen: Vec<Vec<u8>>,
    /// Protocols that it takes.
    pub protocols: Vec<String>,
    /// Our address as it sees it.
    pub observed: Vec<u8>,
    /// Which family of protocols it belongs to.
    pub protocol_version: String,
    /// Program and version.
    pub agent: String,
    /// A signed record of its addresses.
    pub signed_record: Vec<u8>,
}

impl Identify {
    /// What we tell of ourselves.
    pub fn of(key: &Keypair, protocols: Vec<String>) -> Self {
        Self {
            public_key: key.public().encode_protobuf(),
            protocols,
            protocol_version: "ipfs/0.1.0".to_owned(),
            agent: "ipfs-conformance".to_owned(),
            ..Self::default()
        }
    }

    /// The bytes, without a length in front.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut put = |number, bytes: &[u8]| {
            if !bytes.is_empty() {
                field_bytes(&mut out, number, bytes);
            }
        };
        put(1, &self.public_key);
        self.listen.iter().for_each(|address| put(2, address));
        self.protocols.iter().for_each(|name| put(3, name.as_bytes()));
        put(4, &self.observed);
        put(5, self.protocol_version.as_bytes());
        put(6, self.agent.as_bytes());
        put(8, &self.signed_record);
        out
    }

    /// Reads one or more messages, of which later fields add to earlier ones.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut told = Self::default();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        for field in decode::protobuf(bytes)? {
            match field {
                (1, Field::Bytes(bytes)) => told.public_key = bytes.to_vec(),
                (2, Field::Bytes(bytes)) => told.listen.push(bytes.to_vec()),
                (3, Field::Bytes(bytes)) => told.protocols.push(text(bytes)?),
                (4, Field::Bytes(bytes)) => told.observed = bytes.to_vec(),
                (5, Field::Bytes(bytes)) => told.protocol_version = text(bytes)?,
                (6, Field::Bytes(bytes)) => told.agent = text(bytes)?,
                (8, Field::Bytes(bytes)) => told.signed_record = bytes.to_vec(),
                _ => {}
            }
        }
        Some(told)
    }

    /// Whose public key it is.
    pub fn peer(&self) -> Option<PeerId> {
        let key = PublicKey::try_decode_protobuf(&self.public_key).ok()?;
        Some(PeerId::from_public_key(&key))
    }
}

/// Reads all messages of a stream and joins them, as the format allows.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(length) = read_length(stream, IDENTIFY_BYTES_MAX).await? {
        let start = all.len();
        if start + length > IDENTIFY_BYTES_MAX {
            return Err(io::Error::other("identify without end"));
        }
        all.resize(start + length, 0);
        stream.read_exact(&mut all[start..]).await?;
    }
    Ok(all)
}

/// Answers pings.
pub(super) async fn echo(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    let mut payload = [0; PING_BYTES];
    loop {
        stream.read_exact(&mut payload).await?;
        stream.write_all(&payload).await?;
        stream.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_in_one_and_in_several_messages() {
        let key = Keypair::generate_ed25519();
        let told = Identify::of(&key, vec!["/a".to_owned(), "/b".to_owned()]);
        assert_eq!(Identify::decode(&told.encode()), Some(told.clone()));
        assert_eq!(told.peer(), Some(key.public().to_peer_id()));
        let more = Identify { protocols: vec!["/c".to_owned()], ..Identify::default() };
        let both = Identify::decode(&[told.encode(), more.encode()].concat()).unwrap();
        assert_eq!(both.protocols, ["/a", "/b", "/c"]);
    }
}
