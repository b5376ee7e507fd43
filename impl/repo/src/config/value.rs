//! Spec: spec/repo/config.md
//!
//! Durations and sizes as people write them.

use std::time::Duration;

// spec: config.duration
/// A duration such as `1h30m`, `300ms`, `-1.5s`, in nanoseconds. The error is the reference's.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
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
        let number_end = rest.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let unit_end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(invalid());
        }
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quoted(text)));
        }
        let scale: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => {
                let unit = quoted(unit);
                return Err(format!("time: unknown unit {unit} in duration {}", quoted(text)));
            }
        };
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let mut part = whole.checked_mul(scale).ok_or_else(invalid)?;
        if !fraction.is_empty() {
            let value: f64 = format!("0.{fraction}").parse().map_err(|_| invalid())?;
            part = part.checked_add((value * scale as f64) as u64).ok_or_else(invalid)?;
        }
        total = total.checked_add(part).ok_or_else(invalid)?;
        rest = after;
    }
    match (negative, i64::try_from(total)) {
        (false, Ok(value)) => Ok(value),
        (true, Ok(value)) => Ok(-value),
        (true, Err(_)) if total == 1 << 63 => Ok(i64::MIN),
        _ => Err(invalid()),
    }
}

/// A parsed duration as what waits are made of; negative ones are zero.
pub fn to_duration(nanoseconds: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
}

// spec: config.duration-text
/// A duration in the reference's form: `1h0m0s`, `1.5s`, `300ms`, `0s`.
pub fn duration_text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    let decimal = |unit_ns: u64, unit: &str| {
        let mut fraction = String::new();
        let digits = unit_ns.ilog10() as usize;
        let rest = size % unit_ns;
        if rest > 0 {
            fraction = format!(".{rest:0digits$}").trim_end_matches('0').to_owned();
        }
        format!("{sign}{}{fraction}{unit}", size / unit_ns)
    };
    match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => decimal(1_000, "µs"),
        1_000_000..1_000_000_000 => decimal(1_000_000, "ms"),
        _ => {
            let minutes = size / 60_000_000_000;
            let rest = size % 60_000_000_000;
            let mut seconds = (rest / 1_000_000_000).to_string();
            if !rest.is_multiple_of(1_000_000_000) {
                let fraction = format!(".{:09}", rest % 1_000_000_000);
                seconds.push_str(fraction.trim_end_matches('0'));
            }
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

// spec: config.bytes
/// A size such as `10GB`, `5 GiB`, `1,5kb`, `512`, in bytes. The error is the reference's.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let end =
        text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let number = text[..end].replace(',', "");
    let value: f64 = match number.parse() {
        Ok(value) => value,
        Err(_) => {
            let number = quoted(&number);
            return Err(format!("strconv.ParseFloat: parsing {number}: invalid syntax"));
        }
    };
    let unit = text[end..].trim().to_lowercase();
    const NAMES: [&str; 7] = ["", "k", "m", "g", "t", "p", "e"];
    let scale = NAMES.iter().enumerate().find_map(|(power, name)| {
        let power = power as i32;
        if unit == format!("{name}ib") || (power > 0 && unit == format!("{name}i")) {
            (power > 0).then(|| 1024f64.powi(power))
        } else if unit == format!("{name}b") || unit == *name {
            Some(1000f64.powi(power))
        } else {
            None
        }
    });
    let Some(scale) = scale else { return Err(format!("unhandled size name: {unit}")) };
    let bytes = value * scale;
    if bytes >= u64::MAX as f64 {
        return Err(format!("too large: {text}"));
    }
    Ok(bytes as u64)
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(parse_duration("1h30m").unwrap(), 5_400_000_000_000);
        assert_eq!(parse_duration("-1.5s").unwrap(), -1_500_000_000);
        assert_eq!(parse_duration("0").unwrap(), 0);
        assert_eq!(parse_duration("zz").unwrap_err(), "time: invalid duration \"zz\"");
        assert_eq!(parse_duration("5").unwrap_err(), "time: missing unit in duration \"5\"");
        let error = parse_duration("5y").unwrap_err();
        assert_eq!(error, "time: unknown unit \"y\" in duration \"5y\"");
        assert!(parse_duration("").is_err() && parse_duration("9999999999h").is_err());
        for text in ["1h0m0s", "22h0m0s", "1m0s", "1.5s", "300ms", "0s", "2µs", "5ns", "-1m0.5s"] {
            assert_eq!(duration_text(parse_duration(text).unwrap()), text);
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_bytes("10GB").unwrap(), 10_000_000_000);
        assert_eq!(parse_bytes("256KiB").unwrap(), 262_144);
        assert_eq!(parse_bytes("5 gi").unwrap(), 5 << 30);
        assert_eq!(parse_bytes("512").unwrap(), 512);
        assert_eq!(parse_bytes("1.5k").unwrap(), 1500);
        assert_eq!(
            parse_bytes("zz").unwrap_err(),
            "strconv.ParseFloat: parsing \"\": invalid syntax"
        );
        assert_eq!(parse_bytes("5zz").unwrap_err(), "unhandled size name: zz");
        assert_eq!(parse_bytes("99999999EB").unwrap_err(), "too large: 99999999EB");
    }
}
