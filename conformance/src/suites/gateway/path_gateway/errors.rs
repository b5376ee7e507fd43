//! Answers that tell what went wrong.

use crate::case::GatewayCase;
use crate::fixtures::{HELLO, fixtures};

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "an error is text for programs",
        reqs: &["path-gateway.error-text"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/nosuch.txt"))?;
            reply.status(404)?.media_type("text/plain")?.mentions("nosuch.txt")?;
            reply.is("X-Content-Type-Options", "nosniff")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "an error is a page for people",
        reqs: &["path-gateway.error-page"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let path = format!("/ipfs/{dir}/nosuch.txt");
            let reply = gateway.get_with(&path, "Accept", "text/html")?;
            reply.status(404)?.media_type("text/html")?.mentions("nosuch.txt")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "an error page shows no foreign markup",
        reqs: &["path-gateway.error-page"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            for rest in ["%3Cscript%3Ealert(1)%3C/script%3E", "%22%3E%3Cimg%20src=x%20onerror=a%3E"]
            {
                let path = format!("/ipfs/{dir}/{rest}");
                let reply = gateway.get_with(&path, "Accept", "text/html")?;
                reply.status(404)?.media_type("text/html")?;
                let text = reply.answer.text();
                if text.contains("<script>alert(1)") || text.contains("<img src=x") {
                    return reply.fail("the path stands in the page as markup");
                }
            }
            let bad = gateway.get_with("/ipfs/%3Cscript%3Ealert(1)", "Accept", "text/html")?;
            match bad.is_error()?.answer.text().contains("<script>alert(1)") {
                true => bad.fail("the path stands in the page as markup"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "what is not found now may be found later",
        reqs: &["path-gateway.error-cache"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            gateway.get(&format!("/ipfs/{}", unixfs.hello))?.has("Cache-Control", "immutable")?;
            for path in [
                format!("/ipfs/{}", unixfs.lost),
                format!("/ipfs/{}/gone.txt", unixfs.holey_dir),
                "/ipfs/nonsense".to_owned(),
            ] {
                let reply = gateway.get(&path)?;
                reply.is_error()?;
                if reply.list("Cache-Control").iter().any(|word| word == "immutable") {
                    return reply.fail("the error is called immutable");
                }
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "an error has no validator of what would be there",
        reqs: &["path-gateway.error-cache"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            gateway.get(&format!("/ipfs/{}", unixfs.hello))?.status(200)?.header("Etag")?;
            let reply = gateway.get(&format!("/ipfs/{}", unixfs.lost))?;
            reply.status(404)?.lacks("Etag")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "HEAD of what is not there has no body",
        reqs: &["path-gateway.head"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            gateway.get(&format!("/ipfs/{dir}/hello.txt"))?.status(200)?.body(HELLO)?;
            gateway.head(&format!("/ipfs/{dir}/nosuch.txt"))?.status(404)?.empty()?;
            gateway.head("/ipfs/nonsense")?.status(400)?.empty()?;
            Ok(())
        },
    },
];
