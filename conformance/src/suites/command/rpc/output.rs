//! How answers are framed: headers, streams, trailers, errors behind output.

use super::call::{self, DIRECTORY, FILE, FILE_TEXT, Mode, NOWHERE, call, content, framed};
use crate::case::{Check, HttpCase, Suite, failed, same};
use crate::http::{Request, Server};
use std::io::Write;

pub(crate) const SUITE: Suite = Suite { name: "command/rpc", rpc: CASES, ..Suite::EMPTY };

const STREAM_HEADERS: &str = "X-Stream-Output, X-Chunked-Output, X-Content-Length";

/// A node with two links, of which the second is nowhere.
fn broken_directory(server: &Server) -> Check<String> {
    content(server)?;
    let node = format!(
        r#"{{"Data":{{"/":{{"bytes":"CAE"}}}},"Links":[
        {{"Hash":{{"/":"{FILE}"}},"Name":"a","Tsize":24}},
        {{"Hash":{{"/":"{NOWHERE}"}},"Name":"b","Tsize":1}}]}}"#
    );
    let parts = [call::file("node", node.as_bytes())];
    let answer = server.send(&call::upload("dag/put?store-codec=dag-pb", &parts))?.expect(200)?;
    let value = answer.json()?;
    match value["Cid"]["/"].as_str() {
        Some(cid) => Ok(cid.to_owned()),
        None => failed("dag put gives no CID"),
    }
}

