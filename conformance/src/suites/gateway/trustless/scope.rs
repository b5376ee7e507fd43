//! Which blocks of a CAR `dag-scope` means, and those that prove the path.

use super::{holds, once};
use crate::case::GatewayCase;
use crate::encode::{Cid, DAG_PB};
use crate::fixtures::{HamtEntry, fixtures};

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "all is the default: the whole graph",
        reqs: &["trustless.car-scope-all", "trustless.car-order-dfs"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            for cid in [&unixfs.multi, &unixfs.sub, &unixfs.hello, &unixfs.hamt] {
                let wanted = once(fixtures().store.walk(cid));
                holds(gateway, &format!("/ipfs/{cid}?format=car"), &wanted)?;
                holds(gateway, &format!("/ipfs/{cid}?format=car&dag-scope=all"), &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "all of a graph of another codec",
        reqs: &["trustless.car-scope-all"],
        run: |gateway| {
            let dag_cbor = &fixtures().codecs.dag_cbor;
            let inner = format!("/ipfs/{dag_cbor}/list/0?format=car");
            holds(gateway, &inner, &[dag_cbor.clone(), fixtures().unixfs.hello.clone()])?;
            for cid in [&fixtures().codecs.json, &fixtures().codecs.cbor] {
                let target = format!("/ipfs/{cid}?format=car");
                holds(gateway, &target, &once(fixtures().store.walk(cid)))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "block: the end of the path alone",
        reqs: &["trustless.car-scope-block"],
        run: |gateway| {
            let (unixfs, codecs) = (&fixtures().unixfs, &fixtures().codecs);
            for cid in [&unixfs.multi, &unixfs.dir, &unixfs.hamt, &codecs.dag_cbor] {
                let target = format!("/ipfs/{cid}?format=car&dag-scope=block");
                holds(gateway, &target, std::slice::from_ref(cid))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "entity: all blocks of a file",
        reqs: &["trustless.car-scope-entity"],
        run: |gateway| {
            let multi = &fixtures().unixfs.multi;
            let target = format!("/ipfs/{multi}?format=car&dag-scope=entity");
            holds(gateway, &target, &once(fixtures().store.walk(multi)))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "entity: a directory without what is in it",
        reqs: &["trustless.car-scope-entity"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let target = format!("/ipfs/{dir}?format=car&dag-scope=entity");
            holds(gateway, &target, std::slice::from_ref(dir))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "entity: all shards of a directory, not its files",
        reqs: &["trustless.car-scope-entity"],
        run: |gateway| {
            let hamt = &fixtures().unixfs.hamt;
            let shards = fixtures().store.walk(hamt).into_iter();
            let wanted: Vec<Cid> = shards.filter(|cid| cid.codec() == DAG_PB).collect();
            let target = format!("/ipfs/{hamt}?format=car&dag-scope=entity");
            holds(gateway, &target, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "entity: a node of another codec alone",
        reqs: &["trustless.car-scope-entity"],
        run: |gateway| {
            for cid in [&fixtures().codecs.dag_cbor, &fixtures().codecs.dag_json] {
                let target = format!("/ipfs/{cid}?format=car&dag-scope=entity");
                holds(gateway, &target, std::slice::from_ref(cid))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "the blocks of the path come first",
        reqs: &["trustless.car-path-blocks", "trustless.car-scope-block"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let path = format!("/ipfs/{}/sub/deep", unixfs.dir);
            let way = [unixfs.dir.clone(), unixfs.sub.clone(), unixfs.deep.clone()];
            holds(gateway, &format!("{path}?format=car&dag-scope=block"), &way)?;
            let below = [way.as_slice(), std::slice::from_ref(&unixfs.hello)].concat();
            holds(gateway, &format!("{path}/inner.txt?format=car"), &below)?;
            holds(gateway, &format!("{path}?format=car"), &below)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "of a sharded directory come the shards on the way",
        reqs: &["trustless.car-path-blocks"],
        run: |gateway| {
            let hamt = &fixtures().unixfs.hamt;
            for HamtEntry { name, cid, way, .. } in &fixtures().unixfs.hamt_entries {
                let wanted = [way.as_slice(), std::slice::from_ref(cid)].concat();
                holds(gateway, &format!("/ipfs/{hamt}/{name}?format=car"), &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a path through links of DAG-CBOR and DAG-JSON",
        reqs: &["trustless.car-path-blocks"],
        run: |gateway| {
            let (unixfs, codecs) = (&fixtures().unixfs, &fixtures().codecs);
            let outer = [&codecs.dag_cbor_outer, &codecs.dag_cbor, &unixfs.dir, &unixfs.hello];
            let outer = outer.map(Cid::clone);
            let path = format!("/ipfs/{}/next/dir/hello.txt", codecs.dag_cbor_outer);
            holds(gateway, &format!("{path}?format=car"), &outer)?;
            let inner = [codecs.dag_json.clone(), unixfs.hello.clone()];
            let path = format!("/ipfs/{}/list/0", codecs.dag_json);
            holds(gateway, &format!("{path}?format=car"), &inner)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a path that leads nowhere: the blocks that prove it, or not found",
        reqs: &["trustless.car-absence"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let path = format!("/ipfs/{}/sub/no/such?format=car", unixfs.dir);
            let reply = gateway.get(&path)?;
            if reply.answer.status == 404 {
                gateway.get(&format!("/ipfs/{}?format=car", unixfs.sub))?.status(200)?.car()?;
                return Ok(());
            }
            holds(gateway, &path, &[unixfs.dir.clone(), unixfs.sub.clone()])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD reads nothing below the end of the path",
        reqs: &["trustless.head"],
        run: |gateway| {
            let broken = &fixtures().unixfs.broken;
            let block = format!("/ipfs/{broken}?format=car&dag-scope=block");
            gateway.get(&block)?.status(200)?.car()?;
            gateway.head(&format!("/ipfs/{broken}?format=car"))?.status(200)?.empty()?;
            Ok(())
        },
    },
];
