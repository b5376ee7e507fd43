//! Spec: spec/node/content.md
//!
//! What runs ahead of a reader, on a thread of its own: it follows the links of what came and wants
//! what the reader will come to next.

use super::fetch::Shared;
use super::frontier::Place;
use ipfs_data::block::{Block, Error};
use ipfs_data::cid::{Cid, codec, hash};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Blocks that are looked at in one go.
const LOOK_BLOCKS: usize = 64;
/// Blocks of this machine that may be passed over before the reader must have moved.
const PASSED_MAX: usize = 4096;

/// Runs until the fetch is closed.
pub(super) fn run(shared: &Arc<Shared>) {
    let mut passed = 0;
    while let Some(fresh) = wait(shared, passed) {
        if shared.read.swap(0, Ordering::Relaxed) > 0 {
            passed = 0;
        }
        came(shared, &fresh);
        passed += look(shared, PASSED_MAX.saturating_sub(passed));
    }
}

type Fresh = VecDeque<(Place, Block)>;

/// Waits until there is something to do; nothing at the end.
fn wait(shared: &Shared, passed: usize) -> Option<Fresh> {
    let mut state = shared.lock();
    loop {
        let may_look = passed < PASSED_MAX || shared.read.load(Ordering::Relaxed) > 0;
        let look = may_look && state.may_look();
        if state.closed {
            return None;
        }
        if !state.fresh.is_empty() || look {
            state.paused &= !look;
            return Some(std::mem::take(&mut state.fresh));
        }
        state = shared.work.wait(state);
    }
}

/// Follows the links of what came, and tells other providers that it need not come again.
fn came(shared: &Shared, fresh: &Fresh) {
    if fresh.is_empty() {
        return;
    }
    let cids: Vec<Cid> = fresh.iter().map(|(_, block)| block.cid).collect();
    let (sessions, graph) = {
        let state = shared.lock();
        (state.sessions.clone(), state.graph)
    };
    if sessions.len() > 1 {
        sessions.iter().for_each(|session| session.cancel(&cids));
    }
    if graph {
        for (place, block) in fresh {
            follow(shared, place, block);
        }
    }
}

fn follow(shared: &Shared, place: &Place, block: &Block) {
    if block.cid.codec() == codec::RAW {
        return;
    }
    // A block that can't be decoded has no links; the reader tells what is wrong with it.
    let links = ipfs_data::codec::links(block.cid.codec(), &block.data).unwrap_or_default();
    let mut state = shared.lock();
    if !links.is_empty() && state.frontier.follow(&block.cid) {
        state.frontier.insert_below(place, links);
    }
}

/// Looks at what the reader comes to next and wants what is not here. Returns how many blocks
/// were here.
// spec: content.ahead-order
fn look(shared: &Shared, passes: usize) -> usize {
    let mut passed = 0;
    while passed < passes {
        let (next, graph) = claim_next(shared);
        if next.is_empty() {
            break;
        }
        let mut wants: Vec<Cid> = Vec::with_capacity(next.len());
        let mut given_back: Vec<Cid> = Vec::new();
        let mut next = next.into_iter();
        for (place, cid) in next.by_ref() {
            match here(shared, &cid, graph) {
                Here::No => wants.push(cid),
                Here::Leaf => given_back.push(cid),
                Here::Node(block) => {
                    given_back.push(cid);
                    follow(shared, &place, &block);
                    // Its children come before the rest.
                    break;
                }
            }
        }
        passed += given_back.len();
        let mut state = shared.lock();
        for (place, cid) in next {
            given_back.push(cid);
            state.frontier.put_back(place, cid);
        }
        given_back.iter().for_each(|cid| state.give_back(cid));
        let sessions = state.sessions.clone();
        drop(state);
        if !given_back.is_empty() {
            // A reader may wait for one of them.
            shared.arrived.ring();
        }
        if !wants.is_empty() {
            sessions.iter().for_each(|session| session.want(&wants));
        }
    }
    passed
}

/// Takes what the reader comes to next, as far as there is room, and tells whether a whole graph
/// is followed.
fn claim_next(shared: &Shared) -> (Vec<(Place, Cid)>, bool) {
    let mut state = shared.lock();
    let mut next = Vec::new();
    while next.len() < LOOK_BLOCKS
        && state.has_room()
        && let Some((place, cid)) = state.frontier.pop()
    {
        if state.claim(&cid, Some(&place)) {
            next.push((place, cid));
        }
    }
    state.paused |= !state.has_room();
    (next, state.graph)
}

enum Here {
    No,
    Leaf,
    Node(Block),
}

fn here(shared: &Shared, cid: &Cid, graph: bool) -> Here {
    if ipfs_data::cid::validate(cid).is_err() || shared.check(cid).is_err() {
        return Here::Leaf;
    }
    let store = &shared.request.store;
    if !graph || cid.codec() == codec::RAW {
        let here = cid.hash().code() == hash::IDENTITY || store.has(cid).unwrap_or(true);
        return if here { Here::Leaf } else { Here::No };
    }
    match store.get(cid) {
        Ok(data) => Here::Node(Block { cid: *cid, data }),
        Err(Error::NotFound(_)) => Here::No,
        Err(_) => Here::Leaf,
    }
}
