//! Spec: spec/sim/link.md
//!
//! One direction of a connection: a reliable, ordered stream of messages, cut into segments, with a
//! congestion window.

use crate::time::Time;
use std::collections::VecDeque;

/// Bytes of a packet: what is lost at once.
pub const PACKET_BYTES: u64 = 1_400;
/// Bytes that leave in one go before another connection has its turn.
pub const SEGMENT_BYTES: u64 = 16 << 10;
/// The window of a new connection, in bytes (ten packets, RFC 6928).
pub const WINDOW_BYTES_START: u64 = 10 * PACKET_BYTES;
/// The largest window, in bytes: what a stack's auto-tuning allows.
pub const WINDOW_BYTES_MAX: u64 = 16 << 20;

/// How steep the cubic is, in packets per second cubed, and what a cut leaves (RFC 9438).
const CUBIC_SCALE: f64 = 0.4;
const CUBIC_CUT: f64 = 0.7;

/// Newton's method: additions, multiplications and divisions only, which every machine rounds
/// alike.
fn cube_root(value: f64) -> f64 {
    let mut root = value.max(1.0);
    for _ in 0..64 {
        root = (2.0 * root + value / (root * root)) / 3.0;
    }
    root
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    Travelling(u32),
    Arrived(u32),
    /// Sent into a link that was cut.
    Lost(u32),
}

#[derive(Debug)]
struct Outgoing<M> {
    message: M,
    /// Offset of the byte after its last one.
    end: u64,
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Flow<M> {
    messages: VecDeque<Outgoing<M>>,
    /// Offsets in the stream: queued, sent, delivered in order.
    written: u64,
    sent: u64,
    delivered: u64,
    /// Messages at the front of `messages` whose last byte has left.
    handed_over: usize,
    segments: VecDeque<Segment>,
    first_segment: u32,
    window: u64,
    threshold: u64,
    /// The window at the last cut, in packets; when that was; seconds until it is reached again.
    peak: f64,
    cut_at: Time,
    climb: f64,
    in_flight: u64,
    acknowledgements: VecDeque<(Time, u32)>,
    /// In the sender's ring, or waiting for an acknowledgement that is scheduled.
    pub(super) waiting: bool,
    pub(super) last_arrival: Time,
    /// No second cut of the window before this.
    cut_until: Time,
}

impl<M> Flow<M> {
    pub(super) fn new() -> Self {
        Self {
            messages: VecDeque::new(),
            written: 0,
            sent: 0,
            delivered: 0,
            handed_over: 0,
            segments: VecDeque::new(),
            first_segment: 0,
            window: WINDOW_BYTES_START,
            threshold: WINDOW_BYTES_MAX,
            peak: 0.0,
            cut_at: Time::ZERO,
            climb: 0.0,
            in_flight: 0,
            acknowledgements: VecDeque::new(),
            waiting: false,
            last_arrival: Time::ZERO,
            cut_until: Time::ZERO,
        }
    }

    /// Queues a message.
    pub(super) fn write(&mut self, message: M, bytes: u64) {
        self.written += bytes.max(1);
        self.messages.push_back(Outgoing { message, end: self.written });
    }

    /// Bytes that the sender's side still holds.
    pub(super) fn unsent(&self) -> u64 {
        self.written - self.sent
    }

    /// Bytes that may leave now. Small rests of the window are not worth a segment of their own.
    pub(super) fn sendable(&self) -> u64 {
        let wanted = self.unsent().min(SEGMENT_BYTES);
        let room = self.window.saturating_sub(self.in_flight);
        if room >= wanted || room >= SEGMENT_BYTES / 4 || self.in_flight == 0 {
            wanted.min(room.max(PACKET_BYTES))
        } else {
            0
        }
    }

    /// Takes a segment for sending: its number, and how many messages have wholly left with it.
    pub(super) fn take(&mut self, bytes: u64) -> (u32, usize) {
        let number = self.first_segment.wrapping_add(self.segments.len() as u32);
        self.segments.push_back(Segment::Travelling(bytes as u32));
        self.in_flight += bytes;
        self.sent += bytes;
        let before = self.handed_over;
        while self.messages.get(self.handed_over).is_some_and(|message| message.end <= self.sent) {
            self.handed_over += 1;
        }
        (number, self.handed_over - before)
    }

