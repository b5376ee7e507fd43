//! IPNS records.

use super::{RECORD, list};
use crate::case::{Check, GatewayCase};
use crate::encode::Cid;
use crate::fixtures::fixtures;
use crate::gateway::{Gateway, Reply};
use crate::http::Request;

fn path(name: &Cid) -> String {
    format!("/routing/v1/ipns/{}", name.base36())
}

fn get(gateway: &Gateway, name: &Cid) -> Check<Reply> {
    gateway.with_routing()?;
    gateway.with_records()?;
    gateway.get_with(&path(name), "Accept", RECORD)
}

fn put(gateway: &Gateway, name: &Cid, media: &str, record: &[u8]) -> Check<Reply> {
    let request = Request::new("PUT", &path(name)).header("Content-Type", media).body(record);
    gateway.send(&request)
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "the record of a name, byte for byte",
        reqs: &["routing-v1.ipns-get"],
        run: |gateway| {
            let names = &fixtures().names;
            for name in [&names.plain, &names.v2_only, &names.with_path] {
                let reply = get(gateway, &name.cid)?;
                reply.status(200)?.media_type(RECORD)?.body(&name.record)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "the Etag of a record is a quoted string that differs with it",
        reqs: &["routing-v1.ipns-headers"],
        run: |gateway| {
            let names = &fixtures().names;
            let mut tags = Vec::new();
            for name in [&names.plain, &names.v2_only] {
                let reply = get(gateway, &name.cid)?;
                let tag = reply.status(200)?.body(&name.record)?.header("Etag")?.to_owned();
                let opaque = tag.strip_prefix("W/").unwrap_or(&tag);
                if !opaque.starts_with('"') || !opaque.ends_with('"') || tags.contains(&tag) {
                    return reply.fail(&format!("Etag {tag}"));
                }
                tags.push(tag);
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a record may be kept as long as its time to live",
        reqs: &["routing-v1.ipns-cache"],
        run: |gateway| {
            let reply = get(gateway, &fixtures().names.plain.cid)?;
            reply.status(200)?.media_type(RECORD)?;
            match reply.max_age()? {
                Some(300) => Ok(()),
                other => reply.fail(&format!("max-age {other:?}, wanted 300")),
            }
        },
    },
    GatewayCase {
        name: "a record without time to live may be kept for a minute",
        reqs: &["routing-v1.ipns-cache-default"],
        run: |gateway| {
            let name = &fixtures().names.chained;
            let reply = get(gateway, &name.cid)?;
            reply.status(200)?.media_type(RECORD)?.body(&name.record)?;
            match reply.max_age()? {
                Some(60) => Ok(()),
                other => reply.fail(&format!("max-age {other:?}, wanted 60")),
            }
        },
    },
    GatewayCase {
        name: "until when a record holds, and that answers differ by Accept",
        reqs: &["routing-v1.ipns-headers"],
        run: |gateway| {
            let reply = get(gateway, &fixtures().names.plain.cid)?;
            reply.status(200)?.is("Expires", "Sat, 02 Jan 2100 03:04:05 GMT")?;
            match reply.list("Vary").iter().any(|name| name == "accept") {
                true => Ok(()),
                false => reply.fail(&format!("Vary: {:?}", reply.list("Vary"))),
            }
        },
    },
    GatewayCase {
        name: "a name without record is not answered by one",
        reqs: &["routing-v1.ipns-none"],
        run: |gateway| {
            let names = &fixtures().names;
            get(gateway, &names.plain.cid)?.status(200)?.media_type(RECORD)?;
            let reply = get(gateway, &names.unknown)?;
            reply.status_in(&[200, 404])?;
            match reply.answer.headers.get("Content-Type") {
                Some(media) if media.starts_with(RECORD) => {
                    reply.fail("what came is called a record")
                }
                _ => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "a record that does not hold is not given out",
        reqs: &["routing-v1.ipns-none"],
        run: |gateway| {
            let names = &fixtures().names;
            get(gateway, &names.plain.cid)?.status(200)?.media_type(RECORD)?;
            for name in [&names.v1_only, &names.broken_v2, &names.mismatch, &names.foreign] {
                let reply = get(gateway, &name.cid)?;
                if reply.answer.body == name.record {
                    return reply.fail("an invalid record is given out");
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "who accepts no records gets none",
        reqs: &["routing-v1.ipns-get"],
        run: |gateway| {
            let name = &fixtures().names.plain.cid;
            get(gateway, name)?.status(200)?.media_type(RECORD)?;
            let reply = gateway.get_with(&path(name), "Accept", "application/json")?;
            reply.status(406)?.mentions(RECORD)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a name that is none is refused",
        reqs: &["routing-v1.ipns-name"],
        run: |gateway| {
            get(gateway, &fixtures().names.plain.cid)?.status(200)?;
            let reply = gateway.get_with("/routing/v1/ipns/nonsense", "Accept", RECORD)?;
            reply.status_in(&[400, 422])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a valid record is published and found",
        reqs: &["routing-v1.ipns-put"],
        run: |gateway| {
            let name = &fixtures().names.unpublished;
            get(gateway, &fixtures().names.plain.cid)?.status(200)?;
            put(gateway, &name.cid, RECORD, &name.record)?.status(200)?;
            get(gateway, &name.cid)?.status(200)?.media_type(RECORD)?.body(&name.record)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "an invalid record is refused",
        reqs: &["routing-v1.ipns-put"],
        run: |gateway| {
            let names = &fixtures().names;
            get(gateway, &names.plain.cid)?.status(200)?;
            for name in [&names.v1_only, &names.broken_v2, &names.foreign, &names.expired] {
                put(gateway, &name.cid, RECORD, &name.record)?.status(400)?;
            }
            let half = &names.plain.record[..names.plain.record.len() / 2];
            put(gateway, &names.plain.cid, RECORD, half)?.status(400)?;
            put(gateway, &names.plain.cid, RECORD, b"")?.status(400)?;
            get(gateway, &names.plain.cid)?.status(200)?.body(&names.plain.record)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a record far beyond 10 KiB is refused",
        reqs: &["routing-v1.ipns-put-max"],
        run: |gateway| {
            let name = &fixtures().names.plain;
            get(gateway, &name.cid)?.status(200)?;
            put(gateway, &name.cid, RECORD, &vec![0; 200 << 10])?.status_in(&[400, 413])?;
            get(gateway, &name.cid)?.status(200)?.body(&name.record)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "what is sent as something else than a record is refused",
        reqs: &["routing-v1.ipns-put"],
        run: |gateway| {
            let name = &fixtures().names.plain;
            get(gateway, &name.cid)?.status(200)?;
            put(gateway, &name.cid, "application/json", &name.record)?.status(406)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "an unknown name does not disturb lists",
        reqs: &["routing-v1.empty-200"],
        run: |gateway| {
            gateway.with_routing()?;
            let id = fixtures().names.unknown.base36();
            list(&gateway.get(&format!("/routing/v1/peers/{id}"))?, "Peers")?;
            Ok(())
        },
    },
];
