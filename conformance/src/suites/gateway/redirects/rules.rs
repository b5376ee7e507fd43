//! What rules do.

use super::{ask, ask_with};
use crate::case::GatewayCase;
use crate::fixtures::{INDEX, NOT_FOUND, PAGE, fixtures};
use crate::http::Request;

/// Where rules count.
pub(super) const ORIGIN: &[GatewayCase] = &[
    GatewayCase {
        name: "rules do not count at the path gateway",
        reqs: &["redirects.origin"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/one")?.redirects(301, "/page.html")?;
            gateway.get(&format!("/ipfs/{rules}/page.html"))?.status(200)?.body(PAGE)?;
            gateway.get(&format!("/ipfs/{rules}/one"))?.status(404)?;
            gateway.get(&format!("/ipfs/{}/any", fixtures().sites.spa))?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "rules count at DNSLink hosts",
        reqs: &["redirects.origin", "dnslink.redirects"],
        run: |gateway| {
            gateway.with_dnslinks()?;
            let at = |target: &str| gateway.get_at("redirects.conformance.test", target);
            at("/one")?.redirects(301, "/page.html")?;
            at("/rewritten")?.status(200)?.body(PAGE)?;
            at("/missing/x")?.status(404)?.body(NOT_FOUND)?;
            gateway.get_at("spa.conformance.test", "/any/path")?.status(200)?.body(INDEX)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "only the file below the root counts",
        reqs: &["redirects.file"],
        run: |gateway| {
            ask(gateway, &fixtures().sites.rules, "/one")?.status(301)?;
            let nested = &fixtures().sites.nested;
            ask(gateway, nested, "/page.html")?.status(200)?.body(PAGE)?;
            ask(gateway, nested, "/below/inner")?.status(404)?;
            ask(gateway, nested, "/inner")?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "what exists is never redirected",
        reqs: &["redirects.existing"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/one")?.status(301)?;
            ask(gateway, rules, "/page.html")?.status(200)?.body(PAGE)?;
            ask(gateway, rules, "/")?.status(200)?.body(INDEX)?;
            ask(gateway, &fixtures().sites.spa, "/page.html")?.status(200)?.body(PAGE)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a broken file does no harm to what exists",
        reqs: &["redirects.existing", "redirects.error"],
        run: |gateway| {
            let broken = &fixtures().sites.bad_status;
            ask(gateway, broken, "/page.html")?.status(200)?.body(PAGE)?;
            ask(gateway, broken, "/nowhere")?.status(500)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "who asks for a format gets no redirect",
        reqs: &["redirects.format"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/one")?.status(301)?;
            ask(gateway, rules, "/one?format=raw")?.status(404)?;
            Ok(())
        },
    },
];

/// What they do.
pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a redirect without status is permanent",
        reqs: &["redirects.redirect", "redirects.status"],
        run: |gateway| {
            ask(gateway, &fixtures().sites.rules, "/one")?.redirects(301, "/page.html")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "301, 302, 303, 307 and 308 are redirects",
        reqs: &["redirects.redirect", "redirects.status"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            for (path, status) in
                [("moved", 301), ("indented", 302), ("see", 303), ("temporary", 307)]
            {
                ask(gateway, rules, &format!("/{path}"))?.redirects(status, "/page.html")?;
            }
            ask(gateway, rules, "/permanent")?.redirects(308, "/page.html")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "200 is a rewrite: the page under the address that was asked for",
        reqs: &["redirects.rewrite"],
        run: |gateway| {
            let reply = ask(gateway, &fixtures().sites.rules, "/rewritten")?;
            reply.status(200)?.body(PAGE)?.media_type("text/html")?.lacks("Location")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a single page application answers everything with its page",
        reqs: &["redirects.rewrite", "redirects.splat"],
        run: |gateway| {
            let spa = &fixtures().sites.spa;
            for path in ["/any", "/any/deep/path", "/any?query=1"] {
                ask(gateway, spa, path)?.status(200)?.body(INDEX)?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD is rewritten as GET is",
        reqs: &["redirects.rewrite"],
        run: |gateway| {
            let host = format!("{}.ipfs.{}", fixtures().sites.spa, gateway.subdomain()?);
            let reply = gateway.send(&Request::new("HEAD", "/any").header("Host", &host))?;
            reply.status(200)?.empty()?.media_type("text/html")?;
            reply.is("Content-Length", &INDEX.len().to_string())?;
            Ok(())
        },
    },
    GatewayCase {
        name: "404, 410 and 451 are pages with that status",
        reqs: &["redirects.error-page", "redirects.status"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            let missing = ask(gateway, rules, "/missing/x")?;
            missing.status(404)?.body(NOT_FOUND)?.media_type("text/html")?;
            ask(gateway, rules, "/gone/x")?.status(410)?.body(b"my own 410\n")?;
            ask(gateway, rules, "/legal/x")?.status(451)?.body(b"my own 451\n")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "placeholders take one segment each",
        reqs: &["redirects.placeholder"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            let wanted = "/articles/2022/06/15/hello-world";
            ask(gateway, rules, "/posts/06/15/2022/hello-world")?.redirects(301, wanted)?;
            ask(gateway, rules, "/posts/06/15/2022/hello/world")?.status(404)?;
            ask(gateway, rules, "/posts/06/15/2022")?.status(404)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a placeholder may stand twice in the target",
        reqs: &["redirects.placeholder"],
        run: |gateway| {
            ask(gateway, &fixtures().sites.rules, "/twice/x")?.redirects(301, "/x/x")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a splat takes all the rest",
        reqs: &["redirects.splat"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/splat/a/b/c")?.redirects(301, "/target/a/b/c")?;
            ask(gateway, rules, "/away/a/b")?.redirects(302, "https://example.net/there/a/b")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the first rule that matches counts",
        reqs: &["redirects.first-match"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/order/first")?.redirects(302, "/1")?;
            ask(gateway, rules, "/order/other")?.redirects(302, "/2")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "what no rule matches is not found",
        reqs: &["redirects.existing"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/one")?.status(301)?;
            ask(gateway, rules, "/no/rule/for/this")?.status(404)?.lacks("Location")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "the query goes along with a redirect",
        reqs: &["redirects.query"],
        run: |gateway| {
            let rules = &fixtures().sites.rules;
            ask(gateway, rules, "/one?a=b&c=d")?.redirects(301, "/page.html?a=b&c=d")?;
            let reply = ask(gateway, rules, "/away/x?a=b")?;
            reply.redirects(302, "https://example.net/there/x?a=b")?;
            let reply = ask(gateway, rules, "/static/x?more=2")?;
            let location = reply.status(302)?.header("Location")?;
            for part in ["kept=static", "other=1", "more=2"] {
                if !location.contains(part) {
                    return reply.fail(&format!("{part} is missing in {location:?}"));
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "a parameter of the request goes before the same one of the rule",
        reqs: &["redirects.query"],
        run: |gateway| {
            let reply = ask(gateway, &fixtures().sites.rules, "/static/x?kept=dynamic")?;
            let location = reply.status(302)?.header("Location")?;
            if location.contains("kept=dynamic") && !location.contains("kept=static") {
                return Ok(());
            }
            reply.fail(&format!("leads to {location:?}"))
        },
    },
    GatewayCase {
        name: "a rewrite answers If-None-Match with the ETag of what it leads to",
        reqs: &["redirects.if-none-match"],
        run: |gateway| {
            let spa = &fixtures().sites.spa;
            let reply = ask(gateway, spa, "/any")?;
            let etag = reply.status(200)?.header("Etag")?.to_owned();
            let again = ask_with(gateway, spa, "/other", ("If-None-Match", &etag))?;
            again.status(304)?.empty()?.is("Etag", &etag)?;
            let other = ask_with(gateway, spa, "/other", ("If-None-Match", "\"other\""))?;
            other.status(200)?.body(INDEX)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a rewrite to what is not there, or to itself, is not found",
        reqs: &["redirects.rewrite-missing"],
        run: |gateway| {
            let circle = &fixtures().sites.circle;
            ask(gateway, circle, "/page.html")?.status(200)?.body(PAGE)?;
            ask(gateway, circle, "/there")?.is_error()?;
            ask(gateway, circle, "/circle")?.is_error()?;
            Ok(())
        },
    },
];
