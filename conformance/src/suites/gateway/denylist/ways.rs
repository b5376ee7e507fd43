//! On which ways what is denied might be reached, and that lists are read again.

use super::{REFUSED, refused, refused_cid, served};
use crate::case::{GatewayCase, failed};
use crate::fixtures::{HELLO, TEXT, fixtures};
use std::io::Write;
use std::time::{Duration, Instant};

/// How long a changed list may take to count.
const RELOAD_MAX: Duration = Duration::from_secs(5);

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "no format gives out what is denied",
        reqs: &["denylist.block", "denylist.gone", "path-gateway.denied"],
        run: |gateway| {
            served(gateway)?;
            let cid = &fixtures().blocked.by_cid;
            for format in ["raw", "car", "tar", "json", "dag-json"] {
                refused(gateway, &format!("/ipfs/{cid}?format={format}"))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD is refused, and so is a question for what is in the cache",
        reqs: &["denylist.gone"],
        run: |gateway| {
            served(gateway)?;
            let path = format!("/ipfs/{}", fixtures().blocked.by_cid);
            gateway.head(&path)?.status_in(&REFUSED)?.empty()?;
            let reply = gateway.get_with(&path, "Cache-Control", "only-if-cached")?;
            reply.status_in(&[410, 451, 412])?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a condition that holds does not make it 304",
        reqs: &["denylist.gone"],
        run: |gateway| {
            served(gateway)?;
            let cid = &fixtures().blocked.by_cid;
            let path = format!("/ipfs/{cid}");
            let etag = format!("\"{cid}\"");
            gateway.get_with(&path, "If-None-Match", &etag)?.status_in(&REFUSED)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "subdomains and DNSLink hosts refuse as paths do",
        reqs: &["denylist.gone", "denylist.inlined-name"],
        run: |gateway| {
            served(gateway)?;
            let host = gateway.subdomain()?;
            let blocked = &fixtures().blocked;
            let at = |host: &str| gateway.get_at(host, "/");
            at(&format!("{}.ipfs.{host}", blocked.by_cid))?.status_in(&REFUSED)?;
            at(&format!("{}.ipfs.{host}", blocked.whole))?.status_in(&REFUSED)?;
            gateway.with_dnslinks()?;
            // A denied name may also be no site at all.
            at(blocked.domain())?.status_in(&[410, 451, 404])?;
            let inlined = blocked.domain().replace('.', "-");
            at(&format!("{inlined}.ipns.{host}"))?.status_in(&REFUSED)?;
            let open = gateway.get_at("site.conformance.test", "/hello.txt")?;
            open.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a refusal may not be kept for good",
        reqs: &["path-gateway.error-cache"],
        run: |gateway| {
            served(gateway)?;
            let reply = gateway.get(&format!("/ipfs/{}", fixtures().blocked.by_cid))?;
            reply.status_in(&REFUSED)?;
            match reply.list("Cache-Control").iter().any(|word| word == "immutable") {
                true => reply.fail("the refusal is called immutable"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "a rule that is appended counts soon, without restart",
        reqs: &["denylist.reload"],
        run: |gateway| {
            let cid = &fixtures().blocked.later;
            let path = format!("/ipfs/{cid}");
            let list = gateway.denylist_file()?;
            served(gateway)?;
            gateway.get(&path)?.status(200)?.mentions(TEXT)?;
            let appended = std::fs::OpenOptions::new()
                .append(true)
                .open(list)
                .and_then(|mut list| writeln!(list, "/ipfs/{cid}"));
            if let Err(error) = appended {
                return failed(format!("cannot append to {}: {error}", list.display()));
            }
            let deadline = Instant::now() + RELOAD_MAX;
            while gateway.get(&path)?.answer.status == 200 && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(50));
            }
            refused_cid(gateway, cid)
        },
    },
    GatewayCase {
        name: "a denied file is not given out through a directory",
        reqs: &["denylist.block"],
        run: |gateway| {
            served(gateway)?;
            refused(gateway, &format!("/ipfs/{}/denied.txt", fixtures().blocked.around))
        },
    },
    GatewayCase {
        name: "a directory with a denied entry can be listed",
        reqs: &["denylist.listing"],
        run: |gateway| {
            served(gateway)?;
            refused_cid(gateway, &fixtures().blocked.by_cid)?;
            let reply = gateway.get(&format!("/ipfs/{}/", fixtures().blocked.around))?;
            reply.status(200)?.mentions("denied.txt")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a CAR of a directory does not hold a denied file",
        reqs: &["denylist.block"],
        run: |gateway| {
            served(gateway)?;
            let blocked = &fixtures().blocked;
            let Some(reply) =
                gateway.get_broken(&format!("/ipfs/{}?format=car", blocked.around))?
            else {
                return Ok(());
            };
            if REFUSED.contains(&reply.answer.status) {
                return Ok(());
            }
            reply.status(200)?.media_type("application/vnd.ipld.car")?;
            let denied = format!("{TEXT}by CID");
            if reply.answer.text().contains(&denied) {
                return reply.fail("the CAR holds the denied block");
            }
            if !reply.answer.complete {
                return Ok(());
            }
            match reply.car()?.blocks.first() {
                Some((root, _)) if *root == blocked.around => Ok(()),
                _ => reply.fail("the CAR does not begin with the directory"),
            }
        },
    },
];
