//! HTTP itself: connections, message boundaries, `Host`.

use crate::case::{Check, GatewayCase, failed};
use crate::fixtures::{HELLO, fixtures};
use crate::gateway::{Gateway, Reply};
use crate::http::Connection;

fn hello() -> String {
    format!("/ipfs/{}", fixtures().unixfs.hello)
}

/// The bytes of a request for the smallest file.
fn request(gateway: &Gateway, method: &str, more: &str) -> Vec<u8> {
    format!("{method} {} HTTP/1.1\r\nHost: {}\r\n{more}\r\n", hello(), gateway.host).into_bytes()
}

/// The next answer on a connection has to be the smallest file.
fn file_next(connection: &mut Connection) -> Check {
    Reply::of(connection.answer("GET")?, "the next answer").status(200)?.body(HELLO)?;
    Ok(())
}

/// The gateway has to refuse these bytes, with this status or by closing, and to live on.
fn refuses(gateway: &Gateway, bytes: &[u8], statuses: &[u16]) -> Check {
    let mut connection = gateway.raw(bytes)?;
    let asked = String::from_utf8_lossy(bytes).into_owned();
    if let Ok(answer) = connection.answer("GET") {
        Reply::of(answer, &asked).status_in(statuses)?;
    }
    let mut connection = gateway.raw(&request(gateway, "GET", ""))?;
    file_next(&mut connection)
}

