//! Providers and peers.

use super::{JSON, NDJSON, list};
use crate::case::{Check, GatewayCase};
use crate::fixtures::fixtures;
use crate::gateway::{Gateway, Reply};
use crate::http::Request;

/// Most records in one answer of JSON.
const RECORDS_MAX: usize = 100;
/// Longest time that an empty answer should be kept, in seconds.
const EMPTY_SECONDS_MAX: u64 = 60;

fn providers(gateway: &Gateway) -> Check<String> {
    gateway.with_routing()?;
    Ok(format!("/routing/v1/providers/{}", fixtures().unixfs.hello))
}

fn peers(gateway: &Gateway) -> Check<String> {
    gateway.with_routing()?;
    Ok(format!("/routing/v1/peers/{}", fixtures().names.unknown.base36()))
}

/// Lists in both of their places, with the key that holds them.
fn both(gateway: &Gateway) -> Check<[(String, &'static str); 2]> {
    Ok([(providers(gateway)?, "Providers"), (peers(gateway)?, "Peers")])
}

/// Lines of JSON, or one answer of JSON from a server that does not stream.
fn streamed(reply: &Reply, key: &str) -> Check {
    if reply.header("Content-Type")?.starts_with(JSON) {
        return list(reply, key).map(drop);
    }
    reply.status(200)?.whole()?.media_type(NDJSON)?;
    for line in reply.answer.text().lines().filter(|line| !line.is_empty()) {
        if !serde_json::from_str(line).is_ok_and(|value: serde_json::Value| value.is_object()) {
            return reply.fail(&format!("a line that is no record: {line:?}"));
        }
    }
    Ok(())
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a list of records, even an empty one",
        reqs: &["routing-v1.empty-200"],
        run: |gateway| {
            for (path, key) in both(gateway)? {
                let reply = gateway.get(&path)?;
                let records = list(&reply, key)?;
                if records.len() > RECORDS_MAX {
                    return reply.fail(&format!("{} records", records.len()));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "no stream for who does not ask for one",
        reqs: &["routing-v1.form"],
        run: |gateway| {
            for (path, key) in both(gateway)? {
                for accept in ["*/*", JSON, "text/html,*/*;q=0.5"] {
                    list(&gateway.get_with(&path, "Accept", accept)?, key)?;
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a stream of lines for who asks",
        reqs: &["routing-v1.form"],
        run: |gateway| {
            for (path, key) in both(gateway)? {
                streamed(&gateway.get_with(&path, "Accept", NDJSON)?, key)?;
                let both = format!("{NDJSON}, {JSON};q=0.5");
                streamed(&gateway.get_with(&path, "Accept", &both)?, key)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "answers differ by Accept, and say so",
        reqs: &["routing-v1.form"],
        run: |gateway| {
            for (path, key) in both(gateway)? {
                let reply = gateway.get(&path)?;
                list(&reply, key)?;
                if !reply.list("Vary").iter().any(|name| name == "accept") {
                    return reply.fail(&format!("Vary: {:?}", reply.list("Vary")));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "an empty list is kept for a short time",
        reqs: &["routing-v1.cache"],
        run: |gateway| {
            for (path, key) in both(gateway)? {
                let reply = gateway.get(&path)?;
                let records = list(&reply, key)?;
                match reply.max_age()? {
                    Some(age) if !records.is_empty() || age <= EMPTY_SECONDS_MAX => {}
                    other => return reply.fail(&format!("max-age {other:?}")),
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "what outlives its time may be used while it is asked for again",
        reqs: &["routing-v1.cache"],
        run: |gateway| {
            for (path, key) in both(gateway)? {
                let reply = gateway.get(&path)?;
                list(&reply, key)?;
                for name in ["stale-while-revalidate=", "stale-if-error="] {
                    if !reply.list("Cache-Control").iter().any(|word| word.starts_with(name)) {
                        return reply.fail(&format!("{:?}", reply.list("Cache-Control")));
                    }
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a peer in every form of its ID",
        reqs: &["routing-v1.peer-id"],
        run: |gateway| {
            gateway.with_routing()?;
            let id = &fixtures().names.unknown;
            for form in [id.base36(), id.base58(), id.to_string()] {
                list(&gateway.get(&format!("/routing/v1/peers/{form}"))?, "Peers")?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a CID in every form",
        reqs: &["routing-v1.cid"],
        run: |gateway| {
            gateway.with_routing()?;
            let unixfs = &fixtures().unixfs;
            for form in
                [unixfs.hello.base36(), unixfs.hello_v0.to_string(), unixfs.long.to_string()]
            {
                list(&gateway.get(&format!("/routing/v1/providers/{form}"))?, "Providers")?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "what is no CID and no peer ID is refused",
        reqs: &["routing-v1.cid"],
        run: |gateway| {
            list(&gateway.get(&providers(gateway)?)?, "Providers")?;
            for path in ["providers/nonsense", "peers/nonsense", "providers/bafy", "peers/12D3Koo"]
            {
                gateway.get(&format!("/routing/v1/{path}"))?.status_in(&[400, 422])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "filters are understood",
        reqs: &["routing-v1.filter-protocols", "routing-v1.filter-addrs"],
        run: |gateway| {
            for (path, key) in both(gateway)? {
                for query in [
                    "filter-addrs=tls,webtransport,!ip6,unknown",
                    "filter-protocols=unknown,transport-bitswap",
                    "filter-addrs=TLS%2Cunknown&filter-protocols=transport-ipfs-gateway-http",
                    "filter-addrs=&filter-protocols=",
                ] {
                    list(&gateway.get(&format!("{path}?{query}"))?, key)?;
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "closest peers: peers, or not found, or not implemented",
        reqs: &["routing-v1.closest-unsupported"],
        run: |gateway| {
            list(&gateway.get(&peers(gateway)?)?, "Peers")?;
            let hello = &fixtures().unixfs.hello;
            let reply = gateway.get(&format!("/routing/v1/dht/closest/peers/{hello}"))?;
            reply.status_in(&[200, 404, 501])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "methods and paths that nobody knows are refused",
        reqs: &["routing-v1.unknown-path", "routing-v1.methods"],
        run: |gateway| {
            let path = providers(gateway)?;
            list(&gateway.get(&path)?, "Providers")?;
            for path in ["/routing/v1/nosuch", "/routing/v9/providers/x", "/routing/v1/providers/"]
            {
                gateway.get(path)?.status_in(&[400, 404, 405, 501])?;
            }
            let reply = gateway.send(&Request::new("DELETE", &path))?;
            reply.status_in(&[405, 501])?;
            Ok(())
        },
    },
];
