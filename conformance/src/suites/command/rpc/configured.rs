//! What the configuration changes: a daemon of its own for each case.

use super::call::{self, call, refusal};
use crate::case::{Case, Check, Suite, failed, same};
use crate::daemon::Daemon;
use crate::http::{Answer, Request};

pub(crate) const SUITE: Suite = Suite { name: "command/rpc", cases: CASES, ..Suite::EMPTY };

const DENIED: &str = "Kubo RPC Access Denied: Please provide a valid authorization token \
    as defined in the API.Authorizations configuration.";
const USERS: &str = r#"{"alice":{"AuthSecret":"basic:alice:secret","AllowedPaths":["/api/v0"]},
    "bob":{"AuthSecret":"bearer:token-of-bob","AllowedPaths":["/api/v0/id","/api/v0/block"]},
    "carl":{"AuthSecret":"bare","AllowedPaths":["/api/v0/repo"]},
    "eve":{"AuthSecret":"other:thing","AllowedPaths":["/api/v0"]}}"#;
const CORS: &str = r#"{"Access-Control-Allow-Origin":["http://app.example.com"],
    "Access-Control-Allow-Methods":["PUT","POST"],"Access-Control-Allow-Credentials":["true"],
    "X-Node":["blue"]}"#;

fn with_token(daemon: &Daemon, path: &str, token: &str) -> Check<Answer> {
    let request = Request::new("POST", &format!("/api/v0/{path}")).body("");
    daemon.rpc.send(&request.header("Authorization", token))
}

fn from(daemon: &Daemon, method: &str, path: &str, origin: &str) -> Check<Answer> {
    let request = Request::new(method, path).header("Origin", origin).body("");
    daemon.rpc.send(&request)
}

