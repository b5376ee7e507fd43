//! `?uri=`, the handler of `ipfs:` and `ipns:` addresses.

use crate::case::GatewayCase;
use crate::fixtures::fixtures;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "an address is redirected to its content path",
        reqs: &["subdomain.uri-router", "subdomain.uri-handler"],
        run: |gateway| {
            let host = gateway.subdomain()?;
            let dir = &fixtures().unixfs.dir;
            let wanted = format!("/ipfs/{dir}");
            let target = format!("/ipfs/?uri=ipfs%3A%2F%2F{dir}");
            gateway.get_at(host, &target)?.redirects(301, &wanted)?;
            gateway.get(&target)?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "path and query of the address are kept",
        reqs: &["subdomain.uri-router"],
        run: |gateway| {
            let host = gateway.subdomain()?;
            let dir = &fixtures().unixfs.dir;
            let target = format!("/ipfs/?uri=ipfs%3A%2F%2F{dir}%2Fsub%2Fhello.txt%3Fa%3Db");
            let wanted = format!("/ipfs/{dir}/sub/hello.txt?a=b");
            gateway.get_at(host, &target)?.redirects(301, &wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "names too",
        reqs: &["subdomain.uri-router", "subdomain.uri-handler"],
        run: |gateway| {
            let host = gateway.subdomain()?;
            let target = "/ipns/?uri=ipns%3A%2F%2Fsite.conformance.test%2Fhello.txt";
            let wanted = "/ipns/site.conformance.test/hello.txt";
            gateway.get_at(host, target)?.redirects(301, wanted)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "other addresses are refused",
        reqs: &["subdomain.uri-errors"],
        run: |gateway| {
            let host = gateway.subdomain()?;
            let dir = &fixtures().unixfs.dir;
            gateway.get_at(host, &format!("/ipfs/?uri=ipfs%3A%2F%2F{dir}"))?.status(301)?;
            for uri in ["https%3A%2F%2Fexample.net", "javascript%3Aalert(1)", "%3A%2F%2F%00"] {
                let reply = gateway.get_at(host, &format!("/ipfs/?uri={uri}"))?;
                reply.status(400)?.lacks("Location")?;
            }
            Ok(())
        },
    },
];
