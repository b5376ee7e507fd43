use super::world::{Weather, World, ms};
use crate::bitswap::testing::cid;
use crate::bitswap::{Config, Output};
use proptest::prelude::*;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// spec: bitswap.broadcast
#[test]
fn one_block_comes_over() {
    let mut world = World::new(2, &Config::default(), 1, Weather::fair());
    let cid = world.hold(0, 1, 256 << 10);
    world.connect(0, 1);
    let session = world.fetch(1, 1, vec![cid]);
    world.run(SECOND);
    assert_eq!(world.got(1, session), 1);
    let ledger = world.nodes[0].machine.ledger(&super::world::peer(1));
    assert_eq!(ledger.sent_bytes, 256 << 10);
    assert!(world.nodes[1].machine.wantlist().is_empty());
    assert!(world.nodes[0].machine.wantlist_of(&super::world::peer(1)).is_empty());
}

#[test]
fn many_blocks_come_from_two_providers() {
    let mut world = World::new(3, &Config::default(), 1, Weather::fair());
    world.deep = false;
    let cids: Vec<_> = (0..500).map(|number| world.hold(0, number, 50_000)).collect();
    for number in 0..500 {
        world.hold(1, number, 50_000);
    }
    world.connect(0, 2);
    world.connect(1, 2);
    let session = world.fetch(2, 1, cids);
    world.run(10 * SECOND);
    assert_eq!(world.got(2, session), 500);
    let sent = |node: usize| world.nodes[node].machine.stat().blocks_sent;
    assert!(sent(0) > 100 && sent(1) > 100, "{} and {}", sent(0), sent(1));
    assert!(sent(0) + sent(1) < 520, "{} and {}", sent(0), sent(1));
    world.nodes[2].machine.check_all().unwrap();
}

/// spec: bitswap.serves-later
#[test]
fn a_block_that_comes_later_is_sent_to_those_who_wait() {
    let mut world = World::new(2, &Config::default(), 1, Weather::fair());
    world.connect(0, 1);
    let session = world.fetch(1, 1, vec![cid(7)]);
    world.run(3 * SECOND);
    assert_eq!(world.got(1, session), 0);
    world.hold(0, 7, 100);
    world.tell(0, crate::bitswap::Input::Stored { blocks: vec![(cid(7), 100)] });
    world.run(4 * SECOND);
    assert_eq!(world.got(1, session), 1);
}

/// spec: bitswap.resume-on-connect, bitswap.redial
#[test]
fn a_fetch_goes_on_when_the_provider_is_back() {
    let weather = Weather { local: false, ..Weather::fair() };
    let mut world = World::new(2, &Config::default(), 1, weather);
    let cids: Vec<_> = (0..300).map(|number| world.hold(0, number, 200_000)).collect();
    world.deep = false;
    world.connect(0, 1);
    let session = world.fetch(1, 1, cids);
    world.run(ms(1_100));
    let before = world.got(1, session);
    assert!((1..300).contains(&before), "{before}");
    world.cut(0, 1);
    world.run(60 * SECOND);
    assert_eq!(world.got(1, session), 300, "the provider was dialled");
}

/// spec: bitswap.retry
#[test]
fn a_fetch_resumes_within_five_seconds_of_a_silent_link() {
    for outage in [3, 10, 47] {
        let mut world = World::new(2, &Config::default(), outage, Weather::fair());
        let cids: Vec<_> = (0..400).map(|number| world.hold(0, number, 200_000)).collect();
        world.deep = false;
        world.connect(0, 1);
        let session = world.fetch(1, 1, cids);
        world.run(ms(400));
        let before = world.got(1, session);
        assert!((1..400).contains(&before), "{before}");
        world.weather.lost = 1_000;
        world.run(outage as u32 * SECOND);
        let during = world.got(1, session);
        assert!(during < 400);
        world.weather.lost = 0;
        world.run((outage as u32 + 5) * SECOND);
        assert!(world.got(1, session) > during, "nothing came within 5 s");
        world.run((outage as u32 + 60) * SECOND);
        assert_eq!(world.got(1, session), 400);
    }
}

