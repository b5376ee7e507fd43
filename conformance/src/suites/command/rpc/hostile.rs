//! Requests that want to do harm. Whatever comes, a clear answer or the end of that connection, and
//! everyone else is served as before.

use super::call::{self, BOUNDARY, call, file, upload};
use crate::case::{Check, HttpCase, Suite, failed, same};
use crate::http::{Request, Server};

pub(crate) const SUITE: Suite = Suite { name: "command/rpc", rpc: CASES, ..Suite::EMPTY };

/// Whether the server still does its work.
fn well(server: &Server) -> Check {
    let answer = call(server, "version")?.expect(200)?;
    same("it still answers", &answer.json()?["Version"].is_string(), &true)
}

/// Sends bytes as they are; the status of the answer, 0 when the connection just ends.
fn raw(server: &Server, bytes: &[u8]) -> Check<u16> {
    let mut connection = server.connect()?;
    // It may refuse before it has read all.
    let _ = connection.write(bytes);
    Ok(connection.answer_head().map_or(0, |answer| answer.status))
}

/// The head of a request for `version` with these lines.
fn head(server: &Server, lines: &str) -> Vec<u8> {
    let host = server.authority();
    format!("POST /api/v0/version HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n").into_bytes()
}

fn refused(what: &str, status: u16) -> Check {
    if status == 0 || (400..500).contains(&status) || status == 501 {
        return Ok(());
    }
    failed(format!("{what}: status {status}"))
}

