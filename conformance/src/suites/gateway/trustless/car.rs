//! CAR responses: parameters and headers.

use super::{CAR, etag, holds, says};
use crate::case::{GatewayCase, failed};
use crate::fixtures::fixtures;
use std::collections::BTreeSet;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "the format is asked for in the query or by Accept",
        reqs: &["trustless.car-version", "trustless.car-content-type"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().unixfs.hello);
            for reply in [
                gateway.get(&format!("{path}?format=car"))?,
                gateway.get_with(&path, "Accept", CAR)?,
                gateway.get_with(&path, "Accept", &format!("{CAR}; version=1"))?,
                gateway.get_with(&path, "Accept", &format!("text/html;q=0.1, {CAR}"))?,
            ] {
                let car = reply.status(200)?.car()?;
                says(&reply, "version", "1")?;
                if car.blocks.len() != 1 {
                    return reply.fail(&format!("{} blocks, wanted 1", car.blocks.len()));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "the media type tells order and repetition even if nobody asked",
        reqs: &["trustless.car-content-type"],
        run: |gateway| {
            let reply = gateway.get(&format!("/ipfs/{}?format=car", fixtures().unixfs.hello))?;
            reply.status(200)?.car()?;
            says(&reply, "version", "1")?;
            says(&reply, "order", "dfs")?;
            says(&reply, "dups", "n")
        },
    },
    GatewayCase {
        name: "headers of a CAR",
        reqs: &["trustless.attachment", "trustless.car-no-ranges"],
        run: |gateway| {
            let cid = &fixtures().unixfs.multi;
            let reply = gateway.get(&format!("/ipfs/{cid}?format=car"))?;
            reply.status(200)?.car()?;
            reply.is("X-Content-Type-Options", "nosniff")?.is("Accept-Ranges", "none")?;
            reply.is("Cache-Control", "public, max-age=29030400, immutable")?;
            reply.has("Content-Disposition", "attachment")?;
            reply.has("Content-Disposition", &format!("{cid}.car"))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a file name of a CAR may be given",
        reqs: &["trustless.attachment"],
        run: |gateway| {
            let cid = &fixtures().unixfs.hello;
            let reply = gateway.get(&format!("/ipfs/{cid}?format=car&filename=mine.car"))?;
            reply.status(200)?.car()?;
            reply.has("Content-Disposition", "attachment")?;
            reply.has("Content-Disposition", "mine.car")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "ranges of bytes are not for CARs",
        reqs: &["trustless.car-no-ranges"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=car", fixtures().unixfs.hello);
            let reply = gateway.get_with(&path, "Range", "bytes=0-3")?;
            reply.status(200)?.car()?;
            Ok(())
        },
    },
    GatewayCase {
        name: "other versions are refused",
        reqs: &["trustless.car-version"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().unixfs.hello);
            gateway.get(&format!("{path}?format=car&car-version=1"))?.status(200)?.car()?;
            gateway.get(&format!("{path}?format=car&car-version=2"))?.status_in(&[400, 406])?;
            let reply = gateway.get_with(&path, "Accept", &format!("{CAR}; version=2"))?;
            reply.status_in(&[400, 406])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "unknown orders, repetitions and scopes are refused",
        reqs: &["trustless.car-unsupported"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=car", fixtures().unixfs.hello);
            gateway.get(&path)?.status(200)?.car()?;
            for wrong in ["car-order=bfs", "car-dups=maybe", "dag-scope=some"] {
                gateway.get(&format!("{path}&{wrong}"))?.status_in(&[400, 406])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "malformed ranges of an entity are refused",
        reqs: &["trustless.car-unsupported"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=car&dag-scope=entity", fixtures().unixfs.hello);
            gateway.get(&format!("{path}&entity-bytes=0:*"))?.status(200)?.car()?;
            for wrong in ["1", "a:b", "1:2:3", ":", "*:1", "5:1"] {
                gateway.get(&format!("{path}&entity-bytes={wrong}"))?.status(400)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "parameters of the query go before those of Accept",
        reqs: &["trustless.format-first"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=car&car-dups=y", fixtures().unixfs.hello);
            let reply = gateway.get_with(&path, "Accept", &format!("{CAR}; order=dfs; dups=n"))?;
            reply.status(200)?.car()?;
            says(&reply, "dups", "y")
        },
    },
    GatewayCase {
        name: "Content-Location tells the address with what Accept asked for",
        reqs: &["trustless.content-location"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().unixfs.hello);
            let accept = format!("{CAR}; version=1; order=dfs; dups=y");
            let reply = gateway.get_with(&path, "Accept", &accept)?;
            reply.status(200)?.car()?;
            let location = reply.header("Content-Location")?;
            for part in ["format=car", "car-dups=y", "car-order=dfs"] {
                if !location.starts_with(&path) || !location.contains(part) {
                    return reply.fail(&format!("{part} is missing in {location:?}"));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "the Etag differs with everything that changes the body",
        reqs: &["trustless.car-etag"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let mut tags = BTreeSet::new();
            let targets = [
                format!("{}?format=car", unixfs.multi),
                format!("{}?format=car&dag-scope=block", unixfs.multi),
                format!("{}?format=car&dag-scope=entity", unixfs.multi),
                format!("{}?format=car&dag-scope=entity&entity-bytes=0:9", unixfs.multi),
                format!("{}?format=car&dag-scope=entity&entity-bytes=0:10", unixfs.multi),
                format!("{}?format=car&car-dups=y", unixfs.multi),
                format!("{}?format=car&car-order=unk", unixfs.multi),
                format!("{}?format=raw", unixfs.multi),
                format!("{}", unixfs.multi),
            ];
            for target in &targets {
                let reply = gateway.get(&format!("/ipfs/{target}"))?;
                reply.status(200)?;
                if !tags.insert(etag(&reply)?) {
                    return reply.fail("another answer has the same Etag");
                }
            }
            match tags.len() == targets.len() {
                true => Ok(()),
                false => failed("fewer tags than answers"),
            }
        },
    },
    GatewayCase {
        name: "the Etag differs with the path",
        reqs: &["trustless.car-etag"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let tag = |path: &str| {
                let reply = gateway.get(&format!("/ipfs/{dir}/{path}?format=car"))?;
                reply.status(200)?.car()?;
                etag(&reply)
            };
            match tag("hello.txt")? == tag("sub/hello.txt")? {
                true => failed("CARs of two paths to the same file have one Etag"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "If-None-Match of a CAR",
        reqs: &["trustless.car-etag"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=car", fixtures().unixfs.multi);
            let tag = etag(&gateway.get(&path)?)?;
            gateway.get_with(&path, "If-None-Match", &tag)?.status(304)?.empty()?;
            let other = gateway.get_with(&path, "If-None-Match", "W/\"other\"")?;
            other.status(200)?.car()?;
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD of a CAR",
        reqs: &["trustless.head"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=car", fixtures().unixfs.sub);
            let (head, get) = (gateway.head(&path)?, gateway.get(&path)?);
            head.status(200)?.empty()?;
            for name in ["Content-Type", "Etag", "Content-Disposition"] {
                head.is(name, get.header(name)?)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "the probe: a CAR of the empty identity block",
        reqs: &["trustless.probe"],
        run: |gateway| {
            let reply = gateway.get("/ipfs/bafkqaaa?format=car")?;
            let car = reply.status(200)?.car()?;
            let roots: Vec<String> = car.roots.iter().map(ToString::to_string).collect();
            if roots != ["bafkqaaa"] {
                return reply.fail(&format!("roots {roots:?}"));
            }
            gateway.head("/ipfs/bafkqaaa?format=car")?.status(200)?.empty()?.media_type(CAR)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the root of the header is where the path ends",
        reqs: &["trustless.car-roots"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let reply = gateway.get(&format!("/ipfs/{}/sub/deep?format=car", unixfs.dir))?;
            let car = reply.status(200)?.car()?;
            match car.roots == [unixfs.deep.clone()] {
                true => Ok(()),
                false => reply.fail(&format!("roots {:?}", car.roots)),
            }
        },
    },
    GatewayCase {
        name: "the same request gives the same bytes",
        reqs: &["trustless.car-order-dfs"],
        run: |gateway| {
            let target = format!("/ipfs/{}?format=car", fixtures().unixfs.dup_dir);
            let wanted = super::once(fixtures().store.walk(&fixtures().unixfs.dup_dir));
            let first = holds(gateway, &target, &wanted)?;
            gateway.get(&target)?.status(200)?.body(&first.answer.body)?;
            Ok(())
        },
    },
];