    fn segment(&mut self, number: u32) -> Option<&mut Segment> {
        self.segments.get_mut(number.wrapping_sub(self.first_segment) as usize)
    }

    /// Bytes of a segment that travels.
    pub(super) fn travelling(&mut self, number: u32) -> Option<u32> {
        match self.segment(number) {
            Some(Segment::Travelling(bytes)) => Some(*bytes),
            _ => None,
        }
    }

    /// The link was cut under this segment.
    pub(super) fn lose(&mut self, number: u32) {
        if let Some(segment) = self.segment(number)
            && let Segment::Travelling(bytes) = *segment
        {
            *segment = Segment::Lost(bytes);
        }
    }

    /// The segments that have to be sent again after a cut, with their sizes.
    pub(super) fn revive(&mut self) -> Vec<(u32, u32)> {
        let first = self.first_segment;
        let mut lost = Vec::new();
        for (index, segment) in self.segments.iter_mut().enumerate() {
            if let Segment::Lost(bytes) = *segment {
                *segment = Segment::Travelling(bytes);
                lost.push((first.wrapping_add(index as u32), bytes));
            }
        }
        if !lost.is_empty() {
            self.threshold = (self.window / 2).max(2 * PACKET_BYTES);
            self.window = WINDOW_BYTES_START;
        }
        lost
    }

    /// A segment is through the receiver's queue. Complete messages come out in order.
    // spec: link.reliable-and-ordered
    pub(super) fn arrive(&mut self, number: u32, acknowledged: Time, out: &mut Vec<M>) {
        let Some(bytes) = self.travelling(number) else { return };
        if let Some(segment) = self.segment(number) {
            *segment = Segment::Arrived(bytes);
        }
        let last = self.acknowledgements.back().map_or(acknowledged, |(time, _)| *time);
        self.acknowledgements.push_back((acknowledged.max(last), bytes));
        while let Some(Segment::Arrived(bytes)) = self.segments.front() {
            self.delivered += u64::from(*bytes);
            self.segments.pop_front();
            self.first_segment = self.first_segment.wrapping_add(1);
        }
        while self.messages.front().is_some_and(|message| message.end <= self.delivered) {
            self.handed_over -= 1;
            out.extend(self.messages.pop_front().map(|message| message.message));
        }
    }

    /// Counts the acknowledgements that have come back by now.
    pub(super) fn acknowledge(&mut self, now: Time) {
        while let Some((time, bytes)) = self.acknowledgements.front().copied() {
            if time > now {
                break;
            }
            self.acknowledgements.pop_front();
            let bytes = u64::from(bytes);
            // A sender that does not use its window learns nothing about the path.
            if 2 * self.in_flight >= self.window {
                let more = match self.window < self.threshold {
                    true => bytes,
                    false => self.growth(now, bytes),
                };
                self.window = (self.window + more).min(WINDOW_BYTES_MAX);
            }
            self.in_flight -= bytes;
        }
    }

    /// When the next acknowledgement comes back.
    pub(super) fn next_acknowledgement(&self) -> Option<Time> {
        self.acknowledgements.front().map(|(time, _)| *time)
    }

    /// By how much acknowledged bytes widen the window after a cut: a cubic of the time since then,
    /// flat around the old peak (RFC 9438), or a packet per window, whichever is more.
    fn growth(&self, now: Time, bytes: u64) -> u64 {
        let time = now.since(self.cut_at).as_secs_f64() - self.climb;
        let target = (CUBIC_SCALE * time * time * time + self.peak) * PACKET_BYTES as f64;
        let window = self.window as f64;
        let cubic = ((target - window) / window * bytes as f64).clamp(0.0, bytes as f64);
        (cubic as u64).max(bytes * PACKET_BYTES / self.window.max(1))
    }

