//! Spec: spec/node/http.md
//!
//! Giving memory back to the system.

use std::time::Duration;

/// How often that is tried, in seconds.
const EVERY_SECONDS: u64 = 20;

/// Gives unused memory back from time to time, as long as the runtime lives.
///
/// The allocator of glibc keeps what its arenas once needed: measured after a thousand clients had
/// stopped reading, 1.4 GiB stayed resident of a daemon that needed 30 MiB.
// spec: http.memory-returned
pub async fn give_back_now_and_then() {
    let mut pause = tokio::time::interval(Duration::from_secs(EVERY_SECONDS));
    loop {
        pause.tick().await;
        let _ = tokio::task::spawn_blocking(give_back).await;
    }
}

#[cfg(target_env = "gnu")]
#[allow(unsafe_code)]
fn give_back() {
    // SAFETY: malloc_trim takes no pointers and may be called from any thread at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators do it by themselves.
#[cfg(not(target_env = "gnu"))]
fn give_back() {}
