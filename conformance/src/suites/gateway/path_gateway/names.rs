//! `/ipns/NAME`.

use crate::case::GatewayCase;
use crate::fixtures::{HELLO, fixtures};

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a name leads to what its record says",
        reqs: &["path-gateway.x-ipfs-path"],
        run: |gateway| {
            gateway.with_records()?;
            let path = format!("/ipns/{}/sub/hello.txt", fixtures().names.plain.base36());
            gateway.get(&path)?.status(200)?.body(HELLO)?.is("X-Ipfs-Path", &path)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the roots of a path below a name begin with what the name stands for",
        reqs: &["path-gateway.roots"],
        run: |gateway| {
            gateway.with_records()?;
            let unixfs = &fixtures().unixfs;
            let path = format!("/ipns/{}/sub/hello.txt", fixtures().names.plain.base36());
            let roots = [&unixfs.dir, &unixfs.sub, &unixfs.hello].map(ToString::to_string);
            gateway.get(&path)?.status(200)?.is("X-Ipfs-Roots", &roots.join(","))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a record of version 2 alone, and one whose version 1 is broken, hold",
        reqs: &["path-gateway.unresolved-name"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            for name in [&names.v2_only, &names.broken_v1] {
                let path = format!("/ipns/{}/hello.txt", name.base36());
                gateway.get(&path)?.status(200)?.body(HELLO)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a record that does not hold leads nowhere",
        reqs: &["path-gateway.unresolved-name"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            let path = format!("/ipns/{}/hello.txt", names.plain.base36());
            gateway.get(&path)?.status(200)?.body(HELLO)?;
            let bad =
                [&names.v1_only, &names.broken_v2, &names.mismatch, &names.expired, &names.foreign];
            for name in bad {
                gateway.get(&format!("/ipns/{}/hello.txt", name.base36()))?.is_error()?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a record may lead to a path, and to another name",
        reqs: &["path-gateway.x-ipfs-path"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            let inner = format!("/ipns/{}/deep/inner.txt", names.with_path.base36());
            gateway.get(&inner)?.status(200)?.body(HELLO)?;
            let chained = format!("/ipns/{}/hello.txt", names.chained.base36());
            gateway.get(&chained)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a record may lead to a node of another codec",
        reqs: &["path-gateway.remainder"],
        run: |gateway| {
            gateway.with_records()?;
            let path = format!("/ipns/{}/file", fixtures().names.node.base36());
            gateway.get(&path)?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a directory below a name is redirected to itself with a slash",
        reqs: &["path-gateway.directory-slash"],
        run: |gateway| {
            gateway.with_records()?;
            let path = format!("/ipns/{}/sub", fixtures().names.plain.base36());
            gateway.get(&path)?.redirects(301, &format!("{path}/"))?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a name in another form than base36 is redirected to that",
        reqs: &["path-gateway.canonical-name"],
        run: |gateway| {
            gateway.with_records()?;
            let name = &fixtures().names.plain;
            let wanted = format!("/ipns/{}/hello.txt?x=y", name.base36());
            for form in [name.cid.base58(), name.cid.to_string()] {
                let reply = gateway.get(&format!("/ipns/{form}/hello.txt?x=y"))?;
                reply.status_in(&[301, 302, 307, 308])?.is("Location", &wanted)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a name that leads to what is not here is not found",
        reqs: &["path-gateway.missing-block-404"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            let path = format!("/ipns/{}/hello.txt", names.plain.base36());
            gateway.get(&path)?.status(200)?.body(HELLO)?;
            gateway.get(&format!("/ipns/{}", names.lost.base36()))?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a name without record is an error that is not kept",
        reqs: &["path-gateway.unresolved-name", "path-gateway.error-cache"],
        run: |gateway| {
            gateway.with_records()?;
            let names = &fixtures().names;
            let path = format!("/ipns/{}/hello.txt", names.plain.base36());
            gateway.get(&path)?.status(200)?.body(HELLO)?;
            let reply = gateway.get(&format!("/ipns/{}", names.unknown.base36()))?;
            reply.is_error()?;
            match reply.list("Cache-Control").iter().any(|word| word == "immutable") {
                true => reply.fail("the error is called immutable"),
                false => Ok(()),
            }
        },
    },
];