    /// Loss: the window falls to seven tenths, at most once per round trip.
    pub(super) fn cut(&mut self, now: Time, round_trip: u64) {
        if now >= self.cut_until {
            self.peak = self.window as f64 / PACKET_BYTES as f64;
            self.climb = cube_root(self.peak * (1.0 - CUBIC_CUT) / CUBIC_SCALE);
            self.cut_at = now;
            self.threshold = ((self.window as f64 * CUBIC_CUT) as u64).max(2 * PACKET_BYTES);
            self.window = self.threshold;
            self.cut_until = now + round_trip;
        }
    }

    /// Bytes between sender and receiver.
    pub(super) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Whether the books are right.
    pub(super) fn check(&self) -> Result<(), String> {
        let held: u64 = self.segments.iter().map(|segment| u64::from(segment.bytes())).sum();
        let acknowledging: u64 = self.acknowledgements.iter().map(|(_, b)| u64::from(*b)).sum();
        if self.delivered + held != self.sent {
            return Err(format!("{} + {held} bytes delivered of {}", self.delivered, self.sent));
        }
        let pending: u64 = self.segments.iter().map(|segment| segment.pending()).sum();
        if pending + acknowledging != self.in_flight {
            return Err(format!("{} bytes in flight, not {pending}", self.in_flight));
        }
        Ok(())
    }
}

impl Segment {
    fn bytes(self) -> u32 {
        match self {
            Self::Travelling(bytes) | Self::Arrived(bytes) | Self::Lost(bytes) => bytes,
        }
    }

    fn pending(self) -> u64 {
        match self {
            Self::Arrived(_) => 0,
            Self::Travelling(bytes) | Self::Lost(bytes) => u64::from(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_whole_and_in_order() {
        let mut flow = Flow::new();
        flow.write('a', 10);
        flow.write('b', 5_000);
        let (first, whole) = flow.take(2_000);
        assert_eq!(whole, 1);
        let (second, whole) = flow.take(flow.sendable());
        assert_eq!(whole, 1);
        let mut out = Vec::new();
        flow.arrive(second, Time(9), &mut out);
        assert!(out.is_empty());
        flow.arrive(first, Time(9), &mut out);
        assert_eq!(out, ['a', 'b']);
        flow.check().unwrap();
        assert_eq!(flow.in_flight(), 5_010);
        flow.acknowledge(Time(9));
        assert_eq!(flow.in_flight(), 0);
        flow.check().unwrap();
    }

    #[test]
    fn the_window_doubles_and_falls() {
        let mut flow = Flow::new();
        flow.write((), 1 << 20);
        let (number, _) = flow.take(WINDOW_BYTES_START);
        assert_eq!(flow.sendable(), 0);
        flow.arrive(number, Time(1), &mut Vec::new());
        flow.acknowledge(Time(1));
        assert_eq!(flow.window, 2 * WINDOW_BYTES_START);
        flow.cut(Time(1), 10);
        flow.cut(Time(2), 10);
        assert_eq!(flow.window, 2 * WINDOW_BYTES_START * 7 / 10);
    }

    #[test]
    fn after_a_cut_the_window_climbs_back() {
        let mut flow = Flow::new();
        flow.window = 1 << 20;
        flow.cut(Time::ZERO, 0);
        flow.write((), 1 << 30);
        let mut now = Time::ZERO;
        for _ in 0..200 {
            while flow.sendable() > 0 {
                let (number, _) = flow.take(flow.sendable());
                flow.arrive(number, now + 50_000_000, &mut Vec::new());
            }
            now += 50_000_000;
            flow.acknowledge(now);
        }
        // The cube root of 749 packets times 0.3 / 0.4 is 8.25 s: then the peak is reached again.
        assert!((1_040_000..1_100_000).contains(&flow.window), "{}", flow.window);
        assert!((cube_root(27.0) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn what_a_cut_link_swallowed_is_sent_again() {
        let mut flow = Flow::new();
        flow.write('a', 100);
        let (number, _) = flow.take(100);
        flow.lose(number);
        assert_eq!(flow.travelling(number), None);
        assert_eq!(flow.revive(), [(number, 100)]);
        let mut out = Vec::new();
        flow.arrive(number, Time(1), &mut out);
        assert_eq!(out, ['a']);
        flow.check().unwrap();
    }
}
