//! The cases, in the shape of the specification: `suites/<chapter>/<section>.rs`.

mod command;
mod data;
mod gateway;
mod migrations;
mod node;
mod protocol;
mod repo;

use crate::case::Suite;

/// All suites.
pub const SUITES: &[Suite] = &[
    command::rpc::SUITES[0],
    command::rpc::SUITES[1],
    command::rpc::SUITES[2],
    command::rpc::SUITES[3],
    command::rpc::SUITES[4],
    command::rpc::SUITES[5],
    command::rpc::SUITES[6],
    command::rpc::SUITES[7],
    command::rpc::SUITES[8],
    data::car::SUITE,
    data::cbor::SUITE,
    data::chunker::SUITE,
    data::cid::SUITE,
    data::crypt::SUITE,
    data::dag_cbor::SUITE,
    data::dag_jose::SUITE,
    data::dag_json::SUITE,
    data::dag_pb::SUITE,
    data::git_raw::SUITE,
    data::ipld::SUITE,
    data::ipns_record::SUITE,
    data::json::SUITE,
    data::key::SUITE,
    data::multibase::SUITE,
    data::multihash::SUITE,
    data::path::SUITE,
    data::raw::SUITE,
    data::unixfs::SUITE,
    gateway::denylist::SUITE,
    gateway::dnslink::SUITE,
    gateway::formats::SUITE,
    gateway::formats::configured::SUITE,
    gateway::path_gateway::SUITE,
    gateway::path_gateway::configured::SUITE,
    gateway::redirects::SUITE,
    gateway::routing_v1::SUITE,
    gateway::routing_v1::delegated::SUITE,
    gateway::subdomain::SUITE,
    gateway::trustless::SUITE,
    migrations::blocks::SUITE,
    migrations::framework::SUITE,
    migrations::pinset::SUITE,
    migrations::s11_to_12::SUITE,
    migrations::s1_to_2::SUITE,
    migrations::s3_to_4::SUITE,
    migrations::s8_to_9::SUITE,
    node::swarm::SUITE,
    protocol::bitswap::SUITE,
    protocol::identify::SUITE,
    protocol::ping::SUITE,
    repo::config::SUITE,
    repo::filestore::SUITE,
    repo::flatfs::SUITE,
    repo::gc::SUITE,
    repo::keystore::SUITE,
    repo::layout::SUITE,
    repo::leveldb::SUITE,
    repo::lock::SUITE,
    repo::pin::SUITE,
    repo::version::SUITE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_of_cases_are_unique() {
        for suite in SUITES {
            let gateway = suite.gateway.iter().copied().flatten().map(|case| case.name);
            let others = suite.cases.iter().map(|case| case.name);
            let repo = suite.repo.iter().map(|case| case.name);
            let rpc = suite.rpc.iter().map(|case| case.name);
            let migrations = suite.migrations.iter().map(|case| case.name);
            let names: Vec<&str> =
                gateway.chain(others).chain(repo).chain(rpc).chain(migrations).collect();
            let unique: BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(names.len(), unique.len(), "{}: {names:?}", suite.name);
        }
    }
}
