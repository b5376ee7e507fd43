//! Order and repetition of blocks in a CAR.

use super::{CAR, holds, once, says};
use crate::case::GatewayCase;
use crate::fixtures::fixtures;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "depth first, children in the order of their links",
        reqs: &["trustless.car-order-dfs"],
        run: |gateway| {
            let dir = &fixtures().unixfs.sub;
            let wanted = once(fixtures().store.walk(dir));
            let target = format!("/ipfs/{dir}?format=car&car-order=dfs");
            says(&holds(gateway, &target, &wanted)?, "order", "dfs")
        },
    },
    GatewayCase {
        name: "depth first by Accept",
        reqs: &["trustless.car-order-dfs", "trustless.car-content-type"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().unixfs.multi);
            let accept = format!("{CAR}; version=1; order=dfs; dups=y");
            let reply = gateway.get_with(&path, "Accept", &accept)?;
            let car = reply.status(200)?.car()?;
            says(&reply, "order", "dfs")?;
            says(&reply, "dups", "y")?;
            let got: Vec<_> = car.blocks.into_iter().map(|(cid, _)| cid).collect();
            match got == fixtures().store.walk(&fixtures().unixfs.multi) {
                true => Ok(()),
                false => reply.fail("the blocks are not in depth-first order"),
            }
        },
    },
    GatewayCase {
        name: "dups=y: every repetition",
        reqs: &["trustless.car-dups-y"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dup_dir;
            let wanted = fixtures().store.walk(dir);
            let target = format!("/ipfs/{dir}?format=car&car-order=dfs&car-dups=y");
            says(&holds(gateway, &target, &wanted)?, "dups", "y")
        },
    },
    GatewayCase {
        name: "dups=n: every block once",
        reqs: &["trustless.car-dups-n"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dup_dir;
            let wanted = once(fixtures().store.walk(dir));
            for query in ["&car-order=dfs&car-dups=n", "&car-dups=n", ""] {
                let target = format!("/ipfs/{dir}?format=car{query}");
                says(&holds(gateway, &target, &wanted)?, "dups", "n")?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "an order of no importance has the same blocks",
        reqs: &["trustless.car-order-dfs"],
        run: |gateway| {
            let dir = &fixtures().unixfs.sub;
            let reply = gateway.get(&format!("/ipfs/{dir}?format=car&car-order=unk"))?;
            let car = reply.status(200)?.car()?;
            let mut got: Vec<_> = car.blocks.into_iter().map(|(cid, _)| cid).collect();
            let mut wanted = once(fixtures().store.walk(dir));
            got.sort();
            wanted.sort();
            match got == wanted {
                true => Ok(()),
                false => reply.fail("the blocks differ"),
            }
        },
    },
    GatewayCase {
        name: "identity blocks are never sent, whatever is asked for",
        reqs: &["trustless.car-no-identity"],
        run: |gateway| {
            let dir = &fixtures().unixfs.inline_dir;
            let wanted = once(fixtures().store.walk(dir));
            for query in ["", "&car-dups=y", "&car-dups=n", "&dag-scope=all"] {
                holds(gateway, &format!("/ipfs/{dir}?format=car{query}"), &wanted)?;
            }
            let target = format!("/ipfs/{dir}/inline.txt?format=car");
            holds(gateway, &target, std::slice::from_ref(dir))?;
            Ok(())
        },
    },
];
