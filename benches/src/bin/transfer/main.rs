//! Two daemons exchange content: ours, a peer's, and mixed pairs in both directions.
//!
//! `unshare -n sh -c 'ip link set lo up; transfer tcp --ipfs PATH --peer PATH'`
//!
//! Traps: inodes freed lately make creating files slow, so that nothing is removed before the end
//! and every round has fresh folders (a round needs the size of the content for each pair); memory
//! that the machine touches for the first time is slow, so that the order alternates; other load.

mod idle;
mod link;
mod node;
mod plan;
mod tun;

use ipfs_benches::options;
use plan::Plan;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.split_first() {
        // The ends of a link and the idle peers are processes in other namespaces.
        Some((word, rest)) if word == tun::WORD => tun::run(rest),
        Some((job, rest)) => Plan::parse(job, rest).and_then(|plan| plan.run()),
        None => Err(plan::USAGE.to_owned()),
    };
    options::exit("transfer", result)
}
