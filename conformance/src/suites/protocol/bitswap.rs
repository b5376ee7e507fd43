//! Cases of `spec/protocol/bitswap.md`: a peer of our own talks to the subject.

mod fetching;
mod hostile;
mod load;
mod negotiation;
mod serving;
mod wantlist;

use crate::case::Suite;

pub(crate) const SUITE: Suite = Suite {
    name: "protocol/bitswap",
    wire: &[
        negotiation::CASES,
        serving::CASES,
        wantlist::CASES,
        load::CASES,
        hostile::CASES,
        fetching::CASES,
    ],
    ..Suite::EMPTY
};
