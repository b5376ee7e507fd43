//! Spec: spec/repo/repo.md
//!
//! A repo as a whole: making one, and opening one under its lock. Only what is used gets opened.

use crate::blockstore::{self, Blockstore};
use crate::config::{self, Config, Tree};
use crate::datastore::{self, Counts, Datastore, Measure, spec::Spec};
use crate::disk::{self, Disk, DiskRef, RealDisk};
use crate::filestore::{self, Filestore, References};
use crate::keystore::{self, Keystore};
use crate::layout::{Layout, PRIVATE_MODE};
use crate::lock::{self, Lock, Wait};
use crate::{api_file, gc, version};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

mod lazy;

pub use lazy::Lazy;

/// The name under which the use of all stores together is counted.
const MEASURE_NAME: &str = "ipfs.fsrepo.datastore";

/// Why a repo was not made or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // spec: repo.missing
    /// There is none in the directory.
    #[error("no IPFS repo found in {}.\nplease run: 'ipfs init'", .0.display())]
    Missing(PathBuf),
    /// There is one already.
    #[error("ipfs configuration file already exists!\nReinitializing would overwrite your keys\n")]
    Exists,
    /// Another process uses it.
    #[error(transparent)]
    Lock(#[from] lock::Error),
    /// It has another version.
    #[error(transparent)]
    Version(#[from] version::Error),
    /// Its configuration can't be read.
    #[error(transparent)]
    Config(#[from] config::LoadError),
    /// A key of the configuration can't be read or set.
    #[error(transparent)]
    Key(#[from] config::KeyError),
    // spec: repo.old-datastore
    /// The configuration is of a kind that was given up in 2017.
    #[error("old style datatstore config detected")]
    OldDatastore,
    /// The configuration names no datastore.
    #[error("required Datastore.Spec entry missing from config file")]
    NoSpec,
    // spec: repo.spec-mismatch
    /// The configuration names other stores than the repo was made with.
    #[error("datastore configuration of '{on_disk}' does not match what is on disk '{configured}'")]
    SpecMismatch {
        /// What the file `datastore_spec` says.
        on_disk: String,
        /// What the configuration says.
        configured: String,
    },
    /// A store can't be opened.
    #[error(transparent)]
    Datastore(#[from] datastore::Error),
    /// The keystore can't be opened.
    #[error(transparent)]
    Keystore(#[from] keystore::Error),
    /// The system refused.
    #[error("{operation} {}: {source}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// The result of repo operations.
pub type Result<T> = std::result::Result<T, Error>;

fn io<'a>(operation: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
    move |source| Error::Io { operation, path: path.to_path_buf(), source }
}

/// How a repo is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How long to wait for the lock (`IPFS_WAIT_REPO_LOCK`).
    pub wait: Wait,
    /// Another config file than the repo's own.
    pub config_file: Option<PathBuf>,
}

/// An open repo. The lock is held until it is closed or dropped.
#[derive(Debug)]
pub struct Repo {
    disk: DiskRef,
    layout: Layout,
    config_file: PathBuf,
    config: RwLock<Arc<Config>>,
    spec: Spec,
    datastore: Lazy<Arc<dyn Datastore>>,
    measure: OnceLock<Arc<Measure>>,
    blockstore: Lazy<Blockstore>,
    keystore: Lazy<Keystore>,
    gc_lock: Arc<gc::Lock>,
    editing_config: Mutex<()>,
    publishing: Arc<Mutex<()>>,
    // Last, so that it is let go of after everything else is dropped.
    _lock: Lock,
}

impl Repo {
    // spec: repo.init
    /// Makes a repo with this configuration, which is written in its order. The stores themselves
    /// are made when the repo is first used.
    pub fn init(directory: &Path, config: &Tree) -> Result<()> {
        Self::init_on(&RealDisk, directory, config)
    }

    /// [`Repo::init`] on another disk.
    pub fn init_on(disk: &dyn Disk, directory: &Path, config: &Tree) -> Result<()> {
        let layout = Layout::new(directory);
        if layout.is_initialized(disk) {
            return Err(Error::Exists);
        }
        let spec = read_spec(config)?;
        create_directories(disk, directory)?;
        Keystore::create(disk, &layout)?;
        version::write(disk, &layout).map_err(io("create", &layout.version()))?;
        let path = layout.datastore_spec();
        disk::write_atomic(disk, &path, spec.canonical_text().as_bytes(), PRIVATE_MODE)
            .map_err(io("create", &path))?;
        // The config comes last: with it there is a repo.
        config::store_in_order(disk, &layout.config(), config)
            .map_err(io("create", &layout.config()))
    }

    /// Opens a repo.
    pub fn open(directory: &Path, options: &Options) -> Result<Self> {
        Self::open_on(Arc::new(RealDisk), directory, options)
    }

    // spec: repo.open
    /// [`Repo::open`] on another disk. The lock is a real file in any case.
    pub fn open_on(disk: DiskRef, directory: &Path, options: &Options) -> Result<Self> {
        let layout = Layout::new(directory);
        if !layout.is_initialized(&*disk) {
            return Err(Error::Missing(directory.to_path_buf()));
        }
        let lock = Lock::wait(&layout.lock(), options.wait, |_| {})?;
        version::check(&*disk, &layout)?;
        // spec: repo.leftovers
        for place in [directory, &layout.keystore()] {
            match disk::remove_temporaries(&*disk, place) {
                // The keystore is made when it is first used.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result.map_err(io("clean", place))?,
            }
        }
        let config_file = options.config_file.clone().unwrap_or_else(|| layout.config());
        let tree = config::load(&*disk, &config_file)?;
        let config = Config::new(&tree)?;
        let spec = read_spec(config.tree())?;
        check_spec(&*disk, &layout, &spec)?;
        Ok(Self {
            disk,
            layout,
            config_file,
            config: RwLock::new(Arc::new(config)),
            spec,
            datastore: Lazy::default(),
            measure: OnceLock::new(),
            blockstore: Lazy::default(),
            keystore: Lazy::default(),
            gc_lock: Arc::default(),
            editing_config: Mutex::new(()),
            publishing: Arc::default(),
            _lock: lock,
        })
    }

    /// Where the parts of the repo lie.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The disk it lies on.
    pub fn disk(&self) -> &DiskRef {
        &self.disk
    }

    /// The configuration.
    pub fn config(&self) -> Arc<Config> {
        self.config.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// The path of the config file in use.
    pub fn config_file(&self) -> &Path {
        &self.config_file
    }

    /// The config file as it is now, with all its keys.
    pub fn config_tree(&self) -> Result<Tree> {
        Ok(config::load(&*self.disk, &self.config_file)?)
    }

    /// Held by whoever reads the config file in order to change it, so that nobody's change is
    /// lost.
    // spec: repo.one-editor
    pub fn edit_config(&self) -> MutexGuard<'_, ()> {
        self.editing_config.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held by whoever makes a record with the next sequence number of a name, or puts one in the
    /// place of another.
    pub fn publishing(&self) -> &Arc<Mutex<()>> {
        &self.publishing
    }

    /// Takes [`Repo::publishing`].
    pub fn publish(&self) -> MutexGuard<'_, ()> {
        self.publishing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // spec: repo.config-store
    /// Replaces the config file, after checking that its values have the right types.
    pub fn store_config(&self, tree: &Tree) -> Result<()> {
        let config = Config::new(tree)?;
        config::store(&*self.disk, &self.config_file, tree)
            .map_err(io("write", &self.config_file))?;
        *self.config.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(config);
        Ok(())
    }

    /// The configuration of the stores.
    pub fn datastore_spec(&self) -> &Spec {
        &self.spec
    }

    /// All stores of the repo as one.
    pub fn datastore(&self) -> Result<&Arc<dyn Datastore>> {
        self.datastore.get_or_make(|| {
            let store = self.spec.open(&self.disk, &self.layout)?;
            let store = self.measure.get_or_init(|| Arc::new(Measure::new(MEASURE_NAME, store)));
            Ok(store.clone())
        })
    }

    /// How often the stores were used since they were opened; `None` before that.
    pub fn datastore_counts(&self) -> Option<Counts> {
        self.measure.get().map(|measure| measure.counts())
    }

    /// The blocks.
    pub fn blockstore(&self) -> Result<&Blockstore> {
        self.blockstore.get_or_make(|| {
            let config = self.config();
            let options = blockstore::Options {
                hash_on_read: config.hash_on_read(),
                write_through: config.write_through(),
                has_cache_entries: config.block_key_cache_size(),
            };
            Ok(Blockstore::new(self.datastore()?.clone(), options))
        })
    }

    /// References to blocks in the user's files.
    pub fn references(&self) -> Result<Arc<References>> {
        let config = self.config();
        let enabled = filestore::Enabled {
            files: config.filestore_enabled(),
            urls: config.urlstore_enabled(),
        };
        let root = std::path::absolute(self.layout.directory())
            .map_err(io("resolve", self.layout.directory()))?;
        let store = self.datastore()?.clone();
        Ok(Arc::new(References::new(store, self.disk.clone(), &root, enabled)))
    }

    /// The blocks, with those behind references if the configuration enables them.
    pub fn blocks(&self) -> Result<Filestore<Blockstore>> {
        let config = self.config();
        let enabled = config.filestore_enabled() || config.urlstore_enabled();
        let references = if enabled { Some(self.references()?) } else { None };
        Ok(Filestore { blocks: self.blockstore()?.clone(), references })
    }

    /// The named keys.
    pub fn keystore(&self) -> Result<&Keystore> {
        self.keystore.get_or_make(|| Ok(Keystore::open(self.disk.clone(), &self.layout)?))
    }

    /// The lock between adding blocks and collecting garbage.
    pub fn gc_lock(&self) -> &Arc<gc::Lock> {
        &self.gc_lock
    }

    /// Bytes that the stores use.
    pub fn disk_usage(&self) -> Result<u64> {
        Ok(self.datastore()?.disk_usage()?)
    }

    // spec: repo.close
    /// Finishes all writes and lets go of the lock.
    pub fn close(self) -> Result<()> {
        self.finish()
    }

    /// Finishes all writes. The lock is let go of when the repo is dropped.
    pub fn finish(&self) -> Result<()> {
        // Whoever holds the lock knows that no daemon runs, so these files are stale.
        let _ = api_file::remove(&*self.disk, &self.layout);
        match self.datastore.get() {
            Some(store) => Ok(store.close()?),
            None => Ok(()),
        }
    }
}

impl Drop for Repo {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

fn read_spec(config: &Tree) -> Result<Spec> {
    let text = |key: &str| config.get(key).ok().and_then(Value::as_str).unwrap_or("");
    if !text("Datastore.Type").is_empty() || !text("Datastore.Path").is_empty() {
        return Err(Error::OldDatastore);
    }
    match config.get("Datastore.Spec") {
        Ok(Value::Null) | Err(_) => Err(Error::NoSpec),
        Ok(spec) => Ok(Spec::parse(spec)?),
    }
}

fn check_spec(disk: &dyn Disk, layout: &Layout, spec: &Spec) -> Result<()> {
    let path = layout.datastore_spec();
    let bytes = disk.read(&path).map_err(io("open", &path))?;
    let on_disk = String::from_utf8_lossy(&bytes).trim().to_owned();
    let configured = spec.canonical_text();
    if on_disk == configured {
        return Ok(());
    }
    Err(Error::SpecMismatch { on_disk, configured })
}

fn create_directories(disk: &dyn Disk, directory: &Path) -> Result<()> {
    match disk.create_dir(directory, 0o775) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match directory.parent() {
            Some(parent) => {
                create_directories(disk, parent)?;
                disk.create_dir(directory, 0o775).map_err(io("mkdir", directory))?;
            }
            None => return Err(io("mkdir", directory)(error)),
        },
        Err(error) => return Err(io("mkdir", directory)(error)),
    }
    let parent = directory.parent().filter(|parent| *parent != Path::new(""));
    let parent = parent.unwrap_or(Path::new("."));
    disk.sync_dir(parent).map_err(io("sync", parent))
}

#[cfg(test)]
mod tests;
