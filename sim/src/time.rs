//! Spec: spec/sim/run.md
//!
//! Virtual time: nanoseconds since the start of a run. Nothing here asks the machine's clock.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// Nanoseconds since the start. Arithmetic saturates: a run ends long before 584 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub u64);

impl Time {
    /// The start of a run.
    pub const ZERO: Time = Time(0);
    /// Later than every event.
    pub const MAX: Time = Time(u64::MAX);

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// How long after `earlier`; zero when it was not.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// As the machines count: the time since the start.
    pub fn as_duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

impl From<Duration> for Time {
    fn from(duration: Duration) -> Self {
        Time(nanos(duration))
    }
}

/// Nanoseconds of a duration, saturating.
pub fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// How long `bytes` take at `rate` bytes per second, in nanoseconds, rounded up. A rate of 0 means
/// no limit.
pub fn transfer_nanos(bytes: u64, rate: u64) -> u64 {
    if rate == 0 {
        return 0;
    }
    let nanos = (u128::from(bytes) * 1_000_000_000).div_ceil(u128::from(rate));
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(nanos(duration)))
    }
}

impl Add<u64> for Time {
    type Output = Time;
    fn add(self, nanos: u64) -> Time {
        Time(self.0.saturating_add(nanos))
    }
}

impl AddAssign<u64> for Time {
    fn add_assign(&mut self, nanos: u64) {
        *self = *self + nanos;
    }
}

impl Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfers_round_up_and_saturate() {
        assert_eq!(transfer_nanos(12_500_000, 12_500_000), 1_000_000_000);
        assert_eq!(transfer_nanos(1, 3), 333_333_334);
        assert_eq!(transfer_nanos(1, 0), 0);
        assert_eq!(transfer_nanos(u64::MAX, 1), u64::MAX);
        assert_eq!((Time::MAX + 1).to_string(), "18446744073.709551615");
        assert_eq!(Time(5) - Time(9), Duration::ZERO);
    }
}
