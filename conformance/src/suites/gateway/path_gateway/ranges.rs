//! Ranges of files. `multi` has 6144 bytes.

use crate::case::{Check, GatewayCase};
use crate::fixtures::{HELLO, fixtures};
use crate::gateway::{Gateway, Reply};
use crate::http::Request;

fn path() -> String {
    format!("/ipfs/{}", fixtures().unixfs.multi)
}

fn bytes() -> &'static [u8] {
    &fixtures().unixfs.multi_bytes
}

fn ask(gateway: &Gateway, range: &str) -> Check<Reply> {
    gateway.get_with(&path(), "Range", range)
}

/// A range of `multi` has to be answered with these bytes.
fn part(gateway: &Gateway, range: &str, first: usize, last: usize) -> Check {
    let reply = ask(gateway, range)?;
    reply.status(206)?.body(&bytes()[first..=last])?;
    reply.is("Content-Range", &format!("bytes {first}-{last}/{}", bytes().len()))?;
    reply.is("Content-Length", &(last + 1 - first).to_string())?;
    Ok(())
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a range within a chunk, over chunks, and of one byte",
        reqs: &["path-gateway.range"],
        run: |gateway| {
            part(gateway, "bytes=0-0", 0, 0)?;
            part(gateway, "bytes=5-9", 5, 9)?;
            part(gateway, "bytes=1000-3100", 1000, 3100)?;
            part(gateway, "bytes=6143-6143", 6143, 6143)
        },
    },
    GatewayCase {
        name: "a range without end, or with one behind the end of the file",
        reqs: &["path-gateway.range"],
        run: |gateway| {
            part(gateway, "bytes=6000-", 6000, 6143)?;
            part(gateway, "bytes=6000-999999", 6000, 6143)?;
            part(gateway, "bytes=0-", 0, 6143)
        },
    },
    GatewayCase {
        name: "the last bytes",
        reqs: &["path-gateway.range"],
        run: |gateway| {
            part(gateway, "bytes=-1", 6143, 6143)?;
            part(gateway, "bytes=-2000", 4144, 6143)?;
            part(gateway, "bytes=-6144", 0, 6143)
        },
    },
    GatewayCase {
        name: "more last bytes than the file has: all of it",
        reqs: &["path-gateway.range"],
        run: |gateway| part(gateway, "bytes=-999999", 0, 6143),
    },
    GatewayCase {
        name: "only the blocks of the range are needed",
        reqs: &["path-gateway.range"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let ask = |range: &str| {
                gateway.get_with(&format!("/ipfs/{}/broken.bin", unixfs.dir), "Range", range)
            };
            ask("bytes=0-1000")?.status(206)?.body(&unixfs.broken_bytes[..=1000])?;
            ask("bytes=2048-")?.status(206)?.body(&unixfs.broken_bytes[2048..])?;
            ask("bytes=-10")?.status(206)?.body(&unixfs.broken_bytes[3062..])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "several ranges: parts, the first one, or all of the file",
        reqs: &["path-gateway.range"],
        run: |gateway| {
            let reply = ask(gateway, "bytes=0-4,1024-1030")?;
            match reply.answer.status {
                200 => reply.body(bytes())?,
                _ if reply.header("Content-Type")?.starts_with("multipart/byteranges") => {
                    reply.status(206)?
                }
                _ => reply.status(206)?.body(&bytes()[..5])?,
            };
            part(gateway, "bytes=1024-1030", 1024, 1030)
        },
    },
    GatewayCase {
        name: "several ranges come in parts, each with its place",
        reqs: &["path-gateway.multiple-ranges"],
        run: |gateway| {
            let reply = ask(gateway, "bytes=0-4,1024-1030,99999-")?;
            reply.status(206)?.whole()?;
            let value = reply.header("Content-Type")?;
            let boundary = value.strip_prefix("multipart/byteranges; boundary=");
            let Some(boundary) = boundary.map(|text| text.trim_matches('"')) else {
                return reply.fail(&format!("Content-Type {value:?}"));
            };
            let text = reply.answer.text();
            let parts: Vec<&str> = text.split(&format!("--{boundary}")).skip(1).collect();
            if parts.len() != 3 || !parts[2].starts_with("--") {
                return reply.fail(&format!("{} parts", parts.len()));
            }
            for (part, (first, last)) in parts.iter().zip([(0, 4), (1024, 1030)]) {
                let (head, body) = part.split_once("\r\n\r\n").unwrap_or((part, ""));
                let range = format!("bytes {first}-{last}/{}", bytes().len());
                if body.as_bytes() != [&bytes()[first..=last], b"\r\n"].concat()
                    || !head.to_ascii_lowercase().contains(&format!("content-range: {range}"))
                {
                    return reply.fail(&format!("the part of {range} is {part:?}"));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a range behind the end can't be satisfied",
        reqs: &["path-gateway.range-unsatisfiable"],
        run: |gateway| {
            part(gateway, "bytes=0-0", 0, 0)?;
            for range in ["bytes=6144-", "bytes=99999-100000"] {
                let reply = ask(gateway, range)?;
                reply.status(416)?.is("Content-Range", &format!("bytes */{}", bytes().len()))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "what is no range is refused or ignored, never half understood",
        reqs: &["path-gateway.range-invalid"],
        run: |gateway| {
            part(gateway, "bytes=0-0", 0, 0)?;
            for range in [
                "bytes=5-4",
                "bytes=a-b",
                "bytes=-",
                "bytes",
                "bytes=0x1-2",
                "bytes=99999999999999999999999-",
                "bytes=0-99999999999999999999999999",
            ] {
                let reply = ask(gateway, range)?;
                reply.status_in(&[200, 400, 416])?;
                if reply.answer.status == 200 {
                    reply.body(bytes())?;
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a range that can't be read is a bad request",
        reqs: &["path-gateway.range-invalid"],
        run: |gateway| {
            part(gateway, "bytes=0-0", 0, 0)?;
            ask(gateway, "bytes=5-4")?.status(400)?;
            ask(gateway, "bytes=a-b")?.status(400)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "ranges of more than the file: all of it, once",
        reqs: &["path-gateway.ranges-max"],
        run: |gateway| {
            let range = format!("bytes=0-{}", ",0-".repeat(10));
            let reply = ask(gateway, &range)?;
            reply.status_in(&[200, 206, 416])?;
            if reply.answer.body.len() > bytes().len() + 512 {
                return reply.fail(&format!("{} bytes came", reply.answer.body.len()));
            }
            part(gateway, "bytes=0-0", 0, 0)
        },
    },
    GatewayCase {
        name: "a hundred ranges do no harm",
        reqs: &["path-gateway.ranges-max"],
        run: |gateway| {
            let ranges: Vec<String> = (0..100).map(|n| format!("{}-{}", n * 2, n * 2)).collect();
            let reply = ask(gateway, &format!("bytes={}", ranges.join(",")))?;
            reply.status_in(&[200, 206, 416, 400])?.whole()?;
            if reply.answer.status == 200 {
                reply.body(bytes())?;
            }
            part(gateway, "bytes=0-0", 0, 0)
        },
    },
    GatewayCase {
        name: "HEAD with a range has no body",
        reqs: &["path-gateway.range", "path-gateway.head"],
        run: |gateway| {
            let request = Request::new("HEAD", &path()).header("Range", "bytes=0-4");
            let reply = gateway.send(&request)?;
            reply.status_in(&[200, 206])?.empty()?;
            let length = reply.header("Content-Length")?;
            let wanted = if reply.answer.status == 206 { 5 } else { bytes().len() };
            match length == wanted.to_string() {
                true => Ok(()),
                false => reply.fail(&format!("Content-Length {length}, wanted {wanted}")),
            }
        },
    },
    GatewayCase {
        name: "a range of a file that is larger than the limit is not implemented",
        reqs: &["path-gateway.range-file-max"],
        run: |gateway| {
            gateway.with_config()?;
            let path = format!("/ipfs/{}", fixtures().unixfs.large);
            let whole = gateway.get(&path)?;
            whole.status(200)?.whole()?.is("Content-Length", "16384")?;
            gateway.get_with(&path, "Range", "bytes=0-9")?.status(501)?;
            part(gateway, "bytes=0-9", 0, 9)
        },
    },
    GatewayCase {
        name: "If-Range: the range if nothing changed, else all",
        reqs: &["path-gateway.conditions"],
        run: |gateway| {
            let ask = |validator: &str| {
                let request = Request::new("GET", &path()).header("Range", "bytes=0-4");
                gateway.send(&request.header("If-Range", validator))
            };
            let etag = format!("\"{}\"", fixtures().unixfs.multi);
            ask(&etag)?.status(206)?.body(&bytes()[..5])?;
            ask("\"other\"")?.status(200)?.body(bytes())?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a range of an empty file",
        reqs: &["path-gateway.range-unsatisfiable"],
        run: |gateway| {
            let empty = format!("/ipfs/{}", fixtures().unixfs.empty);
            let reply = gateway.get_with(&empty, "Range", "bytes=0-0")?;
            reply.status_in(&[200, 416])?;
            if reply.answer.status == 200 {
                reply.empty()?.is("Accept-Ranges", "bytes")?;
            }
            part(gateway, "bytes=0-0", 0, 0)
        },
    },
    GatewayCase {
        name: "a range of a page that does not exist is an error of the page",
        reqs: &["path-gateway.no-link"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let ask =
                |name: &str| gateway.get_with(&format!("/ipfs/{dir}/{name}"), "Range", "bytes=0-1");
            ask("hello.txt")?.status(206)?.body(&HELLO[..2])?;
            ask("nosuch")?.status(404)?;
            Ok(())
        },
    },
];
