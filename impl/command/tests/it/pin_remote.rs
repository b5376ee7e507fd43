//! `ipfs pin remote` with a service that answers whatever a test wants.

use crate::server::{Asked, Server, answer};
use crate::support::Home;

const JSON: &str = "application/json";
const CID: &str = "bafkqaaa";

fn home(reply: impl Fn(&Asked) -> String + Send + 'static) -> (Home, Server) {
    let server = Server::start(reply);
    let home = Home::empty();
    home.ok("init --profile=test");
    home.ok(&format!("pin remote service add s http://127.0.0.1:{}/psa key", server.port));
    (home, server)
}

fn pin(number: u32, state: &str) -> String {
    format!(
        "{{\"requestid\":\"r{number}\",\"status\":\"{state}\",\"created\":\"2026-01-01T00:00:{number:02}Z\",\
         \"pin\":{{\"cid\":\"{CID}\",\"name\":\"n{number}\"}},\"delegates\":[]}}"
    )
}

#[test]
fn pages_are_read_until_all_were_seen() {
    let (home, server) = home(|asked| {
        let (count, pins) = match asked.line.contains("before=2026-01-01T00%3A00%3A02Z") {
            false => (3, [pin(3, "pinned"), pin(2, "pinned")].join(",")),
            true => (1, pin(1, "pinned")),
        };
        answer(200, JSON, &format!("{{\"count\":{count},\"results\":[{pins}]}}"))
    });
    let lines = [3, 2, 1].map(|number| format!("{CID}\tpinned\tn{number}\n")).concat();
    assert_eq!(home.ok(&format!("pin remote ls --service=s --cid={CID}")), lines);
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].line, format!("GET /psa/pins?cid={CID}&limit=1000&status=pinned"));
    assert!(asked[0].head.contains("Authorization: Bearer key\r\n"), "{}", asked[0].head);
    let several = home.fails("pin remote rm --service=s");
    assert!(several.contains("add --force to confirm the bulk removal"), "{several}");
}

#[test]
fn a_pin_is_awaited() {
    let (home, server) = home(|asked| match asked.line.starts_with("POST ") {
        true => answer(202, JSON, &pin(1, "queued")),
        false => answer(200, JSON, &pin(1, "pinned")),
    });
    let text = format!("CID:    {CID}\nName:   n1\nStatus: pinned\n");
    let shown = home.ok(&format!("pin remote add --service=s --name=n1 {CID}"));
    assert!(shown.ends_with(&text), "{shown}");
    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /psa/pins");
    assert_eq!(asked[0].body, format!("{{\"cid\":\"{CID}\",\"name\":\"n1\"}}"));
    assert_eq!(asked[1].line, "GET /psa/pins/r1");
}

#[test]
fn refusals_say_why_and_never_the_key() {
    let denied = "{\"error\":{\"reason\":\"UNAUTHORIZED\",\"details\":\"no\"}}";
    let (home, _server) = home(move |_| answer(401, JSON, denied));
    let stderr = home.fails("pin remote ls --service=s");
    let text = "Error: reason: \"UNAUTHORIZED\", details: \"no\": 401 Unauthorized\n";
    assert_eq!(stderr, text);
    let listed = home.ok("pin remote service ls --stat");
    assert!(listed.ends_with(" invalid\n") && !listed.contains("key"), "{listed}");
}
