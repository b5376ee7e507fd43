//! Spec: spec/node/content.md
//!
//! The blocks that a reader comes to next, in its order, as far as they are known. A reader goes
//! depth first, parents before children; so the place of a block is the list of positions on the
//! way to it, and the order of places is the order of reading.

use ipfs_data::cid::{Cid, Multihash};
use std::collections::{BTreeMap, HashSet};

/// Blocks that wait to be looked at. Beyond it the last ones are forgotten: the reader asks for
/// them itself when it comes there.
const WAITING_MAX: usize = 64 << 10;
/// Blocks whose links were followed already that are remembered.
const FOLLOWED_MAX: usize = 256 << 10;
/// Longest way from a root. Below it nothing is looked for ahead.
const DEPTH_MAX: usize = 256;

/// Where a block stands in the order of reading.
pub(super) type Place = Box<[u32]>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    waiting: BTreeMap<Place, Cid>,
    followed: HashSet<Multihash>,
    roots: u32,
}

impl Frontier {
    /// These come after all that is known.
    pub(super) fn append(&mut self, cids: &[Cid]) {
        for cid in cids {
            if self.waiting.len() >= WAITING_MAX {
                return;
            }
            self.waiting.insert(Box::new([self.roots]), *cid);
            self.roots = self.roots.saturating_add(1);
        }
    }

    /// A place behind all that is known, for a block that the reader came to by itself.
    pub(super) fn place(&mut self) -> Place {
        self.roots = self.roots.saturating_add(1);
        Box::new([self.roots - 1])
    }

    /// Whether the links of a block are still to be followed; they count as followed then.
    pub(super) fn follow(&mut self, cid: &Cid) -> bool {
        !self.followed.contains(cid.hash())
            && (self.followed.len() >= FOLLOWED_MAX || self.followed.insert(*cid.hash()))
    }

    /// The children of the block at `place` come where it stood.
    pub(super) fn insert_below(&mut self, place: &Place, children: Vec<Cid>) {
        if place.len() >= DEPTH_MAX {
            return;
        }
        for (at, child) in (0u32..).zip(children) {
            let mut below = Vec::with_capacity(place.len() + 1);
            below.extend_from_slice(place);
            below.push(at);
            self.waiting.insert(below.into(), child);
            if self.waiting.len() > WAITING_MAX {
                let last = self.waiting.pop_last();
                if last.is_some_and(|(last, _)| last.starts_with(place)) {
                    break;
                }
            }
        }
    }

    /// The block that comes next.
    pub(super) fn pop(&mut self) -> Option<(Place, Cid)> {
        self.waiting.pop_first()
    }

    /// Takes back what [`Frontier::pop`] gave.
    pub(super) fn put_back(&mut self, place: Place, cid: Cid) {
        self.waiting.insert(place, cid);
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipfs_data::cid::codec;

    fn cid(number: u32) -> Cid {
        let hash = Multihash::wrap(0x12, &number.to_be_bytes()).expect("fits");
        Cid::new_v1(codec::DAG_PB, hash)
    }

    fn order(frontier: &mut Frontier) -> Vec<Cid> {
        std::iter::from_fn(|| frontier.pop().map(|(_, cid)| cid)).collect()
    }

    #[test]
    fn children_come_in_the_place_of_their_parent() {
        let mut frontier = Frontier::default();
        frontier.append(&[cid(1), cid(2)]);
        let (place, first) = frontier.pop().expect("there are two");
        assert_eq!(first, cid(1));
        frontier.insert_below(&place, vec![cid(10), cid(11)]);
        let (below, _) = frontier.pop().expect("a child");
        frontier.insert_below(&below, vec![cid(100)]);
        assert_eq!(order(&mut frontier), [cid(100), cid(11), cid(2)]);
    }

    #[test]
    fn beyond_the_bound_the_last_are_forgotten() {
        let mut frontier = Frontier::default();
        frontier.append(&[cid(0), cid(1)]);
        let (place, _) = frontier.pop().expect("the first");
        frontier.insert_below(&place, (2..WAITING_MAX as u32 + 100).map(cid).collect());
        assert_eq!(frontier.waiting.len(), WAITING_MAX);
        assert_eq!(frontier.pop().map(|(_, cid)| cid), Some(cid(2)));
        assert!(!frontier.waiting.values().any(|waiting| *waiting == cid(1)));
    }

    #[test]
    fn a_block_is_followed_once() {
        let mut frontier = Frontier::default();
        assert!(frontier.follow(&cid(1)));
        assert!(!frontier.follow(&cid(1)));
    }
}
