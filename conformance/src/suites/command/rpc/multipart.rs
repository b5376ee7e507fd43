//! Bodies that carry files.

use super::call::{self, BOUNDARY, file, part, upload, values};
use crate::case::{Check, HttpCase, Suite, failed, same};
use crate::encode::{Key, Record};
use crate::http::{Request, Server};
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite { name: "command/rpc", rpc: CASES, ..Suite::EMPTY };

const ADD: &str = "add?cid-version=1&pin=false";

/// What `add` tells about these parts: names and CIDs, in order.
fn added(server: &Server, options: &str, parts: &[Vec<u8>]) -> Check<Vec<Value>> {
    let answer = server.send(&upload(&format!("{ADD}{options}"), parts))?.expect(200)?;
    same("X-Stream-Error", &answer.trailers.get("x-stream-error"), &None)?;
    values(&answer)
}

fn names(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| value["Name"].as_str().unwrap_or("?").to_owned()).collect()
}

fn named(server: &Server, parts: &[Vec<u8>], wanted: &[&str]) -> Check {
    same(
        "names",
        &names(&added(server, "", parts)?),
        &wanted.iter().map(|&s| s.to_owned()).collect(),
    )
}

fn folder(name: &str) -> Vec<u8> {
    let disposition = format!("form-data; name=\"file\"; filename=\"{name}\"");
    part(&disposition, "application/x-directory", b"")
}

