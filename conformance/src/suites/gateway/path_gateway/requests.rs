//! Methods, CORS, and request headers that change what is done.

use crate::case::{Check, GatewayCase};
use crate::fixtures::{HELLO, fixtures};
use crate::gateway::Reply;
use crate::http::Request;

fn hello() -> String {
    format!("/ipfs/{}", fixtures().unixfs.hello)
}

/// A list header has to have these members, in lower case.
fn lists(reply: &Reply, name: &str, wanted: &[&str]) -> Check {
    let got = reply.list(name);
    match wanted.iter().find(|word| !got.iter().any(|found| found == *word)) {
        Some(word) => reply.fail(&format!("{word} is missing in {name}: {got:?}")),
        None => Ok(()),
    }
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "other methods than GET, HEAD and OPTIONS are refused",
        reqs: &["path-gateway.methods"],
        run: |gateway| {
            gateway.get(&hello())?.status(200)?.body(HELLO)?;
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                let reply = gateway.send(&Request::new(method, &hello()).body(""))?;
                reply.status(405)?;
                lists(&reply, "Allow", &["get", "head", "options"])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD has the headers of GET and no body",
        reqs: &["path-gateway.head"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let dir = &unixfs.dir;
            for path in
                [hello(), format!("/ipfs/{dir}/page.html"), format!("/ipfs/{dir}/multi.bin")]
            {
                let (head, get) = (gateway.head(&path)?, gateway.get(&path)?);
                head.status(200)?.empty()?;
                get.status(200)?;
                for name in ["Content-Type", "Content-Length", "Etag", "Cache-Control"] {
                    head.is(name, get.header(name)?)?;
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD needs no more blocks than its headers",
        reqs: &["path-gateway.head"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let reply = gateway.head(&format!("/ipfs/{}/broken.bin", unixfs.dir))?;
            reply.status(200)?.empty()?;
            reply.is("Content-Length", &unixfs.broken_bytes.len().to_string())?;
            Ok(())
        },
    },
    GatewayCase {
        name: "OPTIONS has no body and tells the methods",
        reqs: &["path-gateway.options"],
        run: |gateway| {
            let reply = gateway.send(&Request::new("OPTIONS", &hello()))?;
            reply.status_in(&[200, 204])?.empty()?;
            lists(&reply, "Access-Control-Allow-Methods", &["get", "head", "options"])
        },
    },
    GatewayCase {
        name: "a preflight of another site is answered",
        reqs: &["path-gateway.cors", "path-gateway.options"],
        run: |gateway| {
            let request = Request::new("OPTIONS", &hello())
                .header("Origin", "https://other.example")
                .header("Access-Control-Request-Method", "GET")
                .header("Access-Control-Request-Headers", "range");
            let reply = gateway.send(&request)?;
            reply.status_in(&[200, 204])?.is("Access-Control-Allow-Origin", "*")?;
            lists(&reply, "Access-Control-Allow-Headers", &["range"])
        },
    },
    GatewayCase {
        name: "every answer may be read by other sites, errors included",
        reqs: &["path-gateway.cors"],
        run: |gateway| {
            gateway.get(&hello())?.status(200)?;
            for path in [hello(), "/ipfs/nonsense".to_owned(), "/no/such/route".to_owned()] {
                let reply = gateway.get_with(&path, "Origin", "https://other.example")?;
                reply.is("Access-Control-Allow-Origin", "*")?;
                lists(&reply, "Access-Control-Allow-Methods", &["get", "head", "options"])?;
                let headers = ["content-type", "range", "user-agent", "x-requested-with"];
                lists(&reply, "Access-Control-Allow-Headers", &headers)?;
                let exposed = ["content-length", "content-range", "x-ipfs-path", "x-ipfs-roots"];
                lists(&reply, "Access-Control-Expose-Headers", &exposed)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a service worker for all of a root is refused",
        reqs: &["path-gateway.service-worker"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let path = format!("/ipfs/{dir}");
            gateway.get(&path)?.status(301)?;
            gateway.get_with(&path, "Service-Worker", "script")?.status(400)?;
            let inside = format!("{path}/hello.txt");
            gateway.get_with(&inside, "Service-Worker", "script")?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a service worker for all of a name is refused",
        reqs: &["path-gateway.service-worker"],
        run: |gateway| {
            gateway.with_records()?;
            let path = format!("/ipns/{}", fixtures().names.plain.base36());
            let inside = format!("{path}/hello.txt");
            gateway.get_with(&inside, "Service-Worker", "script")?.status(200)?.body(HELLO)?;
            gateway.get_with(&path, "Service-Worker", "script")?.status(400)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "only-if-cached: what is here is served, what is not is 412",
        reqs: &["path-gateway.only-if-cached"],
        run: |gateway| {
            let lost = format!("/ipfs/{}", fixtures().unixfs.lost);
            let ask = |method: &str, path: &str| {
                let request = Request::new(method, path);
                gateway.send(&request.header("Cache-Control", "only-if-cached"))
            };
            ask("GET", &hello())?.status(200)?.body(HELLO)?;
            ask("HEAD", &hello())?.status(200)?.empty()?;
            ask("GET", &lost)?.status(412)?;
            ask("HEAD", &lost)?.status(412)?.empty()?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a path with a namespace too many is redirected",
        reqs: &["path-gateway.superfluous-namespace"],
        run: |gateway| {
            let reply = gateway.get(&format!("/ipfs{}?a=b", hello()))?;
            reply.redirects(301, &format!("{}?a=b", hello()))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a path with empty segments or dots is redirected to the one without",
        reqs: &["path-gateway.clean-path"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let wanted = format!("/ipfs/{dir}/hello.txt?x=y");
            for path in ["//hello.txt", "/./hello.txt", "/sub/../hello.txt", "/sub//../hello.txt"] {
                let reply = gateway.get(&format!("/ipfs/{dir}{path}?x=y"))?;
                reply.status_in(&[301, 302, 307, 308])?.is("Location", &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "routes that nobody knows are not found",
        reqs: &["path-gateway.root-redirect"],
        run: |gateway| {
            gateway.get(&hello())?.status(200)?;
            for path in ["/no/such/route", "/ipfsx", "/api/v0/id", "/debug/vars"] {
                gateway.get(path)?.status(404)?;
            }
            Ok(())
        },
    },
];