const CASES: &[HttpCase] = &[
    HttpCase {
        name: "a foreign Host is no obstacle by itself, but gives no origin",
        reqs: &["rpc.host"],
        run: |server| {
            // DNS rebinding: the page's origin is the foreign name, and that is refused.
            let port = server.port();
            let foreign = Request::new("POST", "/api/v0/version")
                .header("Host", &format!("evil.example.com:{port}"))
                .header("Origin", &format!("http://evil.example.com:{port}"))
                .body("");
            call::refusal(server.send(&foreign)?, 403, "403 - Forbidden")?;
            let browser = Request::new("POST", "/api/v0/version")
                .header("Host", &format!("evil.example.com:{port}"))
                .header("User-Agent", "Mozilla/5.0")
                .body("");
            call::refusal(server.send(&browser)?, 403, "403 - Forbidden")?;
            well(server)
        },
    },
    HttpCase {
        name: "headers that contradict each other",
        reqs: &["rpc.smuggling"],
        run: |server| {
            let smuggled = "POST /api/v0/shutdown HTTP/1.1\r\nHost: x\r\n\r\n";
            for (what, lines) in [
                ("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"),
                ("a length that is none", "Content-Length: 5x\r\n"),
                ("a negative length", "Content-Length: -5\r\n"),
                ("a space before the colon", "Content-Length : 5\r\n"),
                ("an unknown coding", "Transfer-Encoding: xchunked\r\n"),
                ("a null in a value", "X-A: a\0b\r\n"),
                ("a header without colon", "nonsense\r\n"),
            ] {
                let mut bytes = head(server, lines);
                bytes.extend(smuggled.bytes());
                refused(what, raw(server, &bytes)?)?;
            }
            well(server)
        },
    },
    HttpCase {
        name: "a body with both a length and chunks is read as chunks",
        reqs: &["rpc.smuggling"],
        run: |server| {
            let lines =
                "Content-Length: 100\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n";
            let mut bytes = head(server, lines);
            bytes.extend(b"0\r\n\r\n");
            let status = raw(server, &bytes)?;
            // Refusing is fine, too.
            same("answered", &matches!(status, 200 | 400), &true)?;
            well(server)
        },
    },
    HttpCase {
        name: "an endless head",
        reqs: &["rpc.head-limit", "http.head-size"],
        run: |server| {
            let line = format!("X-Filler: {}\r\n", "y".repeat(8000));
            let many = head(server, &line.repeat(300));
            refused("2.4 MB of headers", raw(server, &many)?)?;
            let one = head(server, &format!("X-Filler: {}\r\n", "y".repeat(3 << 20)));
            refused("one header of 3 MiB", raw(server, &one)?)?;
            well(server)
        },
    },
    HttpCase {
        name: "a huge query",
        reqs: &["rpc.query-limit"],
        run: |server| {
            let long = format!("version?{}", "arg=x&".repeat(20_000));
            let status = call(server, &long).map_or(0, |answer| answer.status);
            same("answered or refused", &(status == 200 || refused("", status).is_ok()), &true)?;
            let huge = format!("version?arg={}", "x".repeat(4 << 20));
            refused("4 MiB", call(server, &huge).map_or(0, |answer| answer.status))?;
            well(server)
        },
    },
    HttpCase {
        name: "broken escapes in a query",
        reqs: &["rpc.query-escapes"],
        run: |server| {
            for query in ["arg=%zz", "arg=%", "%zz=1", "arg=%00", "arg=%ff%fe", "arg=a;b", "&&==&"]
            {
                let answer = call(server, &format!("cid/format?{query}"))?;
                let clear = matches!(answer.status, 200 | 400 | 500);
                same(query, &(answer.status, clear), &(answer.status, true))?;
            }
            well(server)
        },
    },
    HttpCase {
        name: "twenty thousand parts",
        reqs: &["rpc.many-parts"],
        run: |server| {
            let mut parts = Vec::new();
            for number in 0..20_000 {
                parts.push(file(&format!("{number}"), b""));
            }
            let request = upload("add?pin=false&only-hash=true&silent=true", &parts);
            let answer = server.send(&request)?;
            same("taken or refused", &matches!(answer.status, 200 | 400 | 413 | 500), &true)?;
            well(server)
        },
    },
    HttpCase {
        name: "a part whose headers never end",
        reqs: &["rpc.part-head-limit"],
        run: |server| {
            let mut body = format!("--{BOUNDARY}\r\n").into_bytes();
            for number in 0..200_000 {
                body.extend(format!("X-Header-{number}: value of a header\r\n").bytes());
            }
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            let request = Request::new("POST", "/api/v0/add").header("Content-Type", &kind);
            let answer = server.send(&request.body(body))?;
            let told = answer.status >= 400 || answer.trailers.get("x-stream-error").is_some();
            same("an error", &told, &true)?;
            well(server)
        },
    },
    HttpCase {
        name: "a name of many folders",
        reqs: &["rpc.part-depth"],
        run: |server| {
            let name = format!("{}file", "d/".repeat(5000));
            let answer = server.send(&upload("add?only-hash=true", &[file(&name, b"x")]))?;
            same("taken or refused", &matches!(answer.status, 200 | 400 | 500), &true)?;
            well(server)
        },
    },
    HttpCase {
        name: "bodies that never come",
        reqs: &["rpc.idle-body"],
        run: |server| {
            let mut waiting = Vec::new();
            for _ in 0..200 {
                let mut connection = server.connect()?;
                let kind = format!("multipart/form-data; boundary={BOUNDARY}");
                let request = Request::new("POST", "/api/v0/add?only-hash=true")
                    .header("Content-Type", &kind)
                    .header("Content-Length", "1000000");
                connection.write(&request.head(server))?;
                connection.write(format!("--{BOUNDARY}\r\n").as_bytes())?;
                waiting.push(connection);
            }
            // Others are served meanwhile.
            well(server)?;
            drop(waiting);
            well(server)
        },
    },
    HttpCase {
        name: "clients that stop reading",
        reqs: &["rpc.slow-reader"],
        run: |server| {
            let bytes = vec![b'z'; 24 << 20];
            let cid = call::add(server, "raw-leaves=true&pin=false", "big", &bytes)?;
            let mut waiting = Vec::new();
            for _ in 0..20 {
                let mut connection = server.connect()?;
                let request = Request::new("POST", &format!("/api/v0/cat?arg={cid}")).body("");
                connection.write(&request.head(server))?;
                let status = connection.answer_head()?.status;
                same("it starts", &status, &200)?;
                waiting.push(connection);
            }
            well(server)?;
            // One that reads on gets all of it.
            let all = call(server, &format!("cat?arg={cid}"))?.expect(200)?;
            same("bytes", &(all.body.len(), all.complete), &(bytes.len(), true))
        },
    },
    HttpCase {
        name: "methods and targets that are none",
        reqs: &["rpc.nonsense"],
        run: |server| {
            for bytes in [
                &b"\0\0\0\0\r\n\r\n"[..],
                b"GET\r\n\r\n",
                b"POST /api/v0/version HTTP/9.9\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            ] {
                let status = raw(server, bytes)?;
                let fits = refused("", status).is_ok() || status == 505;
                same(&bytes.escape_ascii().to_string(), &(status, fits), &(status, true))?;
            }
            well(server)
        },
    },
    HttpCase {
        name: "commands reached by tricks with the path",
        reqs: &["rpc.path-tricks"],
        run: |server| {
            for path in [
                "/api/v0/../v0/nosuch",
                "/api/v0//nosuch",
                "/api/v0/%2e%2e/secret",
                "/webui/../api/v0/nosuch",
                "/ipfs/../api/v0/nosuch",
            ] {
                let answer = server.post(path)?;
                let away = matches!(answer.status, 301 | 307 | 400 | 403 | 404);
                same(path, &(answer.status, away), &(answer.status, true))?;
            }
            well(server)
        },
    },
];
