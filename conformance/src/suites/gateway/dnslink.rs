//! Cases of `spec/gateway/dnslink.md`.

use crate::case::{GatewayCase, Suite};
use crate::fixtures::{HELLO, HTML, fixtures};
use crate::http::Request;

pub(crate) const SUITE: Suite =
    Suite { name: "gateway/dnslink", gateway: &[HOSTS, CONFIGURED, CHAINS, RULES], ..Suite::EMPTY };

const SITE: &str = "site.conformance.test";

/// Which hosts are looked up.
const HOSTS: &[GatewayCase] = &[
    GatewayCase {
        name: "a name in the host is the root",
        reqs: &["dnslink.host", "dnslink.path-gateway"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let reply = gateway.get_at(SITE, "/sub/hello.txt")?;
            let path = format!("/ipns/{SITE}/sub/hello.txt");
            reply.status(200)?.body(HELLO)?.is("X-Ipfs-Path", &path)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the port does not count",
        reqs: &["dnslink.host"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let reply = gateway.get_at(&format!("{SITE}:8080"), "/hello.txt")?;
            reply.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "X-Forwarded-Host goes before Host",
        reqs: &["dnslink.host"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let request = Request::new("GET", "/hello.txt").header("X-Forwarded-Host", SITE);
            gateway.send(&request)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a content path at such a host is a path of the site",
        reqs: &["dnslink.host"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.get_at(SITE, "/hello.txt")?.status(200)?.body(HELLO)?;
            let path = format!("/ipfs/{}", fixtures().unixfs.hello);
            gateway.get_at(SITE, &path)?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a name without DNSLink is no site",
        reqs: &["dnslink.host", "dnslink.no-address"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.get_at(SITE, "/hello.txt")?.status(200)?;
            for host in ["nosuch.conformance.test", "127.0.0.1", "[::1]"] {
                gateway.get_at(host, "/hello.txt")?.status(404)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "names work in paths as well",
        reqs: &["dnslink.recursive", "path-gateway.x-ipfs-path"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let path = format!("/ipns/{SITE}/hello.txt");
            gateway.get(&path)?.status(200)?.body(HELLO)?.is("X-Ipfs-Path", &path)?;
            Ok(())
        },
    },
];

/// What the configuration says of names.
const CONFIGURED: &[GatewayCase] = &[
    GatewayCase {
        name: "a gateway's own name may be a site as well",
        reqs: &["dnslink.public-gateway"],
        run: |gateway| {
            gateway.with_config()?;
            gateway.with_dnslinks()?;
            let host = "site-and-gateway.conformance.test";
            gateway.get_at(host, "/hello.txt")?.status(200)?.body(HELLO)?;
            let path = format!("/ipfs/{}/page.html", fixtures().unixfs.dir);
            gateway.get_at(host, &path)?.status(200)?.body(HTML)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "NoDNSLink of a host is honoured",
        reqs: &["dnslink.no-dnslink"],
        run: |gateway| {
            gateway.with_config()?;
            gateway.with_dnslinks()?;
            let host = "no-site.conformance.test";
            gateway.get_at(SITE, "/hello.txt")?.status(200)?.body(HELLO)?;
            gateway.get_at(host, "/hello.txt")?.status(404)?;
            let path = format!("/ipfs/{}/hello.txt", fixtures().unixfs.dir);
            gateway.get_at(host, &path)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a name that leads to a key in another form is not redirected",
        reqs: &["dnslink.no-canonical-redirect"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.with_records()?;
            let reply = gateway.get_at("base58.conformance.test", "/hello.txt")?;
            reply.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
];

/// What a name leads to.
const CHAINS: &[GatewayCase] = &[
    GatewayCase {
        name: "the path of a DNSLink stays before what was asked for",
        reqs: &["dnslink.subpath"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.get_at("path.conformance.test", "/deep/inner.txt")?.status(200)?.body(HELLO)?;
            gateway.get_at("path.conformance.test", "/sub/hello.txt")?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "names lead to names, and every path on the way stays",
        reqs: &["dnslink.recursive", "dnslink.subpath"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let host = "hop.conformance.test";
            gateway.get_at(host, "/inner.txt")?.status(200)?.body(HELLO)?;
            gateway.get(&format!("/ipns/{host}/inner.txt"))?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "names lead to keys",
        reqs: &["dnslink.recursive"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.with_records()?;
            gateway.get_at("key.conformance.test", "/hello.txt")?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "names that lead in circles are a bad request",
        reqs: &["dnslink.recursion-max"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.get_at(SITE, "/hello.txt")?.status(200)?.body(HELLO)?;
            gateway.get_at("loop-a.conformance.test", "/hello.txt")?.status(400)?;
            gateway.get("/ipns/loop-b.conformance.test/hello.txt")?.status(400)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a name that leads to what is not there is not found",
        reqs: &["dnslink.path-gateway", "path-gateway.missing-block-404"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.get_at(SITE, "/hello.txt")?.status(200)?;
            gateway.get_at("lost.conformance.test", "/")?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a name that does not resolve is an error",
        reqs: &["path-gateway.unresolved-name"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.get(&format!("/ipns/{SITE}/hello.txt"))?.status(200)?.body(HELLO)?;
            gateway.get("/ipns/nosuch.conformance.test/hello.txt")?.is_error()?;
            Ok(())
        },
    },
];

/// The rules of the path gateway.
const RULES: &[GatewayCase] = &[
    GatewayCase {
        name: "a directory is redirected to itself with a slash, as it was asked for",
        reqs: &["dnslink.path-gateway", "path-gateway.directory-slash"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.get_at(SITE, "/sub?x=y")?.redirects(301, "/sub/?x=y")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "index.html is the page of the site",
        reqs: &["dnslink.path-gateway", "path-gateway.index-html"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let reply = gateway.get_at("index.conformance.test", "/")?;
            reply.status(200)?.body(HTML)?.media_type("text/html")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a listing, HEAD, ranges, formats and conditions",
        reqs: &["dnslink.path-gateway"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            gateway.get_at(SITE, "/sub/")?.status(200)?.mentions("hello.txt")?;
            let ask = |method: &str, name: &str, value: &str| {
                let request = Request::new(method, "/hello.txt").header("Host", SITE);
                gateway.send(&request.header(name, value))
            };
            let etag = format!("\"{}\"", fixtures().unixfs.hello);
            ask("HEAD", "Accept", "*/*")?.status(200)?.empty()?.is("Etag", &etag)?;
            ask("GET", "Range", "bytes=6-9")?.status(206)?.body(&HELLO[6..10])?;
            ask("GET", "If-None-Match", &etag)?.status(304)?.empty()?;
            let raw = ask("GET", "Accept", "application/vnd.ipld.raw")?;
            raw.status(200)?.body(HELLO)?.media_type("application/vnd.ipld.raw")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "answers below a name are not immutable",
        reqs: &["dnslink.path-gateway", "path-gateway.cache-ttl"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let reply = gateway.get_at(SITE, "/hello.txt")?;
            reply.status(200)?.body(HELLO)?;
            match reply.list("Cache-Control").iter().any(|word| word == "immutable") {
                true => reply.fail("what a name leads to is called immutable"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "_redirects counts",
        reqs: &["dnslink.redirects"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let reply = gateway.get_at("redirects.conformance.test", "/one")?;
            reply.redirects(301, "/page.html")?;
            Ok(())
        },
    },
];