/// After what may or may not be refused, nothing that was hidden in the body may be answered.
fn hides_nothing(gateway: &Gateway, bytes: &[u8]) -> Check {
    let mut connection = gateway.raw(bytes)?;
    connection.patience(500);
    let (mut answers, asked) = (0, String::from_utf8_lossy(bytes).into_owned());
    while let Ok(answer) = connection.answer("GET") {
        answers += 1;
        let reply = Reply::of(answer, &asked);
        if reply.answer.body == HELLO {
            return reply.fail("a request that was hidden in a body was answered");
        }
        if answers > 2 {
            return reply.fail("more answers than requests");
        }
    }
    let mut connection = gateway.raw(&request(gateway, "GET", ""))?;
    file_next(&mut connection)
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a connection serves many requests, whatever their answers",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            let mut connection = gateway.raw(&request(gateway, "HEAD", ""))?;
            let head = Reply::of(connection.answer("HEAD")?, "HEAD");
            head.status(200)?.is("Content-Length", &HELLO.len().to_string())?;
            connection.write(&request(gateway, "GET", ""))?;
            file_next(&mut connection)?;
            let etag = format!("If-None-Match: \"{}\"\r\n", fixtures().unixfs.hello);
            connection.write(&request(gateway, "GET", &etag))?;
            Reply::of(connection.answer("GET")?, "If-None-Match").status(304)?;
            connection.write(&request(gateway, "GET", ""))?;
            file_next(&mut connection)?;
            connection.write(&request(gateway, "GET", "Range: bytes=0-1\r\n"))?;
            Reply::of(connection.answer("GET")?, "Range").status(206)?.body(&HELLO[..2])?;
            connection.write(&request(gateway, "GET", ""))?;
            file_next(&mut connection)
        },
    },
    GatewayCase {
        name: "requests that come together are answered in their order",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            let range = request(gateway, "GET", "Range: bytes=0-1\r\n");
            let both = [range, request(gateway, "GET", "")].concat();
            let mut connection = gateway.raw(&both)?;
            Reply::of(connection.answer("GET")?, "the first").status(206)?.body(&HELLO[..2])?;
            file_next(&mut connection)
        },
    },
    GatewayCase {
        name: "Connection: close is honoured",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            let mut connection = gateway.raw(&request(gateway, "GET", "Connection: close\r\n"))?;
            file_next(&mut connection)?;
            match connection.is_closed() {
                true => Ok(()),
                false => failed("the connection stays open"),
            }
        },
    },
    GatewayCase {
        name: "HTTP/1.0 is served and the connection closed",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            let bytes = format!("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", hello(), gateway.host);
            let mut connection = gateway.raw(bytes.as_bytes())?;
            let reply = Reply::of(connection.answer("GET")?, &bytes);
            reply.status(200)?.body(HELLO)?.lacks("Transfer-Encoding")?;
            match connection.is_closed() {
                true => Ok(()),
                false => failed("the connection stays open"),
            }
        },
    },
    GatewayCase {
        name: "a long answer to HTTP/1.0 is not chunked",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            let path = format!("/ipfs/{}?format=car", fixtures().unixfs.hamt);
            let bytes = format!("GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", gateway.host);
            let mut connection = gateway.raw(bytes.as_bytes())?;
            let reply = Reply::of(connection.answer("GET")?, &bytes);
            reply.status(200)?.lacks("Transfer-Encoding")?.car()?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a request without Host is refused",
        reqs: &["path-gateway.host-header"],
        run: |gateway| {
            let bytes = format!("GET {} HTTP/1.1\r\n\r\n", hello());
            refuses(gateway, bytes.as_bytes(), &[400])
        },
    },
    GatewayCase {
        name: "a request with two Hosts is refused",
        reqs: &["path-gateway.host-header"],
        run: |gateway| {
            refuses(gateway, &request(gateway, "GET", "Host: other.example\r\n"), &[400])
        },
    },
    GatewayCase {
        name: "a Host that is no host is refused or means nothing",
        reqs: &["path-gateway.host-header"],
        run: |gateway| {
            for host in ["a b", "a/b", "user@host", "a\tb", "<script>"] {
                let bytes = format!("GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", hello());
                refuses(gateway, bytes.as_bytes(), &[400, 404])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "header lines that are none are refused",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            for line in ["No-Colon", "Space : x", ": no name", "Bad\u{1}Name: x", "X: a\0b"] {
                let bytes = request(gateway, "GET", &format!("{line}\r\n"));
                refuses(gateway, &bytes, &[400])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "what is no HTTP is refused",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            for line in
                ["GET / HTTP/9.9", "GET /", "/ GET HTTP/1.1", "GET  / HTTP/1.1", "\u{16}\u{3}\u{1}"]
            {
                let bytes = format!("{line}\r\nHost: {}\r\n\r\n", gateway.host);
                refuses(gateway, bytes.as_bytes(), &[400, 404, 405, 501, 505])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "two lengths of a body, or one that is no number, are refused",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            for lines in [
                "Content-Length: 4\r\nContent-Length: 5\r\n",
                "Content-Length: 4, 5\r\n",
                "Content-Length: +4\r\n",
                "Content-Length: -1\r\n",
                "Content-Length: 0x4\r\n",
                "Content-Length: 99999999999999999999999\r\n",
            ] {
                let bytes = [request(gateway, "GET", lines), b"abcde".to_vec()].concat();
                refuses(gateway, &bytes, &[400, 413])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a transfer coding that nobody knows is refused",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            for coding in ["xchunked", "chunked, gzip", "identity, chunked, x"] {
                let lines = format!("Transfer-Encoding: {coding}\r\n");
                let bytes = [request(gateway, "GET", &lines), b"0\r\n\r\n".to_vec()].concat();
                refuses(gateway, &bytes, &[400, 501])?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "no request can be smuggled in the body of another",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            let inner = String::from_utf8_lossy(&request(gateway, "GET", "")).into_owned();
            let host = &gateway.host;
            let length = inner.len();
            let head = format!("POST /ipfs/ HTTP/1.1\r\nHost: {host}\r\n");
            let lengths = format!("{head}Content-Length: {length}\r\n\r\n{inner}");
            hides_nothing(gateway, lengths.as_bytes())?;
            let chunk = format!("{length:x}\r\n{inner}\r\n0\r\n\r\n");
            let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}");
            hides_nothing(gateway, chunked.as_bytes())?;
            let both =
                format!("{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
            hides_nothing(gateway, both.as_bytes())
        },
    },
    GatewayCase {
        name: "a body of GET is no request",
        reqs: &["path-gateway.message"],
        run: |gateway| {
            let inner = b"GET /ipfs/nonsense HTTP/1.1\r\nHost: x\r\n\r\n";
            let lines = format!("Content-Length: {}\r\n", inner.len());
            let first = [request(gateway, "GET", &lines), inner.to_vec()].concat();
            let mut connection = gateway.raw(&first)?;
            file_next(&mut connection)?;
            // Whether the connection goes on or ends, the body is not answered.
            let _ = connection.write(&request(gateway, "GET", ""));
            match connection.answer("GET") {
                Ok(answer) => {
                    Reply::of(answer, "the second request").status(200)?.body(HELLO)?;
                    Ok(())
                }
                Err(_) => Ok(()),
            }
        },
    },
];
