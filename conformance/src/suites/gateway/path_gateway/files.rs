//! Files: bytes, media types, names.

use crate::case::{Check, GatewayCase};
use crate::fixtures::{HELLO, HELLO_V0, HTML, JSON_TEXT, PNG, SVG, fixtures};
use crate::gateway::Gateway;

/// The `Content-Disposition` of the smallest file with this query.
fn disposition(gateway: &Gateway, query: &str) -> Check<String> {
    let reply = gateway.get(&format!("/ipfs/{}?{query}", fixtures().unixfs.hello))?;
    reply.status(200)?.body(HELLO)?;
    Ok(reply.header("Content-Disposition")?.to_owned())
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "files of every shape are whole",
        reqs: &["path-gateway.accept-ranges"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let files: [(&crate::encode::Cid, &[u8]); 5] = [
                (&unixfs.hello, HELLO),
                (&unixfs.hello_v0, HELLO_V0),
                (&unixfs.multi, &unixfs.multi_bytes),
                (&unixfs.long, b"long"),
                (&unixfs.empty, b""),
            ];
            for (cid, bytes) in files {
                let reply = gateway.get(&format!("/ipfs/{cid}"))?;
                reply.status(200)?.body(bytes)?;
                reply.is("Content-Length", &bytes.len().to_string())?;
                reply.is("Accept-Ranges", "bytes")?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "files in plain and in sharded directories",
        reqs: &["path-gateway.x-ipfs-path"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let path = format!("/ipfs/{}/sub/deep/inner.txt", unixfs.dir);
            gateway.get(&path)?.status(200)?.body(HELLO)?.is("X-Ipfs-Path", &path)?;
            for entry in &unixfs.hamt_entries {
                let path = format!("/ipfs/{}/{}", unixfs.hamt, entry.name);
                gateway.get(&path)?.status(200)?.body(&entry.content)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a CID in any base and version",
        reqs: &["path-gateway.etag"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let base58 = multibase::encode(multibase::Base::Base58Btc, unixfs.hello.bytes());
            let forms = [unixfs.hello.base36(), base58, unixfs.hello.to_string().to_uppercase()];
            for form in forms {
                gateway.get(&format!("/ipfs/{form}"))?.status(200)?.body(HELLO)?;
            }
            let v1 = unixfs.hello_v0.to_v1();
            gateway.get(&format!("/ipfs/{v1}"))?.status(200)?.body(HELLO_V0)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "names with spaces, percent signs, question marks and letters of other scripts",
        reqs: &["path-gateway.broken-escape"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            for name in ["a%20b+c%2520d%3Fe%23f.txt", "gr%C3%BC%C3%9Fe.txt", "%3Cscript%3E.txt"] {
                gateway.get(&format!("/ipfs/{dir}/{name}"))?.status(200)?.body(HELLO)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "the media type by the end of the name",
        reqs: &["path-gateway.type-by-name"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let ask = |name: &str| gateway.get(&format!("/ipfs/{dir}/{name}"));
            ask("hello.txt")?.status(200)?.body(HELLO)?.media_type("text/plain")?;
            ask("page.html")?.status(200)?.body(HTML)?.media_type("text/html")?;
            ask("picture.svg")?.status(200)?.body(SVG)?.media_type("image/svg+xml")?;
            ask("data.json")?.status(200)?.body(JSON_TEXT)?.media_type("application/json")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the media type by the content where the name tells none",
        reqs: &["path-gateway.type-by-content"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            gateway.get(&format!("/ipfs/{}", unixfs.hello))?.media_type("text/plain")?;
            let png = gateway.get(&format!("/ipfs/{}/picture-without-extension", unixfs.dir))?;
            png.status(200)?.body(PNG)?.media_type("image/png")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the media type by the name that is asked for",
        reqs: &["path-gateway.type-by-name"],
        run: |gateway| {
            let hello = &fixtures().unixfs.hello;
            let reply = gateway.get(&format!("/ipfs/{hello}?filename=style.css"))?;
            reply.status(200)?.body(HELLO)?.media_type("text/css")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a file name alone is for showing",
        reqs: &["path-gateway.disposition"],
        run: |gateway| {
            let got = disposition(gateway, "filename=hello_world.txt")?;
            let wanted = "inline; filename=\"hello_world.txt\"";
            match got.starts_with(wanted) {
                true => Ok(()),
                false => crate::case::failed(format!("Content-Disposition {got:?}")),
            }
        },
    },
    GatewayCase {
        name: "download=true is for saving, with and without a name",
        reqs: &["path-gateway.disposition", "path-gateway.download"],
        run: |gateway| {
            for query in ["filename=x.txt&download=true", "download=true"] {
                let got = disposition(gateway, query)?;
                if !got.starts_with("attachment") {
                    return crate::case::failed(format!("{query}: Content-Disposition {got:?}"));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a name with other letters is given in ASCII and in UTF-8",
        reqs: &["path-gateway.disposition"],
        run: |gateway| {
            let got = disposition(gateway, "filename=test%D1%82%D0%B5%D1%81%D1%82.pdf")?;
            let utf8 = "filename*=UTF-8''test%D1%82%D0%B5%D1%81%D1%82.pdf";
            match got.contains("filename=\"test____.pdf\"") && got.contains(utf8) {
                true => Ok(()),
                false => crate::case::failed(format!("Content-Disposition {got:?}")),
            }
        },
    },
    GatewayCase {
        name: "a symbolic link is its target",
        reqs: &["path-gateway.symlink"],
        run: |gateway| {
            let reply = gateway.get(&format!("/ipfs/{}/link", fixtures().unixfs.dir))?;
            reply.status(200)?.body(b"hello.txt")?.media_type("inode/symlink")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a file that knows its date says it",
        reqs: &["path-gateway.last-modified"],
        run: |gateway| {
            let reply = gateway.get(&format!("/ipfs/{}", fixtures().unixfs.dated))?;
            reply.status(200)?.body(HELLO)?;
            reply.is("Last-Modified", "Sun, 13 Sep 2020 12:26:40 GMT")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "X-Ipfs-Roots has the CID of every segment",
        reqs: &["path-gateway.roots"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let wanted =
                [&unixfs.dir, &unixfs.sub, &unixfs.deep, &unixfs.hello].map(ToString::to_string);
            let reply = gateway.get(&format!("/ipfs/{}/sub/deep/inner.txt", unixfs.dir))?;
            reply.status(200)?.is("X-Ipfs-Roots", &wanted.join(","))?;
            let entry = &unixfs.hamt_entries[1];
            let reply = gateway.get(&format!("/ipfs/{}/{}", unixfs.hamt, entry.name))?;
            reply.status(200)?.is("X-Ipfs-Roots", &format!("{},{}", unixfs.hamt, entry.cid))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a file that lacks a block is an error or cut off, never ended",
        reqs: &["path-gateway.truncated"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let Some(reply) = gateway.get_broken(&format!("/ipfs/{}/broken.bin", unixfs.dir))?
            else {
                return Ok(());
            };
            if [404, 500, 502, 504].contains(&reply.answer.status) {
                gateway
                    .get_with(&format!("/ipfs/{}/hello.txt", unixfs.dir), "Accept", "*/*")?
                    .body(HELLO)?;
                return Ok(());
            }
            reply.status(200)?;
            if reply.answer.complete {
                return reply.fail("the body ends as if it were whole");
            }
            match unixfs.broken_bytes.starts_with(&reply.answer.body) {
                true => Ok(()),
                false => reply.fail("what came is not the beginning of the file"),
            }
        },
    },
];
