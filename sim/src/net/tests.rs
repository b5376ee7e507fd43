//! What the network does to messages, without any node.

use super::*;
use crate::scenario::Span;

struct Bench {
    net: Network<u32>,
    queue: Queue<Event>,
    now: Time,
    got: Vec<(u64, u32, u32)>,
    noticed: Vec<String>,
}

/// 10 ms, 1 MB/s, no jitter, no loss.
fn access() -> Access {
    Access {
        latency: Span::ms(10).duration(),
        jitter: Duration::ZERO,
        up: 1_000_000,
        down: 1_000_000,
        loss: 0.0,
        queue_bytes: 64 << 10,
        full: Full::Wait,
    }
}

fn bench(access: Vec<Access>) -> Bench {
    let settings = Settings {
        setup_round_trips: 2,
        dial_timeout: Duration::from_secs(5),
        break_after: Duration::from_secs(10),
    };
    let net = Network::new(settings, 1, access);
    let (queue, now) = (Queue::default(), Time::ZERO);
    Bench { net, queue, now, got: Vec::new(), noticed: Vec::new() }
}

impl Bench {
    fn connected(access: Vec<Access>) -> Self {
        let count = access.len() as u32;
        let mut bench = bench(access);
        for node in 1..count {
            bench.net.dial(Time::ZERO, node, 0, &mut bench.queue);
        }
        bench.run_until(1_000);
        bench
    }

    fn send(&mut self, from: u32, to: u32, message: u32, bytes: u64) {
        assert!(self.net.send(self.now, (from, to), (message, bytes), &mut self.queue));
    }

    fn run_until(&mut self, ms: u64) {
        let end = Time(ms * 1_000_000);
        loop {
            for notice in self.net.notices() {
                let ms = self.now.0 / 1_000_000;
                match notice {
                    Notice::Delivered { node, message, .. } => self.got.push((ms, node, message)),
                    Notice::Sent { .. } | Notice::Receiving { .. } => {}
                    Notice::Connected { node, peer, .. } => {
                        self.noticed.push(format!("{ms} {node} has {peer}"));
                    }
                    Notice::Disconnected { node, peer } => {
                        self.noticed.push(format!("{ms} {node} lost {peer}"));
                    }
                    Notice::DialFailed { node, peer } => {
                        self.noticed.push(format!("{ms} {node} failed {peer}"));
                    }
                }
            }
            if self.queue.next_time().is_none_or(|time| time > end) {
                self.now = end;
                return;
            }
            let Some((time, node, Event::Net(event))) = self.queue.pop() else { return };
            self.now = time;
            self.net.handle(time, node, event, &mut self.queue);
            self.net.check().unwrap();
        }
    }
}

// spec: link.setup
#[test]
fn a_connection_takes_its_round_trips_and_two_dials_share_one() {
    let mut bench = bench(vec![access(), access()]);
    bench.net.dial(Time::ZERO, 0, 1, &mut bench.queue);
    bench.net.dial(Time::ZERO, 1, 0, &mut bench.queue);
    bench.run_until(1_000);
    assert_eq!(bench.noticed, ["40 0 has 1", "40 1 has 0"]);
}

// spec: link.latency
#[test]
fn a_small_message_takes_latency_and_both_rates() {
    let mut bench = Bench::connected(vec![access(), access()]);
    bench.send(0, 1, 7, 1_000);
    bench.run_until(2_000);
    // 1 ms out, 10 ms under way; a single packet on an idle link is not held up by the downlink.
    assert_eq!(bench.got, [(1_011, 1, 7)]);
}

// spec: link.reliable-and-ordered
#[test]
fn a_long_transfer_fills_the_link_and_keeps_its_order() {
    let mut bench = Bench::connected(vec![access(), access()]);
    for message in 0..50 {
        bench.send(0, 1, message, 100_000);
    }
    bench.run_until(20_000);
    let order: Vec<u32> = bench.got.iter().map(|(_, _, message)| *message).collect();
    assert_eq!(order, (0..50).collect::<Vec<_>>());
    // 5 MB at 1 MB/s, and the window's growth at the start.
    let end = bench.got.last().unwrap().0;
    assert!((6_000..6_300).contains(&end), "{end}");
}

