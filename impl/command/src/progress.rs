//! Spec: spec/command/cli.md
//!
//! Progress bars on standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Redraws per second.
const REDRAWS_PER_SECOND: u8 = 10;

/// Whether to show progress: what the user said, else whether standard error is a terminal.
// spec: cli.progress-on-terminal
pub fn wanted(given: Option<bool>) -> bool {
    given.unwrap_or_else(|| std::io::stderr().is_terminal())
}

/// A bar that counts bytes, to `total` if that is known.
pub fn bytes(total: Option<u64>) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND);
    let bar = ProgressBar::with_draw_target(total, target);
    let template = match total {
        Some(_) => "{bytes} / {total_bytes} [{wide_bar}] {bytes_per_sec} {percent}% ETA {eta}",
        None => "{bytes} {bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=>-"));
    }
    bar
}
