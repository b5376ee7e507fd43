//! Validators, conditions and how long answers may be kept.

use crate::case::{GatewayCase, failed};
use crate::fixtures::{HELLO, HTML, fixtures};
use crate::http::Request;

fn hello() -> String {
    format!("/ipfs/{}", fixtures().unixfs.hello)
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "what lies below /ipfs may be kept for good",
        reqs: &["path-gateway.cache-immutable"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            for path in [hello(), format!("/ipfs/{dir}/page.html"), format!("/ipfs/{dir}/site/")] {
                let reply = gateway.get(&path)?;
                reply.status(200)?;
                reply.is("Cache-Control", "public, max-age=29030400, immutable")?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a listing may not be kept for good",
        reqs: &["path-gateway.cache-listing"],
        run: |gateway| {
            let reply = gateway.get(&format!("/ipfs/{}/", fixtures().unixfs.dir))?;
            reply.status(200)?.mentions("hello.txt")?;
            match reply.list("Cache-Control").iter().any(|word| word == "immutable") {
                true => reply.fail("the listing is called immutable"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "the Etag of a file is its CID in quotes",
        reqs: &["path-gateway.etag"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let wanted = format!("\"{}\"", unixfs.hello);
            for path in [hello(), format!("/ipfs/{}/sub/hello.txt", unixfs.dir)] {
                gateway.get(&path)?.status(200)?.is("Etag", &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "the Etag of a listing tells more than the CID",
        reqs: &["path-gateway.etag"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/"))?;
            let etag = reply.status(200)?.header("Etag")?;
            match etag.contains(&dir.to_string()) && etag != format!("\"{dir}\"") {
                true => Ok(()),
                false => reply.fail(&format!("Etag {etag}")),
            }
        },
    },
    GatewayCase {
        name: "If-None-Match: the same, weak, in a list, and a star",
        reqs: &["path-gateway.if-none-match"],
        run: |gateway| {
            let tag = format!("\"{}\"", fixtures().unixfs.hello);
            for value in [
                tag.clone(),
                format!("W/{tag}"),
                format!("\"other\", W/\"more\", {tag}"),
                "*".to_owned(),
            ] {
                gateway.get_with(&hello(), "If-None-Match", &value)?.status(304)?.empty()?;
            }
            for value in ["\"other\"", "\"\"", &tag[..tag.len() - 2]] {
                gateway.get_with(&hello(), "If-None-Match", value)?.status(200)?.body(HELLO)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "If-None-Match of a listing, an index page and a HEAD",
        reqs: &["path-gateway.if-none-match"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            for (method, path) in [
                ("GET", format!("/ipfs/{}/", unixfs.dir)),
                ("GET", format!("/ipfs/{}/", unixfs.index_dir)),
                ("HEAD", hello()),
            ] {
                let etag = gateway.get(&path)?.status(200)?.header("Etag")?.to_owned();
                let request = Request::new(method, &path).header("If-None-Match", &etag);
                gateway.send(&request)?.status(304)?.empty()?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "304 carries the validator and how long it holds",
        reqs: &["path-gateway.not-modified"],
        run: |gateway| {
            let tag = format!("\"{}\"", fixtures().unixfs.hello);
            let reply = gateway.get_with(&hello(), "If-None-Match", &tag)?;
            reply.status(304)?.is("Etag", &tag)?;
            reply.is("Cache-Control", "public, max-age=29030400, immutable")?;
            reply.lacks("Transfer-Encoding")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a condition does not hide that something is not there",
        reqs: &["path-gateway.if-none-match", "path-gateway.missing-block-404"],
        run: |gateway| {
            gateway.get_with(&hello(), "If-None-Match", "*")?.status(304)?;
            let lost = &fixtures().unixfs.lost;
            let path = format!("/ipfs/{}/no-such", fixtures().unixfs.dir);
            gateway.get_with(&path, "If-None-Match", &format!("\"{lost}\""))?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "If-Modified-Since of a file with a date",
        reqs: &["path-gateway.if-modified-since"],
        run: |gateway| {
            let path = format!("/ipfs/{}", fixtures().unixfs.dated);
            let ask = |date: &str| gateway.get_with(&path, "If-Modified-Since", date);
            ask("Sun, 13 Sep 2020 12:26:40 GMT")?.status(304)?.empty()?;
            ask("Mon, 14 Sep 2020 12:26:40 GMT")?.status(304)?.empty()?;
            ask("Sat, 12 Sep 2020 12:26:40 GMT")?.status(200)?.body(HELLO)?;
            ask("yesterday")?.status(200)?.body(HELLO)?;
            let request = Request::new("GET", &path)
                .header("If-None-Match", "\"other\"")
                .header("If-Modified-Since", "Mon, 14 Sep 2020 12:26:40 GMT");
            gateway.send(&request)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "If-Match and If-Unmodified-Since",
        reqs: &["path-gateway.conditions"],
        run: |gateway| {
            let dated = &fixtures().unixfs.dated;
            let path = format!("/ipfs/{dated}");
            let ask = |name: &str, value: &str| gateway.get_with(&path, name, value);
            ask("If-Match", &format!("\"{dated}\""))?.status(200)?.body(HELLO)?;
            ask("If-Match", "*")?.status(200)?.body(HELLO)?;
            ask("If-Match", "\"other\"")?.status(412)?;
            ask("If-Unmodified-Since", "Mon, 14 Sep 2020 12:26:40 GMT")?
                .status(200)?
                .body(HELLO)?;
            ask("If-Unmodified-Since", "Sat, 12 Sep 2020 12:26:40 GMT")?.status(412)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "below a name an answer may be kept as long as its record",
        reqs: &["path-gateway.cache-ttl"],
        run: |gateway| {
            gateway.with_records()?;
            let name = fixtures().names.plain.base36();
            let reply = gateway.get(&format!("/ipns/{name}/hello.txt"))?;
            reply.status(200)?.body(HELLO)?;
            match reply.max_age()? {
                Some(age) if (1..=300).contains(&age) => {}
                other => return reply.fail(&format!("max-age {other:?}, wanted up to 300")),
            }
            match reply.list("Cache-Control").iter().any(|word| word == "immutable") {
                true => reply.fail("what a name leads to is called immutable"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "an index page has the validator of its directory, with and without slash redirect",
        reqs: &["path-gateway.index-html", "path-gateway.etag"],
        run: |gateway| {
            let dir = &fixtures().unixfs.index_dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/"))?;
            reply.status(200)?.body(HTML)?;
            match reply.header("Etag")?.is_empty() {
                true => failed("an empty Etag"),
                false => Ok(()),
            }
        },
    },
];
