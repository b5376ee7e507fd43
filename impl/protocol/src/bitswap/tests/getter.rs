//! What one machine says, line by line.

use super::world::{Weather, World, ms, peer};
use crate::Time;
use crate::bitswap::testing::cid;
use crate::bitswap::{
    BatchId, Bitswap, BroadcastControl, Config, Control, Fault, Input, Outgoing, Output,
    PeerTraits, Presence, Refusal, SessionId, Verdict, WantKind,
};
use ipfs_data::cid::Cid;
use std::time::Duration;

const SESSION: SessionId = SessionId(1);

fn start(machine: &mut Bitswap, cids: Vec<Cid>) {
    machine.handle(Time::ZERO, Input::SessionOpen { session: SESSION });
    machine.handle(Time::ZERO, Input::Want { session: SESSION, cids });
}

fn connect(machine: &mut Bitswap, number: usize, local: bool) {
    let traits = PeerTraits { local, peered: false };
    machine.handle(Time::ZERO, Input::Connected { peer: peer(number), traits });
}

fn outputs(machine: &mut Bitswap) -> Vec<Output> {
    std::iter::from_fn(|| machine.poll()).collect()
}

/// Messages to a peer; all are taken to be written.
fn messages(machine: &mut Bitswap, now: Time, number: usize) -> Vec<Outgoing> {
    let mut messages = Vec::new();
    loop {
        let out = outputs(machine);
        let sends = out.into_iter().filter_map(|output| match output {
            Output::Send { peer: to, send, message } => Some((to, send, message)),
            _ => None,
        });
        let sends: Vec<_> = sends.collect();
        if sends.is_empty() {
            return messages;
        }
        for (to, send, message) in sends {
            machine.handle(now, Input::Sent { send, block_bytes: 0, missing: Vec::new() });
            if to == peer(number) {
                messages.push(message);
            }
        }
    }
}

fn presence(cid: Cid, have: bool) -> Control {
    Control { presences: vec![Presence { cid, have }], ..Control::default() }
}

/// spec: bitswap.full-on-connect
#[test]
fn the_first_message_is_the_full_list() {
    let mut machine = Bitswap::new(Config::default(), 1);
    start(&mut machine, vec![cid(1), cid(2)]);
    connect(&mut machine, 1, true);
    let sent = messages(&mut machine, Time::ZERO, 1);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].full);
    let kinds: Vec<_> = sent[0].entries.iter().map(|line| (line.cid, line.kind)).collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&(cid(1), WantKind::Have)));
    machine.handle(Time::ZERO, Input::Want { session: SESSION, cids: vec![cid(3)] });
    let sent = messages(&mut machine, Time::ZERO, 1);
    assert!(!sent[0].full && sent[0].entries.len() == 1);
}

/// spec: bitswap.best-peer
#[test]
fn a_have_is_followed_by_a_want_block_that_asks_for_dont_have() {
    let mut machine = Bitswap::new(Config::default(), 1);
    connect(&mut machine, 1, true);
    start(&mut machine, vec![cid(1)]);
    messages(&mut machine, Time::ZERO, 1);
    let message = presence(cid(1), true);
    machine.handle(Time::ZERO, Input::Message { peer: peer(1), message });
    let sent = messages(&mut machine, Time::ZERO, 1);
    let line = &sent[0].entries[0];
    assert_eq!((line.cid, line.kind, line.send_dont_have), (cid(1), WantKind::Block, true));
}

