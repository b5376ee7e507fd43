//! Who may ask: methods, browsers, addresses that are no command.

use super::call::{self, refusal};
use crate::case::{Check, HttpCase, Suite, failed, same};
use crate::http::{Answer, Request, Server};

const VERSION: &str = "/api/v0/version";
/// What a browser says of itself.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64)";

pub(crate) const SUITE: Suite = Suite { name: "command/rpc", rpc: CASES, ..Suite::EMPTY };

fn post(server: &Server, headers: &[(&str, &str)]) -> Check<Answer> {
    let request =
        headers.iter().fold(Request::new("POST", VERSION).body(""), |request, (name, value)| {
            request.header(name, value)
        });
    server.send(&request)
}

fn allowed(server: &Server, headers: &[(&str, &str)]) -> Check<Answer> {
    let answer = post(server, headers)?.expect(200)?;
    match answer.json()?["Version"].as_str() {
        Some(_) => Ok(answer),
        None => failed("no version"),
    }
}

fn forbidden(server: &Server, headers: &[(&str, &str)]) -> Check {
    let answer = post(server, headers)?;
    same("Vary", &answer.header("vary"), &"Origin")?;
    same("no Server header", &answer.headers.get("server"), &None)?;
    refusal(answer, 403, "403 - Forbidden")
}

/// The origins of pages that this listener itself serves.
fn own_origins(server: &Server) -> Vec<String> {
    let mut all = Vec::new();
    for scheme in ["http", "https"] {
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            all.push(format!("{scheme}://{host}:{}", server.port()));
        }
    }
    all
}

