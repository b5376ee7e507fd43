//! Input that means harm.

use crate::case::{Check, GatewayCase};
use crate::encode::{Cid, RAW};
use crate::fixtures::{HELLO, fixtures};
use crate::gateway::{Gateway, Reply};
use crate::http::Request;

fn hello() -> String {
    format!("/ipfs/{}", fixtures().unixfs.hello)
}

/// The gateway has to be well afterwards.
fn lives(gateway: &Gateway) -> Check {
    gateway.get(&hello())?.status(200)?.body(HELLO)?;
    Ok(())
}

/// An answer, or a closed connection, to a request that may be refused before it was read.
fn maybe(gateway: &Gateway, request: &Request, statuses: &[u16]) -> Check {
    let server = &gateway.server;
    let mut connection = server.connect()?;
    // It may be refused before all was written.
    let _ = connection.write(&request.head(server));
    if let Ok(answer) = connection.answer(&request.method) {
        Reply::of(answer, &request.target).status_in(statuses)?;
    }
    lives(gateway)
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a target of 40 KiB is too long",
        reqs: &["path-gateway.target-max"],
        run: |gateway| {
            lives(gateway)?;
            let target = format!("{}?{}", hello(), "x".repeat(40 << 10));
            maybe(gateway, &Request::new("GET", &target), &[414, 431])
        },
    },
    GatewayCase {
        name: "a target of 2 MiB is refused",
        reqs: &["path-gateway.target-max"],
        run: |gateway| {
            lives(gateway)?;
            let target = format!("/ipfs/{}", "x".repeat(2 << 20));
            maybe(gateway, &Request::new("GET", &target), &[400, 413, 414, 431])
        },
    },
    GatewayCase {
        name: "a header of 2 MiB is refused",
        reqs: &["path-gateway.target-max"],
        run: |gateway| {
            lives(gateway)?;
            let request = Request::new("GET", &hello()).header("X-Long", &"x".repeat(2 << 20));
            maybe(gateway, &request, &[400, 413, 431])
        },
    },
    GatewayCase {
        name: "a hundred thousand headers are refused",
        reqs: &["path-gateway.target-max"],
        run: |gateway| {
            lives(gateway)?;
            let mut request = Request::new("GET", &hello());
            for number in 0..100_000 {
                request = request.header(&format!("X-{number}"), "x");
            }
            maybe(gateway, &request, &[400, 413, 431])
        },
    },
    GatewayCase {
        name: "no path leads out of the namespaces",
        reqs: &["path-gateway.clean-path", "path-gateway.bad-path"],
        run: |gateway| {
            lives(gateway)?;
            let dir = &fixtures().unixfs.dir;
            for path in [
                "/../../../../etc/passwd".to_owned(),
                "/ipfs/../../../etc/passwd".to_owned(),
                format!("/ipfs/{dir}/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
                format!("/ipfs/{dir}/..%2f..%2f..%2fetc/passwd"),
                format!("/ipfs/{dir}/..\\..\\etc\\passwd"),
                format!("/ipfs/{dir}/%00/etc/passwd"),
            ] {
                let reply = gateway.get(&path)?;
                let passed = (300..500).contains(&reply.answer.status);
                if !passed || reply.answer.text().contains("root:") {
                    return reply.fail(&format!("status {}", reply.answer.status));
                }
            }
            lives(gateway)
        },
    },
    GatewayCase {
        name: "no line break gets from a request into headers",
        reqs: &["path-gateway.disposition", "path-gateway.x-ipfs-path"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let dir = &unixfs.dir;
            gateway.get(&format!("{}?filename=x.txt", hello()))?.status(200)?.body(HELLO)?;
            for path in [
                format!("{}?filename=a%0d%0aX-Injected:%201", hello()),
                format!("{}?format=raw&filename=a%0aX-Injected:%201", hello()),
                format!("/ipfs/{dir}/sub%0d%0aX-Injected:%201"),
                format!("/ipfs/{dir}?x=%0d%0aX-Injected:%201"),
                format!("/ipfs/?uri=ipfs%3A%2F%2F{dir}%2F%250d%250aX-Injected:%201"),
            ] {
                gateway.get(&path)?.lacks("X-Injected")?;
            }
            let name = format!("/ipfs/{}/a%0d%0ab", unixfs.hamt);
            gateway.get(&name)?.status_in(&[400, 404])?;
            lives(gateway)
        },
    },
    GatewayCase {
        name: "no quote gets from a file name into the header",
        reqs: &["path-gateway.disposition"],
        run: |gateway| {
            let query = "filename=a%22%3B%20filename%3D%22evil.exe&download=true";
            let reply = gateway.get(&format!("{}?{query}", hello()))?;
            let value = reply.status(200)?.body(HELLO)?.header("Content-Disposition")?;
            // The quoted string after filename= has to be the only one, its quotes escaped.
            let rest = value.split_once("filename=\"").map_or("", |(_, rest)| rest);
            let (mut end, mut escaped) = (rest.len(), false);
            for (at, c) in rest.char_indices() {
                match c {
                    '\\' if !escaped => escaped = true,
                    '"' if !escaped => {
                        end = at;
                        break;
                    }
                    _ => escaped = false,
                }
            }
            let after = rest.get(end..).unwrap_or("");
            match value.starts_with("attachment") && !after.contains("filename=\"") {
                true => Ok(()),
                false => reply.fail(&format!("Content-Disposition {value:?}")),
            }
        },
    },
    GatewayCase {
        name: "broken percent escapes are refused",
        reqs: &["path-gateway.broken-escape"],
        run: |gateway| {
            lives(gateway)?;
            let dir = &fixtures().unixfs.dir;
            for rest in ["%", "%2", "%zz", "hello%"] {
                gateway.get(&format!("/ipfs/{dir}/{rest}"))?.status(400)?;
            }
            gateway.get(&format!("/ipfs/{dir}/%ff%fe"))?.status_in(&[400, 404])?;
            lives(gateway)
        },
    },
    GatewayCase {
        name: "queries that mean nothing change nothing",
        reqs: &["path-gateway.format-unknown"],
        run: |gateway| {
            for query in ["%", "%zz=1", "a=1&a=2&;&&&=&=x", "format", "filename", "?/../?"] {
                let reply = gateway.get(&format!("{}?{query}", hello()))?;
                reply.status_in(&[200, 400])?;
                if reply.answer.status == 200 {
                    reply.body(HELLO)?;
                }
            }
            let many = "a=b&".repeat(2000);
            gateway.get(&format!("{}?{many}", hello()))?.status_in(&[200, 400])?;
            lives(gateway)
        },
    },
    GatewayCase {
        name: "CIDs that lie about their lengths are refused",
        reqs: &["path-gateway.bad-path"],
        run: |gateway| {
            lives(gateway)?;
            let multihashes: [&[u8]; 5] = [
                &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3],
                &[0x12, 0x20, 1, 2, 3],
                &[0, 0x80, 0x80, 0x80, 0x80, 0x10],
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0],
                &[],
            ];
            for multihash in multihashes {
                let cid = Cid::v1(RAW, multihash);
                for format in ["", "?format=raw", "?format=car"] {
                    gateway.get(&format!("/ipfs/{cid}{format}"))?.status_in(&[400, 404])?;
                }
            }
            lives(gateway)
        },
    },
    GatewayCase {
        name: "an Accept of a hundred thousand types does no harm",
        reqs: &["path-gateway.format-over-accept"],
        run: |gateway| {
            lives(gateway)?;
            let accept = "text/plain;q=0.1, ".repeat(5000);
            let reply = gateway.get_with(&hello(), "Accept", &format!("{accept}*/*"))?;
            reply.status_in(&[200, 400, 431])?;
            let reply = gateway.get_with(&hello(), "Accept", ";;;,,,q=,\"")?;
            reply.status_in(&[200, 400])?;
            lives(gateway)
        },
    },
    GatewayCase {
        name: "numbers beyond all bounds in ranges of entities",
        reqs: &["trustless.car-unsupported"],
        run: |gateway| {
            lives(gateway)?;
            let path = format!("/ipfs/{}?format=car&dag-scope=entity", fixtures().unixfs.multi);
            gateway.get(&format!("{path}&entity-bytes=0:0"))?.status(200)?.car()?;
            for range in [
                "99999999999999999999:*",
                "0:99999999999999999999",
                "-9223372036854775808:*",
                "-9223372036854775809:*",
                "9223372036854775807:9223372036854775807",
            ] {
                gateway.get(&format!("{path}&entity-bytes={range}"))?.status_in(&[200, 400])?;
            }
            lives(gateway)
        },
    },
];
