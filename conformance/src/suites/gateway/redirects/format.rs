//! How the file is read.

use super::ask;
use crate::case::GatewayCase;
use crate::fixtures::{PAGE, fixtures};

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "comments, empty lines and blanks at the ends of lines say nothing",
        reqs: &["redirects.comment", "redirects.blank"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/one")?.redirects(301, "/page.html")?;
            ask(gateway, rules, "/indented")?.redirects(302, "/page.html")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "lines end in carriage return and line feed too, the last one in nothing",
        reqs: &["redirects.line-end"],
        run: |gateway| {
            let carriage = &fixtures().sites.carriage;
            ask(gateway, carriage, "/one")?.redirects(302, "/page.html")?;
            ask(gateway, carriage, "/two")?.redirects(302, "/1.html")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "64 KiB are read",
        reqs: &["redirects.size-max"],
        run: |gateway| {
            ask(gateway, &fixtures().sites.large, "/one")?.redirects(302, "/page.html")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "more than 64 KiB are an error",
        reqs: &["redirects.size-max", "redirects.error"],
        run: |gateway| {
            let large = &fixtures().sites.too_large;
            ask(gateway, large, "/page.html")?.status(200)?.body(PAGE)?;
            ask(gateway, large, "/one")?.status(500)?.lacks("Location")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a placeholder that stands twice in the source is an error",
        reqs: &["redirects.placeholder-once", "redirects.error"],
        run: |gateway| {
            let twice = &fixtures().sites.twice;
            ask(gateway, twice, "/page.html")?.status(200)?.body(PAGE)?;
            ask(gateway, twice, "/x/1/2")?.status(500)?.lacks("Location")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a splat that is not at the end is none",
        reqs: &["redirects.splat"],
        run: |gateway| {
            let inner = &fixtures().sites.inner_splat;
            ask(gateway, inner, "/page.html")?.status(200)?.body(PAGE)?;
            let reply = ask(gateway, inner, "/a/x/b")?;
            reply.is_error()?.lacks("Location")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a status that is not supported is an error that is told",
        reqs: &["redirects.status", "redirects.error"],
        run: |gateway| {
            let broken = &fixtures().sites.bad_status;
            ask(gateway, broken, "/page.html")?.status(200)?;
            let reply = ask(gateway, broken, "/one")?;
            reply.status(500)?.mentions("_redirects")?.mentions("306")?;
            Ok(())
        },
    },
];