/// spec: bitswap.block-vanished
#[test]
fn a_block_that_vanishes_is_had_from_another() {
    let mut world = World::new(3, &Config::default(), 1, Weather::fair());
    let cid = world.hold(0, 1, 100_000);
    world.hold(1, 1, 100_000);
    world.connect(0, 2);
    let session = world.fetch(2, 1, vec![cid]);
    world.run(ms(1));
    world.nodes[0].store.clear();
    world.connect(1, 2);
    world.run(20 * SECOND);
    assert_eq!(world.got(2, session), 1);
}

/// spec: bitswap.denied
#[test]
fn denied_blocks_are_not_sent() {
    let mut world = World::new(2, &Config::default(), 1, Weather::fair());
    let cid = world.hold(0, 1, 100);
    world.nodes[0].denied.insert(cid);
    world.connect(0, 1);
    let session = world.fetch(1, 1, vec![cid]);
    world.run(10 * SECOND);
    world.tell(0, crate::bitswap::Input::Stored { blocks: vec![(cid, 100)] });
    world.run(20 * SECOND);
    assert_eq!(world.got(1, session), 0);
    assert_eq!(world.nodes[0].machine.stat().blocks_sent, 0);
}

#[derive(Debug, Clone)]
struct Plan {
    seed: u64,
    nodes: usize,
    blocks: u64,
    weather: Weather,
    /// Pairs that are cut, and when.
    cuts: Vec<(usize, usize, u64)>,
    forgets: bool,
}

fn plans() -> impl Strategy<Value = Plan> {
    let weather = (0usize..100, 0usize..50, 0usize..50, 1usize..400, any::<bool>()).prop_map(
        |(lost, failed, cut, delay_ms, local)| Weather { lost, failed, cut, delay_ms, local },
    );
    let cuts = proptest::collection::vec((0usize..5, 0usize..5, 0u64..20_000), 0..12);
    (any::<u64>(), 2usize..5, 1u64..60, weather, cuts, any::<bool>()).prop_map(
        |(seed, nodes, blocks, weather, cuts, forgets)| Plan {
            seed,
            nodes,
            blocks,
            weather,
            cuts,
            forgets,
        },
    )
}

/// Every node but the first, which has everything, wants half of the blocks.
fn run(plan: &Plan) -> World {
    let mut config = Config::default();
    config.client.wants_per_peer_max = 24;
    config.server.wants_per_peer_max = 24;
    config.server.message_bytes_target = 60_000;
    let mut world = World::new(plan.nodes, &config, plan.seed, plan.weather.clone());
    for number in 0..plan.blocks {
        let size = 1 + world.random.below(80_000) as u32;
        world.hold(0, number, size);
        let also = world.random.below(plan.nodes * 2);
        if also < plan.nodes {
            world.hold(also, number, size);
        }
    }
    for a in 0..plan.nodes {
        (0..a).for_each(|b| world.connect(a, b));
    }
    for node in 1..plan.nodes {
        let wanted = (0..plan.blocks).filter(|number| !number.is_multiple_of(node as u64 + 1));
        let absent = wanted.map(cid).filter(|cid| !world.nodes[node].store.contains_key(cid));
        let absent: Vec<_> = absent.collect();
        world.fetch(node, node as u64, absent);
    }
    let mut cuts = plan.cuts.clone();
    cuts.sort_by_key(|cut| cut.2);
    for (a, b, at) in cuts {
        world.run(ms(at));
        world.cut(a % plan.nodes, b % plan.nodes);
        if plan.forgets && plan.nodes > 2 {
            // A store that is not the first one's forgets what it served; sessions got it already.
            world.nodes[1 + a % (plan.nodes - 1)].store.clear();
        }
    }
    world.run(20 * SECOND);
    world.weather = Weather { local: plan.weather.local, ..Weather::fair() };
    for node in 1..plan.nodes {
        world.connect(0, node);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// spec: bitswap.no-wedge
    #[test]
    fn every_wanted_block_that_stays_reachable_arrives(plan in plans()) {
        let mut world = run(&plan);
        world.run(140 * SECOND);
        for node in 1..plan.nodes {
            let stat = world.nodes[node].machine.session(crate::bitswap::SessionId(node as u64));
            prop_assert_eq!(stat.map(|stat| stat.wants), Some(0), "node {}", node);
            prop_assert!(world.nodes[node].machine.wantlist().is_empty());
        }
        let closed = world.seen.iter().any(|(_, output)| matches!(output, Output::Close { .. }));
        prop_assert!(!closed, "an honest peer was closed");
    }
}
