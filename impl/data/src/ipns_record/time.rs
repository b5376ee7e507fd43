//! Spec: spec/data/ipns-record.md
//!
//! Points in time as records write them: RFC 3339 with up to nine decimals, in UTC.

use std::fmt;
use std::time::{Duration, SystemTime};

const NS_PER_S: i128 = 1_000_000_000;
const S_PER_DAY: i64 = 86_400;

/// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i128);

impl Time {
    /// Of nanoseconds since 1970.
    pub fn from_unix_ns(ns: i128) -> Self {
        Self(ns)
    }

    /// Nanoseconds since 1970.
    pub fn unix_ns(self) -> i128 {
        self.0
    }

    /// Later by so many nanoseconds.
    pub fn plus_ns(self, ns: i64) -> Self {
        Self(self.0.saturating_add(i128::from(ns)))
    }

    /// Reads RFC 3339: `2006-01-02T15:04:05.999999999Z` or with an offset like `+02:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(11)?;
        let [year, month, day] = numbers(date.strip_suffix('T')?, b'-', [4, 2, 2])?;
        let (clock, rest) = rest.split_at_checked(8)?;
        let [hour, minute, second] = numbers(clock, b':', [2, 2, 2])?;
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (ns, zone) = match rest.strip_prefix('.') {
            None => (0, rest),
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let (fraction, zone) = rest.split_at_checked(digits)?;
                let nine = format!("{fraction:0<9}");
                ((digits > 0).then(|| nine[..9].parse().ok()).flatten()?, zone)
            }
        };
        let offset_s = match zone.split_at_checked(1)? {
            ("Z", "") => 0,
            (sign @ ("+" | "-"), offset) => {
                let [hours, minutes] = numbers(offset, b':', [2, 2])?;
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let seconds = hours * 3600 + minutes * 60;
                if sign == "-" { -seconds } else { seconds }
            }
            _ => return None,
        };
        let days = days_from_civil(year, month, day);
        let seconds = days * S_PER_DAY + hour * 3600 + minute * 60 + second - offset_s;
        Some(Self(i128::from(seconds) * NS_PER_S + i128::from(ns)))
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        let ns = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
        Self(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => ns(after),
            Err(before) => -ns(before.duration()),
        })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, ns) = (self.0.div_euclid(NS_PER_S), self.0.rem_euclid(NS_PER_S));
        let seconds = seconds.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        let (days, second) = (seconds.div_euclid(S_PER_DAY), seconds.rem_euclid(S_PER_DAY));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if ns > 0 {
            write!(f, ".{}", format!("{ns:09}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Numbers of exactly these many digits with a separator between.
fn numbers<const N: usize>(text: &str, separator: u8, digits: [usize; N]) -> Option<[i64; N]> {
    let mut out = [0; N];
    let mut bytes = text.as_bytes();
    for (index, count) in digits.into_iter().enumerate() {
        if index > 0 {
            bytes = bytes.strip_prefix(&[separator])?;
        }
        let (number, rest) = bytes.split_at_checked(count)?;
        for digit in number {
            out[index] = out[index] * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        bytes = rest;
    }
    bytes.is_empty().then_some(out)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 of a date of the Gregorian calendar. Years begin in March here, so that the
/// leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_times() {
        for (text, ns, canonical) in [
            ("1970-01-01T00:00:00Z", 0, None),
            ("2026-07-21T01:02:03.5Z", 1_784_595_723_500_000_000, None),
            ("2000-02-29T23:59:59.000000001Z", 951_868_799_000_000_001, None),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000_000, None),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000_000_000, None),
            ("1970-01-01T02:00:00+02:00", 0, Some("1970-01-01T00:00:00Z")),
            ("1969-12-31T22:30:00.10-01:30", 100_000_000, Some("1970-01-01T00:00:00.1Z")),
        ] {
            assert_eq!(Time::parse(text), Some(Time(ns)), "{text}");
            assert_eq!(Time(ns).to_string(), canonical.unwrap_or(text));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "Z",
            "2026-07-21",
            "2026-07-21T01:02:03",
            "2026-07-21 01:02:03Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:00+2:00",
            "+026-01-01T00:00:00Z",
            "2026-01-01T00:00:00+0200",
            "٢٠٢٦-01-01T00:00:00Z",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(ns in -62_135_596_800_000_000_000i128..253_402_300_800_000_000_000) {
            prop_assert_eq!(Time::parse(&Time(ns).to_string()), Some(Time(ns)));
        }

        #[test]
        fn never_panics(text: String, ns: i128) {
            let _ = Time::parse(&text);
            let _ = Time(ns).to_string();
        }
    }
}
