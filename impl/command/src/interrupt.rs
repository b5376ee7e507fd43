//! Spec: spec/command/cli.md
//!
//! Signals: the first asks the command to stop, the second ends the process.

use crate::request::Cancel;
use signal_hook::consts::{SIGHUP, SIGINT, SIGPIPE, SIGTERM};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Instant;
use tokio::sync::watch::Sender;

/// Exit code after a second signal.
const EXIT_FORCED: i32 = 255;

/// Whether the first signal has come, for those that wait for it.
static FIRST: LazyLock<Sender<bool>> = LazyLock::new(|| Sender::new(false));

/// What stops the command that this process was started for.
static COMMAND: OnceLock<Cancel> = OnceLock::new();

/// From now on this stops the command that this process was started for.
pub fn stops_with(cancel: Cancel) {
    // There is one command in a process.
    let _ = COMMAND.set(cancel);
}

/// Whether the command that this process was started for is to stop.
pub fn is_stopped() -> bool {
    COMMAND.get().is_some_and(Cancel::is_cancelled)
}

/// Waits until the first signal has come and the line on which a terminal shows `^C` is ended.
pub async fn first() {
    // The sender is never dropped.
    let _ = FIRST.subscribe().wait_for(|&came| came).await;
}

/// Sets the flag at the first SIGINT, SIGTERM or SIGHUP and ends the process at the second.
// spec: cli.interrupt-once-stops
// spec: cli.interrupt-twice-kills
pub fn watch(flag: Arc<AtomicBool>) {
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return;
    };
    let watch = move || {
        for _ in signals.forever() {
            let mut stdout = std::io::stdout();
            if flag.load(Ordering::Relaxed) {
                let text = "Received another interrupt before graceful shutdown, terminating...\n";
                let _ = stdout.write_all(text.as_bytes());
                let _ = stdout.flush();
                std::process::exit(EXIT_FORCED);
            }
            let _ = stdout.write_all(b"\n");
            let _ = stdout.flush();
            // Who waits for this writes below the ended line.
            flag.store(true, Ordering::Relaxed);
            FIRST.send_replace(true);
        }
    };
    // Without the thread the default action of the signals would be lost: then better no handler.
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(watch);
}

/// Sets the flag of a token when its time is up, for layers that see only the flag.
pub fn watch_clock(cancel: &Cancel) {
    let Some(deadline) = cancel.deadline() else { return };
    let cancel = cancel.clone();
    let wait = move || {
        std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
        cancel.cancel();
    };
    let _ = std::thread::Builder::new().name("timeout".to_owned()).spawn(wait);
}

/// Ends the process as SIGPIPE does by default.
pub fn die_of_closed_pipe() -> ! {
    let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
    std::process::exit(141);
}
