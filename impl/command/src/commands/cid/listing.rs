//! Spec: spec/command/cid-commands.md
//!
//! `ipfs cid bases|codecs|hashes` and `ipfs multibase list`.

use crate::prelude::*;
use ipfs_data::multibase::BASES;
use ipfs_data::{multicodec, multihash};

/// A row of a table of multiformats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CodeAndName {
    /// The number.
    pub code: u64,
    /// The name.
    pub name: String,
}

/// The bases of multibase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bases(pub Vec<CodeAndName>);

impl Output for Bases {
    const NAME: &'static str = "CodeAndName";

    // spec: cid-commands.bases
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        for CodeAndName { code, name } in &self.0 {
            let letter = u32::try_from(*code).ok().and_then(char::from_u32);
            let prefix = letter.filter(|letter| !letter.is_control()).unwrap_or(' ');
            match (request.bool("prefix"), request.bool("numeric")) {
                (true, true) => writeln!(out, "{prefix} {code:7}  {name}")?,
                (true, false) => writeln!(out, "{prefix}  {name}")?,
                (false, true) => writeln!(out, "{code:7}  {name}")?,
                (false, false) => writeln!(out, "{name}")?,
            }
        }
        Ok(())
    }
}

/// Codecs or hash functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Codes(pub Vec<CodeAndName>);

impl Output for Codes {
    const NAME: &'static str = "CodeAndName";

    // spec: cid-commands.codecs
    // spec: cid-commands.hashes
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        for CodeAndName { code, name } in &self.0 {
            match request.bool("numeric") {
                true => writeln!(out, "{code:5}  {name}")?,
                false => writeln!(out, "{name}")?,
            }
        }
        Ok(())
    }
}

/// `ipfs cid bases`: small letters before the same capital, else by number.
///
/// # Errors
/// None of its own.
pub fn bases(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let mut rows: Vec<_> = BASES.iter().map(|&(_, name, prefix)| (prefix, name)).collect();
    rows.sort_by_key(|&(prefix, _)| (prefix.to_ascii_lowercase(), std::cmp::Reverse(prefix)));
    let row = |(prefix, name): (char, &str)| CodeAndName {
        code: u64::from(u32::from(prefix)),
        name: name.to_owned(),
    };
    emitter.emit(&Bases(rows.into_iter().map(row).collect()))
}

/// `ipfs cid codecs`
///
/// # Errors
/// None of its own.
pub fn codecs(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let supported = request.bool("supported");
    let mut rows: Vec<_> = multicodec::ipld_codecs()
        .filter(|(code, _)| !supported || multicodec::SUPPORTED.contains(code))
        .map(|(code, name)| CodeAndName { code, name: name.to_owned() })
        .collect();
    rows.sort_by_key(|row| row.code);
    emitter.emit(&Codes(rows))
}

/// `ipfs cid hashes`
///
/// # Errors
/// None of its own.
pub fn hashes(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let mut rows: Vec<_> = multihash::allowed()
        .filter_map(|code| Some(CodeAndName { code, name: multihash::name(code)? }))
        .collect();
    rows.sort_by_key(|row| row.code);
    emitter.emit(&Codes(rows))
}
