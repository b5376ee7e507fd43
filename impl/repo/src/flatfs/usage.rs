//! Spec: spec/repo/flatfs.md
//!
//! The count of used bytes, kept in memory and in `diskUsage.cache`.

use crate::disk::{Disk, Kind, Open};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Name of the file that keeps the count.
pub(super) const FILE_NAME: &str = "diskUsage.cache";

/// Entries of one directory that are measured when the count is made anew; the others are taken
/// to be of the average size.
const MEASURED_MAX: usize = 2000;

/// The count is written down when it has changed by this fraction ...
const CHECKPOINT_FRACTION: f64 = 0.01;
/// ... or when this time has passed since it was last written.
const CHECKPOINT_PAUSE: Duration = Duration::from_secs(2);
/// The count is not written twice within this time, but at the end: in a small store every change
/// is a big one.
const CHECKPOINT_GAP: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "diskUsage", default)]
    bytes: i64,
    #[serde(default)]
    accuracy: String,
}

/// The used bytes of one store.
#[derive(Debug)]
pub(super) struct Usage {
    bytes: AtomicI64,
    written: Mutex<(Stored, Instant)>,
}

impl Usage {
    // spec: flatfs.usage-open
    /// The stored count, or a new one by walking the directory. The second value says whether it
    /// was made anew and should be written down.
    pub(super) fn open(disk: &dyn Disk, root: &Path) -> io::Result<(Self, bool)> {
        let stored = disk
            .read(&root.join(FILE_NAME))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok())
            .filter(|stored| stored.bytes > 0);
        let (stored, fresh) = match stored {
            Some(stored) => (stored, false),
            None => {
                let mut exact = true;
                let bytes = measure(disk, root, &mut exact)?;
                let accuracy = if exact { "initial-exact" } else { "initial-approximate" };
                (Stored { bytes, accuracy: accuracy.to_owned() }, true)
            }
        };
        let bytes = AtomicI64::new(stored.bytes);
        Ok((Self { bytes, written: Mutex::new((stored, Instant::now())) }, fresh))
    }

    /// The count.
    pub(super) fn bytes(&self) -> u64 {
        u64::try_from(self.bytes.load(Ordering::Relaxed)).unwrap_or(0)
    }

    // spec: flatfs.usage-checkpoint
    /// Counts a change; writes the count down when it is due.
    pub(super) fn change(&self, by: i64, disk: &dyn Disk, root: &Path, temporary: &Path) {
        if by == 0 {
            return;
        }
        let now = self.bytes.fetch_add(by, Ordering::Relaxed) + by;
        // Whoever holds the lock is writing already.
        let Ok(mut written) = self.written.try_lock() else { return };
        let difference = (now - written.0.bytes).abs() as f64;
        let large = difference > written.0.bytes as f64 * CHECKPOINT_FRACTION;
        let elapsed = written.1.elapsed();
        if (large && elapsed >= CHECKPOINT_GAP) || elapsed >= CHECKPOINT_PAUSE {
            // A failure costs accuracy only; the next change tries again.
            let _ = write(&mut written, now, disk, root, temporary, false);
        }
    }

    /// Writes the count down if it has changed, surviving a power loss.
    pub(super) fn save(
        &self,
        disk: &dyn Disk,
        root: &Path,
        temporary: &Path,
        always: bool,
    ) -> io::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let now = self.bytes.load(Ordering::Relaxed);
        if now == written.0.bytes && !always {
            return Ok(());
        }
        write(&mut written, now, disk, root, temporary, true)
    }
}

fn write(
    written: &mut (Stored, Instant),
    bytes: i64,
    disk: &dyn Disk,
    root: &Path,
    temporary: &Path,
    sync: bool,
) -> io::Result<()> {
    let stored = Stored { bytes, accuracy: written.0.accuracy.clone() };
    let mut text = serde_json::to_vec(&stored)?;
    text.push(b'\n');
    let result = (|| {
        let file = disk.open(temporary, Open::Truncate(0o600))?;
        file.write_at(&text, 0)?;
        if sync {
            file.sync()?;
        }
        disk.rename(temporary, &root.join(FILE_NAME))
    })();
    match result {
        Ok(()) => *written = (stored, Instant::now()),
        Err(_) => {
            let _ = disk.remove_file(temporary);
        }
    }
    result
}

/// Sizes of all files and directories from `directory` down, itself included.
fn measure(disk: &dyn Disk, directory: &Path, exact: &mut bool) -> io::Result<i64> {
    let mut bytes = 0i64;
    let entries = disk.read_dir(directory)?;
    let measured = entries.len().min(MEASURED_MAX);
    for entry in &entries[..measured] {
        let path = directory.join(&entry.name);
        bytes += match entry.kind {
            Kind::Directory => measure(disk, &path, exact)?,
            _ => match disk.meta(&path) {
                Ok(meta) => meta.bytes as i64,
                Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                Err(error) => return Err(error),
            },
        };
    }
    if measured < entries.len() {
        *exact = false;
        let average = bytes as f64 / measured as f64;
        bytes += (average * (entries.len() - measured) as f64) as i64;
    }
    Ok(bytes + disk.meta(directory)?.bytes as i64)
}
