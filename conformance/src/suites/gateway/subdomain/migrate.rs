//! From a path to a subdomain.

use crate::case::GatewayCase;
use crate::encode::LIBP2P_KEY;
use crate::fixtures::{HELLO, fixtures};
use crate::http::Request;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a content path is redirected to its subdomain, path and query kept",
        reqs: &["subdomain.migrate", "subdomain.keep-path"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            for rest in ["/", "/sub/hello.txt", "/sub/?a=b&c=%20d", "/a%20b+c%2520d%3Fe%23f.txt"] {
                let wanted = format!("http://{dir}.ipfs.{host}{rest}");
                gateway.get_at(host, &format!("/ipfs/{dir}{rest}"))?.redirects(301, &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a root without slash gets one",
        reqs: &["subdomain.migrate"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            let wanted = format!("http://{dir}.ipfs.{host}/");
            gateway.get_at(host, &format!("/ipfs/{dir}"))?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the port is kept",
        reqs: &["subdomain.migrate"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            let host = format!("{}:8443", host.split(':').next().unwrap_or(host));
            let wanted = format!("http://{dir}.ipfs.{host}/x");
            gateway.get_at(&host, &format!("/ipfs/{dir}/x"))?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "nothing below the root is looked at before the redirect",
        reqs: &["subdomain.keep-path", "subdomain.redirects-after"],
        run: |gateway| {
            let host = gateway.subdomain()?;
            for root in [&fixtures().sites.spa, &fixtures().unixfs.lost] {
                let wanted = format!("http://{root}.ipfs.{host}/no/such?q");
                let path = format!("/ipfs/{root}/no/such?q");
                gateway.get_at(host, &path)?.redirects(301, &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a root of version 0 becomes version 1 in base32",
        reqs: &["subdomain.canonical-cid"],
        run: |gateway| {
            let (host, v0) = (gateway.subdomain()?, &fixtures().unixfs.hello_v0);
            let wanted = format!("http://{}.ipfs.{host}/", v0.to_v1());
            gateway.get_at(host, &format!("/ipfs/{v0}"))?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a root in another base becomes base32",
        reqs: &["subdomain.canonical-cid"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            let base58 = multibase::encode(multibase::Base::Base58Btc, dir.bytes());
            let wanted = format!("http://{dir}.ipfs.{host}/");
            gateway.get_at(host, &format!("/ipfs/{base58}"))?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "every form of a key becomes a CID for keys in base36",
        reqs: &["subdomain.canonical-cid", "subdomain.peer-id"],
        run: |gateway| {
            let (host, name) = (gateway.subdomain()?, &fixtures().names.plain);
            let wanted = format!("http://{}.ipns.{host}/hello.txt", name.base36());
            let base32 = name.cid.with_codec(LIBP2P_KEY).to_string();
            for form in [name.cid.base58(), base32, name.base36()] {
                let path = format!("/ipns/{form}/hello.txt");
                gateway.get_at(host, &path)?.redirects(301, &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a DNSLink name is inlined",
        reqs: &["subdomain.inline", "subdomain.inline-redirect"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let host = gateway.subdomain()?;
            let wanted = format!("http://with--dash-conformance-test.ipns.{host}/hello.txt?q=1");
            let path = "/ipns/with-dash.conformance.test/hello.txt?q=1";
            gateway.get_at(host, path)?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "behind a TLS proxy, redirects are to https",
        reqs: &["subdomain.forwarded-proto"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            let wanted = format!("https://{dir}.ipfs.{host}/hello.txt");
            let request = Request::new("GET", &format!("/ipfs/{dir}/hello.txt"));
            let request = request.header("Host", host).header("X-Forwarded-Proto", "https");
            gateway.send(&request)?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "behind a TLS proxy, DNSLink names are inlined whatever the configuration",
        reqs: &["subdomain.inline-redirect", "subdomain.forwarded-proto"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let host = gateway.dotted()?;
            let wanted = format!("https://with--dash-conformance-test.ipns.{host}/");
            let request = Request::new("GET", "/ipns/with-dash.conformance.test");
            let request = request.header("Host", host).header("X-Forwarded-Proto", "https");
            gateway.send(&request)?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "X-Forwarded-Host stands for Host",
        reqs: &["subdomain.forwarded-host"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            let wanted = format!("http://{dir}.ipfs.{host}/x?y");
            let request = Request::new("GET", &format!("/ipfs/{dir}/x?y"));
            let forwarded = request.header("X-Forwarded-Host", host);
            gateway.send(&forwarded)?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "X-Forwarded-Host that is no known gateway makes no redirect",
        reqs: &["subdomain.forwarded-host", "subdomain.other-hosts"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            let request = Request::new("GET", &format!("/ipfs/{dir}/hello.txt"));
            let request = request.header("Host", host);
            let request = request.header("X-Forwarded-Host", "fake.example.org");
            gateway.send(&request)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "what is no root is a bad request, not a redirect",
        reqs: &["subdomain.bad-root", "subdomain.keep-path"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            gateway.get_at(host, &format!("/ipfs/{dir}/"))?.status(301)?;
            gateway.get_at(host, "/ipfs/bafyno/x")?.status(400)?.lacks("Location")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a redirect never leads to another host than the gateway's",
        reqs: &["subdomain.keep-path"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            let start = format!("http://{dir}.ipfs.{host}/");
            for path in ["//evil.example/x", "/\\evil.example/x", "/%2F%2Fevil.example"] {
                let reply = gateway.get_at(host, &format!("/ipfs/{dir}{path}"))?;
                let location = reply.status_in(&[301, 307, 308])?.header("Location")?;
                let relative = location.starts_with('/') && !location.starts_with("//");
                if !location.starts_with(&start) && !relative {
                    return reply.fail(&format!("leads to {location:?}"));
                }
            }
            Ok(())
        },
    },
];
