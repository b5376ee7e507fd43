//! Other sites.

use super::{RECORD, list};
use crate::case::{Check, GatewayCase};
use crate::fixtures::fixtures;
use crate::gateway::{Gateway, Reply};
use crate::http::Request;

fn preflight(gateway: &Gateway, path: &str, method: &str) -> Check<Reply> {
    let request = Request::new("OPTIONS", path)
        .header("Origin", "https://other.example")
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", "accept");
    gateway.send(&request)
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "every site may read every answer",
        reqs: &["routing-v1.preflight"],
        run: |gateway| {
            gateway.with_routing()?;
            let hello = &fixtures().unixfs.hello;
            let path = format!("/routing/v1/providers/{hello}");
            let reply = gateway.get_with(&path, "Origin", "https://other.example")?;
            list(&reply, "Providers")?;
            reply.is("Access-Control-Allow-Origin", "*")?;
            let wrong = gateway.get_with(
                "/routing/v1/providers/nonsense",
                "Origin",
                "https://other.example",
            )?;
            wrong.is_error()?.is("Access-Control-Allow-Origin", "*")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "every site may read records",
        reqs: &["routing-v1.preflight"],
        run: |gateway| {
            gateway.with_routing()?;
            gateway.with_records()?;
            let name = fixtures().names.plain.base36();
            let request = Request::new("GET", &format!("/routing/v1/ipns/{name}"))
                .header("Accept", RECORD)
                .header("Origin", "https://other.example");
            gateway.send(&request)?.status(200)?.is("Access-Control-Allow-Origin", "*")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "preflights are answered",
        reqs: &["routing-v1.preflight"],
        run: |gateway| {
            gateway.with_routing()?;
            let (hello, names) = (&fixtures().unixfs.hello, &fixtures().names);
            for path in [
                format!("providers/{hello}"),
                format!("peers/{}", names.unknown.base36()),
                format!("ipns/{}", names.plain.base36()),
            ] {
                let reply = preflight(gateway, &format!("/routing/v1/{path}"), "GET")?;
                reply.status_in(&[200, 204])?.empty()?;
                reply.is("Access-Control-Allow-Origin", "*")?;
                let methods = reply.list("Access-Control-Allow-Methods");
                if !methods.iter().any(|method| method == "get") {
                    return reply.fail(&format!("methods {methods:?}"));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "provider records of others are not taken",
        reqs: &["routing-v1.no-provide"],
        run: |gateway| {
            gateway.with_routing()?;
            let path = "/routing/v1/providers/";
            let request = Request::new("PUT", path).header("Content-Type", "application/json");
            gateway.send(&request.body(b"{\"Providers\":[]}"))?.status(501)?;
            Ok(())
        },
    },
];
