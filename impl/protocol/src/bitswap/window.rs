//! Spec: spec/protocol/bitswap.md
//!
//! How many bytes a peer is asked for at once: twice what the link to it holds, which is its speed
//! times its round trip. Counts bytes, since blocks differ in size a thousandfold.

use super::config::ClientConfig;
use crate::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Speeds that are remembered; the highest counts.
const RATES_MAX: usize = 8;

/// One measurement of speed takes at least this long.
const SAMPLE_MIN: Duration = Duration::from_millis(20);

/// A pause of the peer after which a measurement begins anew.
const SAMPLE_MAX: Duration = Duration::from_secs(1);

/// Time that the peer's disk and scheduling may take besides the round trip.
const PROCESSING: Duration = Duration::from_millis(10);

/// A shortest round trip is forgotten after this.
const ROUND_TRIP_AGE_MAX: Duration = Duration::from_secs(10);

/// The in-flight limit of one peer.
#[derive(Debug)]
pub(super) struct Window {
    bytes: u64,
    block_bytes: u64,
    round_trip: Option<(Duration, Time)>,
    /// When a want went out that nothing was in flight before.
    probe: Option<Time>,
    sample_start: Option<Time>,
    sample_bytes: u64,
    /// Bytes per second.
    rates: VecDeque<u64>,
    /// From a want to its block, smoothed.
    latency: Option<Duration>,
}

impl Window {
    pub(super) fn new(config: &ClientConfig) -> Self {
        Self {
            bytes: config.window_bytes_start,
            block_bytes: config.block_bytes_guess.max(1),
            round_trip: None,
            probe: None,
            sample_start: None,
            sample_bytes: 0,
            rates: VecDeque::new(),
            latency: None,
        }
    }

    // spec: bitswap.window
    /// How many more blocks may be asked for when `in_flight` are.
    pub(super) fn room(&self, in_flight: usize) -> usize {
        let most = (self.bytes / self.block_bytes).max(1) as usize;
        most.saturating_sub(in_flight)
    }

    /// Wants go out; `in_flight` were before.
    pub(super) fn asked(&mut self, now: Time, in_flight: usize) {
        if in_flight == 0 {
            self.probe.get_or_insert(now);
            self.sample_start = Some(now);
            self.sample_bytes = 0;
        }
    }

    /// An answer came, with this many blocks and bytes.
    pub(super) fn answered(&mut self, now: Time, config: &ClientConfig, blocks: usize, bytes: u64) {
        if let Some(sent) = self.probe.take() {
            let sample = now.since(sent);
            let stale = |at: Time| now.since(at) > ROUND_TRIP_AGE_MAX;
            match self.round_trip {
                Some((shortest, at)) if shortest < sample && !stale(at) => {}
                _ => self.round_trip = Some((sample, now)),
            }
        }
        if blocks == 0 {
            return;
        }
        let mean = (bytes / blocks as u64).max(1);
        // The first message decides, later ones move the mean by an eighth of the difference.
        self.block_bytes = match self.rates.is_empty() && self.latency.is_none() {
            true => mean,
            false => (self.block_bytes * 7 + mean).div_ceil(8),
        };
        self.measure(now, bytes);
        let (shortest, _) = self.round_trip.unwrap_or((Duration::ZERO, now));
        let rate = self.rates.iter().max().copied().unwrap_or_default();
        let trip = shortest.max(Duration::from_micros(1)) + PROCESSING;
        let held = (rate as u128 * trip.as_micros() / 1_000_000) as u64;
        self.bytes = match self.rates.is_empty() {
            true => self.bytes,
            false => (held * 2).clamp(config.window_bytes_min, config.window_bytes_max),
        };
    }

    fn measure(&mut self, now: Time, bytes: u64) {
        self.sample_bytes += bytes;
        let Some(start) = self.sample_start else {
            self.sample_start = Some(now);
            self.sample_bytes = 0;
            return;
        };
        let taken = now.since(start);
        let trip = self.round_trip.map(|(shortest, _)| shortest).unwrap_or_default();
        if taken < SAMPLE_MIN.max(trip.min(SAMPLE_MAX)) {
            return;
        }
        let rate = (self.sample_bytes as u128 * 1_000_000 / taken.as_micros().max(1)) as u64;
        self.rates.push_back(rate);
        if self.rates.len() > RATES_MAX {
            self.rates.pop_front();
        }
        self.sample_start = Some(now);
        self.sample_bytes = 0;
    }

