//! Cases of `spec/command/rpc.md`.

mod call;
mod configured;
mod every_command;
mod gate;
mod hostile;
mod multipart;
mod output;
mod request;

use crate::case::Suite;

/// One page, several files of cases.
pub(crate) const SUITES: [Suite; 9] = [
    configured::SUITE,
    every_command::SUITE,
    every_command::NETWORK_SUITE,
    every_command::REMOVED_SUITE,
    gate::SUITE,
    hostile::SUITE,
    multipart::SUITE,
    output::SUITE,
    request::SUITE,
];
