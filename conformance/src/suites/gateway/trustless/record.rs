//! IPNS records.

use super::{RECORD, etag};
use crate::case::{GatewayCase, failed};
use crate::fixtures::fixtures;

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "the record, byte for byte, of both versions and of the second alone",
        reqs: &["trustless.record-bytes"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            for name in [&names.plain, &names.v2_only, &names.with_path, &names.broken_v1] {
                let path = format!("/ipns/{}", name.base36());
                let asked = gateway.get(&format!("{path}?format=ipns-record"))?;
                asked.status(200)?.media_type(RECORD)?.body(&name.record)?;
                let accepted = gateway.get_with(&path, "Accept", RECORD)?;
                accepted.status(200)?.media_type(RECORD)?.body(&name.record)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a name in every form",
        reqs: &["trustless.record-bytes"],
        run: |gateway| {
            gateway.with_records()?;
            let name = &fixtures().names.plain;
            for form in [name.base36(), name.cid.to_string(), name.cid.base58()] {
                let reply = gateway.get(&format!("/ipns/{form}?format=ipns-record"))?;
                if (301..=308).contains(&reply.answer.status) {
                    // To the name's other form, which the case above is about.
                    let wanted = format!("/ipns/{}?format=ipns-record", name.base36());
                    reply.is("Location", &wanted)?;
                    continue;
                }
                reply.status(200)?.media_type(RECORD)?.body(&name.record)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "headers of a record",
        reqs: &["trustless.attachment"],
        run: |gateway| {
            gateway.with_records()?;
            let name = fixtures().names.plain.base36();
            let reply = gateway.get(&format!("/ipns/{name}?format=ipns-record"))?;
            reply.status(200)?.has("Content-Disposition", "attachment")?;
            reply.has("Content-Disposition", &format!("{name}.ipns-record"))?;
            reply.is("X-Content-Type-Options", "nosniff")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the Etag is a quoted string and differs with the record",
        reqs: &["trustless.record-etag"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            let tag = |name: &crate::fixtures::Name| {
                let path = format!("/ipns/{}?format=ipns-record", name.base36());
                etag(gateway.get(&path)?.status(200)?)
            };
            match tag(&names.plain)? == tag(&names.v2_only)? {
                true => failed("two records have one Etag"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "a record may be kept as long as its time to live",
        reqs: &["trustless.record-cache"],
        run: |gateway| {
            gateway.with_records()?;
            let path = format!("/ipns/{}?format=ipns-record", fixtures().names.plain.base36());
            let reply = gateway.get(&path)?;
            reply.status(200)?.media_type(RECORD)?;
            match reply.max_age()? {
                Some(age) if (1..=300).contains(&age) => Ok(()),
                other => reply.fail(&format!("max-age {other:?}, wanted up to 300")),
            }
        },
    },
    GatewayCase {
        name: "HEAD of a record",
        reqs: &["trustless.head"],
        run: |gateway| {
            gateway.with_records()?;
            let path = format!("/ipns/{}?format=ipns-record", fixtures().names.plain.base36());
            gateway.head(&path)?.status(200)?.empty()?.media_type(RECORD)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a path below a name, and what is no name, has no record",
        reqs: &["trustless.record-name-only"],
        run: |gateway| {
            gateway.with_records()?;
            let name = &fixtures().names.plain;
            let path = format!("/ipns/{}", name.base36());
            let whole = gateway.get(&format!("{path}?format=ipns-record"))?;
            whole.status(200)?.body(&name.record)?;
            gateway.get(&format!("{path}/hello.txt?format=ipns-record"))?.status(400)?;
            let dir = &fixtures().unixfs.dir;
            gateway.get(&format!("/ipfs/{dir}?format=ipns-record"))?.status(400)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "no record is given out that does not hold",
        reqs: &["trustless.record-bytes"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            let good =
                gateway.get(&format!("/ipns/{}?format=ipns-record", names.plain.base36()))?;
            good.status(200)?.body(&names.plain.record)?;
            let bad =
                [&names.v1_only, &names.broken_v2, &names.mismatch, &names.expired, &names.foreign];
            for name in bad {
                let path = format!("/ipns/{}?format=ipns-record", name.base36());
                gateway.get(&path)?.is_error()?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a name without record is an error",
        reqs: &["trustless.record-bytes"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            let good =
                gateway.get(&format!("/ipns/{}?format=ipns-record", names.plain.base36()))?;
            good.status(200)?.media_type(RECORD)?;
            let path = format!("/ipns/{}?format=ipns-record", names.unknown.base36());
            gateway.get(&path)?.is_error()?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a name without a record",
        reqs: &["trustless.record-missing"],
        run: |gateway| {
            gateway.with_records()?;
            let name = fixtures().names.unknown.base36();
            let asked = gateway.get(&format!("/ipns/{name}?format=ipns-record"))?;
            asked.status(404)?;
            let known = fixtures().names.plain.base36();
            gateway.get(&format!("/ipns/{known}?format=ipns-record"))?.status(200)?;
            Ok(())
        },
    },
];
