//! Lines that are no rules, and what is not looked at.

use super::ask;
use crate::case::{Check, GatewayCase};
use crate::fixtures::{PAGE, fixtures};
use crate::gateway::Gateway;

/// The sites with these mistakes answer with an error, and only for what doesn't exist.
fn refused(gateway: &Gateway, mistakes: &[&str]) -> Check {
    let sites = fixtures().sites.broken.iter().filter(|(_, what)| mistakes.contains(what));
    let mut asked = 0;
    for (site, what) in sites {
        asked += 1;
        ask(gateway, site, "/page.html")?.status(200)?.body(PAGE)?;
        let reply = ask(gateway, site, "/one")?;
        let told = reply.status(500)?.lacks("Location")?.mentions("_redirects");
        if told.is_err() {
            return reply.fail(what);
        }
    }
    assert_eq!(asked, mistakes.len(), "fixtures and cases agree");
    Ok(())
}

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "lines of one and of four words are errors",
        reqs: &["redirects.line"],
        run: |gateway| refused(gateway, &["a line of one word", "a line of four words"]),
    },
    GatewayCase {
        name: "a source begins with a slash",
        reqs: &["redirects.line", "redirects.error"],
        run: |gateway| refused(gateway, &["a source without slash"]),
    },
    GatewayCase {
        name: "forced redirects are errors",
        reqs: &["redirects.no-forced"],
        run: |gateway| refused(gateway, &["a forced redirect"]),
    },
    GatewayCase {
        name: "a target begins with a slash or is a URL of the web or of IPFS",
        reqs: &["redirects.scheme"],
        run: |gateway| {
            refused(gateway, &["a target without slash", "a target with a foreign scheme"])
        },
    },
    GatewayCase {
        name: "a slash at the end of the path does not count",
        reqs: &["redirects.trailing-slash"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/one/")?.redirects(301, "/page.html")?;
            ask(gateway, rules, "/rewritten/")?.status(200)?.body(PAGE)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "ipfs-404.html is a page like any other",
        reqs: &["redirects.no-legacy-404"],
        run: |gateway| {
            let legacy = &fixtures().sites.legacy;
            ask(gateway, legacy, "/ipfs-404.html")?.status(200)?.mentions("my own 404")?;
            let reply = ask(gateway, legacy, "/nowhere")?;
            match reply.status(404)?.mentions("my own 404") {
                Ok(_) => reply.fail("the page of the site is shown"),
                Err(_) => Ok(()),
            }
        },
    },
];
