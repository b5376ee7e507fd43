//! Odd and hostile hosts and roots.

use super::dir_host;
use crate::case::GatewayCase;
use crate::fixtures::{HELLO, fixtures};
use crate::http::Request;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "localhost is a subdomain gateway",
        reqs: &["subdomain.localhost"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let reply = gateway.get_at("localhost:1", &format!("/ipfs/{dir}/hello.txt"))?;
            reply.redirects(301, &format!("http://{dir}.ipfs.localhost:1/hello.txt"))?;
            let host = format!("{dir}.ipfs.localhost:1");
            gateway.get_at(&host, "/hello.txt")?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "no redirect leads to a host that the path names",
        reqs: &["subdomain.no-foreign-host"],
        run: |gateway| {
            let host = gateway.subdomain()?;
            for root in ["evil.example%23", "evil.example%3F", "evil.example%3F%23", "x%40evil"] {
                let reply = gateway.get_at(host, &format!("/ipns/{root}/x"))?;
                reply.status(400)?.lacks("Location")?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a canonical host behind a proxy is not redirected to itself",
        reqs: &["subdomain.no-loop", "subdomain.forwarded-host"],
        run: |gateway| {
            let host = dir_host(gateway)?;
            let request = Request::new("GET", "/hello.txt").header("Host", "gateway.internal");
            let reply = gateway.send(&request.header("X-Forwarded-Host", &host))?;
            reply.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "case in the gateway's name does not count",
        reqs: &["subdomain.case"],
        run: |gateway| {
            let (dir, host) = (&fixtures().unixfs.dir, gateway.subdomain()?.to_uppercase());
            let reply = gateway.get_at(&format!("{dir}.IPFS.{host}"), "/hello.txt")?;
            reply.status(200)?.body(HELLO)?;
            let reply = gateway.get_at(&host, &format!("/ipfs/{dir}"))?;
            reply.status(301)?;
            Ok(())
        },
    },
];
