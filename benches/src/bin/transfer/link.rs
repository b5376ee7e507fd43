//! A slow link: two network namespaces, a TUN device in each, and threads of ours that carry the
//! packets with a delay, a bandwidth and a queue of one bandwidth-delay product that drops its
//! tail.

use super::node::Place;
use super::tun;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The two addresses.
const IPS: [&str; 2] = ["10.77.0.1", "10.77.0.2"];
/// Bits of a megabit.
const MEGABIT: u64 = 1_000_000;

/// A link; it ends when dropped.
pub(crate) struct Link {
    ends: [Child; 2],
}

/// One direction.
struct Way {
    delay: Duration,
    bytes_per_second: f64,
    queue_bytes_max: f64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Packets and when they arrive.
    packets: VecDeque<(Instant, Vec<u8>)>,
    /// When the last bit of what was sent has left.
    free: Option<Instant>,
    over: bool,
}

impl Link {
    pub(crate) fn start(rtt_ms: u64, mbit: u64) -> Result<Self, String> {
        let text = |error: std::io::Error| format!("the end of a link: {error}");
        let program = std::env::current_exe().map_err(text)?;
        let start = |ip: &str| {
            let mut command = Command::new("unshare");
            command.arg("-n").arg(&program).arg(tun::WORD).arg(ip);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
        };
        let mut ends = [start(IPS[0]).map_err(text)?, start(IPS[1]).map_err(text)?];
        let mut pipes: Vec<(ChildStdin, ChildStdout)> = Vec::new();
        for end in &mut ends {
            let (Some(stdin), Some(mut stdout)) = (end.stdin.take(), end.stdout.take()) else {
                return Err("no pipes".to_owned());
            };
            // An empty packet says that the device is there.
            match read_packet(&mut stdout) {
                Some(packet) if packet.is_empty() => pipes.push((stdin, stdout)),
                _ => return Err("no TUN device can be made here".to_owned()),
            }
        }
        let rate = (mbit * MEGABIT) as f64 / 8.0;
        let way = || {
            Arc::new(Way {
                delay: Duration::from_millis(rtt_ms) / 2,
                bytes_per_second: rate,
                queue_bytes_max: rate * rtt_ms as f64 / 1000.0,
                state: Mutex::default(),
                changed: Condvar::new(),
            })
        };
        let (Some((in_b, out_b)), Some((in_a, out_a))) = (pipes.pop(), pipes.pop()) else {
            return Err("no pipes".to_owned());
        };
        for (from, to) in [(out_a, in_b), (out_b, in_a)] {
            let way = way();
            let other = way.clone();
            std::thread::spawn(move || way.take(from));
            std::thread::spawn(move || other.give(to));
        }
        Ok(Self { ends })
    }

    pub(crate) fn place(&self, end: usize) -> Place {
        Place::End { pid: self.ends[end].id(), ip: IPS[end] }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for end in &mut self.ends {
            // It may have ended by itself.
            let _ = end.kill().and_then(|()| end.wait());
        }
    }
}

impl Way {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Takes packets in, and drops those for which the queue has no room.
    fn take(&self, mut from: impl Read) {
        while let Some(packet) = read_packet(&mut from) {
            let now = Instant::now();
            let mut state = self.state();
            let begin = state.free.map_or(now, |free| free.max(now));
            let queued = begin.duration_since(now).as_secs_f64() * self.bytes_per_second;
            if queued + packet.len() as f64 > self.queue_bytes_max {
                continue;
            }
            let takes = Duration::from_secs_f64(packet.len() as f64 / self.bytes_per_second);
            state.free = Some(begin + takes);
            state.packets.push_back((begin + takes + self.delay, packet));
            self.changed.notify_one();
        }
        self.state().over = true;
        self.changed.notify_one();
    }

    /// Gives packets out when their time has come.
    fn give(&self, mut to: impl Write) {
        loop {
            let mut state = self.state();
            let due = state.packets.front().map(|(due, _)| *due);
            let now = Instant::now();
            let packet = match due {
                Some(due) if due <= now => state.packets.pop_front(),
                Some(due) => {
                    drop(self.changed.wait_timeout(state, due - now));
                    continue;
                }
                None if state.over => return,
                None => {
                    drop(self.changed.wait(state));
                    continue;
                }
            };
            drop(state);
            let Some((_, packet)) = packet else { continue };
            if write_packet(&mut to, &packet).is_err() {
                return;
            }
        }
    }
}

/// Reads a packet with its length before it. `None` at the end.
pub(crate) fn read_packet(from: &mut impl Read) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    from.read_exact(&mut length).ok()?;
    let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
    from.read_exact(&mut packet).ok()?;
    Some(packet)
}

/// Writes a packet with its length before it.
pub(crate) fn write_packet(to: &mut impl Write, packet: &[u8]) -> std::io::Result<()> {
    let length = u16::try_from(packet.len()).map_err(std::io::Error::other)?;
    to.write_all(&[&length.to_be_bytes()[..], packet].concat())?;
    to.flush()
}