    /// A block came this long after it was asked for.
    pub(super) fn took(&mut self, latency: Duration) {
        self.latency = Some(match self.latency {
            Some(mean) => (mean * 7 + latency) / 8,
            None => latency,
        });
    }

    /// From a want to its block, so far.
    pub(super) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    // spec: bitswap.response-timeout
    /// How long a silent peer is waited for. One whose round trip is known from other answers, but
    /// that has sent no block yet, gets three of them and some time for its work, as in the
    /// reference: who only says that it has blocks must not hold up a fetch.
    pub(super) fn patience(&self, config: &ClientConfig) -> Duration {
        match self.latency {
            None => match self.round_trip {
                Some((trip, _)) => {
                    (trip * 3 + config.response_timeout_min * 2).min(config.response_timeout_start)
                }
                None => config.response_timeout_start,
            },
            Some(mean) => (mean * 2 + config.response_timeout_min / 2)
                .clamp(config.response_timeout_min, config.response_timeout_max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a link of `rate` bytes per second and this round trip; gives the window it ends with.
    fn run(rate: u64, trip_ms: u64, block: u64) -> Window {
        let config = ClientConfig::default();
        let mut window = Window::new(&config);
        let trip = Duration::from_millis(trip_ms);
        let mut now = Time::ZERO;
        let mut asked: VecDeque<Time> = VecDeque::new();
        let mut link_free = Time::ZERO;
        for _ in 0..4_000 {
            while window.room(asked.len()) > 0 {
                window.asked(now, asked.len());
                let starts = link_free.max(now + trip / 2);
                link_free = starts + Duration::from_nanos(block * 1_000_000_000 / rate);
                asked.push_back(link_free + trip / 2);
            }
            now = asked.pop_front().unwrap().max(now);
            window.answered(now, &config, 1, block);
        }
        window
    }

    #[test]
    fn a_long_fast_link_is_filled() {
        // 100 Mbit/s and 50 ms hold 625 kB.
        let window = run(12_500_000, 50, 256 << 10);
        assert!((1_250_000..3_000_000).contains(&window.bytes), "{}", window.bytes);
        // 1 Gbit/s and 40 ms hold 5 MB; the start is 1 MiB.
        let window = run(125_000_000, 40, 256 << 10);
        assert!(window.bytes > 10_000_000, "{}", window.bytes);
    }

    #[test]
    fn the_bounds_hold() {
        let config = ClientConfig::default();
        assert_eq!(run(100_000, 1, 4 << 10).bytes, config.window_bytes_min);
        assert_eq!(run(10_000_000_000, 100, 1 << 20).bytes, config.window_bytes_max);
    }

    #[test]
    fn at_least_one_block_is_asked_for() {
        let config = ClientConfig { window_bytes_start: 10, ..ClientConfig::default() };
        let window = Window::new(&config);
        assert_eq!((window.room(0), window.room(1)), (1, 0));
    }

    #[test]
    fn who_answers_and_sends_no_block_is_not_waited_for_long() {
        let config = ClientConfig::default();
        let mut window = Window::new(&config);
        assert_eq!(window.patience(&config), config.response_timeout_start);
        window.asked(Time::ZERO, 0);
        window.answered(Time::at(Duration::from_millis(100)), &config, 0, 0);
        assert_eq!(window.patience(&config), Duration::from_millis(2_300));
    }

    #[test]
    fn small_blocks_make_many_wants() {
        let mut window = Window::new(&ClientConfig::default());
        window.asked(Time::ZERO, 0);
        window.answered(Time::at(Duration::from_millis(1)), &ClientConfig::default(), 8, 8 * 4096);
        assert_eq!(window.room(0), 256);
    }
}
