//! What each kind of rule denies.

use super::{REFUSED, refused, refused_cid, served};
use crate::case::GatewayCase;
use crate::encode::{Cid, DAG_CBOR, identity};
use crate::fixtures::{HELLO, TEXT, fixtures};

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a CID is denied in all forms, its multihash counts",
        reqs: &["denylist.by-multihash", "denylist.gone"],
        run: |gateway| {
            served(gateway)?;
            let cid = &fixtures().blocked.by_cid;
            refused_cid(gateway, cid)?;
            refused(gateway, &format!("/ipfs/{}", cid.base36()))?;
            refused(gateway, &format!("/ipfs/{}?format=raw", cid.with_codec(DAG_CBOR)))
        },
    },
    GatewayCase {
        name: "a path is denied, with or without slash at its end, and no other",
        reqs: &["denylist.path"],
        run: |gateway| {
            served(gateway)?;
            let root = &fixtures().blocked.by_path;
            refused(gateway, &format!("/ipfs/{root}/bad.txt"))?;
            refused(gateway, &format!("/ipfs/{root}/bad.txt/"))?;
            gateway.get(&format!("/ipfs/{root}/"))?.status(200)?.mentions("good.txt")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "what is below a denied path is denied too",
        reqs: &["denylist.gateway-prefixes"],
        run: |gateway| {
            served(gateway)?;
            let root = &fixtures().blocked.by_path;
            refused(gateway, &format!("/ipfs/{root}/bad.txt/below"))
        },
    },
    GatewayCase {
        name: "a path in a rule is percent-encoded",
        reqs: &["denylist.path"],
        run: |gateway| {
            served(gateway)?;
            let root = &fixtures().blocked.escaped;
            refused(gateway, &format!("/ipfs/{root}/sp%20ace.txt"))?;
            gateway.get(&format!("/ipfs/{root}/good.txt"))?.status(200)?.mentions(TEXT)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a star denies all that begins so",
        reqs: &["denylist.path-prefix"],
        run: |gateway| {
            served(gateway)?;
            let root = &fixtures().blocked.by_path;
            refused(gateway, &format!("/ipfs/{root}/prefix"))?;
            refused(gateway, &format!("/ipfs/{root}/prefix-2.txt"))
        },
    },
    GatewayCase {
        name: "slash and star deny the root and everything below",
        reqs: &["denylist.path-prefix"],
        run: |gateway| {
            served(gateway)?;
            let root = &fixtures().blocked.whole;
            refused_cid(gateway, root)?;
            refused(gateway, &format!("/ipfs/{root}/"))?;
            refused(gateway, &format!("/ipfs/{root}/below.txt"))
        },
    },
    GatewayCase {
        name: "the last rule that matches counts",
        reqs: &["denylist.last-match", "denylist.allow"],
        run: |gateway| {
            served(gateway)?;
            let blocked = &fixtures().blocked;
            let exception = format!("/ipfs/{}/prefix-but-allowed.txt", blocked.by_path);
            gateway.get(&exception)?.status(200)?.mentions(TEXT)?;
            gateway.get(&format!("/ipfs/{}", blocked.allowed))?.status(200)?.mentions(TEXT)?;
            refused_cid(gateway, &blocked.denied_after)
        },
    },
    GatewayCase {
        name: "a hash of a multihash denies it under every codec",
        reqs: &["denylist.hashed", "denylist.hashed-ipfs"],
        run: |gateway| {
            served(gateway)?;
            let cid = &fixtures().blocked.hashed;
            refused_cid(gateway, cid)?;
            refused(gateway, &format!("/ipfs/{}?format=raw", cid.with_codec(DAG_CBOR)))
        },
    },
    GatewayCase {
        name: "a hash of a multihash and a path denies that path",
        reqs: &["denylist.hashed-ipfs"],
        run: |gateway| {
            served(gateway)?;
            let root = &fixtures().blocked.hashed_path;
            refused(gateway, &format!("/ipfs/{root}/bad.txt"))?;
            gateway.get(&format!("/ipfs/{root}/good.txt"))?.status(200)?.mentions(TEXT)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a hash in hexadecimal digits denies one CID",
        reqs: &["denylist.hashed-legacy"],
        run: |gateway| {
            served(gateway)?;
            refused_cid(gateway, &fixtures().blocked.legacy)
        },
    },
    GatewayCase {
        name: "hints, unknown fields of the header and comments do no harm",
        reqs: &["denylist.hints-ignored", "denylist.header-unknown-fields", "denylist.comment"],
        run: |gateway| {
            served(gateway)?;
            refused_cid(gateway, &fixtures().blocked.hinted)
        },
    },
    GatewayCase {
        name: "a key is denied in all its forms",
        reqs: &["denylist.ipns-key"],
        run: |gateway| {
            served(gateway)?;
            let name = &fixtures().blocked.name;
            let first = format!("/ipns/{}", name.base36());
            refused(gateway, &first)?;
            for form in [name.to_string(), name.base58()] {
                let reply = gateway.get(&format!("/ipns/{form}"))?;
                // A redirect to the form above is as good.
                if reply.answer.status != 302 || reply.header("Location")? != first {
                    reply.status_in(&REFUSED)?;
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a domain name is denied, by name and by hash",
        reqs: &["denylist.ipns-name", "denylist.hashed-ipns"],
        run: |gateway| {
            served(gateway)?;
            gateway.with_dnslinks()?;
            let blocked = &fixtures().blocked;
            let open = gateway.get("/ipns/site.conformance.test/hello.txt")?;
            open.status(200)?.body(HELLO)?;
            refused(gateway, &format!("/ipns/{}", blocked.domain()))?;
            refused(gateway, &format!("/ipns/{}", blocked.hashed_domain()))
        },
    },
    GatewayCase {
        name: "the empty block can't be denied",
        reqs: &["denylist.empty-not-blocked"],
        run: |gateway| {
            served(gateway)?;
            refused_cid(gateway, &fixtures().blocked.by_cid)?;
            let empty = Cid::v1(0x55, &identity(b""));
            let reply = gateway.get(&format!("/ipfs/{empty}?format=raw"))?;
            reply.status(200)?.empty()?.media_type("application/vnd.ipld.raw")?;
            Ok(())
        },
    },
];
