//! The gateway as an HTTP proxy.

use super::dir_host;
use crate::case::{GatewayCase, failed};
use crate::fixtures::{HELLO, fixtures};
use crate::gateway::Reply;
use crate::http::Request;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "an absolute target is a request for its host",
        reqs: &["subdomain.proxy"],
        run: |gateway| {
            let host = dir_host(gateway)?;
            let request = Request::new("GET", &format!("http://{host}/hello.txt"));
            let request = request.header("Host", &host);
            gateway.send(&request)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the host of an absolute target goes before the header",
        reqs: &["subdomain.proxy"],
        run: |gateway| {
            let host = dir_host(gateway)?;
            let request = Request::new("GET", &format!("http://{host}/hello.txt"));
            let request = request.header("Host", "other.example.org");
            gateway.send(&request)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "an absolute target with a content path is redirected",
        reqs: &["subdomain.proxy", "subdomain.migrate"],
        run: |gateway| {
            let (host, dir) = (gateway.subdomain()?, &fixtures().unixfs.dir);
            let request = Request::new("GET", &format!("http://{host}/ipfs/{dir}/"));
            let reply = gateway.send(&request.header("Host", host))?;
            reply.redirects(301, &format!("http://{dir}.ipfs.{host}/"))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "CONNECT makes a tunnel to the gateway itself",
        reqs: &["subdomain.tunnel"],
        run: |gateway| {
            let host = dir_host(gateway)?;
            let connect = format!("CONNECT {host}:80 HTTP/1.1\r\nHost: {host}:80\r\n\r\n");
            let mut connection = gateway.raw(connect.as_bytes())?;
            let reply = Reply::of(connection.answer("CONNECT")?, &connect);
            reply.status(200)?;
            let inner = format!("GET /hello.txt HTTP/1.1\r\nHost: {host}\r\n\r\n");
            connection.write(inner.as_bytes())?;
            Reply::of(connection.answer("GET")?, &inner).status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a tunnel leads nowhere else",
        reqs: &["subdomain.tunnel"],
        run: |gateway| {
            let listener = match std::net::TcpListener::bind("127.0.0.1:0") {
                Ok(listener) => listener,
                Err(error) => return failed(format!("no port: {error}")),
            };
            let port = listener.local_addr().map_or(0, |address| address.port());
            let target = format!("127.0.0.1:{port}");
            let connect = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
            let mut connection = gateway.raw(connect.as_bytes())?;
            let reply = Reply::of(connection.answer("CONNECT")?, &connect);
            let path = format!("/ipfs/{}", fixtures().unixfs.hello);
            if reply.answer.status == 200 {
                let inner = format!("GET {path} HTTP/1.1\r\nHost: {target}\r\n\r\n");
                connection.write(inner.as_bytes())?;
                Reply::of(connection.answer("GET")?, &inner).status(200)?.body(HELLO)?;
            } else {
                reply.is_error()?;
                gateway.get(&path)?.status(200)?.body(HELLO)?;
            }
            // Nobody may have come to the target.
            let quiet = listener.set_nonblocking(true).and_then(|()| listener.accept());
            match quiet {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
                Err(error) => failed(format!("cannot look: {error}")),
                Ok(_) => failed("the gateway connected to the target of CONNECT"),
            }
        },
    },
];
