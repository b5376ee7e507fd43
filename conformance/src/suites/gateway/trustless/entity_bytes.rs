//! `entity-bytes`: the blocks of a range of a file. `multi` has six chunks of 1024 bytes, three
//! below each of two nodes.

use super::holds;
use crate::case::{Check, GatewayCase};
use crate::encode::{Cid, DAG_PB};
use crate::fixtures::fixtures;
use crate::gateway::Gateway;

/// Asks for a range of `multi`; wants the root and these chunks, with the nodes above them.
fn range(gateway: &Gateway, range: &str, chunks: std::ops::Range<usize>) -> Check {
    let target = format!(
        "/ipfs/{}?format=car&dag-scope=entity&entity-bytes={range}",
        fixtures().unixfs.multi
    );
    holds(gateway, &target, &blocks(chunks))?;
    Ok(())
}

fn blocks(chunks: std::ops::Range<usize>) -> Vec<Cid> {
    let unixfs = &fixtures().unixfs;
    let mut wanted = vec![unixfs.multi.clone()];
    for (number, middle) in unixfs.middles.iter().enumerate() {
        let below: Vec<usize> = chunks.clone().filter(|chunk| chunk / 3 == number).collect();
        if !below.is_empty() {
            wanted.push(middle.clone());
            wanted.extend(below.into_iter().map(|chunk| unixfs.chunks[chunk].clone()));
        }
    }
    wanted
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "only the blocks of the range",
        reqs: &["trustless.entity-bytes-minimal"],
        run: |gateway| {
            range(gateway, "0:0", 0..1)?;
            range(gateway, "0:1023", 0..1)?;
            range(gateway, "1024:1024", 1..2)?;
            range(gateway, "1500:2500", 1..3)?;
            range(gateway, "3000:3100", 2..4)?;
            range(gateway, "6143:6143", 5..6)
        },
    },
    GatewayCase {
        name: "a star is the end of the file",
        reqs: &["trustless.entity-bytes-minimal"],
        run: |gateway| {
            range(gateway, "0:*", 0..6)?;
            range(gateway, "5000:*", 4..6)
        },
    },
    GatewayCase {
        name: "negative offsets count from the end",
        reqs: &["trustless.entity-bytes-minimal"],
        run: |gateway| {
            range(gateway, "-1:*", 5..6)?;
            range(gateway, "-1025:*", 4..6)?;
            range(gateway, "-2000:-1025", 4..5)?;
            range(gateway, "3000:-2000", 2..5)
        },
    },
    GatewayCase {
        name: "a range that is partly outside is cut",
        reqs: &["trustless.entity-bytes-partly"],
        run: |gateway| {
            range(gateway, "6000:10000", 5..6)?;
            range(gateway, "0:99999999999", 0..6)?;
            range(gateway, "-9000:-6000", 0..1)
        },
    },
    GatewayCase {
        name: "a range behind the end: the root, or a bad request",
        reqs: &["trustless.entity-bytes-outside"],
        run: |gateway| {
            range(gateway, "0:0", 0..1)?;
            let target = format!(
                "/ipfs/{}?format=car&dag-scope=entity&entity-bytes=6144:7000",
                fixtures().unixfs.multi
            );
            let reply = gateway.get(&target)?;
            match reply.answer.status {
                400 => Ok(()),
                _ => holds(gateway, &target, &blocks(0..0)).map(drop),
            }
        },
    },
    GatewayCase {
        name: "a range that is known to be outside should be a bad request",
        reqs: &["trustless.entity-bytes-outside"],
        run: |gateway| {
            range(gateway, "0:0", 0..1)?;
            let target = format!(
                "/ipfs/{}?format=car&dag-scope=entity&entity-bytes=99999:100000",
                fixtures().unixfs.multi
            );
            gateway.get(&target)?.status(400)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a range of no bytes: the root alone",
        reqs: &["trustless.entity-bytes-empty"],
        run: |gateway| range(gateway, "6000:-1000", 0..0),
    },
    GatewayCase {
        name: "without dag-scope it means the entity",
        reqs: &["trustless.entity-bytes-implies"],
        run: |gateway| {
            let target = format!("/ipfs/{}?format=car&entity-bytes=0:9", fixtures().unixfs.multi);
            holds(gateway, &target, &blocks(0..1))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "what is no file has no range: directories, shards, other codecs",
        reqs: &["trustless.entity-bytes-ignored"],
        run: |gateway| {
            let (unixfs, codecs) = (&fixtures().unixfs, &fixtures().codecs);
            let ask = |cid: &Cid, wanted: &[Cid]| {
                let query = "format=car&dag-scope=entity&entity-bytes=0:3";
                holds(gateway, &format!("/ipfs/{cid}?{query}"), wanted)
            };
            for cid in [&unixfs.dir, &codecs.dag_cbor, &codecs.dag_json] {
                ask(cid, std::slice::from_ref(cid))?;
            }
            let shards = fixtures().store.walk(&unixfs.hamt).into_iter();
            let shards: Vec<Cid> = shards.filter(|cid| cid.codec() == DAG_PB).collect();
            ask(&unixfs.hamt, &shards)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a raw leaf is a file",
        reqs: &["trustless.entity-bytes-minimal"],
        run: |gateway| {
            let hello = &fixtures().unixfs.hello;
            let target = format!("/ipfs/{hello}?format=car&dag-scope=entity&entity-bytes=2:3");
            holds(gateway, &target, std::slice::from_ref(hello))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "blocks outside of the range need not be there",
        reqs: &["trustless.entity-bytes-minimal"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            for (range, chunk) in [("0:1000", 0), ("2048:*", 2), ("-10:*", 2)] {
                let target = format!(
                    "/ipfs/{}?format=car&dag-scope=entity&entity-bytes={range}",
                    unixfs.broken
                );
                let wanted = [unixfs.broken.clone(), unixfs.broken_chunks[chunk].clone()];
                holds(gateway, &target, &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "at the end of a path",
        reqs: &["trustless.entity-bytes-minimal", "trustless.car-path-blocks"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let target = format!(
                "/ipfs/{}/multi.bin?format=car&dag-scope=entity&entity-bytes=0:0",
                unixfs.dir
            );
            let wanted = [vec![unixfs.dir.clone()], blocks(0..1)].concat();
            holds(gateway, &target, &wanted)?;
            Ok(())
        },
    },
];
