//! Cases of `spec/gateway/formats.md`.

mod codecs;
pub(crate) mod configured;
mod tar;

use crate::case::Suite;

pub(crate) const SUITE: Suite =
    Suite { name: "gateway/formats", gateway: &[codecs::CASES, tar::CASES], ..Suite::EMPTY };
