//! What idle connections cost: peers of our own connect, say nothing, and processor time is read.

use super::node::{Node, Place, repo};
use super::plan::Plan;
use ipfs_conformance::wire::Wire;
use std::path::Path;
use std::time::Duration;

/// How long after the last connection counting begins.
const SETTLE: Duration = Duration::from_secs(5);

pub(crate) fn run(plan: &Plan, work: &Path) -> Result<(), String> {
    println!("{:<10} {:>10} {:>12} {:>10}", "idle", "CPU ms/s", "connections", "peak MiB");
    for name in ["peer", "our"] {
        if !plan.pairs().iter().any(|pair| pair == name) {
            continue;
        }
        let (program, _) = plan.programs(name)?;
        let folder = work.join(name);
        repo(program, &folder, &Place::Here, false)?;
        let node = Node::start(program, &folder, Place::Here)?;
        let wire = Wire::at(&node.address(false)?)?;
        let peers: Result<Vec<_>, _> = (0..plan.connections).map(|_| wire.dial()).collect();
        let peers = peers.map_err(|why| format!("{why:?}"))?;
        std::thread::sleep(SETTLE);
        let before = node.cpu_s();
        std::thread::sleep(Duration::from_secs(plan.seconds));
        let cpu_ms = (node.cpu_s() - before) * 1000.0 / plan.seconds.max(1) as f64;
        let kept = peers.iter().filter(|peer| !peer.is_gone()).count();
        println!("{name:<10} {cpu_ms:>10.2} {kept:>12} {:>10.0}", node.peak_kib() / 1024.0);
        drop(peers);
        node.stop()?;
    }
    Ok(())
}