/// spec: bitswap.cancels
#[test]
fn others_are_told_that_a_block_is_there() {
    let mut machine = Bitswap::new(Config::default(), 1);
    connect(&mut machine, 1, true);
    connect(&mut machine, 2, true);
    start(&mut machine, vec![cid(1)]);
    messages(&mut machine, Time::ZERO, 1);
    let blocks = vec![(cid(1), 8)];
    machine
        .handle(Time::ZERO, Input::Blocks { peer: peer(1), batch: BatchId(1), blocks, count: 1 });
    let wanted = Verdict::Wanted(vec![SESSION]);
    assert!(
        outputs(&mut machine)
            .contains(&Output::Verdicts { batch: BatchId(1), verdicts: vec![wanted] })
    );
    let due = machine.timeout().unwrap();
    assert!(due <= Time::at(ms(50)));
    machine.expire(due);
    let out = outputs(&mut machine);
    let cancels: Vec<_> = out
        .iter()
        .filter_map(|output| match output {
            Output::Send { peer, message, .. } => Some((*peer, message.entries[0].cancel)),
            _ => None,
        })
        .collect();
    assert_eq!(cancels, [(peer(2), true)]);
}

/// spec: bitswap.identity-not-asked
#[test]
fn identity_cids_are_refused() {
    let identity = Cid::new_v1(0x55, ipfs_data::cid::Multihash::wrap(0, b"abc").unwrap());
    let mut machine = Bitswap::new(Config::default(), 1);
    start(&mut machine, vec![identity]);
    let refused =
        Output::Refused { session: SESSION, cid: Some(identity), reason: Refusal::Identity };
    assert_eq!(outputs(&mut machine), [refused]);
    assert!(machine.wantlist().is_empty());
}

/// spec: bitswap.broadcast-control
#[test]
fn strangers_are_spared_broadcasts() {
    let mut machine = Bitswap::new(Config::default(), 1);
    connect(&mut machine, 1, true);
    connect(&mut machine, 2, false);
    start(&mut machine, vec![cid(1)]);
    let out = outputs(&mut machine);
    let whom: Vec<_> = out
        .iter()
        .filter_map(|output| match output {
            Output::Send { peer, .. } => Some(*peer),
            _ => None,
        })
        .collect();
    assert_eq!(whom, [peer(1)]);
    assert_eq!(machine.stat().broadcasts_skipped, 1);

    let mut config = Config::default();
    config.broadcast = BroadcastControl { random_peers_max: 1, ..config.broadcast };
    let mut machine = Bitswap::new(config, 1);
    connect(&mut machine, 2, false);
    start(&mut machine, vec![cid(1)]);
    assert_eq!(messages(&mut machine, Time::ZERO, 2).len(), 1);
}

/// spec: bitswap.find-providers
#[test]
fn a_stalled_session_asks_routing_after_a_second() {
    let mut machine = Bitswap::new(Config::default(), 1);
    start(&mut machine, vec![cid(1)]);
    let mut asked = Vec::new();
    let mut now = Time::ZERO;
    while now < Time::at(Duration::from_secs(70)) {
        now = machine.timeout().unwrap();
        machine.expire(now);
        for output in outputs(&mut machine) {
            if let Output::FindProviders { cid, results_max, .. } = output {
                asked.push((now.since_start().as_secs(), cid, results_max));
            }
        }
    }
    assert_eq!(asked[0], (1, cid(1), 10));
    let pauses: Vec<u64> = asked.windows(2).map(|two| two[1].0 - two[0].0).collect();
    assert!(pauses.is_sorted() && pauses.len() < 10, "{asked:?}");
}

/// spec: bitswap.response-timeout
#[test]
fn a_peer_that_does_not_answer_is_passed_over() {
    let mut machine = Bitswap::new(Config::default(), 1);
    connect(&mut machine, 1, true);
    connect(&mut machine, 2, true);
    start(&mut machine, vec![cid(1)]);
    messages(&mut machine, Time::ZERO, 1);
    for number in [1, 2] {
        let message = presence(cid(1), true);
        machine.handle(Time::ZERO, Input::Message { peer: peer(number), message });
    }
    let mut asked = Vec::new();
    let mut now = Time::ZERO;
    while now < Time::at(Duration::from_secs(6)) {
        for output in outputs(&mut machine) {
            if let Output::Send { peer, send, message } = output {
                if message.entries.iter().any(|line| line.kind == WantKind::Block && !line.cancel) {
                    asked.push(peer);
                }
                machine.handle(now, Input::Sent { send, block_bytes: 0, missing: Vec::new() });
            }
        }
        now = machine.timeout().unwrap().max(now);
        machine.expire(now);
    }
    assert!(asked.contains(&peer(1)) && asked.contains(&peer(2)), "{asked:?}");
    assert!(machine.stat().timeouts >= 1);
}