const CASES: &[HttpCase] = &[
    HttpCase {
        name: "only POST runs commands",
        reqs: &["rpc.post-only", "rpc.vary-origin"],
        run: |server| {
            for method in ["GET", "PUT", "DELETE", "PATCH", "BREW"] {
                let answer = server.send(&Request::new(method, VERSION))?;
                same("Allow", &answer.header("allow"), &"OPTIONS, POST")?;
                same("Vary", &answer.header("vary"), &"Origin")?;
                refusal(answer, 405, "405 - Method Not Allowed")?;
            }
            let answer = server.send(&Request::new("HEAD", VERSION))?.expect(405)?;
            same("Allow", &answer.header("allow"), &"OPTIONS, POST")?;
            allowed(server, &[]).map(|_| ())
        },
    },
    HttpCase {
        name: "OPTIONS that is no preflight",
        reqs: &["rpc.options"],
        run: |server| {
            let answer = server.send(&Request::new("OPTIONS", VERSION))?.expect(204)?;
            same("Allow", &answer.header("allow"), &"OPTIONS, POST")?;
            same("Vary", &answer.header("vary"), &"Origin")
        },
    },
    HttpCase {
        name: "the method comes before the origin, the origin before the command",
        reqs: &["rpc.gate-order"],
        run: |server| {
            let get = Request::new("GET", VERSION).header("Origin", "http://example.com");
            refusal(server.send(&get)?, 405, "405 - Method Not Allowed")?;
            let get = Request::new("GET", "/api/v0/nosuch");
            refusal(server.send(&get)?, 405, "405 - Method Not Allowed")?;
            let unknown = Request::new("POST", "/api/v0/nosuch").body("");
            let unknown = unknown.header("Origin", "http://example.com");
            refusal(server.send(&unknown)?, 403, "403 - Forbidden")
        },
    },
    HttpCase {
        name: "origins of the listener itself",
        reqs: &["rpc.origin-own"],
        run: |server| {
            for origin in own_origins(server) {
                let answer = allowed(server, &[("Origin", &origin)])?;
                answer.expect_header("access-control-allow-origin", &origin)?;
            }
            Ok(())
        },
    },
    HttpCase {
        name: "origins of the browser extension",
        reqs: &["rpc.origin-companion"],
        run: |server| {
            for id in ["nibjojkomfdiaoajekhjakgkdhaomnch", "hjoieblefckbooibpepigmacodalfndh"] {
                allowed(server, &[("Origin", &format!("chrome-extension://{id}"))])?;
            }
            let other = "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
            forbidden(server, &[("Origin", other)])
        },
    },
    HttpCase {
        name: "other origins are forbidden",
        reqs: &["rpc.origin-forbidden", "rpc.server-header"],
        run: |server| {
            let port = server.port();
            let others = [
                "http://example.com".to_owned(),
                "null".to_owned(),
                "file://".to_owned(),
                "http://localhost".to_owned(),
                format!("http://localhost:{}", if port == 1 { 2 } else { port - 1 }),
                format!("http://localhost.example.com:{port}"),
                format!("http://127.0.0.1:{port}.example.com"),
                format!("http://example.com#http://localhost:{port}"),
                format!("ftp://localhost:{port}"),
            ];
            for origin in &others {
                let answer = post(server, &[("Origin", origin)])?;
                answer.expect_no_header("access-control-allow-origin")?;
                forbidden(server, &[("Origin", origin)])?;
            }
            allowed(server, &[])?.expect_header("vary", "Origin").map(|_| ())
        },
    },
    HttpCase {
        name: "the referer is judged like the origin",
        reqs: &["rpc.referer"],
        run: |server| {
            let port = server.port();
            allowed(server, &[("Referer", &format!("http://localhost:{port}/webui/#/files"))])?;
            for referer in ["http://example.com/page", "nonsense", ":", "%zz", "/relative"] {
                forbidden(server, &[("Referer", referer)])?;
            }
            let own = format!("http://localhost:{port}");
            forbidden(server, &[("Origin", &own), ("Referer", "http://example.com/")])
        },
    },
    HttpCase {
        name: "a browser without origin and referer is forbidden",
        reqs: &["rpc.browser-user-agent"],
        run: |server| {
            forbidden(server, &[("User-Agent", BROWSER)])?;
            forbidden(server, &[("User-Agent", "Mozilla")])?;
            allowed(server, &[("User-Agent", "curl/8.0")])?;
            allowed(server, &[("User-Agent", "like Mozilla/5.0")])?;
            let electron = format!("{BROWSER} Electron/30.0");
            allowed(server, &[("User-Agent", &electron)])?;
            let own = format!("http://127.0.0.1:{}", server.port());
            allowed(server, &[("User-Agent", BROWSER), ("Origin", &own)])?;
            let page = format!("{own}/webui/");
            allowed(server, &[("User-Agent", BROWSER), ("Referer", &page)]).map(|_| ())
        },
    },
    HttpCase {
        name: "a preflight of an allowed origin",
        reqs: &["rpc.preflight"],
        run: |server| {
            let own = format!("http://127.0.0.1:{}", server.port());
            let request = Request::new("OPTIONS", VERSION)
                .header("Origin", &own)
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "content-type");
            let answer = server.send(&request)?.expect(204)?;
            let header = |name: &str| answer.header(name).to_owned();
            same("origin", &header("access-control-allow-origin"), &own)?;
            same("methods", &header("access-control-allow-methods").as_str(), &"POST")?;
            same("headers", &header("access-control-allow-headers").as_str(), &"content-type")?;
            preflight_vary(&answer)
        },
    },
    HttpCase {
        name: "a preflight of another origin, method or header",
        reqs: &["rpc.preflight-refused"],
        run: |server| {
            let own = format!("http://127.0.0.1:{}", server.port());
            for (origin, method, header) in [
                ("http://example.com", "POST", "content-type"),
                (own.as_str(), "DELETE", "content-type"),
                (own.as_str(), "POST", "x-unheard-of"),
            ] {
                let request = Request::new("OPTIONS", VERSION)
                    .header("Origin", origin)
                    .header("Access-Control-Request-Method", method)
                    .header("Access-Control-Request-Headers", header);
                let answer = server.send(&request)?.expect(204)?;
                preflight_vary(&answer)?;
                answer.expect_no_header("access-control-allow-origin")?;
            }
            Ok(())
        },
    },
    HttpCase {
        name: "addresses that are no command",
        reqs: &["rpc.unknown-command", "rpc.local-only"],
        run: |server| {
            for path in [
                "nosuch",
                "files/nosuch",
                "",
                "daemon",
                "init",
                "config/edit",
                "key/export?arg=self",
            ] {
                refusal(call::call(server, path)?, 404, "404 page not found")?;
            }
            let local = ["key/rotate", "diag/datastore/get?arg=x", "repo/migrate", "files/chroot"];
            for path in local {
                refusal(call::call(server, path)?, 404, "404 page not found")?;
            }
            for path in ["/api", "/api/v1/id", "/nothing", "/api/v0x"] {
                refusal(server.post(path)?, 404, "404 page not found")?;
            }
            allowed(server, &[]).map(|_| ())
        },
    },
    HttpCase {
        name: "/api/v0 leads to /api/v0/",
        reqs: &["rpc.base-redirect"],
        run: |server| {
            server.post("/api/v0")?.expect(307)?.expect_header("location", "/api/v0/").map(|_| ())
        },
    },
    HttpCase {
        name: "a client of another version is told so",
        reqs: &["rpc.version-check"],
        run: |server| {
            let id = |agent: &str| {
                let request = Request::new("POST", "/api/v0/id").body("");
                server.send(&request.header("User-Agent", agent))
            };
            let answer = id("/kubo/0.1.0/")?.expect(400)?;
            let text = answer.text();
            let fits = text.starts_with("api version mismatch (/kubo/")
                && text.trim_end().ends_with(" != /kubo/0.1.0/)");
            same("text", &(text.clone(), fits), &(text.clone(), true))?;
            id("/go-ipfs/0.4.0/")?.expect(400)?;
            id("kubo-rpc-client/7")?.expect(200)?;
            allowed(server, &[("User-Agent", "/kubo/0.1.0/")]).map(|_| ())
        },
    },
    HttpCase {
        name: "/version says who serves",
        reqs: &["rpc.version-page"],
        run: |server| {
            let answer = server.get("/version")?.expect(200)?;
            let text = answer.text();
            let fits = text.starts_with("Commit: ") && text.contains("\nClient Version: ");
            same("text", &(text.clone(), fits), &(text.clone(), true))
        },
    },
    HttpCase {
        name: "/webui leads to a page of the WebUI",
        reqs: &["rpc.webui"],
        run: |server| {
            server.get("/webui")?.expect(307)?.expect_header("location", "/webui/")?;
            let answer = server.get("/webui/")?;
            // 503 where the page can't be had: not local and no network.
            if answer.status == 503 {
                return same("text", &answer.text().starts_with("IPFS WebUI"), &true);
            }
            let place = answer.expect(302)?.header("location").to_owned();
            same(
                "it is content",
                &(place.starts_with("/ipfs/baf"), place.len() > 50),
                &(true, true),
            )
        },
    },
    HttpCase {
        name: "only the WebUI's content is served on this port",
        reqs: &["rpc.no-gateway"],
        run: |server| {
            call::content(server)?;
            for path in [format!("/ipfs/{}", call::FILE), "/ipns/example.com/".to_owned()] {
                refusal(server.get(&path)?, 404, "404 page not found")?;
            }
            Ok(())
        },
    },
    HttpCase {
        name: "the root of the port is empty",
        reqs: &["rpc.root"],
        run: |server| {
            refusal(server.get("/")?, 404, "404 page not found")?;
            refusal(server.post("/")?, 404, "404 page not found")?;
            allowed(server, &[]).map(|_| ())
        },
    },
    HttpCase {
        name: "metrics can be read",
        reqs: &["rpc.metrics"],
        run: |server| {
            let answer = server.get("/debug/metrics/prometheus")?.expect(200)?;
            let kind = answer.header("content-type").to_owned();
            same("media type", &kind.starts_with("text/plain; version=0.0.4"), &true)?;
            let text = answer.text();
            let described = text.contains("# TYPE ") && text.contains("# HELP ");
            same("metrics with their types", &described, &true)
        },
    },
];

fn preflight_vary(answer: &Answer) -> Check {
    let mut names: Vec<String> = answer
        .headers
        .all("vary")
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    names.sort();
    let wanted = ["access-control-request-headers", "access-control-request-method", "origin"];
    same("Vary", &names, &wanted.map(str::to_owned).to_vec())
}
