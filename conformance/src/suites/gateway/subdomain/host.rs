//! What a `Host` means.

use super::dir_host;
use crate::case::GatewayCase;
use crate::encode::DAG_PB;
use crate::fixtures::{HELLO, HTML, fixtures};
use crate::http::Request;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a CID in the host is the root",
        reqs: &["subdomain.host"],
        run: |gateway| {
            let reply = gateway.get_at(&dir_host(gateway)?, "/sub/hello.txt")?;
            let path = format!("/ipfs/{}/sub/hello.txt", fixtures().unixfs.dir);
            reply.status(200)?.body(HELLO)?.is("X-Ipfs-Path", &path)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a key in the host is the root",
        reqs: &["subdomain.host"],
        run: |gateway| {
            gateway.with_records()?;
            let name = fixtures().names.plain.base36();
            let host = format!("{name}.ipns.{}", gateway.subdomain()?);
            gateway.get_at(&host, "/hello.txt")?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a DNSLink name in the host is the root, dots as hyphens",
        reqs: &["subdomain.uninline", "subdomain.host"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let subdomain = gateway.subdomain()?;
            for name in ["site-conformance-test", "with--dash-conformance-test"] {
                let host = format!("{name}.ipns.{subdomain}");
                gateway.get_at(&host, "/hello.txt")?.status(200)?.body(HELLO)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "the port of the host does not count",
        reqs: &["subdomain.known-host", "subdomain.host"],
        run: |gateway| {
            let host = format!("{}:8443", dir_host(gateway)?);
            gateway.get_at(&host, "/hello.txt")?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD is GET without its body",
        reqs: &["subdomain.host", "path-gateway.head"],
        run: |gateway| {
            let host = dir_host(gateway)?;
            let request = Request::new("HEAD", "/hello.txt").header("Host", &host);
            let reply = gateway.send(&request)?;
            let etag = format!("\"{}\"", fixtures().unixfs.hello);
            reply.status(200)?.empty()?.is("Etag", &etag)?;
            reply.is("Content-Length", &HELLO.len().to_string())?;
            Ok(())
        },
    },
    GatewayCase {
        name: "what is no root in the host is a bad request",
        reqs: &["subdomain.bad-root"],
        run: |gateway| {
            gateway.get_at(&dir_host(gateway)?, "/hello.txt")?.status(200)?;
            let subdomain = gateway.subdomain()?;
            for root in ["bafyno", "nosuchroot", "bafybeicg2rebjoofv4kbyovkw7af3"] {
                gateway.get_at(&format!("{root}.ipfs.{subdomain}"), "/")?.status(400)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "origins are separate: a content path below a root is a plain path",
        reqs: &["subdomain.host"],
        run: |gateway| {
            let host = dir_host(gateway)?;
            gateway.get_at(&host, "/hello.txt")?.status(200)?.body(HELLO)?;
            let other = format!("/ipfs/{}/other.txt", fixtures().unixfs.index_dir);
            gateway.get_at(&host, &other)?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a directory is redirected to itself with a slash, seen from its origin",
        reqs: &["subdomain.host", "path-gateway.directory-slash"],
        run: |gateway| {
            let reply = gateway.get_at(&dir_host(gateway)?, "/sub?x=1")?;
            reply.redirects(301, "/sub/?x=1")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "index.html is the page of a directory",
        reqs: &["subdomain.host", "path-gateway.index-html"],
        run: |gateway| {
            let host = format!("{}.ipfs.{}", fixtures().unixfs.index_dir, gateway.subdomain()?);
            gateway.get_at(&host, "/")?.status(200)?.body(HTML)?.media_type("text/html")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a listing stays within its origin",
        reqs: &["subdomain.links"],
        run: |gateway| {
            let reply = gateway.get_at(&dir_host(gateway)?, "/sub/")?;
            reply.status(200)?.media_type("text/html")?.mentions("hello.txt")?;
            let inside = format!("href=\"/ipfs/{}/sub", fixtures().unixfs.dir);
            if reply.answer.text().contains(&inside) {
                return reply.fail("a link of the listing leads to a path of the path gateway");
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a key with another codec is redirected to the one for keys",
        reqs: &["subdomain.key-codec"],
        run: |gateway| {
            let subdomain = gateway.subdomain()?;
            let name = &fixtures().names.plain;
            let host = format!("{}.ipns.{subdomain}", name.cid.with_codec(DAG_PB).base36());
            let wanted = format!("http://{}.ipns.{subdomain}/hello.txt", name.base36());
            gateway.get_at(&host, "/hello.txt")?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "paths that are no content paths are not found at the gateway's own host",
        reqs: &["subdomain.paths"],
        run: |gateway| {
            let subdomain = gateway.subdomain()?;
            gateway.get_at(&dir_host(gateway)?, "/hello.txt")?.status(200)?;
            gateway.get_at(subdomain, "/")?.status(404)?;
            gateway.get_at(subdomain, "/hello.txt")?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a host that nobody knows is a path gateway",
        reqs: &["subdomain.other-hosts"],
        run: |gateway| {
            let path = format!("/ipfs/{}/hello.txt", fixtures().unixfs.dir);
            gateway.get_at("unknown.example.org", &path)?.status(200)?.body(HELLO)?;
            gateway.get_at("127.0.0.1", &path)?.status(200)?.body(HELLO)?;
            gateway.get_at("[::1]:80", &path)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "an address is never a subdomain gateway",
        reqs: &["subdomain.no-address"],
        run: |gateway| {
            gateway.with_config()?;
            let path = format!("/ipfs/{}/hello.txt", fixtures().unixfs.dir);
            gateway.get_at("127.0.0.2", &path)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a root longer than a DNS label is a bad request",
        reqs: &["subdomain.label-max"],
        run: |gateway| {
            let subdomain = gateway.subdomain()?;
            let long = &fixtures().unixfs.long;
            gateway.get(&format!("/ipfs/{long}"))?.status(200)?.body(b"long")?;
            gateway.get_at(subdomain, &format!("/ipfs/{long}"))?.status(400)?;
            gateway.get_at(&format!("{long}.ipfs.{subdomain}"), "/")?.status(400)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "ranges, formats and conditions hold at subdomains too",
        reqs: &["subdomain.host", "path-gateway.range", "path-gateway.if-none-match"],
        run: |gateway| {
            let (host, unixfs) = (dir_host(gateway)?, &fixtures().unixfs);
            let ask = |name: &str, value: &str| {
                let request = Request::new("GET", "/hello.txt").header("Host", &host);
                gateway.send(&request.header(name, value))
            };
            ask("Range", "bytes=0-4")?.status(206)?.body(&HELLO[..5])?;
            ask("If-None-Match", &format!("\"{}\"", unixfs.hello))?.status(304)?.empty()?;
            let raw = gateway.get_at(&host, "/hello.txt?format=raw")?;
            raw.status(200)?.body(HELLO)?.media_type("application/vnd.ipld.raw")?;
            let car = gateway.get_at(&host, "/hello.txt?format=car")?;
            let roots = car.status(200)?.car()?.blocks;
            match roots.last() {
                Some((cid, _)) if *cid == unixfs.hello => Ok(()),
                _ => car.fail("the CAR does not end with the file"),
            }
        },
    },
];