/// spec: bitswap.response-timeout
#[test]
fn a_peer_whose_stream_is_stuck_is_passed_over() {
    let mut machine = Bitswap::new(Config::default(), 1);
    connect(&mut machine, 1, true);
    start(&mut machine, vec![cid(1), cid(2)]);
    // The first message is never written; what follows waits behind it.
    assert!(matches!(outputs(&mut machine)[..], [Output::Send { .. }]));
    let message = presence(cid(1), true);
    machine.handle(Time::ZERO, Input::Message { peer: peer(1), message });
    assert!(outputs(&mut machine).is_empty());
    connect(&mut machine, 2, true);
    let mut asked = false;
    let mut now = Time::ZERO;
    while now < Time::at(Duration::from_secs(8)) && !asked {
        for output in outputs(&mut machine) {
            if let Output::Send { peer: to, send, message } = output {
                machine.handle(now, Input::Sent { send, block_bytes: 0, missing: Vec::new() });
                let has = presence(cid(1), true);
                machine.handle(now, Input::Message { peer: to, message: has });
                asked |= message.entries.iter().any(|line| line.kind == WantKind::Block);
            }
        }
        now = machine.timeout().unwrap().max(now);
        machine.expire(now);
    }
    assert!(asked, "the other peer was never asked");
}

/// spec: bitswap.unwanted-bytes-max
#[test]
fn a_peer_that_floods_is_closed() {
    let mut machine = Bitswap::new(Config::default(), 1);
    connect(&mut machine, 1, true);
    for number in 0..40 {
        let blocks = vec![(cid(number), 2 << 20)];
        let batch = BatchId(number);
        machine.handle(Time::ZERO, Input::Blocks { peer: peer(1), batch, blocks, count: 1 });
    }
    let closed: Vec<_> = outputs(&mut machine)
        .into_iter()
        .filter(|output| matches!(output, Output::Close { .. }))
        .collect();
    let fault = Fault::Unwanted(33 * (2 << 20));
    assert_eq!(closed, [Output::Close { peer: peer(1), fault }]);
}

/// spec: bitswap.end-game
#[test]
fn what_a_slow_member_owes_is_asked_of_another_at_the_end() {
    let mut machine = Bitswap::new(Config::default(), 1);
    connect(&mut machine, 1, true);
    connect(&mut machine, 2, true);
    let cids: Vec<Cid> = (0..40).map(cid).collect();
    start(&mut machine, cids.clone());
    messages(&mut machine, Time::ZERO, 1);
    for number in [1, 2] {
        let presences = cids.iter().map(|cid| Presence { cid: *cid, have: true }).collect();
        let message = Control { presences, ..Control::default() };
        machine.handle(Time::ZERO, Input::Message { peer: peer(number), message });
    }
    let mut now = Time::ZERO;
    let (mut slow, mut doubled, mut batch) = (Vec::new(), Vec::new(), 0);
    let mut got: usize = 0;
    while now < Time::at(Duration::from_millis(900)) {
        for output in outputs(&mut machine) {
            let Output::Send { peer: to, send, message } = output else { continue };
            machine.handle(now, Input::Sent { send, block_bytes: 0, missing: Vec::new() });
            for line in &message.entries {
                if line.cancel || line.kind != WantKind::Block {
                    continue;
                }
                if to == peer(1) {
                    slow.push(line.cid);
                    continue;
                }
                if slow.contains(&line.cid) {
                    doubled.push(line.cid);
                }
                // The second one answers at once.
                batch += 1;
                let message = Control { blocks: 1, block_bytes: 1_000, ..Control::default() };
                machine.handle(now, Input::Message { peer: to, message });
                let (batch, blocks) = (BatchId(batch), vec![(line.cid, 1_000)]);
                machine.handle(now, Input::Blocks { peer: to, batch, blocks, count: 1 });
                got += 1;
            }
        }
        machine.check_all().unwrap();
        now = machine.timeout().unwrap_or(now).max(now + ms(1));
        machine.expire(now);
    }
    assert!(slow.len() >= 10, "{}", slow.len());
    // Not all of them, lest everything comes twice.
    assert!((4..=4 + got / 32).contains(&doubled.len()), "{} of {got}", doubled.len());
    assert_eq!(doubled[0], slow[0]);
}

