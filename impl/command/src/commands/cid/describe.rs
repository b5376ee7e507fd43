//! Spec: spec/command/cid-commands.md
//!
//! `ipfs cid inspect`.

use crate::prelude::*;
use ipfs_data::cid;
use ipfs_data::key::PeerId;
use ipfs_data::multibase::Base;
use ipfs_data::{multicodec, multihash};

/// The parts of a CID, or why it is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Inspected {
    /// What was given.
    pub cid: String,
    /// 0 or 1.
    pub version: u64,
    /// The base of the text.
    pub multibase: BasePart,
    /// What the bytes behind the CID are.
    pub multicodec: CodecPart,
    /// The hash.
    pub multihash: HashPart,
    /// The CID in version 0, if that is possible.
    #[serde(rename = "cidV0", skip_serializing_if = "String::is_empty")]
    pub cid_v0: String,
    /// The CID in version 1.
    #[serde(rename = "cidV1")]
    pub cid_v1: String,
    /// Why it is no CID.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error_msg: String,
}

/// A base of multibase.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BasePart {
    /// The character in front of the text.
    pub prefix: String,
    /// The name.
    pub name: String,
}

/// A codec.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CodecPart {
    /// The number.
    pub code: u64,
    /// The name, or `unknown`.
    pub name: String,
}

/// A hash.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HashPart {
    /// The number of the function.
    pub code: u64,
    /// The name of the function, or `unknown`.
    pub name: String,
    /// Length of the digest in bytes.
    pub length: usize,
    /// The digest in hexadecimal.
    pub digest: String,
}

impl Inspected {
    fn of(text: &str) -> Self {
        let cid = match cid::parse(text) {
            Ok(cid) => cid,
            Err(error) => {
                let error_msg = refusal(text, &error);
                return Self { cid: text.to_owned(), error_msg, ..Self::default() };
            }
        };
        let version = u64::from(cid.version());
        let base = cid::base_of(text.as_bytes()).unwrap_or(Base::Base58Btc);
        let hash = cid.hash();
        let v1_base =
            if cid.codec() == cid::codec::LIBP2P_KEY { Base::Base36 } else { Base::Base32 };
        let v0 = cid::to_v0(&cid).map(|cid| cid::to_string(&cid, Base::Base58Btc));
        let unknown = || "unknown".to_owned();
        Self {
            cid: text.to_owned(),
            version,
            multibase: BasePart { prefix: base.prefix().into(), name: base.name().to_owned() },
            multicodec: CodecPart {
                code: cid.codec(),
                name: multicodec::known_name(cid.codec()).map_or_else(unknown, str::to_owned),
            },
            multihash: HashPart {
                code: hash.code(),
                name: multihash::name(hash.code()).unwrap_or_else(unknown),
                length: hash.digest().len(),
                digest: hash.digest().iter().map(|byte| format!("{byte:02x}")).collect(),
            },
            cid_v0: v0.unwrap_or_default(),
            cid_v1: cid::to_string(&cid::to_v1(&cid), v1_base),
            error_msg: String::new(),
        }
    }

    fn why_no_v0(&self) -> String {
        let codec = &self.multicodec;
        let hash = &self.multihash;
        if codec.code != cid::codec::DAG_PB {
            return format!("requires dag-pb (0x70), got {} (0x{:x})", codec.name, codec.code);
        }
        if hash.code != cid::hash::SHA2_256 {
            return format!("requires sha2-256 (0x12), got {} (0x{:x})", hash.name, hash.code);
        }
        format!("requires 32-byte digest, got {}", hash.length)
    }
}

// spec: cid-commands.inspect-peer-id
fn refusal(text: &str, error: &cid::Error) -> String {
    match PeerId::parse(text) {
        Ok(peer) => format!(
            "invalid CID: {error}\nNote: the value is a PeerID; inspect its CID representation \
             instead:\n  {}",
            peer.to_cid_text(Base::Base36)
        ),
        Err(_) => format!("invalid CID: {error}"),
    }
}

impl Output for Inspected {
    const NAME: &'static str = "CidInspectRes";

    // spec: cid-commands.inspect
    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        if !self.error_msg.is_empty() {
            return Err(Error::new(self.error_msg.clone()));
        }
        let implicit = if self.version == 0 { ", implicit" } else { "" };
        let prefix = if self.version == 0 { "implicit" } else { &self.multibase.prefix };
        let (codec, hash) = (&self.multicodec, &self.multihash);
        writeln!(out, "CID:        {}", self.cid)?;
        writeln!(out, "Version:    {}", self.version)?;
        writeln!(out, "Multibase:  {} ({prefix})", self.multibase.name)?;
        writeln!(out, "Multicodec: {} (0x{:x}{implicit})", codec.name, codec.code)?;
        writeln!(out, "Multihash:  {} (0x{:x}{implicit})", hash.name, hash.code)?;
        writeln!(out, "  Length:   {} bytes", hash.length)?;
        writeln!(out, "  Digest:   {}", hash.digest)?;
        match self.cid_v0.as_str() {
            "" => writeln!(out, "CIDv0:      not possible, {}", self.why_no_v0())?,
            v0 => writeln!(out, "CIDv0:      {v0}")?,
        }
        writeln!(out, "CIDv1:      {}", self.cid_v1)?;
        Ok(())
    }
}

/// `ipfs cid inspect`
///
/// # Errors
/// None of its own; that something is no CID is a result, of which the text form is a failure.
pub fn inspect(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    emitter.emit(&Inspected::of(request.argument(0).unwrap_or_default()))
}
