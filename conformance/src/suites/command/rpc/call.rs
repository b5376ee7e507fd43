//! Calling a command, and what an answer has to look like.

use crate::case::{Check, failed, same};
use crate::http::{Answer, Request, Server};
use crate::shape;
use serde_json::Value;

/// An unused identity.
pub(super) const PEER: &str = "12D3KooWBHv23epe5fot3i8PiiLHXcumAMkYU6Vgd7ZrmUNBEzHR";
/// The text of the file that cases read.
pub(super) const FILE_TEXT: &str = "a file of the rpc cases\n";
/// Its CID: version 1, raw.
pub(super) const FILE: &str = "bafkreifulglarmgfgq4i6lydcbgsigwgy6kohqiqbfbu42qs63kx5jwsr4";
/// A folder with `a.txt` and `sub/b.txt`.
pub(super) const DIRECTORY: &str = "bafybeidpcbanksrlx2idf35xjn3cccvzligxs65uoutjn6gxujyq2btloi";
/// The empty folder.
pub(super) const EMPTY: &str = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
/// A CID that nobody has.
pub(super) const NOWHERE: &str = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/// The boundary of our multipart bodies.
pub(super) const BOUNDARY: &str = "----boundary-of-the-rpc-cases";

/// How an answer is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// One value.
    S,
    /// Values, each on a line.
    N,
    /// Bytes.
    B,
    /// Nothing.
    E,
}

/// One part of a multipart body.
pub(super) fn part(disposition: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("--{BOUNDARY}\r\n").into_bytes();
    if !disposition.is_empty() {
        bytes.extend(format!("Content-Disposition: {disposition}\r\n").bytes());
    }
    if !kind.is_empty() {
        bytes.extend(format!("Content-Type: {kind}\r\n").bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes.extend(b"\r\n");
    bytes
}

/// A part that is a file.
pub(super) fn file(name: &str, body: &[u8]) -> Vec<u8> {
    let disposition = format!("form-data; name=\"file\"; filename=\"{name}\"");
    part(&disposition, "application/octet-stream", body)
}

/// A request with these parts.
pub(super) fn upload(path: &str, parts: &[Vec<u8>]) -> Request {
    let mut body = parts.concat();
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    Request::new("POST", &format!("/api/v0/{path}")).header("Content-Type", &kind).body(body)
}

/// A command without body, whatever it answers.
pub(super) fn call(server: &Server, path: &str) -> Check<Answer> {
    server.post(&format!("/api/v0/{path}"))
}

/// The JSON values of a successful answer.
pub(super) fn values(answer: &Answer) -> Check<Vec<Value>> {
    let read = serde_json::Deserializer::from_slice(&answer.body).into_iter();
    match read.collect::<Result<Vec<Value>, _>>() {
        Ok(values) => Ok(values),
        Err(error) => failed(format!("no JSON ({error}): {:?}", answer.text())),
    }
}

/// Adds a file and gives its CID: version 1, raw leaves, pinned unless the options say otherwise.
pub(super) fn add(server: &Server, options: &str, name: &str, body: &[u8]) -> Check<String> {
    let path = format!("add?cid-version=1&{options}");
    let answer = server.send(&upload(&path, &[file(name, body)]))?.expect(200)?;
    let last = values(&answer)?.pop().unwrap_or_default();
    match last["Hash"].as_str() {
        Some(hash) => Ok(hash.to_owned()),
        None => failed(format!("add gives no hash: {:?}", answer.text())),
    }
}

/// Puts the file and the folder that cases read into the node.
pub(super) fn content(server: &Server) -> Check {
    same("CID of the file", &add(server, "", "file", FILE_TEXT.as_bytes())?.as_str(), &FILE)?;
    let parts = [file("a.txt", b"a\n"), file("sub/b.txt", b"b\n")];
    let path = "add?cid-version=1&wrap-with-directory=true";
    let answer = server.send(&upload(path, &parts))?.expect(200)?;
    let last = values(&answer)?.pop().unwrap_or_default();
    same("CID of the folder", &last["Hash"].as_str().unwrap_or(""), &DIRECTORY)?;
    let parts = [file("empty", br#"{"Data":{"/":{"bytes":"CAE"}},"Links":[]}"#)];
    let answer = server.send(&upload("dag/put?store-codec=dag-pb&pin=true", &parts))?;
    answer.expect(200).map(|_| ())
}

/// Checks the frame of a successful answer, and each of its values.
pub(super) fn check(answer: &Answer, mode: Mode, shape: &str) -> Check {
    framed(answer, mode)?;
    if mode == Mode::B {
        return same("content type", &answer.header("content-type"), &shape);
    }
    let values = values(answer)?;
    match (mode, values.len()) {
        (Mode::S, 1) | (Mode::E, 0) => {}
        (Mode::N, count) if count > 0 => {}
        (_, count) => return failed(format!("{count} values in mode {mode:?}")),
    }
    for value in &values {
        if let Some(why) = shape::departs(value, shape) {
            return failed(format!("{why}; the whole: {:.400}", answer.text()));
        }
    }
    Ok(())
}

/// Checks status and headers of a successful answer.
pub(super) fn framed(answer: &Answer, mode: Mode) -> Check {
    let answer = answer.clone().expect(200)?;
    let header = |name: &str| answer.headers.get(name);
    same(
        "X-Chunked-Output",
        &header("x-chunked-output").is_some(),
        &matches!(mode, Mode::N | Mode::E),
    )?;
    same("X-Stream-Output", &header("x-stream-output").is_some(), &(mode == Mode::B))?;
    same("Trailer", &header("trailer"), &Some("X-Stream-Error"))?;
    same("X-Stream-Error", &answer.trailers.get("x-stream-error"), &None)?;
    same("the body is whole", &answer.complete, &true)?;
    if mode != Mode::B {
        same("content type", &header("content-type"), &Some("application/json"))?;
        let ends = answer.body.is_empty() || answer.body.ends_with(b"\n");
        same("the last value ends with a newline", &ends, &true)?;
    }
    Ok(())
}

/// Checks an error that comes before any output.
pub(super) fn error(answer: Answer, status: u16, code: i64, message: &str) -> Check {
    let answer = answer.expect(status)?.expect_header("content-type", "application/json")?;
    let answer =
        answer.expect_no_header("x-chunked-output")?.expect_no_header("x-stream-output")?;
    let value = answer.json()?;
    let wanted = serde_json::json!({"Message": message, "Code": code, "Type": "error"});
    same("error", &value, &wanted)
}

/// Checks a plain text refusal.
pub(super) fn refusal(answer: Answer, status: u16, text: &str) -> Check {
    let answer = answer
        .expect(status)?
        .expect_header("content-type", "text/plain; charset=utf-8")?
        .expect_header("x-content-type-options", "nosniff")?;
    same("body", &answer.text(), &format!("{text}\n"))
}