// spec: link.fair-uplink
#[test]
fn a_small_message_overtakes_a_big_one_to_another_peer() {
    let mut bench = Bench::connected(vec![access(), access(), access()]);
    bench.send(0, 1, 1, 10_000_000);
    bench.run_until(3_000);
    bench.send(0, 2, 2, 1_000);
    bench.run_until(3_100);
    assert_eq!(bench.got.len(), 1);
    assert_eq!((bench.got[0].1, bench.got[0].2), (2, 2));
}

// spec: link.loss
#[test]
fn loss_slows_down_and_loses_nothing() {
    let lossy = Access { loss: 0.01, ..access() };
    let mut bench = Bench::connected(vec![lossy.clone(), lossy]);
    for message in 0..50 {
        bench.send(0, 1, message, 20_000);
    }
    bench.run_until(600_000);
    let order: Vec<u32> = bench.got.iter().map(|(_, _, message)| *message).collect();
    assert_eq!(order, (0..50).collect::<Vec<_>>());
    assert!(bench.got.last().unwrap().0 > 2_100, "{:?}", bench.got.last());
}

// spec: link.tail-drop
#[test]
fn many_senders_overflow_a_queue_and_all_arrives() {
    let mut hosts = vec![Access { full: Full::Drop, ..access() }];
    hosts.extend((0..8).map(|_| access()));
    let mut bench = Bench::connected(hosts);
    for node in 1..9 {
        bench.send(node, 0, node, 400_000);
    }
    bench.run_until(60_000);
    assert_eq!(bench.got.len(), 8);
    assert!(bench.net.traffic(0).dropped > 0);
    assert_eq!(bench.net.traffic(0).received, 3_200_000);
    // 3.2 MB at 1 MB/s; what was dropped costs some.
    assert!(bench.got.last().unwrap().0 < 8_000, "{:?}", bench.got.last());
}

// spec: link.close
#[test]
fn a_clean_close_is_known_after_one_latency() {
    let mut bench = Bench::connected(vec![access(), access()]);
    bench.noticed.clear();
    bench.send(1, 0, 1, 500_000);
    bench.net.close(bench.now, 0, 1, &mut bench.queue);
    bench.run_until(5_000);
    assert_eq!(bench.noticed, ["1010 1 lost 0"]);
    assert!(bench.got.is_empty());
    assert!(!bench.net.connected(1, 0));
}

// spec: link.crash
#[test]
fn a_crash_is_known_by_silence_or_by_the_return() {
    let mut bench = Bench::connected(vec![access(), access(), access()]);
    bench.noticed.clear();
    bench.net.stop(bench.now, 0, false, &mut bench.queue);
    bench.run_until(3_000);
    assert!(bench.noticed.is_empty());
    bench.net.start(0);
    bench.net.dial(bench.now, 0, 1, &mut bench.queue);
    bench.send(2, 0, 1, 100);
    bench.run_until(20_000);
    assert_eq!(bench.noticed, ["3000 1 lost 0", "3020 2 lost 0", "3040 0 has 1", "3040 1 has 0"]);
    assert!(bench.got.is_empty());
}

// spec: link.crash
#[test]
fn of_a_crash_without_return_silence_tells() {
    let mut bench = Bench::connected(vec![access(), access()]);
    bench.noticed.clear();
    bench.net.stop(bench.now, 0, false, &mut bench.queue);
    bench.net.dial(bench.now, 1, 0, &mut bench.queue);
    bench.run_until(11_500);
    assert_eq!(bench.noticed, ["11000 1 lost 0"]);
    bench.net.dial(bench.now, 1, 0, &mut bench.queue);
    bench.run_until(30_000);
    assert_eq!(bench.noticed, ["11000 1 lost 0", "16500 1 failed 0"]);
}

// spec: link.partition link.resume
#[test]
fn a_short_cut_delays_and_a_long_one_breaks() {
    let mut bench = Bench::connected(vec![access(), access()]);
    bench.noticed.clear();
    bench.net.divide(bench.now, &[0, 1], &mut bench.queue);
    bench.send(0, 1, 1, 5_000);
    bench.run_until(3_000);
    bench.net.divide(bench.now, &[0, 0], &mut bench.queue);
    bench.run_until(9_000);
    // Attempts 0.2, 0.6, 1.4 and 3.0 s after the cut.
    assert_eq!(bench.got.len(), 1);
    assert!((4_000..4_050).contains(&bench.got[0].0), "{:?}", bench.got);
    bench.net.divide(bench.now, &[0, 1], &mut bench.queue);
    bench.run_until(30_000);
    assert_eq!(bench.noticed, ["19000 1 lost 0", "19000 0 lost 1"]);
}
