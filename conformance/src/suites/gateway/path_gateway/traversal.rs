//! Paths that lead somewhere, and such that don't.

use crate::case::GatewayCase;
use crate::fixtures::{HELLO, fixtures};

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a name that is not in the directory is not found, and told",
        reqs: &["path-gateway.no-link"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            gateway.get(&format!("/ipfs/{}/hello.txt", unixfs.dir))?.status(200)?.body(HELLO)?;
            let reply = gateway.get(&format!("/ipfs/{}/sub/nosuch.txt", unixfs.dir))?;
            reply.status(404)?.mentions("nosuch.txt")?;
            gateway.get(&format!("/ipfs/{}/nosuch.txt", unixfs.hamt))?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "below a file there is nothing",
        reqs: &["path-gateway.no-link"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            for cid in [&unixfs.hello, &unixfs.multi] {
                gateway.get(&format!("/ipfs/{cid}"))?.status(200)?;
                gateway.get(&format!("/ipfs/{cid}/below"))?.status(404)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a root that is not here is not found",
        reqs: &["path-gateway.missing-block-404"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            gateway.get(&format!("/ipfs/{}", unixfs.hello))?.status(200)?.body(HELLO)?;
            for path in [format!("/ipfs/{}", unixfs.lost), format!("/ipfs/{}/a/b", unixfs.lost)] {
                gateway.get(&path)?.status(404)?;
                gateway.head(&path)?.status(404)?.empty()?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "an end of a path that is not here is not found",
        reqs: &["path-gateway.missing-block-404"],
        run: |gateway| {
            let dir = &fixtures().unixfs.holey_dir;
            gateway.get(&format!("/ipfs/{dir}/here.txt"))?.status(200)?.body(HELLO)?;
            gateway.get(&format!("/ipfs/{dir}/gone.txt"))?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "links of DAG-CBOR and DAG-JSON lead on",
        reqs: &["path-gateway.remainder"],
        run: |gateway| {
            let codecs = &fixtures().codecs;
            for path in [
                format!("{}/file", codecs.dag_cbor),
                format!("{}/list/0", codecs.dag_cbor),
                format!("{}/next/dir/sub/hello.txt", codecs.dag_cbor_outer),
                format!("{}/file", codecs.dag_json),
                format!("{}/dir/hello.txt", codecs.dag_json),
            ] {
                gateway.get(&format!("/ipfs/{path}"))?.status(200)?.body(HELLO)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a path that ends within a block is not implemented",
        reqs: &["path-gateway.remainder"],
        run: |gateway| {
            let codecs = &fixtures().codecs;
            for cid in [&codecs.dag_cbor, &codecs.dag_json] {
                gateway.get(&format!("/ipfs/{cid}/file"))?.status(200)?.body(HELLO)?;
                gateway.get(&format!("/ipfs/{cid}/text"))?.status(501)?;
                gateway.get(&format!("/ipfs/{cid}/list"))?.status(501)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a key that a node does not have is not found",
        reqs: &["path-gateway.no-link"],
        run: |gateway| {
            let codecs = &fixtures().codecs;
            for cid in [&codecs.dag_cbor, &codecs.dag_json] {
                gateway.get(&format!("/ipfs/{cid}/file"))?.status(200)?.body(HELLO)?;
                gateway.get(&format!("/ipfs/{cid}/nosuch"))?.status(404)?;
                gateway.get(&format!("/ipfs/{cid}/list/7"))?.status(404)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "what is no CID is a bad request",
        reqs: &["path-gateway.bad-path"],
        run: |gateway| {
            gateway.get(&format!("/ipfs/{}", fixtures().unixfs.hello))?.status(200)?;
            for root in ["nonsense", "Qm", "bafy", "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5"]
            {
                for rest in ["", "/", "/a/b"] {
                    gateway.get(&format!("/ipfs/{root}{rest}"))?.status(400)?;
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a namespace without a root is a bad request",
        reqs: &["path-gateway.bad-path"],
        run: |gateway| {
            gateway.get(&format!("/ipfs/{}", fixtures().unixfs.hello))?.status(200)?;
            for path in ["/ipfs/", "/ipns/"] {
                gateway.get(path)?.status_in(&[400, 404])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a codec that nobody knows is no server error",
        reqs: &["path-gateway.unknown-codec"],
        run: |gateway| {
            let hello = &fixtures().unixfs.hello;
            gateway.get(&format!("/ipfs/{hello}"))?.status(200)?.body(HELLO)?;
            // 0x300539 is in the range for private use.
            let cid = hello.with_codec(0x30_0539);
            let reply = gateway.get(&format!("/ipfs/{cid}"))?;
            reply.status_in(&[400, 404, 406, 415, 501, 200])?;
            gateway.get(&format!("/ipfs/{cid}?format=raw"))?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a path of very many segments is refused, not walked",
        reqs: &["path-gateway.segments-max"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            gateway.get(&format!("/ipfs/{dir}/hello.txt"))?.status(200)?.body(HELLO)?;
            let reply = gateway.get(&format!("/ipfs/{dir}{}", "/a".repeat(5000)))?;
            reply.status_in(&[400, 404, 414])?;
            Ok(())
        },
    },
];
