//! Single blocks.

use super::{BLOCK, etag};
use crate::case::GatewayCase;
use crate::encode::{Cid, DAG_CBOR, RAW, identity};
use crate::fixtures::{HELLO, fixtures};
use crate::http::Request;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "the body is the block, asked for in the query or by Accept",
        reqs: &["trustless.block-bytes", "trustless.block-headers"],
        run: |gateway| {
            let fixtures = fixtures();
            let codecs = &fixtures.codecs;
            let cids = [
                &fixtures.unixfs.hello,
                &fixtures.unixfs.hello_v0,
                &fixtures.unixfs.dir,
                &fixtures.unixfs.hamt,
                &fixtures.unixfs.long,
                &codecs.dag_cbor,
                &codecs.dag_json,
                &codecs.json,
                &codecs.cbor,
            ];
            for cid in cids {
                let bytes = fixtures.store.bytes(cid);
                let asked = gateway.get(&format!("/ipfs/{cid}?format=raw"))?;
                asked.status(200)?.body(bytes)?.media_type(BLOCK)?;
                let accepted = gateway.get_with(&format!("/ipfs/{cid}"), "Accept", BLOCK)?;
                accepted.status(200)?.body(bytes)?.media_type(BLOCK)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "headers of a block",
        reqs: &["trustless.block-headers", "trustless.attachment"],
        run: |gateway| {
            let cid = &fixtures().unixfs.hello;
            let reply = gateway.get(&format!("/ipfs/{cid}?format=raw"))?;
            reply.status(200)?.is("Content-Length", &HELLO.len().to_string())?;
            reply.is("X-Content-Type-Options", "nosniff")?;
            reply.is("Cache-Control", "public, max-age=29030400, immutable")?;
            reply.has("Content-Disposition", "attachment")?;
            reply.has("Content-Disposition", &format!("{cid}.bin"))?;
            let tag = etag(&reply)?;
            if tag == format!("\"{cid}\"") || !tag.contains(&cid.to_string()) {
                return reply.fail(&format!("Etag {tag} does not tell the block from the file"));
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a file name may be given",
        reqs: &["trustless.attachment"],
        run: |gateway| {
            let cid = &fixtures().unixfs.hello;
            let reply = gateway.get(&format!("/ipfs/{cid}?format=raw&filename=my%20name.bin"))?;
            reply.status(200)?.has("Content-Disposition", "attachment")?;
            reply.has("Content-Disposition", "filename*=UTF-8''my%20name.bin")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "format in the query goes before Accept",
        reqs: &["trustless.format-first"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=raw", fixtures().unixfs.dir);
            let bytes = fixtures().store.bytes(&fixtures().unixfs.dir);
            for accept in ["application/vnd.ipld.car", "text/html", "application/x-tar"] {
                let reply = gateway.get_with(&path, "Accept", accept)?;
                reply.status(200)?.media_type(BLOCK)?.body(bytes)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "Content-Location tells the address of a format that Accept asked for",
        reqs: &["trustless.content-location"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().unixfs.hello);
            let reply = gateway.get_with(&path, "Accept", BLOCK)?;
            reply.status(200)?.is("Content-Location", &format!("{path}?format=raw"))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD of a block",
        reqs: &["trustless.head"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=raw", fixtures().unixfs.hello);
            let (head, get) = (gateway.head(&path)?, gateway.get(&path)?);
            head.status(200)?.empty()?;
            for name in ["Content-Type", "Content-Length", "Etag", "Content-Disposition"] {
                head.is(name, get.header(name)?)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "one range of a block",
        reqs: &["trustless.block-headers"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=raw", fixtures().unixfs.hello);
            let reply = gateway.get_with(&path, "Range", "bytes=6-9")?;
            reply.status(206)?.body(&HELLO[6..10])?.media_type(BLOCK)?;
            reply.is("Content-Range", &format!("bytes 6-9/{}", HELLO.len()))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "If-None-Match of a block",
        reqs: &["trustless.block-headers"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=raw", fixtures().unixfs.hello);
            let tag = etag(&gateway.get(&path)?)?;
            gateway.get_with(&path, "If-None-Match", &tag)?.status(304)?.empty()?;
            let other = gateway.get_with(&path, "If-None-Match", "\"other\"")?;
            other.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the probe: the empty identity block",
        reqs: &["trustless.probe"],
        run: |gateway| {
            let asked = gateway.get("/ipfs/bafkqaaa?format=raw")?;
            asked.status(200)?.empty()?.media_type(BLOCK)?;
            let accepted = gateway.get_with("/ipfs/bafkqaaa", "Accept", BLOCK)?;
            accepted.status(200)?.empty()?.media_type(BLOCK)?;
            let head = gateway.head("/ipfs/bafkqaaa?format=raw")?;
            head.status(200)?.empty()?.media_type(BLOCK)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "identity CIDs hold up to 128 bytes",
        reqs: &["trustless.identity-max"],
        run: |gateway| {
            let codecs = &fixtures().codecs;
            let longest = gateway.get(&format!("/ipfs/{}?format=raw", codecs.identity_128))?;
            longest.status(200)?.body(&[b'i'; 128])?;
            for format in ["raw", "car"] {
                let path = format!("/ipfs/{}?format={format}", codecs.identity_129);
                gateway.get(&path)?.status(400)?;
            }
            gateway.get(&format!("/ipfs/{}", codecs.identity_129))?.status(400)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the codec of a CID is not the business of a block",
        reqs: &["trustless.block-bytes"],
        run: |gateway| {
            let cid = fixtures().unixfs.hello.with_codec(DAG_CBOR);
            let reply = gateway.get(&format!("/ipfs/{cid}?format=raw"))?;
            reply.status(200)?.body(HELLO)?.media_type(BLOCK)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a digest of the wrong length is a bad request",
        reqs: &["path-gateway.bad-path"],
        run: |gateway| {
            let hello = &fixtures().unixfs.hello;
            gateway.get(&format!("/ipfs/{hello}?format=raw"))?.status(200)?.body(HELLO)?;
            let mut short = vec![0x12, 8];
            short.extend([7; 8]);
            let reply = gateway.get(&format!("/ipfs/{}?format=raw", Cid::v1(RAW, &short)))?;
            reply.status_in(&[400, 404])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "POST, PUT and DELETE are not allowed",
        reqs: &["path-gateway.methods"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=raw", fixtures().unixfs.hello);
            gateway.get(&path)?.status(200)?.body(HELLO)?;
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                gateway.send(&Request::new(method, &path).body("x"))?.status(405)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "an identity block is its own content",
        reqs: &["trustless.block-bytes"],
        run: |gateway| {
            let cid = Cid::v1(RAW, &identity(b"within"));
            gateway.get(&format!("/ipfs/{cid}?format=raw"))?.status(200)?.body(b"within")?;
            Ok(())
        },
    },
];
