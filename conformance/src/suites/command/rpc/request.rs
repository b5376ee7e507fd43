//! How a request names its command, arguments and options.

use super::call::{self, FILE, FILE_TEXT, call, content, error, refusal};
use crate::case::{Check, HttpCase, Suite, failed, same};
use crate::http::{Request, Server};
use std::time::Duration;

pub(crate) const SUITE: Suite = Suite { name: "command/rpc", rpc: CASES, ..Suite::EMPTY };

fn text(server: &Server, path: &str) -> Check<String> {
    Ok(call(server, path)?.expect(200)?.text())
}

fn cat(server: &Server, path: &str) -> Check {
    same(path, &text(server, path)?.as_str(), &FILE_TEXT)
}

const CASES: &[HttpCase] = &[
    HttpCase {
        name: "arguments come in their order",
        reqs: &["rpc.arguments"],
        run: |server| {
            content(server)?;
            let twice =
                text(server, &format!("cat?arg={FILE}&arg=/ipfs/{}/a.txt", call::DIRECTORY))?;
            same("both", &twice, &format!("{FILE_TEXT}a\n"))?;
            let twice =
                text(server, &format!("cat?arg=/ipfs/{}/a.txt&arg={FILE}", call::DIRECTORY))?;
            same("the other way round", &twice, &format!("a\n{FILE_TEXT}"))
        },
    },
    HttpCase {
        name: "a path segment behind the command is its first argument",
        reqs: &["rpc.path-argument"],
        run: |server| {
            content(server)?;
            cat(server, &format!("cat/{FILE}"))?;
            let both = text(server, &format!("cat/{FILE}?arg={FILE}"))?;
            same("before the others", &both, &FILE_TEXT.repeat(2))?;
            call(server, &format!("cat/{FILE}/more"))?.expect(404).map(|_| ())
        },
    },
    HttpCase {
        name: "a slash behind the command changes nothing",
        reqs: &["rpc.path-argument"],
        run: |server| match call(server, "version/")?.expect(200)?.json()?["Version"].as_str() {
            Some(_) => Ok(()),
            None => failed("no version"),
        },
    },
    HttpCase {
        name: "missing arguments",
        reqs: &["rpc.missing-argument"],
        run: |server| {
            refusal(call(server, "cat")?, 400, "argument \"ipfs-path\" is required")?;
            refusal(call(server, "files/cp?arg=/a")?, 400, "argument \"dest\" is required")?;
            refusal(call(server, "add")?, 400, "file argument 'path' is required")?;
            refusal(call(server, "block/put")?, 400, "file argument 'data' is required")
        },
    },
    HttpCase {
        name: "surplus arguments and unknown options are ignored",
        reqs: &["rpc.surplus-ignored"],
        run: |server| {
            content(server)?;
            cat(server, &format!("cat?arg={FILE}&nosuch=1&stream-channels=true"))?;
            let stat = call(server, &format!("block/stat?arg={FILE}&arg=more&arg=more"))?;
            same("size", &stat.expect(200)?.json()?["Size"].as_u64(), &Some(24))
        },
    },
    HttpCase {
        name: "options have types",
        reqs: &["rpc.option-types"],
        run: |server| {
            content(server)?;
            let bad = [
                (
                    "stream=x",
                    "could not convert value \"x\" to type \"bool\" (for option \"-stream\")",
                ),
                ("size=2", "could not convert value \"2\" to type \"bool\" (for option \"-size\")"),
            ];
            for (option, wanted) in bad {
                refusal(call(server, &format!("ls?arg={FILE}&{option}"))?, 400, wanted)?;
            }
            let offset = format!("cat?arg={FILE}&offset=x");
            let wanted = "could not convert value \"x\" to type \"int64\" (for option \"-offset\")";
            refusal(call(server, &offset)?, 400, wanted)?;
            for length in ["6", "0x6", "0o6", "0b110", "06", "%2b6"] {
                let got = text(server, &format!("cat?arg={FILE}&length={length}"))?;
                same(length, &got.as_str(), &"a file")?;
            }
            Ok(())
        },
    },
    HttpCase {
        name: "switches: empty is on, and the words of the table in any case",
        reqs: &["rpc.option-switch"],
        run: |server| {
            content(server)?;
            let long = |value: &str| {
                let answer = call(server, &format!("ls?arg={}&stream{value}", call::DIRECTORY))?
                    .expect(200)?;
                same("an object", &answer.text().contains("Objects"), &true)?;
                Ok(answer.headers.get("x-chunked-output").is_some())
            };
            for on in ["", "=", "=1", "=t", "=T", "=true", "=TRUE", "=True", "=tRuE"] {
                same(on, &long(on)?, &true)?;
            }
            for off in ["=0", "=f", "=F", "=false", "=FALSE", "=fAlSe"] {
                same(off, &long(off)?, &false)?;
            }
            let answer = call(server, &format!("ls?arg={FILE}&stream=yes"))?;
            answer.expect(400).map(|_| ())
        },
    },
    HttpCase {
        name: "short names are options, too",
        reqs: &["rpc.option-alias"],
        run: |server| {
            content(server)?;
            let got = text(server, &format!("cat?arg={FILE}&o=2&l=4"))?;
            same("offset and length", &got.as_str(), &"file")
        },
    },
    HttpCase {
        name: "an option with one value takes one value",
        reqs: &["rpc.option-once"],
        run: |server| {
            let answer = call(server, &format!("cat?arg={FILE}&offset=1&offset=2"))?;
            let wanted = "expected key offset to have only a single value, received [1 2]";
            refusal(answer, 400, wanted)
        },
    },
    HttpCase {
        name: "arguments from a body, one on each line",
        reqs: &["rpc.body-arguments"],
        run: |server| {
            content(server)?;
            let lines = format!("{FILE}\n{FILE}\n");
            let answer = server.send(&call::upload("cat", &[call::file("x", lines.as_bytes())]))?;
            same("two lines", &answer.expect(200)?.text(), &FILE_TEXT.repeat(2))?;
            let parts = [call::file("x", FILE.as_bytes()), call::file("y", FILE.as_bytes())];
            let answer = server.send(&call::upload("block/stat", &parts[..1]))?.expect(200)?;
            same("key", &answer.json()?["Key"].as_str(), &Some(FILE))
        },
    },
    HttpCase {
        name: "bodies that are not multipart are ignored",
        reqs: &["rpc.body-kind"],
        run: |server| {
            let send = |path: &str, kind: &str, body: &str| {
                let request = Request::new("POST", &format!("/api/v0/{path}"));
                server.send(&request.header("Content-Type", kind).body(body))
            };
            let wanted = "file argument 'data' is required";
            refusal(send("block/put", "application/octet-stream", "raw")?, 400, wanted)?;
            refusal(send("block/put", "multipart/mixed; boundary=x", "--x--")?, 400, wanted)?;
            let form =
                send("block/stat", "application/x-www-form-urlencoded", &format!("arg={FILE}"))?;
            refusal(form, 400, "argument \"cid\" is required")?;
            let wanted = "no multipart boundary param in Content-Type";
            refusal(send("block/put", "multipart/form-data", "nothing")?, 400, wanted)
        },
    },
    HttpCase {
        name: "encodings",
        reqs: &["rpc.encoding"],
        run: |server| {
            content(server)?;
            let stat = |encoding: &str| call(server, &format!("block/stat?arg={FILE}&{encoding}"));
            let answer = stat("encoding=text")?.expect(200)?;
            let answer = answer.expect_header("content-type", "text/plain")?;
            same("text", &answer.text(), &format!("Key: {FILE}\nSize: 24\n"))?;
            let answer = stat("enc=xml")?.expect(200)?;
            let answer = answer.expect_header("content-type", "application/xml")?;
            same("XML", &answer.text().contains("<Size>24</Size>"), &true)?;
            let answer = stat("encoding=json")?.expect(200)?;
            answer.expect_header("content-type", "application/json")?;
            refusal(stat("encoding=yaml")?, 400, "invalid encoding: yaml")
        },
    },
    HttpCase {
        name: "a CID base for the answer",
        reqs: &["rpc.cid-base"],
        run: |server| {
            content(server)?;
            let answer =
                call(server, &format!("block/stat?arg={FILE}&cid-base=base16"))?.expect(200)?;
            let key = answer.json()?["Key"].as_str().unwrap_or("").to_owned();
            same("key", &key.starts_with("f01551220"), &true)?;
            let answer = call(server, &format!("block/stat?arg={FILE}&cid-base=nosuch"))?;
            same("an unknown base is an error", &(answer.status >= 400), &true)
        },
    },
    HttpCase {
        name: "a timeout that is none",
        reqs: &["rpc.timeout-unreadable"],
        run: |server| {
            content(server)?;
            call(server, &format!("block/stat?arg={FILE}&timeout=10s"))?.expect(200)?;
            let answer = call(server, &format!("block/stat?arg={FILE}&timeout=ten"))?;
            let status = (answer.status, answer.text().contains("timeout"));
            same("refused, and says why", &status, &(400, true))
        },
    },
    HttpCase {
        name: "a timeout ends the command",
        reqs: &["rpc.timeout"],
        run: |server| {
            let start = std::time::Instant::now();
            let answer = call(server, "log/tail?timeout=500ms")?.expect(200)?;
            let took = start.elapsed();
            let fits = (Duration::from_millis(400)..Duration::from_secs(10)).contains(&took);
            same("after that time", &(took, fits), &(took, true))?;
            same("the answer ends well", &answer.complete, &true)
        },
    },
    HttpCase {
        name: "an unknown option of a group is no option of its commands",
        reqs: &["rpc.surplus-ignored"],
        run: |server| {
            let answer = call(server, "version?all=true&arg=x")?.expect(200)?;
            same("version", &answer.json()?["Version"].is_string(), &true)
        },
    },
    HttpCase {
        name: "a group without a command of its own answers nothing",
        reqs: &["rpc.namespace"],
        run: |server| {
            for group in ["files", "pin", "dag", "swarm"] {
                call::check(&call(server, group)?, call::Mode::E, "null")?;
            }
            Ok(())
        },
    },
    HttpCase {
        name: "an error of the caller and an error of the command",
        reqs: &["rpc.error-object", "rpc.error-status"],
        run: |server| {
            content(server)?;
            let answer = call(server, "files/stat?arg=/&hash=true&size=true")?;
            answer.clone().expect(400)?;
            same("code", &answer.json()?["Code"].as_i64(), &Some(1))?;
            let wanted = "invalid path \"\": path does not have enough components";
            error(call(server, "cat?arg=")?, 500, 0, wanted)
        },
    },
];
