//! Formats of nodes: their own, others, pages.

use crate::case::GatewayCase;
use crate::fixtures::{HELLO, JSON_TEXT, PLAIN_JSON, fixtures};

const DAG_JSON: &str = "application/vnd.ipld.dag-json";
const DAG_CBOR: &str = "application/vnd.ipld.dag-cbor";

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a node without a format is its block, under the type of its codec",
        reqs: &["formats.own", "path-gateway.etag"],
        run: |gateway| {
            let (store, codecs) = (&fixtures().store, &fixtures().codecs);
            for (cid, media) in [
                (&codecs.dag_cbor, DAG_CBOR),
                (&codecs.dag_json, DAG_JSON),
                (&codecs.cbor, "application/cbor"),
                (&codecs.json, "application/json"),
            ] {
                let reply = gateway.get(&format!("/ipfs/{cid}"))?;
                reply.status(200)?.media_type(media)?.body(store.bytes(cid))?;
                reply.has("Etag", &cid.to_string())?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a node in its own format, by query and by Accept",
        reqs: &["formats.own", "path-gateway.content-location"],
        run: |gateway| {
            let (store, codecs) = (&fixtures().store, &fixtures().codecs);
            for (cid, media, format) in [
                (&codecs.dag_cbor, DAG_CBOR, "dag-cbor"),
                (&codecs.dag_json, DAG_JSON, "dag-json"),
                (&codecs.cbor, "application/cbor", "cbor"),
                (&codecs.json, "application/json", "json"),
            ] {
                let path = format!("/ipfs/{cid}");
                let asked = gateway.get(&format!("{path}?format={format}"))?;
                asked.status(200)?.media_type(media)?.body(store.bytes(cid))?;
                asked.has("Content-Disposition", &cid.to_string())?;
                let accepted = gateway.get_with(&path, "Accept", media)?;
                accepted.status(200)?.media_type(media)?.body(store.bytes(cid))?;
                accepted.is("Content-Location", &format!("{path}?format={format}"))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a node in another format is not acceptable",
        reqs: &["formats.no-conversion"],
        run: |gateway| {
            let (unixfs, codecs) = (&fixtures().unixfs, &fixtures().codecs);
            let own = gateway.get(&format!("/ipfs/{}?format=dag-cbor", codecs.dag_cbor))?;
            own.status(200)?.media_type(DAG_CBOR)?;
            for (cid, format) in [
                (&codecs.dag_cbor, "dag-json"),
                (&codecs.dag_json, "dag-cbor"),
                (&codecs.json, "dag-cbor"),
                (&codecs.cbor, "dag-json"),
                (&unixfs.dir, "dag-json"),
                (&unixfs.dir, "dag-cbor"),
                (&unixfs.hello_v0, "dag-cbor"),
            ] {
                gateway.get(&format!("/ipfs/{cid}?format={format}"))?.status(406)?;
            }
            let accept = gateway.get_with(&format!("/ipfs/{}", unixfs.dir), "Accept", DAG_JSON)?;
            accept.status(406)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a DAG-JSON block is JSON too, a DAG-CBOR block CBOR",
        reqs: &["formats.plain-of-dag"],
        run: |gateway| {
            let (store, codecs) = (&fixtures().store, &fixtures().codecs);
            for (cid, format) in [(&codecs.dag_json, "json"), (&codecs.dag_cbor, "cbor")] {
                let reply = gateway.get(&format!("/ipfs/{cid}?format={format}"))?;
                reply.status(200)?.media_type(&format!("application/{format}"))?;
                reply.body(store.bytes(cid))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a path that ends within a block is not implemented, in any format",
        reqs: &["formats.remainder"],
        run: |gateway| {
            let codecs = &fixtures().codecs;
            for (cid, format) in [(&codecs.dag_json, "dag-json"), (&codecs.dag_cbor, "dag-cbor")] {
                let whole = gateway.get(&format!("/ipfs/{cid}?format={format}"))?;
                whole.status(200)?;
                gateway.get(&format!("/ipfs/{cid}/text?format={format}"))?.status(501)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a file of JSON is JSON",
        reqs: &["path-gateway.unixfs-json"],
        run: |gateway| {
            let path = format!("/ipfs/{}/data.json", fixtures().unixfs.dir);
            let asked = gateway.get(&format!("{path}?format=json"))?;
            asked.status(200)?.media_type("application/json")?.body(JSON_TEXT)?;
            let accepted = gateway.get_with(&path, "Accept", "application/json")?;
            accepted.status(200)?.media_type("application/json")?.body(JSON_TEXT)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the format goes before Accept",
        reqs: &["path-gateway.format-over-accept"],
        run: |gateway| {
            let codecs = &fixtures().codecs;
            let path = format!("/ipfs/{}?format=dag-cbor", codecs.dag_cbor);
            let reply = gateway.get_with(&path, "Accept", "application/vnd.ipld.car")?;
            reply.status(200)?.media_type(DAG_CBOR)?;
            reply.body(fixtures().store.bytes(&codecs.dag_cbor))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a node is a page for who reads HTML",
        reqs: &["formats.preview", "path-gateway.preview"],
        run: |gateway| {
            let codecs = &fixtures().codecs;
            for cid in [&codecs.dag_cbor, &codecs.dag_json] {
                let path = format!("/ipfs/{cid}");
                let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
                let mut reply = gateway.get_with(&path, "Accept", accept)?;
                if reply.answer.status == 301 {
                    reply.is("Location", &format!("{path}/"))?;
                    reply = gateway.get_with(&format!("{path}/"), "Accept", accept)?;
                }
                reply.status(200)?.media_type("text/html")?;
                reply.mentions(&cid.to_string())?.mentions("some text")?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a format that nobody knows is refused or ignored, never something else",
        reqs: &["path-gateway.format-unknown"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().unixfs.hello);
            gateway.get(&path)?.status(200)?.body(HELLO)?;
            for query in ["format=", "format=nosuch", "format=RAW"] {
                let reply = gateway.get(&format!("{path}?{query}"))?;
                reply.status_in(&[200, 400, 406])?;
                if reply.answer.status == 200 {
                    reply.body(HELLO)?;
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "an Accept of IPFS formats that nobody knows is refused",
        reqs: &["path-gateway.format-unknown"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().unixfs.hello);
            gateway.get_with(&path, "Accept", "*/*")?.status(200)?.body(HELLO)?;
            let reply = gateway.get_with(&path, "Accept", "application/vnd.ipld.nosuch")?;
            reply.status_in(&[400, 406])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD, ranges and conditions of a node",
        reqs: &["formats.own"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().codecs.json);
            let get = gateway.get(&path)?;
            let etag = get.status(200)?.header("Etag")?.to_owned();
            let head = gateway.head(&path)?;
            head.status(200)?.empty()?.is("Etag", &etag)?;
            head.is("Content-Length", &PLAIN_JSON.len().to_string())?;
            gateway.get_with(&path, "If-None-Match", &etag)?.status(304)?.empty()?;
            let range = gateway.get_with(&path, "Range", "bytes=1-7")?;
            range.status_in(&[206, 200])?;
            match range.answer.status {
                206 => range.body(&PLAIN_JSON[1..8])?,
                _ => range.body(PLAIN_JSON)?,
            };
            Ok(())
        },
    },
    GatewayCase {
        name: "formats of one path have different Etags",
        reqs: &["path-gateway.etag"],
        run: |gateway| {
            let hello = &fixtures().unixfs.hello;
            let mut tags = std::collections::BTreeSet::new();
            for query in ["", "?format=raw", "?format=car", "?format=tar"] {
                let reply = gateway.get(&format!("/ipfs/{hello}{query}"))?;
                let tag = reply.status(200)?.header("Etag")?.to_owned();
                if !tags.insert(tag) {
                    return reply.fail("another format has the same Etag");
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "answers that are no file are for saving, and are not guessed at",
        reqs: &["formats.disposition"],
        run: |gateway| {
            let codecs = &fixtures().codecs;
            let reply = gateway.get(&format!("/ipfs/{}?format=dag-cbor", codecs.dag_cbor))?;
            reply.status(200)?.has("Content-Disposition", "attachment")?;
            reply.is("X-Content-Type-Options", "nosniff")?;
            Ok(())
        },
    },
];
