//! What one machine answers.

use super::world::peer;
use crate::Time;
use crate::bitswap::testing::cid;
use crate::bitswap::{
    Bitswap, Config, Control, Entry, Held, Input, Limit, LookupId, Outgoing, Output, PeerTraits,
    SendId, WantKind,
};
use ipfs_data::cid::Cid;
use std::collections::BTreeMap;

struct Server {
    machine: Bitswap,
    store: BTreeMap<Cid, u32>,
}

/// Wants that a server keeps of a peer.
const WANTS: usize = 8_192;

fn want(number: u64, kind: WantKind) -> Entry {
    Entry { cid: cid(number), priority: 1, cancel: false, kind, send_dont_have: true }
}

impl Server {
    fn new(config: Config, peers: usize) -> Self {
        let mut machine = Bitswap::new(config, 1);
        for number in 1..=peers {
            let traits = PeerTraits::default();
            machine.handle(Time::ZERO, Input::Connected { peer: peer(number), traits });
        }
        Self { machine, store: BTreeMap::new() }
    }

    fn hears(&mut self, from: usize, full: bool, entries: Vec<Entry>) {
        let message = Control { full, entries, ..Control::default() };
        self.machine.handle(Time::ZERO, Input::Message { peer: peer(from), message });
    }

    /// Answers questions to the store; gives the messages.
    fn sends(&mut self) -> Vec<(usize, SendId, Outgoing)> {
        let mut sends = Vec::new();
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Lookup { lookup, cids, .. } => self.answer(lookup, &cids),
                Output::Send { peer, send, message } => {
                    sends.push((super::world::number(&peer), send, message));
                }
                _ => {}
            }
        }
        sends
    }

    fn answer(&mut self, lookup: LookupId, cids: &[Cid]) {
        let held = |cid: &Cid| self.store.get(cid).map_or(Held::Absent, |at| Held::Present(*at));
        let held = cids.iter().map(held).collect();
        self.machine.handle(Time::ZERO, Input::LookedUp { lookup, held });
    }

    fn written(&mut self, send: SendId) {
        let sent = Input::Sent { send, block_bytes: 1, missing: Vec::new() };
        self.machine.handle(Time::ZERO, sent);
    }
}

/// spec: bitswap.want-have-replaced, bitswap.dont-have
#[test]
fn small_blocks_answer_want_haves() {
    let mut server = Server::new(Config::default(), 1);
    server.store.extend([(cid(1), 1_024), (cid(2), 1_025), (cid(4), 0)]);
    let mut lines: Vec<_> = (1..=3).map(|number| want(number, WantKind::Have)).collect();
    lines.push(want(4, WantKind::Block));
    server.hears(1, false, lines);
    let sends = server.sends();
    assert_eq!(sends.len(), 1);
    let message = &sends[0].2;
    assert_eq!(message.blocks, [cid(1), cid(4)], "an empty block is one, too");
    let presences: Vec<_> = message.presences.iter().map(|one| (one.cid, one.have)).collect();
    assert_eq!(presences, [(cid(2), true), (cid(3), false)]);
    server.written(sends[0].1);
    assert_eq!(server.machine.wantlist_of(&peer(1)), [cid(3)]);
}

/// spec: bitswap.wants-per-peer-max, bitswap.entries-max
#[test]
fn a_flood_of_wants_is_cut_down() {
    let mut server = Server::new(Config::default(), 1);
    server.hears(1, false, (0..10_000).map(|number| want(number, WantKind::Block)).collect());
    server.machine.check_all().unwrap();
    assert_eq!(server.machine.wantlist_of(&peer(1)).len(), WANTS);
    assert_eq!(server.machine.stat().wants_dropped, 10_000 - WANTS as u64);
    let hit = Output::LimitHit { limit: Limit::ServerWants, peer: peer(1) };
    assert!(std::iter::from_fn(|| server.machine.poll()).any(|output| output == hit));
}

/// spec: bitswap.wants-per-peer-max
#[test]
fn wants_without_a_block_make_room_for_others() {
    let mut server = Server::new(Config::default(), 1);
    server.hears(1, false, (0..8_192).map(|number| want(number, WantKind::Block)).collect());
    for (_, send, _) in server.sends() {
        server.written(send);
    }
    assert_eq!(server.machine.wantlist_of(&peer(1)).len(), WANTS);
    server.store.extend([(cid(99_999), 5)]);
    server.hears(1, false, vec![want(99_999, WantKind::Block)]);
    let blocks: Vec<_> = server.sends().into_iter().flat_map(|send| send.2.blocks).collect();
    assert_eq!(blocks, [cid(99_999)]);
    assert_eq!(server.machine.wantlist_of(&peer(1)).len(), WANTS);
}