const CASES: &[Case] = &[
    Case {
        name: "API.Authorizations: who has which token may do what",
        reqs: &["rpc.auth", "rpc.auth-secrets", "rpc.auth-version"],
        run: |sandbox| {
            let daemon = Daemon::start(sandbox, &[("API.Authorizations", USERS)])?;
            refusal(call(&daemon.rpc, "id")?, 403, DENIED)?;
            for (path, token, status) in [
                ("repo/version", "Basic YWxpY2U6c2VjcmV0", 200),
                ("repo/version", "Basic YWxpY2U6d3Jvbmc=", 403),
                ("repo/version", "basic YWxpY2U6c2VjcmV0", 403),
                ("id", "Bearer token-of-bob", 200),
                ("id", "Bearer token-of-bob ", 403),
                ("id", "Bearer token-of-bo", 403),
                ("repo/version", "Bearer token-of-bob", 403),
                ("version", "Bearer token-of-bob", 200),
                ("repo/version", "Bearer bare", 200),
                ("id", "Bearer bare", 403),
                ("id", "other:thing", 403),
                ("id", "Bearer other:thing", 403),
            ] {
                // A final space is no part of a header's value.
                let status = if token.ends_with(' ') { 200 } else { status };
                let answer = with_token(&daemon, path, token)?;
                same(&format!("{path} with {token:?}"), &answer.status, &status)?;
            }
            Ok(())
        },
    },
    Case {
        name: "API.Authorizations comes before everything else, and only there",
        reqs: &["rpc.auth-first"],
        run: |sandbox| {
            let daemon = Daemon::start(sandbox, &[("API.Authorizations", USERS)])?;
            let preflight = Request::new("OPTIONS", "/api/v0/id")
                .header("Origin", &format!("http://127.0.0.1:{}", daemon.rpc.port()))
                .header("Access-Control-Request-Method", "POST");
            let answer = daemon.rpc.send(&preflight)?.expect_no_header("vary")?;
            refusal(answer, 403, DENIED)?;
            refusal(daemon.rpc.get("/api/v0/id")?, 403, DENIED)?;
            refusal(call(&daemon.rpc, "nosuch")?, 403, DENIED)?;
            daemon.rpc.get("/webui")?.expect(307)?;
            daemon.rpc.get("/version")?.expect(200).map(|_| ())
        },
    },
    Case {
        name: "API.Authorizations stays hidden",
        reqs: &["rpc.secrets-hidden"],
        run: |sandbox| {
            let daemon = Daemon::start(sandbox, &[("API.Authorizations", USERS)])?;
            let answer =
                with_token(&daemon, "config/show", "Basic YWxpY2U6c2VjcmV0")?.expect(200)?;
            let text = answer.text();
            same("config show has an identity", &text.contains("\"PeerID\""), &true)?;
            same("config show has no secret", &text.contains("token-of-bob"), &false)?;
            same("nor the private key", &text.contains("PrivKey"), &false)
        },
    },
    Case {
        name: "API.HTTPHeaders: origins, methods, credentials",
        reqs: &["rpc.cors-config"],
        run: |sandbox| {
            let daemon = Daemon::start(sandbox, &[("API.HTTPHeaders", CORS)])?;
            let app = "http://app.example.com";
            let answer = from(&daemon, "POST", "/api/v0/id", app)?.expect(200)?;
            let answer = answer.expect_header("access-control-allow-origin", app)?;
            answer.expect_header("access-control-allow-credentials", "true")?;
            let other = from(&daemon, "POST", "/api/v0/id", "http://other.example.com")?;
            refusal(other, 403, "403 - Forbidden")?;
            let own = format!("http://localhost:{}", daemon.rpc.port());
            from(&daemon, "POST", "/api/v0/id", &own)?.expect(200)?;
            let preflight = Request::new("OPTIONS", "/api/v0/id")
                .header("Origin", app)
                .header("Access-Control-Request-Method", "PUT");
            let answer = daemon.rpc.send(&preflight)?.expect(204)?;
            answer.expect_header("access-control-allow-methods", "PUT")?;
            // Allowed for the browser, and still no way to run a command.
            let answer = from(&daemon, "PUT", "/api/v0/id", app)?;
            refusal(answer, 405, "405 - Method Not Allowed")
        },
    },
    Case {
        name: "API.HTTPHeaders: a star allows every origin",
        reqs: &["rpc.cors-star"],
        run: |sandbox| {
            let star = r#"{"Access-Control-Allow-Origin":["*"]}"#;
            let daemon = Daemon::start(sandbox, &[("API.HTTPHeaders", star)])?;
            let answer = from(&daemon, "POST", "/api/v0/id", "http://any.example.com")?;
            answer.expect(200)?.expect_header("access-control-allow-origin", "*").map(|_| ())
        },
    },
    Case {
        name: "API.HTTPHeaders: others are on the answers of commands",
        reqs: &["rpc.user-headers"],
        run: |sandbox| {
            let daemon = Daemon::start(sandbox, &[("API.HTTPHeaders", CORS)])?;
            call(&daemon.rpc, "id")?.expect(200)?.expect_header("x-node", "blue")?;
            let answer = call(&daemon.rpc, "cat?arg=")?.expect(500)?;
            answer.expect_header("x-node", "blue")?;
            let early = call(&daemon.rpc, "nosuch")?.expect_no_header("x-node")?;
            refusal(early, 404, "404 page not found")
        },
    },
    Case {
        name: "commands that change the configuration",
        reqs: &["rpc.every-command"],
        run: |sandbox| {
            let daemon = Daemon::start(sandbox, &[])?;
            let answer = call(&daemon.rpc, "bootstrap/rm/all")?;
            call::check(&answer, call::Mode::S, "{Peers: [string]|null}")?;
            let profile = call(&daemon.rpc, "config/profile/apply?arg=announce-off")?;
            call::check(&profile, call::Mode::S, "{OldCfg: {*: any}, NewCfg: {*: any}}")?;
            let parts = [call::file("config", br#"{"Bootstrap":[]}"#)];
            let answer = daemon.rpc.send(&call::upload("config/replace", &parts))?;
            call::check(&answer, call::Mode::E, "null")
        },
    },
    Case {
        name: "a daemon that may use the network counts bytes",
        reqs: &["repo-commands.bandwidth", "offline.no-peers"],
        run: |sandbox| {
            sandbox.init()?;
            // Nobody to talk to: no listeners, no bootstrap peers, no DHT.
            let alone = [("Addresses.Swarm", "[]"), ("Routing.Type", "\"none\"")];
            let daemon = Daemon::start_with(sandbox, &alone, &[])?;
            let shape = "{TotalIn: int, TotalOut: int, RateIn: num, RateOut: num}";
            let answer = call(&daemon.rpc, "stats/bw")?;
            call::check(&answer, call::Mode::N, shape)?;
            let peers = call(&daemon.rpc, "swarm/peers")?;
            call::check(&peers, call::Mode::S, "{Peers: [any]|null}")?;
            same("nothing came in", &answer.json()?["TotalIn"].as_u64(), &Some(0))
        },
    },
    Case {
        name: "shutdown answers, then ends the daemon and clears the address",
        reqs: &["rpc.shutdown"],
        run: |sandbox| {
            let daemon = Daemon::start(sandbox, &[])?;
            let file = sandbox.repo().join("api");
            same("the api file", &file.is_file(), &true)?;
            let answer = call(&daemon.rpc, "shutdown")?.expect(200)?;
            same("nothing said", &answer.text().as_str(), &"")?;
            daemon.ends()?;
            same("the api file is gone", &file.exists(), &false)
        },
    },
    Case {
        name: "a client that goes away ends its command",
        reqs: &["rpc.disconnect"],
        run: |sandbox| {
            let daemon = Daemon::start(sandbox, &[])?;
            let mut connection = daemon.rpc.connect()?;
            let request = Request::new("POST", "/api/v0/log/tail").body("");
            connection.write(&request.head(&daemon.rpc))?;
            let active = |wanted: bool| {
                for _ in 0..100 {
                    let all = call(&daemon.rpc, "diag/cmds")?.expect(200)?.json()?;
                    let all = all.as_array().cloned().unwrap_or_default();
                    let tail = all.iter().find(|one| one["Command"] == "log/tail");
                    // One that is done may be forgotten already.
                    if tail.is_some_and(|one| one["Active"] == true) == wanted {
                        return Ok(());
                    }
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                failed(format!("log/tail never gets active={wanted}"))
            };
            active(true)?;
            drop(connection);
            active(false)
        },
    },
];