/// spec: bitswap.malformed
#[test]
fn a_peer_that_talks_nonsense_is_closed() {
    let mut machine = Bitswap::new(Config::default(), 1);
    connect(&mut machine, 1, true);
    (0..20).for_each(|_| machine.handle(Time::ZERO, Input::Malformed { peer: peer(1) }));
    let fault = Fault::Malformed(16);
    assert_eq!(outputs(&mut machine), [Output::Close { peer: peer(1), fault }]);
}

/// spec: bitswap.asks-at-most
#[test]
fn no_peer_is_asked_for_more_than_it_keeps() {
    let mut world = World::new(2, &Config::default(), 1, Weather::fair());
    world.deep = false;
    world.connect(0, 1);
    // What the peer has comes after more than it keeps.
    world.hold(0, 0, 100);
    for number in 1_400..1_500 {
        world.hold(0, number, 100);
    }
    let session = world.fetch(1, 1, (0..1_500).map(cid).collect());
    world.run(Duration::from_secs(200));
    assert_eq!(world.nodes[0].machine.stat().wants_dropped, 0);
    assert_eq!(world.got(1, session), 101);
}

/// spec: bitswap.session-peers
#[test]
fn a_member_without_use_makes_room_for_one_that_has_the_block() {
    let mut config = Config::default();
    config.client.session_peers_max = 2;
    let mut machine = Bitswap::new(config, 1);
    (1..=3).for_each(|number| connect(&mut machine, number, true));
    start(&mut machine, vec![cid(1), cid(2)]);
    messages(&mut machine, Time::ZERO, 1);
    for number in [1, 2] {
        let message = presence(cid(1), true);
        machine.handle(Time::ZERO, Input::Message { peer: peer(number), message });
    }
    messages(&mut machine, Time::ZERO, 1);
    let message = presence(cid(2), true);
    machine.handle(Time::ZERO, Input::Message { peer: peer(3), message });
    for number in [1, 2] {
        for cid in [cid(1), cid(2)] {
            let message = presence(cid, false);
            machine.handle(Time::ZERO, Input::Message { peer: peer(number), message });
        }
    }
    let asked = messages(&mut machine, Time::ZERO, 3);
    let lines = asked.iter().flat_map(|message| &message.entries);
    let blocks: Vec<_> = lines.filter(|line| line.kind == WantKind::Block).collect();
    assert!(blocks.iter().any(|line| line.cid == cid(2)), "{blocks:?}");
}

/// spec: bitswap.sessions-fair
#[test]
fn sessions_share_a_peer() {
    let mut world = World::new(2, &Config::default(), 1, Weather::fair());
    world.deep = false;
    let cids: Vec<_> = (0..400).map(|number| world.hold(0, number, 250_000)).collect();
    world.connect(0, 1);
    let first = world.fetch(1, 1, cids[..200].to_vec());
    let second = world.fetch(1, 2, cids[200..].to_vec());
    while world.got(1, first) + world.got(1, second) < 200 {
        world.run(world.now.since_start() + ms(10));
    }
    let (first, second) = (world.got(1, first), world.got(1, second));
    assert!(first > 40 && second > 40, "{first} and {second}");
}