/// spec: bitswap.fair-turns, bitswap.outstanding-bytes, bitswap.message-target
#[test]
fn peers_take_turns_and_none_gets_too_much_at_once() {
    let mut server = Server::new(Config::default(), 3);
    server.store.extend((0..300).map(|number| (cid(number), 100_000)));
    for from in 1..=3 {
        let first = (from as u64 - 1) * 100;
        server.hears(from, false, (0..100).map(|at| want(first + at, WantKind::Block)).collect());
    }
    let sends = server.sends();
    for from in 1..=3 {
        let own = sends.iter().filter(|send| send.0 == from);
        let blocks: Vec<usize> = own.map(|send| send.2.blocks.len()).collect();
        assert_eq!(blocks, [5, 5, 5], "500 kB each until 1 MiB is on its way");
    }
    assert!(sends[0].2.pending_bytes > 9_000_000);
    server.machine.check_all().unwrap();
    let first = sends.iter().find(|send| send.0 == 2).unwrap().1;
    server.written(first);
    let next = server.sends();
    assert_eq!(next.iter().map(|send| send.0).collect::<Vec<_>>(), [2]);
}

/// spec: bitswap.outstanding-reserve
#[test]
fn a_quarter_of_the_room_is_for_those_who_have_nothing_yet() {
    const GREEDY: usize = 50;
    let mut server = Server::new(Config::default(), GREEDY + 2);
    server.store.extend((0..100).map(|number| (cid(number), 100_000)));
    let all = || (0..100).map(|number| want(number, WantKind::Block)).collect();
    // Those who come first have the smaller and the larger names.
    (2..GREEDY + 2).for_each(|from| server.hears(from, false, all()));
    let greedy = server.sends();
    assert!(server.machine.is_crowded());
    for late in [1, GREEDY + 2] {
        server.hears(late, false, all());
        let sends = server.sends();
        assert_eq!(sends.iter().map(|send| send.0).collect::<Vec<_>>(), [late]);
    }
    // Once somebody has read, those whose turn it was go on.
    for (_, send, _) in greedy {
        server.written(send);
    }
    assert!(server.sends().len() > GREEDY / 2);
    server.machine.check_all().unwrap();
}

/// spec: bitswap.cancel, bitswap.full-wantlist
#[test]
fn cancels_and_full_lists_empty_the_list() {
    let mut server = Server::new(Config::default(), 1);
    server.hears(1, false, (0..10).map(|number| want(number, WantKind::Block)).collect());
    let cancel = Entry { cancel: true, ..want(3, WantKind::Block) };
    server.hears(1, false, vec![cancel]);
    assert_eq!(server.machine.wantlist_of(&peer(1)).len(), 9);
    server.hears(1, true, vec![want(42, WantKind::Block)]);
    assert_eq!(server.machine.wantlist_of(&peer(1)), [cid(42)]);
    server.machine.check_all().unwrap();
}

#[test]
fn a_want_block_after_a_want_have_gets_the_block() {
    let mut server = Server::new(Config::default(), 1);
    server.store.insert(cid(1), 50_000);
    server.hears(1, false, vec![want(1, WantKind::Have)]);
    let have = server.sends();
    assert!(have[0].2.blocks.is_empty());
    server.hears(1, false, vec![want(1, WantKind::Block)]);
    server.written(have[0].1);
    let block = server.sends();
    assert_eq!(block[0].2.blocks, [cid(1)]);
}

/// spec: bitswap.want-block
#[test]
fn a_want_block_that_is_looked_up_while_the_have_goes_out_gets_the_block() {
    let mut server = Server::new(Config::default(), 1);
    server.store.extend([(cid(1), 50_000), (cid(2), 2 << 20)]);
    server.hears(1, false, vec![want(2, WantKind::Block)]);
    let large = server.sends()[0].1;
    server.hears(1, false, vec![want(1, WantKind::Have)]);
    assert!(server.sends().is_empty(), "enough is on its way");
    server.hears(1, false, vec![want(1, WantKind::Block)]);
    server.written(large);
    let mut blocks = Vec::new();
    for _ in 0..3 {
        for (_, send, message) in server.sends() {
            blocks.extend(message.blocks);
            server.written(send);
        }
    }
    assert_eq!(blocks, [cid(1)]);
}

/// spec: bitswap.send-failed
#[test]
fn what_could_not_be_sent_is_tried_again_but_not_for_ever() {
    let mut server = Server::new(Config::default(), 1);
    server.store.insert(cid(1), 50_000);
    server.hears(1, false, vec![want(1, WantKind::Block)]);
    let mut tries = 0;
    loop {
        let sends = server.sends();
        let Some((_, send, _)) = sends.first() else { break };
        tries += 1;
        server.machine.handle(Time::ZERO, Input::SendFailed { send: *send });
    }
    assert_eq!(tries, 3);
    server.machine.check_all().unwrap();
}

/// spec: bitswap.server-disabled
#[test]
fn a_node_that_does_not_serve_keeps_no_wants() {
    let mut config = Config::default();
    config.server.enabled = false;
    let mut server = Server::new(config, 1);
    server.store.insert(cid(1), 5);
    server.hears(1, false, vec![want(1, WantKind::Block)]);
    assert!(server.sends().is_empty());
    assert!(server.machine.wantlist_of(&peer(1)).is_empty());
}
