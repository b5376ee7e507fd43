//! A host without deserialised responses.

use super::{BLOCK, CAR, RECORD, holds, once};
use crate::case::{Check, GatewayCase};
use crate::fixtures::{HELLO, fixtures};
use crate::gateway::{Gateway, Reply};
use crate::http::Request;

fn ask(gateway: &Gateway, target: &str, accept: Option<&str>) -> Check<Reply> {
    let request = Request::new("GET", target).header("Host", gateway.trustless()?);
    match accept {
        Some(accept) => gateway.send(&request.header("Accept", accept)),
        None => gateway.send(&request),
    }
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "strict: blocks, CARs and records are served",
        reqs: &["trustless.strict-only", "subdomain.trusted-responses"],
        run: |gateway| {
            let hello = format!("/ipfs/{}", fixtures().unixfs.hello);
            ask(gateway, &hello, Some(BLOCK))?.status(200)?.body(HELLO)?;
            ask(gateway, &format!("{hello}?format=raw"), None)?.status(200)?.body(HELLO)?;
            ask(gateway, &hello, Some(CAR))?.status(200)?.car()?;
            let path = format!("/ipfs/{}/sub/deep?format=car", fixtures().unixfs.dir);
            ask(gateway, &path, None)?.status(200)?.car()?;
            if gateway.records {
                let name = &fixtures().names.plain;
                let reply = ask(gateway, &format!("/ipns/{}", name.base36()), Some(RECORD))?;
                reply.status(200)?.body(&name.record)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "strict: without a format it is a bad request",
        reqs: &["trustless.strict-accept", "path-gateway.deserialized-responses"],
        run: |gateway| {
            let hello = format!("/ipfs/{}", fixtures().unixfs.hello);
            ask(gateway, &hello, Some(BLOCK))?.status(200)?.body(HELLO)?;
            ask(gateway, &hello, None)?.status(400)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "strict: other formats are refused",
        reqs: &["trustless.strict-only"],
        run: |gateway| {
            let dir = format!("/ipfs/{}", fixtures().unixfs.sub);
            ask(gateway, &format!("{dir}?format=car"), None)?.status(200)?.car()?;
            for format in ["tar", "dag-json", "dag-cbor", "json", "cbor"] {
                let target = format!("{dir}?format={format}");
                ask(gateway, &target, None)?.status_in(&[400, 406])?;
            }
            ask(gateway, &dir, Some("text/html"))?.status_in(&[400, 406])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "strict: a block has no path",
        reqs: &["trustless.strict-only"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let whole = ask(gateway, &format!("/ipfs/{dir}?format=raw"), None)?;
            whole.status(200)?.media_type(BLOCK)?;
            let below = ask(gateway, &format!("/ipfs/{dir}/hello.txt?format=raw"), None)?;
            below.status_in(&[400, 406])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "strict: no index page, no listing, no redirect",
        reqs: &["trustless.strict-only"],
        run: |gateway| {
            let dir = &fixtures().unixfs.index_dir;
            let whole = ask(gateway, &format!("/ipfs/{dir}?format=raw"), None)?;
            whole.status(200)?.media_type(BLOCK)?;
            ask(gateway, &format!("/ipfs/{dir}/"), Some("*/*"))?.status_in(&[400, 406])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a CAR on the ordinary host holds what one on the strict host holds",
        reqs: &["trustless.car-scope-all"],
        run: |gateway| {
            let multi = &fixtures().unixfs.multi;
            let target = format!("/ipfs/{multi}?format=car");
            let first = holds(gateway, &target, &once(fixtures().store.walk(multi)))?;
            ask(gateway, &target, None)?.status(200)?.body(&first.answer.body)?;
            Ok(())
        },
    },
];
