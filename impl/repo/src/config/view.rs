//! Spec: spec/repo/config.md
//!
//! What the node wants to know, with the defaults filled in.

use super::value::{parse_bytes, parse_duration, to_duration};
use super::{LoadError, Tree, schema};
use ipfs_data::multihash;
use serde_json::Value;
use std::time::Duration;

/// The configuration as the node sees it. Values of a wrong type were refused when it was made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    tree: Tree,
}

impl Config {
    /// The view of a tree, after checking the types of all known keys.
    pub fn new(tree: &Tree) -> Result<Self, LoadError> {
        let normal = schema::normalize(tree.map()).map_err(LoadError::Decode)?;
        Ok(Self { tree: Tree::from_value(normal).unwrap_or_default() })
    }

    /// The tree behind it: known keys only, those at their default left out as far as the
    /// reference does.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The value at a path, unless it is absent or null.
    pub fn value(&self, path: &str) -> Option<&Value> {
        self.tree.get(path).ok().filter(|value| !value.is_null())
    }

    /// A flag or bool; `None` means "default".
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.value(path)?.as_bool()
    }

    /// An integer; `None` means "default".
    pub fn integer(&self, path: &str) -> Option<i64> {
        self.value(path)?.as_i64()
    }

    /// A text; `None` means "default".
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value(path)?.as_str()
    }

    /// A duration; `None` means "default". Negative ones are zero.
    pub fn duration(&self, path: &str) -> Option<Duration> {
        parse_duration(self.text(path)?).ok().map(to_duration)
    }

    /// A size in bytes; `None` means "default".
    pub fn bytes(&self, path: &str) -> Option<u64> {
        match self.value(path)? {
            Value::String(text) => parse_bytes(text).ok(),
            other => other.as_f64().map(|value| value as u64),
        }
    }

    /// A list of texts; a single text is a list of one.
    pub fn texts(&self, path: &str) -> Vec<String> {
        match self.value(path) {
            Some(Value::String(text)) if !text.is_empty() => vec![text.clone()],
            Some(Value::Array(items)) => {
                items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// `Identity.PeerID`
    pub fn peer_id(&self) -> &str {
        self.text("Identity.PeerID").unwrap_or("")
    }

    /// `Identity.PrivKey`, base64
    pub fn private_key(&self) -> &str {
        self.text("Identity.PrivKey").unwrap_or("")
    }

    /// `Datastore.StorageMax` as it stands in the file; only commands that need it parse it.
    pub fn storage_max(&self) -> &str {
        self.text("Datastore.StorageMax").unwrap_or("")
    }

    /// `Datastore.HashOnRead`
    pub fn hash_on_read(&self) -> bool {
        self.flag("Datastore.HashOnRead").unwrap_or(false)
    }

    /// `Datastore.WriteThrough`: put without asking whether the block is there already.
    pub fn write_through(&self) -> bool {
        self.flag("Datastore.WriteThrough").unwrap_or(true)
    }

    /// `Datastore.BlockKeyCacheSize`: entries of the has-cache, 0 for none.
    pub fn block_key_cache_size(&self) -> usize {
        let entries = self.integer("Datastore.BlockKeyCacheSize").unwrap_or(64 << 10);
        usize::try_from(entries).unwrap_or(0)
    }

    /// `Experimental.FilestoreEnabled`
    pub fn filestore_enabled(&self) -> bool {
        self.flag("Experimental.FilestoreEnabled").unwrap_or(false)
    }

    /// `Experimental.UrlstoreEnabled`
    pub fn urlstore_enabled(&self) -> bool {
        self.flag("Experimental.UrlstoreEnabled").unwrap_or(false)
    }

    /// `Internal.MFSNoFlushLimit`
    pub fn mfs_no_flush_limit(&self) -> i64 {
        self.integer("Internal.MFSNoFlushLimit").unwrap_or(256)
    }

    /// The settings of imports.
    pub fn import(&self) -> Import {
        let text = |key: &str, default: &str| {
            self.text(&format!("Import.{key}")).unwrap_or(default).to_owned()
        };
        let integer = |key: &str| self.integer(&format!("Import.{key}"));
        let flag = |key: &str| self.flag(&format!("Import.{key}"));
        Import {
            cid_version: integer("CidVersion"),
            raw_leaves: flag("UnixFSRawLeaves"),
            chunker: text("UnixFSChunker", "size-262144"),
            hash_function: text("HashFunction", "sha2-256"),
            file_links_max: integer("UnixFSFileMaxLinks").unwrap_or(174),
            directory_links_max: integer("UnixFSDirectoryMaxLinks").unwrap_or(0),
            hamt_fanout_max: integer("UnixFSHAMTDirectoryMaxFanout").unwrap_or(256),
            // spec: config.sharding-old-name
            hamt_threshold_bytes: self
                .bytes("Import.UnixFSHAMTDirectorySizeThreshold")
                .or_else(|| self.bytes("Internal.UnixFSShardingSizeThreshold"))
                .unwrap_or(256 << 10),
            hamt_size_estimation: text("UnixFSHAMTDirectorySizeEstimation", "links"),
            dag_layout: text("UnixFSDAGLayout", "balanced"),
            batch_nodes_max: integer("BatchMaxNodes").unwrap_or(128),
            batch_bytes_max: integer("BatchMaxSize").unwrap_or(100 << 20),
            fast_provide_root: flag("FastProvideRoot").unwrap_or(true),
            fast_provide_dag: flag("FastProvideDAG").unwrap_or(false),
            fast_provide_wait: flag("FastProvideWait").unwrap_or(false),
        }
    }
}

/// `Import.*` with defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// `CidVersion`; `None` when unset (0, unless options ask for what needs 1).
    pub cid_version: Option<i64>,
    /// `UnixFSRawLeaves`; `None` when unset (follows the CID version).
    pub raw_leaves: Option<bool>,
    /// `UnixFSChunker`
    pub chunker: String,
    /// `HashFunction`
    pub hash_function: String,
    /// `UnixFSFileMaxLinks`
    pub file_links_max: i64,
    /// `UnixFSDirectoryMaxLinks`, 0 for no limit
    pub directory_links_max: i64,
    /// `UnixFSHAMTDirectoryMaxFanout`
    pub hamt_fanout_max: i64,
    /// `UnixFSHAMTDirectorySizeThreshold`
    pub hamt_threshold_bytes: u64,
    /// `UnixFSHAMTDirectorySizeEstimation`: `links`, `block` or `disabled`
    pub hamt_size_estimation: String,
    /// `UnixFSDAGLayout`: `balanced` or `trickle`
    pub dag_layout: String,
    /// `BatchMaxNodes`
    pub batch_nodes_max: i64,
    /// `BatchMaxSize`
    pub batch_bytes_max: i64,
    /// `FastProvideRoot`
    pub fast_provide_root: bool,
    /// `FastProvideDAG`
    pub fast_provide_dag: bool,
    /// `FastProvideWait`
    pub fast_provide_wait: bool,
}

/// A value of `Import.*` that no node starts with. The text is the reference's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ImportError(pub String);

impl Import {
    // spec: config.import-check
    /// Checks the values as the reference does when it builds a node.
    pub fn check(&self) -> Result<(), ImportError> {
        let fail = |text: String| Err(ImportError(text));
        if let Some(version) = self.cid_version
            && !(0..=1).contains(&version)
        {
            return fail(format!("Import.CidVersion must be 0 or 1, got {version}"));
        }
        if self.file_links_max <= 0 {
            let value = self.file_links_max;
            return fail(format!("Import.UnixFSFileMaxLinks must be positive, got {value}"));
        }
        if self.directory_links_max < 0 {
            let value = self.directory_links_max;
            let name = "Import.UnixFSDirectoryMaxLinks";
            return fail(format!("{name} must be non-negative, got {value}"));
        }
        let fanout = self.hamt_fanout_max;
        if !(8..=1024).contains(&fanout) || fanout.count_ones() != 1 {
            return fail(format!(
                "Import.UnixFSHAMTDirectoryMaxFanout must be a power of 2, between 8 and 1024 \
                 (got {fanout})"
            ));
        }
        for (name, value) in
            [("BatchMaxNodes", self.batch_nodes_max), ("BatchMaxSize", self.batch_bytes_max)]
        {
            if value <= 0 {
                return fail(format!("Import.{name} must be positive, got {value}"));
            }
        }
        self.check_names()
    }

    fn check_names(&self) -> Result<(), ImportError> {
        let fail = |text: String| Err(ImportError(text));
        if !is_chunker(&self.chunker) {
            return fail(format!(
                "Import.UnixFSChunker invalid format: {:?} (expected \"size-<bytes>\", \
                 \"rabin-<min>-<avg>-<max>\", or \"buzhash\")",
                self.chunker
            ));
        }
        let name = &self.hash_function;
        let Some(code) = multihash::code(&name.to_lowercase()) else {
            return fail(format!("Import.HashFunction unrecognized: {name:?}"));
        };
        if !multihash::is_allowed(code) {
            return fail(format!("Import.HashFunction {name:?} is not allowed for use in IPFS"));
        }
        let estimation = &self.hamt_size_estimation;
        if !["links", "block", "disabled"].contains(&estimation.as_str()) {
            return fail(format!(
                "Import.UnixFSHAMTDirectorySizeEstimation must be \"links\", \"block\", or \
                 \"disabled\", got {estimation:?}"
            ));
        }
        let layout = &self.dag_layout;
        if !["balanced", "trickle"].contains(&layout.as_str()) {
            return fail(format!(
                "Import.UnixFSDAGLayout must be \"balanced\" or \"trickle\", got {layout:?}"
            ));
        }
        Ok(())
    }
}

fn is_chunker(text: &str) -> bool {
    if let Some(size) = text.strip_prefix("size-") {
        return !size.starts_with('-') && size.parse::<i64>().is_ok_and(|size| size > 0);
    }
    if text.starts_with("rabin-") {
        let numbers: Option<Vec<i64>> =
            text.split('-').skip(1).map(|part| part.parse().ok()).collect();
        return matches!(numbers.as_deref(), Some([least, average, most])
            if least <= average && average <= most);
    }
    text == "buzhash"
}
