//! What is not there.

use super::BLOCK;
use crate::case::GatewayCase;
use crate::encode::read_car;
use crate::fixtures::{HELLO, fixtures};
use crate::http::Request;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a block that is not there is not found",
        reqs: &["trustless.root-missing"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let there = gateway.get(&format!("/ipfs/{}?format=raw", unixfs.hello))?;
            there.status(200)?.body(HELLO)?;
            let path = format!("/ipfs/{}?format=raw", unixfs.lost);
            gateway.get(&path)?.status(404)?;
            gateway.head(&path)?.status(404)?.empty()?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a CAR whose root is not there is not found",
        reqs: &["trustless.root-missing"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let there = gateway.get(&format!("/ipfs/{}?format=car", unixfs.hello))?;
            there.status(200)?.car()?;
            let path = format!("/ipfs/{}?format=car", unixfs.lost);
            gateway.get(&path)?.status(404)?;
            gateway.head(&path)?.status(404)?.empty()?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a CAR of a path below a root that is not there is not found",
        reqs: &["trustless.root-missing"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let there = gateway.get(&format!("/ipfs/{}/sub?format=car", unixfs.dir))?;
            there.status(200)?.car()?;
            gateway.get(&format!("/ipfs/{}/sub/path?format=car", unixfs.lost))?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a CAR of a path whose end is not there is not found, or only what leads to it",
        reqs: &["trustless.car-path-missing"],
        run: |gateway| {
            let dir = &fixtures().unixfs.holey_dir;
            let there = gateway.get(&format!("/ipfs/{dir}/here.txt?format=car"))?;
            there.status(200)?.car()?;
            let reply = gateway.get(&format!("/ipfs/{dir}/gone.txt?format=car"))?;
            reply.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "an error may not be kept for good",
        reqs: &["path-gateway.error-cache"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let there = gateway.get(&format!("/ipfs/{}?format=raw", unixfs.hello))?;
            there.status(200)?.has("Cache-Control", "immutable")?;
            for format in ["raw", "car"] {
                let reply = gateway.get(&format!("/ipfs/{}?format={format}", unixfs.lost))?;
                if reply.list("Cache-Control").iter().any(|word| word == "immutable") {
                    return reply.fail("what is not there is called immutable");
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a CAR that lacks a block below its root is cut off, not ended",
        reqs: &["trustless.car-truncated", "http.break-off"],
        run: |gateway| {
            let broken = &fixtures().unixfs.broken;
            let Some(reply) = gateway.get_broken(&format!("/ipfs/{broken}?format=car"))? else {
                return Ok(());
            };
            reply.status(200)?;
            if reply.answer.complete {
                return reply.fail("the body ends as if it were whole");
            }
            match read_car(&reply.answer.body) {
                _ if reply.answer.body.is_empty() => Ok(()),
                Ok(car) if car.blocks.first().is_some_and(|(cid, _)| cid == broken) => Ok(()),
                other => reply.fail(&format!("what came is {other:?}")),
            }
        },
    },
    GatewayCase {
        name: "only-if-cached: 412 for what is not there, at once",
        reqs: &["trustless.only-if-cached", "path-gateway.only-if-cached"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            for format in ["raw", "car"] {
                for method in ["GET", "HEAD"] {
                    let ask = |cid: &crate::encode::Cid| {
                        let request = Request::new(method, &format!("/ipfs/{cid}?format={format}"));
                        gateway.send(&request.header("Cache-Control", "only-if-cached"))
                    };
                    ask(&unixfs.hello)?.status(200)?;
                    ask(&unixfs.lost)?.status(412)?;
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "what is no CID is a bad request",
        reqs: &["path-gateway.bad-path"],
        run: |gateway| {
            let there = gateway.get(&format!("/ipfs/{}?format=raw", fixtures().unixfs.hello))?;
            there.status(200)?.media_type(BLOCK)?;
            for wrong in ["nonsense", "bafy", "Qm", "bafkreiwrong1", "%00"] {
                gateway.get(&format!("/ipfs/{wrong}?format=raw"))?.status(400)?;
                gateway.get(&format!("/ipfs/{wrong}?format=car"))?.status(400)?;
            }
            Ok(())
        },
    },
];