const CASES: &[HttpCase] = &[
    HttpCase {
        name: "files in folders that nobody named",
        reqs: &["rpc.part-names", "rpc.part-order"],
        run: |server| {
            let parts = [file("d/a", b"1"), file("d/e/b", b"2"), file("d/c", b"3")];
            named(server, &parts, &["d/a", "d/e/b", "d/c", "d/e", "d"])
        },
    },
    HttpCase {
        name: "folders as parts, empty ones too",
        reqs: &["rpc.part-directory"],
        run: |server| {
            let parts = [folder("d"), file("d/a", b"1"), folder("d/empty")];
            let all = added(server, "", &parts)?;
            let last = all.last().cloned().unwrap_or_default();
            same("the folder is last", &last["Name"].as_str(), &Some("d"))?;
            let hash = last["Hash"].as_str().unwrap_or("").to_owned();
            let answer = call::call(server, &format!("ls?arg={hash}"))?.expect(200)?;
            let links = answer.json()?["Objects"][0]["Links"].clone();
            same(
                "entries",
                &names(links.as_array().unwrap_or(&Vec::new())),
                &vec!["a".to_owned(), "empty".to_owned()],
            )
        },
    },
    HttpCase {
        name: "names are unescaped",
        reqs: &["rpc.part-escapes"],
        run: |server| {
            named(server, &[file("with+space", b"1")], &["with space"])?;
            named(server, &[file("d%2Fa", b"1")], &["d/a", "d"])?;
            named(server, &[file("%C3%A4%20b", b"1")], &["\u{e4} b"])
        },
    },
    HttpCase {
        name: "names never leave the folder",
        reqs: &["rpc.part-clean"],
        run: |server| {
            named(server, &[file("../../e", b"1")], &["e"])?;
            named(server, &[file("/etc/passwd", b"1")], &["etc/passwd", "etc"])?;
            named(server, &[file("a/./b/../c", b"1")], &["a/c", "a"])
        },
    },
    HttpCase {
        name: "the field's name is free, a part without file name is called by its CID",
        reqs: &["rpc.part-field", "rpc.part-nameless"],
        run: |server| {
            let kind = "application/octet-stream";
            let any = part("form-data; name=\"anything\"; filename=\"x\"", kind, b"1");
            named(server, &[any], &["x"])?;
            let all = added(server, "", &[part("form-data; name=\"file\"", kind, b"1")])?;
            let first = all.first().cloned().unwrap_or_default();
            same("named by its CID", &first["Name"].is_string(), &true)?;
            same("named by its CID", &first["Name"], &first["Hash"])?;
            // They have the same name, which is none, and are several files nevertheless.
            let parts = ["1", "2", "3"].map(|body| part("form-data", kind, body.as_bytes()));
            same("three files", &added(server, "", &parts)?.len(), &3)?;
            let parts = [part("form-data", kind, b"1"), file("a", b"2"), file("b/c", b"3")];
            let all = names(&added(server, "", &parts)?);
            same("names", &all[1..].join(" ").as_str(), &"a b/c b")
        },
    },
    HttpCase {
        name: "a part without disposition ends the files",
        reqs: &["rpc.part-no-disposition"],
        run: |server| {
            let none = part("", "application/octet-stream", b"2");
            named(server, &[file("a", b"1"), none.clone(), file("b", b"3")], &["a"])?;
            let answer = server.send(&upload(ADD, &[none, file("b", b"3")]))?;
            call::error(answer, 500, 0, "expected a file argument")
        },
    },
    HttpCase {
        name: "symbolic links",
        reqs: &["rpc.part-symlink"],
        run: |server| {
            let disposition = "form-data; name=\"file\"; filename=\"d/link\"";
            let parts = [file("d/a", b"1"), part(disposition, "application/symlink", b"a")];
            let all = added(server, "", &parts)?;
            let hash = all.last().map(|one| one["Hash"].as_str().unwrap_or("").to_owned());
            let answer = call::call(server, &format!("ls?arg={}", hash.unwrap_or_default()))?;
            let links = answer.expect(200)?.json()?["Objects"][0]["Links"].clone();
            same("type of a link", &links[1]["Type"].as_u64(), &Some(4))?;
            same("its target", &links[1]["Target"].as_str(), &Some("a"))
        },
    },
    HttpCase {
        name: "mode and time of a part stand behind the field's name",
        reqs: &["rpc.part-metadata"],
        run: |server| {
            let field = "file?mode=0640&mtime=1700000000&mtime-nsecs=5";
            let disposition = format!("form-data; name=\"{field}\"; filename=\"x\"");
            let parts = [part(&disposition, "application/octet-stream", b"1")];
            let all = added(server, "&preserve-mode=true&preserve-mtime=true", &parts)?;
            let one = all.last().cloned().unwrap_or_default();
            same("mode", &one["Mode"].as_str(), &Some("0640"))?;
            same("time", &one["Mtime"].as_i64(), &Some(1_700_000_000))?;
            same("its fraction", &one["MtimeNsecs"].as_i64(), &Some(5))
        },
    },
    HttpCase {
        name: "a folder that comes again is a second entry",
        reqs: &["rpc.part-reopened"],
        run: |server| {
            let parts = [file("d/a", b"1"), file("x", b"2"), file("d/b", b"3")];
            let all = names(&added(server, "", &parts)?);
            same("two entries of that name", &all.iter().filter(|name| *name == "d").count(), &2)
        },
    },
    HttpCase {
        name: "every file of the body is put",
        reqs: &["rpc.part-many"],
        run: |server| {
            let parts = [file("a", b"one"), file("b", b"two"), file("c", b"three")];
            let answer = server.send(&upload("block/put", &parts))?.expect(200)?;
            let sizes: Vec<_> = values(&answer)?.iter().map(|one| one["Size"].as_u64()).collect();
            same("sizes", &sizes, &vec![Some(3), Some(3), Some(5)])
        },
    },
    HttpCase {
        name: "command dag/import: what dag/export gave",
        reqs: &["rpc.every-command"],
        run: |server| {
            call::content(server)?;
            let car = call::call(server, &format!("dag/export?arg={}", call::DIRECTORY))?;
            let car = file("x.car", &car.expect(200)?.body);
            let answer =
                server.send(&upload("dag/import?stats=true", std::slice::from_ref(&car)))?;
            let root = "{Root: {Cid: cid, PinErrorMsg: string}}";
            let stats = "{Stats: {BlockCount: int, BlockBytesCount: int}}";
            call::check(&answer, call::Mode::N, &format!("{root}|{stats}"))?;
            let first = values(&answer)?.remove(0);
            same("root", &first["Root"]["Cid"]["/"].as_str(), &Some(call::DIRECTORY))?;
            let answer = server.send(&upload("dag/import?pin-roots=false", &[car]))?;
            call::check(&answer, call::Mode::E, "null")
        },
    },
    HttpCase {
        name: "commands name/put and name/inspect: a record of somebody else",
        reqs: &["rpc.every-command"],
        run: |server| {
            let key = Key::new(99);
            let record = Record::new(format!("/ipfs/{}", call::FILE));
            let record = file("record", &record.sign(&key));
            let name = key.cid().base36();
            let path = format!("name/put?arg=/ipns/{name}&allow-offline=true&force=true");
            let answer = server.send(&upload(&path, std::slice::from_ref(&record)))?;
            call::check(&answer, call::Mode::S, "{Name: string, Value: string}")?;
            let path = format!("name/inspect?verify=/ipns/{name}");
            let answer = server.send(&upload(&path, &[record]))?;
            let entry = "{Value?: string, ValidityType?: int, Validity?: time, Sequence?: int, \
                TTL?: int}";
            let valid = "null|{Valid: bool, Reason: string, Name: string}";
            let shape = format!(
                "{{Entry: {entry}, PbSize: int, SignatureType: string, HexDump: string, \
                 Validation: {valid}}}"
            );
            call::check(&answer, call::Mode::S, &shape)?;
            same("valid", &answer.json()?["Validation"]["Valid"].as_bool(), &Some(true))
        },
    },
    HttpCase {
        name: "progress of a file of no bytes",
        reqs: &["rpc.every-command"],
        run: |server| {
            let empty = part("form-data; name=\"file\"", "application/octet-stream", b"");
            let all = added(server, "&progress=true", &[empty])?;
            let told: Vec<bool> = all.iter().map(|one| one["Hash"].is_string()).collect();
            same("progress, then the file", &told, &vec![false, true])
        },
    },
    HttpCase {
        name: "bytes survive, whatever they are",
        reqs: &["rpc.part-bytes"],
        run: |server| {
            let mut bytes: Vec<u8> = (0..=255).collect();
            bytes.extend(format!("\r\n--{}", &BOUNDARY[..BOUNDARY.len() - 1]).bytes());
            bytes.extend(b"\r\n\r\n--\r\n\0\r");
            let answer = server.send(&upload("block/put", &[file("x", &bytes)]))?.expect(200)?;
            let key = answer.json()?["Key"].as_str().unwrap_or("").to_owned();
            let got = call::call(server, &format!("block/get?arg={key}"))?.expect(200)?;
            same("bytes", &got.body, &bytes)
        },
    },
    HttpCase {
        name: "a body in small chunks, a preamble and an epilogue",
        reqs: &["rpc.part-framing"],
        run: |server| {
            let mut body = b"this is ignored\r\n".to_vec();
            body.extend(file("x", b"framed"));
            body.extend(format!("--{BOUNDARY}--\r\nand so is this").bytes());
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            let request = Request::new("POST", "/api/v0/block/put")
                .header("Content-Type", &kind)
                .header("Transfer-Encoding", "chunked");
            let mut connection = server.connect()?;
            connection.write(&request.head(server))?;
            let mut bytes = Vec::new();
            for piece in body.chunks(7) {
                bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
                bytes.extend(piece);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
            connection.write(&bytes)?;
            let answer = connection.answer("POST")?.expect(200)?;
            same("size", &answer.json()?["Size"].as_u64(), &Some(6))
        },
    },
    HttpCase {
        name: "a body that breaks off is an error, not a shorter file",
        reqs: &["rpc.part-unfinished"],
        run: |server| {
            let whole = file("x", &vec![b'y'; 1000]);
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            let request = Request::new("POST", "/api/v0/block/put").header("Content-Type", &kind);
            // The length is right, but the last boundary never comes.
            let answer = server.send(&request.body(whole[..600].to_vec()))?;
            let told = answer.trailers.get("x-stream-error").is_some();
            if answer.status == 200 && !told {
                return failed(format!("success: {}", answer.text()));
            }
            let text = format!("{}{:?}", answer.text(), answer.trailers.get("x-stream-error"));
            let fits = text.to_lowercase().contains("eof");
            same("the error tells", &(text.clone(), fits), &(text, true))
        },
    },
];
