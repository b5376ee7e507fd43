//! TAR responses, and a reader of them that believes nothing.

use crate::case::{Check, GatewayCase};
use crate::fixtures::{HELLO, fixtures};
use crate::gateway::Reply;

/// Bytes of a header, and what contents are filled up to.
const BLOCK: usize = 512;

/// An entry of an archive.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    kind: u8,
    bytes: Vec<u8>,
    target: String,
    mode: u64,
}

/// Reads an archive to its end mark. Extended headers give the path of the entry after them.
fn read(mut bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let (mut entries, mut path) = (Vec::new(), None);
    loop {
        let header = bytes.get(..BLOCK).ok_or("the archive ends without its end mark")?;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(entries);
        }
        let sum: u64 = header[..148].iter().chain(&header[156..]).map(|&b| u64::from(b)).sum();
        let stated = octal(&header[148..156]).ok_or("no checksum")?;
        if sum + 8 * u64::from(b' ') != stated {
            return Err("a header whose checksum is wrong".to_owned());
        }
        let size = octal(&header[124..136]).ok_or("no size")?;
        let size = usize::try_from(size).map_err(|_| "a size beyond memory")?;
        let content = bytes.get(BLOCK..BLOCK + size).ok_or("an entry is cut off")?;
        let kind = header[156];
        match kind {
            b'x' => path = extended_path(content).or(path),
            b'g' => {}
            _ => {
                let prefix = text(&header[345..500]);
                let name = text(&header[..100]);
                let whole = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
                entries.push(Entry {
                    name: path.take().unwrap_or(whole),
                    kind,
                    bytes: content.to_vec(),
                    target: text(&header[157..257]),
                    mode: octal(&header[100..108]).ok_or("no mode")?,
                });
            }
        }
        let padded = size.div_ceil(BLOCK) * BLOCK;
        bytes = bytes.get(BLOCK + padded..).ok_or("an entry is cut off")?;
    }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = text(field);
    u64::from_str_radix(digits.trim_matches(' '), 8).ok()
}

/// The `path` record: `LENGTH path=VALUE\n`.
fn extended_path(content: &[u8]) -> Option<String> {
    let records = String::from_utf8_lossy(content).into_owned();
    let found = records.lines().find_map(|record| record.split_once(" path="))?;
    Some(found.1.to_owned())
}

