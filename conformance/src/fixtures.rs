//! What a gateway is loaded with: blocks, IPNS records, DNSLink names, a denylist. All of it is
//! made here, the same bytes at every run.

mod blocked;
mod codecs;
mod names;
mod sites;
mod store;
mod unixfs;

pub use blocked::Blocked;
pub(crate) use blocked::TEXT;
pub use codecs::Codecs;
pub(crate) use codecs::PLAIN_JSON;
pub use names::{Name, Names};
pub use sites::Sites;
pub(crate) use sites::{INDEX, NOT_FOUND, PAGE};
pub use store::Store;
pub use unixfs::{DATED, HELLO, HELLO_V0, HTML, HamtEntry, JSON_TEXT, PNG, SVG, UnixFs};

use std::sync::LazyLock;

/// All fixtures.
#[derive(Debug)]
pub struct Fixtures {
    /// The blocks.
    pub store: Store,
    /// Files and directories.
    pub unixfs: UnixFs,
    /// Nodes of other codecs.
    pub codecs: Codecs,
    /// Directories with a `_redirects` file.
    pub sites: Sites,
    /// IPNS names.
    pub names: Names,
    /// What the denylist denies.
    pub blocked: Blocked,
    /// DNSLink names and where they point.
    pub dnslinks: Vec<(&'static str, String)>,
}

static FIXTURES: LazyLock<Fixtures> = LazyLock::new(Fixtures::make);

/// The fixtures.
pub fn fixtures() -> &'static Fixtures {
    &FIXTURES
}

impl Fixtures {
    fn make() -> Self {
        let mut store = Store::default();
        let unixfs = UnixFs::make(&mut store);
        let codecs = Codecs::make(&mut store, &unixfs);
        let sites = Sites::make(&mut store);
        let blocked = Blocked::make(&mut store);
        let names = Names::make(&unixfs, &codecs);
        let mut all = Self { store, unixfs, codecs, sites, names, blocked, dnslinks: Vec::new() };
        all.dnslinks = all.links();
        all
    }

    fn links(&self) -> Vec<(&'static str, String)> {
        let (unixfs, names) = (&self.unixfs, &self.names);
        vec![
            ("site.conformance.test", format!("/ipfs/{}", unixfs.dir)),
            ("with-dash.conformance.test", format!("/ipfs/{}", unixfs.dir)),
            ("index.conformance.test", format!("/ipfs/{}", unixfs.index_dir)),
            ("path.conformance.test", format!("/ipfs/{}/sub", unixfs.dir)),
            ("hop.conformance.test", "/ipns/path.conformance.test/deep".to_owned()),
            ("key.conformance.test", format!("/ipns/{}", names.plain.base36())),
            ("loop-a.conformance.test", "/ipns/loop-b.conformance.test".to_owned()),
            ("loop-b.conformance.test", "/ipns/loop-a.conformance.test".to_owned()),
            ("lost.conformance.test", format!("/ipfs/{}", unixfs.lost)),
            ("base58.conformance.test", format!("/ipns/{}", names.plain.cid.base58())),
            ("site-and-gateway.conformance.test", format!("/ipfs/{}", unixfs.dir)),
            ("no-site.conformance.test", format!("/ipfs/{}", unixfs.dir)),
            ("redirects.conformance.test", format!("/ipfs/{}", self.sites.rules)),
            ("spa.conformance.test", format!("/ipfs/{}", self.sites.spa)),
            (self.blocked.domain(), format!("/ipfs/{}", unixfs.dir)),
            (self.blocked.hashed_domain(), format!("/ipfs/{}", unixfs.dir)),
        ]
    }

    /// The DNSLink names in one line: `name:/ipfs/CID,name:/ipns/NAME`.
    pub fn dnslink_map(&self) -> String {
        let parts: Vec<String> =
            self.dnslinks.iter().map(|(name, path)| format!("{name}:{path}")).collect();
        parts.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_small_and_the_same_at_every_run() {
        let (one, other) = (fixtures(), Fixtures::make());
        assert_eq!(one.store.car(), other.store.car());
        assert_eq!(one.dnslink_map(), other.dnslink_map());
        assert!(one.store.car().len() < 1 << 20, "{}", one.store.car().len());
    }
}
