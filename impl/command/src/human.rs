//! Spec: spec/command/README.md
//!
//! Numbers for people.

/// Bytes with a decimal unit, two digits that matter: `999 B`, `1.2 kB`, `34 MB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 10 {
        return format!("{bytes} B");
    }
    let power = (bytes as f64).log(1000.0).floor() as usize;
    let power = power.min(UNITS.len() - 1);
    let value = (bytes as f64 / 1000f64.powi(power as i32) * 10.0 + 0.5).floor() / 10.0;
    let digits = usize::from(value < 10.0);
    format!("{value:.digits$} {}", UNITS[power])
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_digits_and_a_unit() {
        for (bytes, text) in [
            (0, "0 B"),
            (9, "9 B"),
            (10, "10 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1234, "1.2 kB"),
            (34_567_890, "35 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(super::bytes(bytes), text);
        }
    }
}