/// The entries of an answer.
fn entries(reply: &Reply) -> Check<Vec<Entry>> {
    reply.status(200)?.whole()?.media_type("application/x-tar")?;
    read(&reply.answer.body).or_else(|why| reply.fail(&why))
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "TAR: a file is one entry, named by its CID",
        reqs: &["formats.tar"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            for (cid, bytes) in [(&unixfs.hello, HELLO), (&unixfs.multi, &unixfs.multi_bytes)] {
                let reply = gateway.get(&format!("/ipfs/{cid}?format=tar"))?;
                match entries(&reply)?.as_slice() {
                    [one] if one.name == cid.to_string() && one.bytes == bytes => {}
                    other => return reply.fail(&format!("{} entries", other.len())),
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "TAR: a directory with all below it, named by the end of the path",
        reqs: &["formats.tar"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/sub?format=tar"))?;
            let mut found = entries(&reply)?;
            found.iter_mut().for_each(|entry| {
                let name = entry.name.trim_end_matches('/').to_owned();
                // The archive's root is the last segment of the path or its CID.
                entry.name = match name.split_once('/') {
                    Some((_, rest)) => rest.to_owned(),
                    None => String::new(),
                };
            });
            let has = |name: &str, kind: &[u8], bytes: &[u8]| {
                found.iter().any(|entry| {
                    entry.name == name && kind.contains(&entry.kind) && entry.bytes == bytes
                })
            };
            let file = [b'0', 0];
            if has("", b"5", b"")
                && has("deep", b"5", b"")
                && has("deep/inner.txt", &file, HELLO)
                && has("hello.txt", &file, HELLO)
                && found.len() == 4
            {
                return Ok(());
            }
            reply.fail(&format!("entries {found:?}"))
        },
    },
    GatewayCase {
        name: "TAR: symbolic links are links",
        reqs: &["formats.tar"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/link?format=tar"))?;
            match entries(&reply)?.as_slice() {
                [one] if one.kind == b'2' && one.target == "hello.txt" => Ok(()),
                other => reply.fail(&format!("entries {other:?}")),
            }
        },
    },
    GatewayCase {
        name: "TAR: what has no mode gets the usual one",
        reqs: &["formats.tar-metadata"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/sub?format=tar"))?;
            for entry in entries(&reply)? {
                let wanted = if entry.kind == b'5' { 0o755 } else { 0o644 };
                if entry.mode & 0o777 != wanted {
                    return reply.fail(&format!("{}: mode {:o}", entry.name, entry.mode));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "TAR: asked for by Accept, saved under a name",
        reqs: &["formats.tar", "path-gateway.content-location"],
        run: |gateway| {
            let cid = &fixtures().unixfs.sub;
            let path = format!("/ipfs/{cid}");
            let reply = gateway.get_with(&path, "Accept", "application/x-tar")?;
            entries(&reply)?;
            reply.has("Content-Disposition", "attachment")?;
            reply.has("Content-Disposition", &format!("{cid}.tar"))?;
            reply.is("Content-Location", &format!("{path}?format=tar"))?;
            if !reply.header("Etag")?.starts_with("W/\"") {
                return reply.fail("the Etag of an archive is weak");
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "TAR: an entry that leads outside is refused",
        reqs: &["formats.tar-outside"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            entries(&gateway.get(&format!("/ipfs/{}?format=tar", unixfs.sub))?)?;
            let reply = gateway.get(&format!("/ipfs/{}?format=tar", unixfs.outside_dir))?;
            if reply.answer.status >= 400 {
                return Ok(());
            }
            let outside = read(&reply.answer.body)
                .is_ok_and(|entries| entries.iter().any(|entry| entry.name.contains("..")));
            match (reply.answer.complete, outside) {
                (false, false) => Ok(()),
                (_, true) => reply.fail("an entry is named .."),
                (true, false) => reply.fail("the body ends as if the archive were whole"),
            }
        },
    },
    GatewayCase {
        name: "TAR: what is no UnixFS is not acceptable",
        reqs: &["formats.tar-unixfs-only"],
        run: |gateway| {
            entries(&gateway.get(&format!("/ipfs/{}?format=tar", fixtures().unixfs.sub))?)?;
            let codecs = &fixtures().codecs;
            for cid in [&codecs.dag_cbor, &codecs.dag_json] {
                gateway.get(&format!("/ipfs/{cid}?format=tar"))?.status(406)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "TAR: a file that lacks a block is cut off, not ended",
        reqs: &["path-gateway.truncated"],
        run: |gateway| {
            let broken = &fixtures().unixfs.broken;
            let Some(reply) = gateway.get_broken(&format!("/ipfs/{broken}?format=tar"))? else {
                return Ok(());
            };
            reply.status(200)?;
            match reply.answer.complete {
                true => reply.fail("the body ends as if the archive were whole"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "TAR: HEAD has no body",
        reqs: &["path-gateway.head"],
        run: |gateway| {
            let reply = gateway.head(&format!("/ipfs/{}?format=tar", fixtures().unixfs.sub))?;
            reply.status(200)?.empty()?.media_type("application/x-tar")?;
            Ok(())
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, size: usize) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..108].copy_from_slice(b"0000644\0");
        block[136..148].copy_from_slice(b"00000000000\0");
        block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        block[148..156].fill(b' ');
        block[156] = b'0';
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }

    #[test]
    fn an_archive_and_its_cuts() {
        let mut content = b"hi".to_vec();
        content.resize(BLOCK, 0);
        let archive = [header("a", 2), content, vec![0; 2 * BLOCK]].concat();
        let entries = read(&archive).unwrap();
        assert_eq!((entries.len(), entries[0].bytes.as_slice()), (1, &b"hi"[..]));
        assert!(read(&archive[..BLOCK + 1]).is_err());
        assert!(read(&archive[..2 * BLOCK]).is_err());
        assert!(read(b"null").is_err());
    }
}
