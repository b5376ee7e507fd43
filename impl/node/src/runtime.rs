//! Spec: spec/node/README.md
//!
//! The one place that makes the asynchronous runtime.

use std::io;

/// Threads that drive connections. They never do disk work.
const WORKERS: usize = 2;

// spec: http.blocking-work
/// Threads for work that blocks: disk, hashing, commands. They start when needed and end when idle.
const BLOCKING_THREADS_MAX: usize = 512;

/// A runtime for a daemon.
///
/// # Errors
/// When the system gives no threads.
pub fn daemon() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("ipfs")
        .enable_all()
        .build()
}

/// A runtime for one conversation in a command: no threads of its own.
///
/// # Errors
/// When the system gives no event queue.
pub fn single() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
