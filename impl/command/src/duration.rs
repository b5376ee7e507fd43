//! Spec: spec/command/cli.md
//!
//! Durations as the reference reads and writes them: `1h30m`, `300ms`, `-1.5s`.

use std::time::Duration;

/// Nanoseconds per unit.
const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// A time to wait: so many nanoseconds, none if negative.
pub fn wait(nanoseconds: i64) -> Duration {
    Duration::from_nanos(nanoseconds.try_into().unwrap_or(0))
}

/// Reads a duration, in nanoseconds.
///
/// # Errors
/// The reference's text: `time: invalid duration "zz"` and its siblings.
// spec: cli.duration-form
pub fn parse(text: &str) -> Result<i64, String> {
    let quoted = || crate::encode::quote(text);
    let invalid = || format!("time: invalid duration {}", quoted());
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after
            .find(|letter: char| letter == '.' || letter.is_ascii_digit())
            .unwrap_or(after.len());
        if end == 0 {
            return Err(format!("time: missing unit in duration {}", quoted()));
        }
        let name = &after[..end];
        let Some(&(_, unit)) = UNITS.iter().find(|(unit, _)| *unit == name) else {
            let name = crate::encode::quote(name);
            return Err(format!("time: unknown unit {name} in duration {}", quoted()));
        };
        let unit = unit.unsigned_abs();
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let amount = whole.checked_mul(unit).filter(|&amount| amount <= 1 << 63);
        let amount = amount.ok_or_else(invalid)? + fraction_of(fraction, unit);
        total = total.checked_add(amount).filter(|&total| total <= 1 << 63).ok_or_else(invalid)?;
        rest = &after[end..];
    }
    if negative {
        return Ok(0_i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

fn fraction_of(digits: &str, unit: u64) -> u64 {
    let mut amount: u128 = 0;
    let mut scale: u128 = 1;
    for digit in digits.bytes().take(18) {
        amount = amount * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    u64::try_from(amount * u128::from(unit) / scale).unwrap_or(0)
}

/// Writes a duration of so many nanoseconds: `1m0s`, `1.5s`, `300ms`, `0s`.
pub fn format(nanoseconds: i64) -> String {
    let magnitude = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    if magnitude == 0 {
        return "0s".to_owned();
    }
    if magnitude < 1_000_000_000 {
        let (unit, name) = match magnitude {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "\u{b5}s"),
            _ => (1_000_000, "ms"),
        };
        return format!("{sign}{}{name}", decimal(magnitude, unit));
    }
    let (minutes, rest) = (magnitude / 60_000_000_000, magnitude % 60_000_000_000);
    let seconds = decimal(rest, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

fn decimal(amount: u64, unit: u64) -> String {
    let (whole, rest) = (amount / unit, amount % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        assert_eq!(parse("1h30m"), Ok(5_400_000_000_000));
        assert_eq!(parse("1.5s"), Ok(1_500_000_000));
        assert_eq!(parse("-.5ms"), Ok(-500_000));
        assert_eq!(parse("0"), Ok(0));
        assert_eq!(parse("zz"), Err("time: invalid duration \"zz\"".to_owned()));
        assert_eq!(parse("5"), Err("time: missing unit in duration \"5\"".to_owned()));
        assert_eq!(parse("5x"), Err("time: unknown unit \"x\" in duration \"5x\"".to_owned()));
        assert_eq!(parse(""), Err("time: invalid duration \"\"".to_owned()));
    }

    #[test]
    fn formats() {
        for (nanoseconds, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1\u{b5}s"),
            (2_200_000, "2.2ms"),
            (60_000_000_000, "1m0s"),
            (3_661_500_000_000, "1h1m1.5s"),
            (-1_500_000_000, "-1.5s"),
        ] {
            assert_eq!(format(nanoseconds), text);
        }
    }
}