const CASES: &[HttpCase] = &[
    HttpCase {
        name: "headers of every command that starts",
        reqs: &["rpc.stream-headers", "rpc.trailer-declared", "rpc.server-header", "rpc.chunked"],
        run: |server| {
            content(server)?;
            for path in [format!("cat?arg={FILE}"), "version".to_owned(), "refs/local".to_owned()] {
                let answer = call(server, &path)?.expect(200)?;
                let answer =
                    answer.expect_header("access-control-allow-headers", STREAM_HEADERS)?;
                let answer =
                    answer.expect_header("access-control-expose-headers", STREAM_HEADERS)?;
                let answer = answer.expect_header("trailer", "X-Stream-Error")?;
                let answer = answer.expect_header("transfer-encoding", "chunked")?;
                let server = answer.header("server");
                same("Server names a version", &server.contains('/'), &true)?;
            }
            Ok(())
        },
    },
    HttpCase {
        name: "bytes: X-Stream-Output and the length of the whole",
        reqs: &["rpc.mode-bytes", "rpc.content-length"],
        run: |server| {
            content(server)?;
            let answer = call(server, &format!("cat?arg={FILE}&arg={FILE}"))?;
            framed(&answer, Mode::B)?;
            same("length", &answer.header("x-content-length"), &"48")?;
            let answer = call(server, &format!("cat?arg={FILE}&offset=4"))?;
            same("length of a part", &answer.header("x-content-length"), &"20")?;
            same("the part", &answer.text().as_str(), &&FILE_TEXT[4..])
        },
    },
    HttpCase {
        name: "one value, many values, none",
        reqs: &["rpc.mode-value", "rpc.mode-lines", "rpc.mode-empty"],
        run: |server| {
            content(server)?;
            call::check(&call(server, "repo/version")?, Mode::S, "{Version: string}")?;
            let refs = call(server, &format!("refs?arg={DIRECTORY}&recursive=true"))?;
            call::check(&refs, Mode::N, "{Ref: string, Err: string}")?;
            same("lines", &refs.text().lines().count(), &3)?;
            let none = call(server, &format!("refs?arg={FILE}"))?;
            call::check(&none, Mode::E, "null")
        },
    },
    HttpCase {
        name: "a stream of the values of a name without record is empty",
        reqs: &["name-commands.resolve-stream", "rpc.mode-empty"],
        run: |server| {
            let path = format!("name/resolve?arg=/ipns/{}&offline=true", call::PEER);
            call::check(&call(server, &format!("{path}&stream=true"))?, Mode::E, "null")?;
            call::error(call(server, &path)?, 500, 0, "could not resolve name")
        },
    },
    HttpCase {
        name: "what fails before a byte comes fails with a status",
        reqs: &["rpc.error-status"],
        run: |server| {
            content(server)?;
            let answer = call(server, &format!("get?arg={DIRECTORY}&compress=true"))?;
            call::error(answer, 500, 0, "file is not regular")
        },
    },
    HttpCase {
        name: "dag put of input that breaks off",
        reqs: &["dag-commands.put-broken-off"],
        run: |server| {
            let answer = server.send(&call::upload("dag/put", &[call::file("x", br#"{"a":"#)]))?;
            same("an error", &(answer.status, answer.text().contains("EOF")), &(500, true))
        },
    },
    HttpCase {
        name: "dag get in a codec that can't hold the node",
        reqs: &["dag-commands.get-not-encodable"],
        run: |server| {
            content(server)?;
            let answer = call(server, &format!("dag/get?arg={DIRECTORY}&output-codec=raw"))?;
            let told = answer.text().contains("only makes sense on bytes");
            same("an error", &(answer.status, told), &(500, true))
        },
    },
    HttpCase {
        name: "paths through nodes that are no file system",
        reqs: &["unixfs.path-plain-node"],
        run: |server| {
            content(server)?;
            let link = format!(r#"{{"Hash":{{"/":"{FILE}"}},"Name":"foo","Tsize":24}}"#);
            for data in [r#""Data":{"/":{"bytes":"ZGVycA"}},"#, ""] {
                let node = format!(r#"{{{data}"Links":[{link}]}}"#);
                let parts = [call::file("node", node.as_bytes())];
                let answer = server.send(&call::upload("dag/put?store-codec=dag-pb", &parts))?;
                let cid = answer.expect(200)?.json()?["Cid"]["/"].as_str().unwrap_or("").to_owned();
                let answer = call(server, &format!("dag/resolve?arg={cid}/foo"))?.expect(200)?;
                same("resolved", &answer.json()?["Cid"]["/"].as_str(), &Some(FILE))?;
                let answer = call(server, &format!("cat?arg={cid}/foo"))?.expect(200)?;
                same("content", &answer.text().as_str(), &FILE_TEXT)?;
            }
            Ok(())
        },
    },
    HttpCase {
        name: "an error before any output has its own status",
        reqs: &["rpc.error-object", "rpc.error-status"],
        run: |server| {
            let answer = call(server, &format!("cat?arg={NOWHERE}&offline=true"))?;
            let message = answer.json()?["Message"].as_str().unwrap_or("").to_owned();
            same("it names the block", &message.contains(NOWHERE), &true)?;
            call::error(answer, 500, 0, &message)
        },
    },
    HttpCase {
        name: "an error behind output is in the trailer",
        reqs: &["rpc.error-trailer", "http.trailers-unasked"],
        run: |server| {
            let cid = broken_directory(server)?;
            let answer =
                call(server, &format!("dag/export?arg={cid}&offline=true"))?.expect(200)?;
            let told = answer.trailers.get("x-stream-error").unwrap_or("").to_owned();
            same("it names the block", &(told.clone(), told.contains(NOWHERE)), &(told, true))?;
            same("some output came", &answer.body.is_empty(), &false)?;
            same("the answer ends well", &answer.complete, &true)
        },
    },
    HttpCase {
        name: "failures in values leave the status alone",
        reqs: &["rpc.error-in-value"],
        run: |server| {
            let answer = call(server, &format!("block/rm?arg={NOWHERE}"))?.expect(200)?;
            let error = answer.json()?["Error"].as_str().unwrap_or("").to_owned();
            same("an error", &error.is_empty(), &false)?;
            let answer = call(server, "cid/format?arg=zzz")?.expect(200)?;
            let error = answer.json()?["ErrorMsg"].as_str().unwrap_or("").to_owned();
            same("an error", &error.is_empty(), &false)
        },
    },
    HttpCase {
        name: "answers come while the body is still on its way",
        reqs: &["rpc.early-answer"],
        run: |server| {
            let mut body = call::file("first", b"the first file");
            body.extend(call::file("second", b"the second file"));
            let kind = format!("multipart/form-data; boundary={}", call::BOUNDARY);
            let request = Request::new("POST", "/api/v0/add?pin=false")
                .header("Content-Type", &kind)
                .header("Transfer-Encoding", "chunked");
            let mut connection = server.connect()?;
            connection.write(&request.head(server))?;
            // The start of a third part tells that the second is whole.
            body.extend(format!("--{}\r\n", call::BOUNDARY).bytes());
            let mut chunk = format!("{:x}\r\n", body.len()).into_bytes();
            chunk.write_all(&body).unwrap_or_default();
            chunk.extend(b"\r\n");
            connection.write(&chunk)?;
            let head = connection.answer_head()?;
            same("status", &head.status, &200)?;
            let Some(first) = connection.chunk() else { return failed("no first chunk") };
            let first = String::from_utf8_lossy(&first).into_owned();
            same("the first file", &(first.clone(), first.contains("first")), &(first, true))
        },
    },
    HttpCase {
        name: "a connection serves many requests",
        reqs: &["rpc.keep-alive"],
        run: |server| {
            let mut connection = server.connect()?;
            for _ in 0..20 {
                let request = Request::new("POST", "/api/v0/version").body("");
                connection.write(&request.header("Connection", "keep-alive").head(server))?;
                let answer = connection.answer("POST")?.expect(200)?;
                same(
                    "whole",
                    &(answer.complete, answer.json()?["Version"].is_string()),
                    &(true, true),
                )?;
            }
            Ok(())
        },
    },
    HttpCase {
        name: "a body that was not read closes the connection",
        reqs: &["rpc.close-unread"],
        run: |server| {
            let parts = [call::file("big", &vec![b'x'; 3 << 20])];
            let request = call::upload("version", &parts).header("Connection", "keep-alive");
            let answer = server.send(&request)?.expect(200)?;
            same("version", &answer.json()?["Version"].is_string(), &true)?;
            answer.expect_header("connection", "close").map(|_| ())
        },
    },
    HttpCase {
        name: "a log stream starts before its first line and ends with the client",
        reqs: &["rpc.endless"],
        run: |server| {
            let mut connection = server.connect()?;
            let request = Request::new("POST", "/api/v0/log/tail").body("");
            connection.write(&request.head(server))?;
            connection.patience(300);
            // Headers may wait for the first line; an error may not come.
            let early = connection.answer_head().map_or(200, |head| head.status);
            same("status", &early, &200)?;
            let answer = call(server, "diag/cmds")?.expect(200)?;
            drop(connection);
            let seen = answer.json()?.as_array().is_some_and(|all| {
                all.iter().any(|one| one["Command"].as_str() == Some("log/tail"))
            });
            same("it is among the requests", &seen, &true)
        },
    },
];
