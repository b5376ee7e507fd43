//! Spec: spec/gateway/trustless.md
//!
//! The parameters of an archive, and what of the response follows from them alone.

use super::range::{ByteRange, RangeError};
use crate::xxhash::{base32, xxh64};
use ipfs_data::cid::Cid;

/// Which blocks below the terminus belong to the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The terminus alone.
    Block,
    /// What is needed to read a file or list a directory.
    Entity,
    /// Everything below.
    All,
}

/// The order of blocks that the response promises. The blocks come in the same order for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Depth first.
    Dfs,
    /// Any.
    Unknown,
}

/// The parameters of a request for an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarParams {
    /// Which blocks.
    pub scope: Scope,
    /// Which bytes of a file.
    pub range: Option<ByteRange>,
    /// In which order.
    pub order: Order,
    /// Whether blocks are repeated.
    pub dups: bool,
}

/// A parameter that can't be served. The texts are the reference's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// `version`
    #[error("unsupported application/vnd.ipld.car version: only version=1 is supported")]
    Version,
    /// `order`
    #[error("unsupported application/vnd.ipld.car order parameter")]
    Order,
    /// `dups`
    #[error("unsupported application/vnd.ipld.car dups parameter")]
    Dups,
    /// `dag-scope`
    #[error("unsupported application/vnd.ipld.car scope parameter")]
    Scope,
    /// `entity-bytes`
    #[error("invalid application/vnd.ipld.car entity-bytes URL parameter: {0}")]
    Range(#[from] RangeError),
}

impl CarParams {
    /// Reads the parameters: `query` gives the first value of a query parameter, `accept` that of a
    /// parameter of the media type.
    // spec: trustless.car-unsupported
    pub fn parse<'a>(
        query: impl Fn(&str) -> Option<&'a str>,
        accept: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, ParamError> {
        let range = query("entity-bytes").map(ByteRange::parse).transpose()?;
        let scope = match query("dag-scope") {
            // spec: trustless.entity-bytes-implies
            None if range.is_some() => Scope::Entity,
            // spec: trustless.car-scope-all
            None | Some("all") => Scope::All,
            Some("entity") => Scope::Entity,
            Some("block") => Scope::Block,
            Some(_) => return Err(ParamError::Scope),
        };
        // spec: trustless.format-first
        let given = |name: &str| {
            let asked = query(&format!("car-{name}")).filter(|value| !value.is_empty());
            asked.or_else(|| accept(name)).unwrap_or_default()
        };
        // spec: trustless.car-version
        if !matches!(given("version"), "" | "1") {
            return Err(ParamError::Version);
        }
        let order = match given("order") {
            "" | "dfs" => Order::Dfs,
            "unk" => Order::Unknown,
            _ => return Err(ParamError::Order),
        };
        let dups = match given("dups") {
            "" | "n" => false,
            "y" => true,
            _ => return Err(ParamError::Dups),
        };
        Ok(Self { scope, range, order, dups })
    }

    /// The media type of the response.
    // spec: trustless.car-content-type
    pub fn content_type(&self) -> &'static str {
        match (self.order, self.dups) {
            (Order::Dfs, false) => "application/vnd.ipld.car; version=1; order=dfs; dups=n",
            (Order::Dfs, true) => "application/vnd.ipld.car; version=1; order=dfs; dups=y",
            (Order::Unknown, false) => "application/vnd.ipld.car; version=1; order=unk; dups=n",
            (Order::Unknown, true) => "application/vnd.ipld.car; version=1; order=unk; dups=y",
        }
    }

    /// The entity tag of the archive below an immutable path.
    // spec: trustless.car-etag
    pub fn etag(&self, path: &str, root: &Cid) -> String {
        let mut input = path.as_bytes().to_vec();
        match self.scope {
            Scope::All => {}
            Scope::Entity => input.extend_from_slice(b"\0scope=entity"),
            Scope::Block => input.extend_from_slice(b"\0scope=block"),
        }
        if self.order == Order::Unknown {
            input.extend_from_slice(b"\0order=unk");
        }
        if self.dups {
            input.extend_from_slice(b"\0dups=y");
        }
        if let Some(range) = self.range.filter(|range| !range.is_whole()) {
            input.extend_from_slice(b"\0range=");
            input.extend_from_slice(&range.from.to_le_bytes());
            if let Some(to) = range.to {
                input.extend_from_slice(&to.to_le_bytes());
            }
        }
        format!("W/\"{root}.car.{}\"", base32(xxh64(&input)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "bafybeib6qmdcttgrzmgprsvrus52gs6uuiio6t322ieo56not7pdh4pv2y";

    fn parse(query: &'static str, accept: &'static str) -> Result<CarParams, ParamError> {
        let get = |text: &'static str, name: &str| {
            text.split('&').filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name)
        };
        CarParams::parse(
            move |name| get(query, name).map(|(_, value)| value),
            move |name| get(accept, name).map(|(_, value)| value),
        )
    }

    #[test]
    fn query_beats_accept() {
        let params = parse("car-dups=n&car-order=", "dups=y&order=unk").expect("all known");
        assert_eq!((params.dups, params.order), (false, Order::Unknown));
        assert_eq!(parse("car-version=2", ""), Err(ParamError::Version));
        assert_eq!(parse("", "version=2"), Err(ParamError::Version));
        assert_eq!(parse("car-version=1", "version=2").map(|params| params.scope), Ok(Scope::All));
        assert_eq!(parse("dag-scope=", ""), Err(ParamError::Scope));
        assert_eq!(parse("", "dups=maybe"), Err(ParamError::Dups));
        assert_eq!(parse("", "order=bogus"), Err(ParamError::Order));
        assert_eq!(parse("entity-bytes=0:1", "").map(|params| params.scope), Ok(Scope::Entity));
    }

    #[test]
    fn entity_tags_of_the_reference() {
        let root = ipfs_data::cid::parse(ROOT).expect("a CID");
        let tag = |path: &str, query| {
            let path = format!("/ipfs/{ROOT}{path}");
            let tag = parse(query, "").expect("all known").etag(&path, &root);
            tag.strip_prefix(&format!("W/\"{ROOT}.car.")).expect("the root").to_owned()
        };
        assert_eq!(tag("", ""), "dr1318st2ie2q\"");
        assert_eq!(tag("", "car-dups=y"), "4g81ju2gbuod8\"");
        assert_eq!(tag("", "car-order=unk&car-dups=n"), "2mum21a4dpu08\"");
        assert_eq!(tag("", "dag-scope=block"), "2tpaqtsh90eht\"");
        assert_eq!(tag("", "dag-scope=entity"), "999evbu59nmr8\"");
        assert_eq!(tag("/sub/d", ""), "1gd5o9f1t2ghg\"");
        assert_eq!(tag("/2.bin", "dag-scope=entity&entity-bytes=0:10"), "fdkjgmhrjdiog\"");
        assert_eq!(tag("/2.bin", "dag-scope=entity&entity-bytes=300000:*"), "fa1sc5uu21bhb\"");
    }
}
