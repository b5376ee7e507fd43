//! Directories: the slash, index pages, listings.

use crate::case::{GatewayCase, failed};
use crate::encode::Cid;
use crate::fixtures::{HELLO, HTML, fixtures};

pub(super) const CASES: &[GatewayCase] = &[
    GatewayCase {
        name: "a directory without slash is redirected, its query kept",
        reqs: &["path-gateway.directory-slash"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            let (dir, hamt, index) = (&unixfs.dir, &unixfs.hamt, &unixfs.index_dir);
            for path in [
                format!("/ipfs/{dir}"),
                format!("/ipfs/{dir}/sub/deep"),
                format!("/ipfs/{hamt}"),
                format!("/ipfs/{index}"),
            ] {
                gateway.get(&path)?.redirects(301, &format!("{path}/"))?;
                let query = gateway.get(&format!("{path}?a=b&c"))?;
                query.redirects(301, &format!("{path}/?a=b&c"))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "index.html is shown instead of a listing",
        reqs: &["path-gateway.index-html"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            for path in
                [format!("/ipfs/{}/", unixfs.index_dir), format!("/ipfs/{}/site/", unixfs.dir)]
            {
                gateway.get(&path)?.status(200)?.body(HTML)?.media_type("text/html")?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "index.html itself is a file like others",
        reqs: &["path-gateway.index-html"],
        run: |gateway| {
            let dir = &fixtures().unixfs.index_dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/index.html"))?;
            reply.status(200)?.body(HTML)?.media_type("text/html")?.lacks("Location")?;
            Ok(())
        },
    },
    GatewayCase {
        name: "an index.html that is no file is an error",
        reqs: &["path-gateway.index-not-a-file"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            gateway.get(&format!("/ipfs/{}/", unixfs.index_dir))?.status(200)?.body(HTML)?;
            gateway.get(&format!("/ipfs/{}/", unixfs.index_is_dir))?.status(422)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a listing names and links every entry",
        reqs: &["path-gateway.listing"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/"))?;
            reply.status(200)?.media_type("text/html")?;
            for name in ["hello.txt", "multi.bin", "empty.txt", "sub", "grüße.txt", "link"] {
                reply.mentions(name)?;
            }
            reply.mentions(&format!("href=\"/ipfs/{dir}/hello.txt\""))?;
            reply.mentions(&fixtures().unixfs.hello.to_string())?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a listing of a sharded directory has all its entries",
        reqs: &["path-gateway.listing"],
        run: |gateway| {
            let reply = gateway.get(&format!("/ipfs/{}/", fixtures().unixfs.hamt))?;
            reply.status(200)?.media_type("text/html")?;
            for number in 0..300 {
                reply.mentions(&format!("entry-{number:03}.txt"))?;
            }
            Ok(())
        },
    },
    GatewayCase {
        name: "names are not markup",
        reqs: &["path-gateway.listing"],
        run: |gateway| {
            let reply = gateway.get(&format!("/ipfs/{}/", fixtures().unixfs.dir))?;
            reply.status(200)?.mentions("&lt;script&gt;.txt")?;
            match reply.answer.text().contains("<script>.txt") {
                true => reply.fail("a name stands in the page as markup"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "links of a listing lead to what they name",
        reqs: &["path-gateway.listing"],
        run: |gateway| {
            let dir = &fixtures().unixfs.dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/"))?;
            let text = reply.status(200)?.answer.text();
            let start = format!("href=\"/ipfs/{dir}/");
            let links = text.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
            let (mut odd, mut all) = (0, 0);
            for link in links.filter(|link| link.ends_with(".txt")) {
                all += 1;
                odd += usize::from(link.contains("%25"));
                let link = link.replace("&amp;", "&").replace("&#43;", "+");
                gateway.get(&format!("/ipfs/{dir}/{link}"))?.status(200)?;
            }
            match (odd, all) {
                (1.., 5..) => Ok(()),
                _ => failed(format!("{all} links, {odd} of them to the name with a percent sign")),
            }
        },
    },
    GatewayCase {
        name: "a listing loads nothing from elsewhere and runs nothing",
        reqs: &["path-gateway.listing-isolated"],
        run: |gateway| {
            let reply = gateway.get(&format!("/ipfs/{}/", fixtures().unixfs.dir))?;
            let text = reply.status(200)?.mentions("hello.txt")?.answer.text().to_lowercase();
            for part in ["<script", "src=\"http", "src=\"//", "url(http", "@import", "<iframe"] {
                if text.contains(part) {
                    return reply.fail(&format!("the page contains {part:?}"));
                }
            }
            let loaded = text.split("<link").skip(1).filter_map(|rest| rest.split('>').next());
            match loaded.clone().find(|tag| tag.contains("\"http") || tag.contains("\"//")) {
                Some(tag) => reply.fail(&format!("the page loads {tag:?}")),
                None => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "an empty directory has a listing",
        reqs: &["path-gateway.listing"],
        run: |gateway| {
            let empty = Cid::of(0x70, &[0x0a, 2, 8, 1]);
            let reply = gateway.get(&format!("/ipfs/{empty}/"))?;
            reply.status(200)?.media_type("text/html")?.mentions(&empty.to_string())?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a listing that lacks a shard is an error or cut off, never ended",
        reqs: &["path-gateway.listing-stream", "path-gateway.truncated"],
        run: |gateway| {
            let unixfs = &fixtures().unixfs;
            gateway.get(&format!("/ipfs/{}/", unixfs.hamt))?.status(200)?.mentions("entry-000")?;
            let Some(reply) = gateway.get_broken(&format!("/ipfs/{}/", unixfs.holey_hamt))? else {
                return Ok(());
            };
            reply.status_in(&[200, 404, 500, 502, 504])?;
            match reply.answer.status == 200 && reply.answer.complete {
                true => reply.fail("the listing ends as if it were whole"),
                false => Ok(()),
            }
        },
    },
    GatewayCase {
        name: "go-get=1 gives a page, not a redirect",
        reqs: &["path-gateway.directory-slash"],
        run: |gateway| {
            let dir = &fixtures().unixfs.index_dir;
            gateway.get(&format!("/ipfs/{dir}"))?.status(301)?;
            let reply = gateway.get(&format!("/ipfs/{dir}?go-get=1"))?;
            reply.status(200)?.body(HTML)?;
            Ok(())
        },
    },
    GatewayCase {
        name: "a directory whose files are lost can be listed",
        reqs: &["path-gateway.listing"],
        run: |gateway| {
            let dir = &fixtures().unixfs.holey_dir;
            let reply = gateway.get(&format!("/ipfs/{dir}/"))?;
            reply.status(200)?.mentions("gone.txt")?.mentions("here.txt")?;
            gateway.get(&format!("/ipfs/{dir}/here.txt"))?.status(200)?.body(HELLO)?;
            Ok(())
        },
    },
];
