//! A node that asks a router of ours: what it hands on, and what filters leave of it.

use crate::case::{Case, Check, Suite, failed, same};
use crate::daemon::Daemon;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

pub(crate) const SUITE: Suite = Suite { name: "gateway/routing-v1", cases: CASES, ..Suite::EMPTY };

/// Somewhere that nobody has.
const CID: &str = "bafkreif6lrhgz3fpiwypdk65qrqiey7svgpggruhbylrgv32l3izkqpsc4";
const WITH_BITSWAP: &str = "12D3KooWAobjw92XDcnQ1rRmRJDA3zAQpdPYUpZKrJxH6yccSpje";
const WITH_HTTP: &str = "12D3KooWARYacCc6eoCqvsS9RW9MA2vo51CV75deoiqssx3YgyYJ";

/// A router that knows two providers, whatever it is asked; it runs as long as the process.
fn router() -> Check<String> {
    let listener = match TcpListener::bind("127.0.0.1:0") {
        Ok(listener) => listener,
        Err(error) => return failed(format!("cannot listen: {error}")),
    };
    let address = match listener.local_addr() {
        Ok(address) => address,
        Err(error) => return failed(format!("no address: {error}")),
    };
    let body = format!(
        r#"{{"Providers":[{{"Schema":"peer","ID":"{WITH_BITSWAP}","Protocols":["transport-bitswap"],"Addrs":["/ip4/127.0.0.1/tcp/9","/ip4/127.0.0.1/udp/9/quic-v1"]}},{{"Schema":"peer","ID":"{WITH_HTTP}","Protocols":["transport-ipfs-gateway-http"],"Addrs":["/dns4/example.com/tcp/443/https"]}}]}}"#
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
                line.clear();
            }
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            // Whoever asked may be gone.
            let _ = reader.get_mut().write_all(answer.as_bytes());
        }
    });
    Ok(format!("http://{address}"))
}

/// The IDs and the numbers of addresses of an answer.
fn found(daemon: &Daemon, query: &str) -> Check<Vec<(String, usize)>> {
    let answer = daemon.gateway.get(&format!("/routing/v1/providers/{CID}{query}"))?.expect(200)?;
    let json = answer.json()?;
    let list = json.get("Providers").and_then(Value::as_array).cloned().unwrap_or_default();
    let peer = |record: &Value| {
        let id = record.get("ID").and_then(Value::as_str).unwrap_or_default().to_owned();
        let addresses = record.get("Addrs").and_then(Value::as_array);
        (id, addresses.map_or(0, Vec::len))
    };
    let mut found: Vec<_> = list.iter().map(peer).collect();
    found.sort();
    Ok(found)
}

const CASES: &[Case] = &[Case {
    name: "providers of the node's own router, and filters that really filter",
    reqs: &[
        "routing-v1.delegated",
        "routing-v1.filter-protocols",
        "routing-v1.filter-addrs",
        "routing-v1.peer-schema",
    ],
    run: |sandbox| {
        sandbox.init()?;
        let router = format!("[\"{}\"]", router()?);
        let settings = [
            ("Routing.DelegatedRouters", router.as_str()),
            ("Routing.Type", "\"autoclient\""),
            ("Bootstrap", "[]"),
            ("Addresses.Swarm", "[]"),
            ("Discovery.MDNS.Enabled", "false"),
            ("AutoConf.Enabled", "false"),
            ("Ipns.DelegatedPublishers", "[]"),
            ("DNS.Resolvers", "{}"),
        ];
        let daemon = Daemon::start_with(sandbox, &settings, &[])?;
        let (bitswap, http) = (WITH_BITSWAP.to_owned(), WITH_HTTP.to_owned());
        let both = vec![(http.clone(), 1), (bitswap.clone(), 2)];
        for (query, wanted) in [
            ("", both.clone()),
            ("?filter-protocols=transport-bitswap", vec![(bitswap.clone(), 2)]),
            ("?filter-protocols=TRANSPORT-IPFS-GATEWAY-HTTP", vec![(http.clone(), 1)]),
            ("?filter-protocols=unknown", vec![]),
            ("?filter-addrs=quic-v1", vec![(bitswap.clone(), 1)]),
            ("?filter-addrs=!quic-v1", vec![(http.clone(), 1), (bitswap.clone(), 1)]),
            ("?filter-addrs=https", vec![(http, 1)]),
            ("?filter-addrs=udp&filter-protocols=transport-bitswap", vec![(bitswap, 1)]),
        ] {
            same(query, &found(&daemon, query)?, &wanted)?;
        }
        Ok(())
    },
}];
