//! Against name servers of our own on this machine.

use super::*;
use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{CNAME, SOA, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const LINK: &str = "dnslink=/ipfs/bafkqaaa";

/// What a server says to a question; `None` is silence.
fn reply(question: &[u8], over_udp: bool) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).unwrap();
    let name = question.queries[0].name().clone();
    let text = name.to_ascii().to_ascii_lowercase();
    let mut reply = Message::response(question.metadata.id, question.metadata.op_code);
    reply.metadata.message_type = MessageType::Response;
    reply.add_query(question.queries[0].clone());
    let txt = |name: &Name, ttl, strings: Vec<String>| {
        Record::from_rdata(name.clone(), ttl, RData::TXT(TXT::new(strings)))
    };
    match text.split('.').next().unwrap_or_default() {
        "one" => {
            reply.add_answer(txt(&name, 300, vec![LINK.into()]));
        }
        "ttls" => {
            reply.add_answer(txt(&name, 300, vec!["a".into()]));
            reply.add_answer(txt(&name, 7, vec![LINK.into()]));
        }
        "parts" => {
            reply.add_answer(txt(&name, 300, vec!["dnslink=/ip".into(), "ns/a".into()]));
        }
        "alias" => {
            let target = Name::from_ascii("one.test.").unwrap();
            let alias = RData::CNAME(CNAME(target.clone()));
            reply.add_answer(Record::from_rdata(name, 20, alias));
            reply.add_answer(txt(&target, 300, vec![LINK.into()]));
        }
        "circle" => {
            let alias = RData::CNAME(CNAME(name.clone()));
            reply.add_answer(Record::from_rdata(name, 20, alias));
        }
        "long" if over_udp => reply.metadata.truncation = true,
        "long" => {
            reply.add_answers((0..200).map(|_| txt(&name, 300, vec!["x".repeat(255)])));
            reply.add_answer(txt(&name, 300, vec![LINK.into()]));
        }
        "nothing" | "gone" => {
            if text.starts_with("gone") {
                reply.metadata.response_code = ResponseCode::NXDomain;
            }
            let zone = Name::from_ascii("test.").unwrap();
            let soa = SOA::new(zone.clone(), zone.clone(), 1, 1, 1, 1, 3600);
            reply.add_authority(Record::from_rdata(zone, 3600, RData::SOA(soa)));
        }
        "host" => {
            let data = match question.queries[0].query_type() {
                RecordType::A => RData::A("192.0.2.7".parse().unwrap()),
                _ => RData::AAAA("2001:db8::7".parse().unwrap()),
            };
            reply.add_answer(Record::from_rdata(name, 300, data));
        }
        "broken" => reply.metadata.response_code = ResponseCode::ServFail,
        "refused" => reply.metadata.response_code = ResponseCode::Refused,
        "junk" => return Some(vec![0xff; 40]),
        _ => return None,
    }
    Some(reply.to_vec().unwrap())
}

struct Server {
    resolver: Resolver,
    questions: Arc<AtomicUsize>,
}

/// A server for UDP and TCP, and a resolver that asks it.
fn plain() -> Server {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    let questions = Arc::new(AtomicUsize::new(0));
    let count = questions.clone();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok((length, from)) = udp.recv_from(&mut bytes) {
            count.fetch_add(1, Ordering::SeqCst);
            if let Some(reply) = reply(&bytes[..length], true) {
                udp.send_to(&reply, from).unwrap();
            }
        }
    });
    thread::spawn(move || {
        for stream in tcp.incoming() {
            let mut stream = stream.unwrap();
            let mut length = [0; 2];
            while stream.read_exact(&mut length).is_ok() {
                let mut question = vec![0; u16::from_be_bytes(length).into()];
                stream.read_exact(&mut question).unwrap();
                let Some(reply) = reply(&question, false) else { break };
                stream.write_all(&u16::try_from(reply.len()).unwrap().to_be_bytes()).unwrap();
                stream.write_all(&reply).unwrap();
            }
        }
    });
    let settings = Settings {
        servers: Servers::Fixed(vec![address]),
        timeout: Duration::from_millis(300),
        ..Settings::system(Rules::new([]).unwrap())
    };
    Server { resolver: Resolver::new(settings), questions }
}

/// A server for HTTP, and a resolver that asks it for everything.
fn doh() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/dns-query", listener.local_addr().unwrap());
    let questions = Arc::new(AtomicUsize::new(0));
    let count = questions.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, count) = (stream.unwrap(), count.clone());
            thread::spawn(move || while http(&mut stream, &count).is_some() {});
        }
    });
    let rules = Rules::new([(".", url.as_str())]).unwrap();
    let settings = Settings { timeout: Duration::from_millis(300), ..Settings::system(rules) };
    Server { resolver: Resolver::new(settings), questions }
}

/// Serves one request; `None` at the end of the connection.
fn http(stream: &mut TcpStream, count: &AtomicUsize) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("post /dns-query http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/dns-message\r\n"), "{head}");
    let length = head.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap();
    let mut question = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut question).unwrap();
    count.fetch_add(1, Ordering::SeqCst);
    let text = String::from_utf8_lossy(&question).into_owned();
    let answer = |status: &str, media_type: &str, body: &[u8]| {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    let answer = if text.contains("status") {
        answer("503 Service Unavailable", "text/plain", b"")
    } else if text.contains("html") {
        answer("200 OK", "text/html", b"<html>")
    } else if text.contains("huge") {
        answer("200 OK", "application/dns-message", &vec![0; 70_000])
    } else {
        answer("200 OK", "application/dns-message", &reply(&question, false)?)
    };
    stream.write_all(&answer).ok()
}

impl Server {
    fn texts(&self, name: &str) -> (Vec<String>, Option<u64>) {
        let texts = self.resolver.txt(name, false).unwrap();
        let records = texts.records.into_iter().map(|text| String::from_utf8(text).unwrap());
        (records.collect(), texts.ttl.map(|ttl| ttl.as_secs()))
    }

    fn fails(&self, name: &str) -> Error {
        self.resolver.txt(name, false).unwrap_err()
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// spec: dns.ttl, dns.strings, dns.doh-answer
#[test]
fn answers() {
    for server in [plain(), doh()] {
        assert_eq!(server.texts("one.test."), (strings(&[LINK]), Some(300)));
        assert_eq!(server.texts("ttls.test."), (strings(&["a", LINK]), Some(7)));
        assert_eq!(server.texts("parts.test."), (strings(&["dnslink=/ipns/a"]), Some(300)));
        assert_eq!(server.texts("alias.test."), (strings(&[LINK]), Some(20)));
        assert_eq!(server.texts("gone.test."), (vec![], Some(10)));
        assert_eq!(server.texts("nothing.test."), (vec![], Some(10)));
        assert_eq!(server.fails("broken.test.").reason, Reason::Refused);
        assert_eq!(server.fails("refused.test.").reason, Reason::Refused);
    }
}

/// spec: dns.hosts
#[test]
fn addresses_of_hosts() {
    let server = doh();
    let found = server.resolver.hosts("host.test.").unwrap();
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["192.0.2.7", "2001:db8::7"]
    );
    let reason = |name: &str| server.resolver.hosts(name).unwrap_err().reason;
    assert_eq!(reason("gone.test."), Reason::NotFound);
    assert_eq!(reason("one.test."), Reason::NotFound);
    assert_eq!(reason("broken.test."), Reason::Refused);
    let local = plain().resolver.hosts("localhost.").unwrap();
    assert!(local.iter().all(std::net::IpAddr::is_loopback), "{local:?}");
}

/// spec: dns.tcp
#[test]
fn long_answers_come_over_tcp() {
    let server = plain();
    let (records, _) = server.texts("long.test.");
    assert_eq!((records.len(), records[200].as_str()), (201, LINK));
    assert_eq!(doh().texts("long.test.").0.len(), 201);
}

/// spec: dns.timeout, dns.errors
#[test]
fn silence_and_junk() {
    let server = plain();
    let error = server.fails("silent.test.");
    assert_eq!(error.reason, Reason::Timeout);
    let address = error.server.clone().unwrap();
    assert_eq!(error.to_string(), format!("lookup silent.test. on {address}: i/o timeout"));
    assert!(matches!(server.fails("junk.test.").reason, Reason::Timeout | Reason::Protocol(_)));
    let circle = server.resolver.txt("circle.test.", false);
    assert!(circle.map_or(true, |texts| texts.records.is_empty()));
    let doh = doh();
    assert!(matches!(doh.fails("junk.test.").reason, Reason::Protocol(_)));
    assert_eq!(doh.texts("circle.test.").0, strings(&[]));
    assert!(matches!(doh.fails("huge.test.").reason, Reason::Http(_)));
    let html = Reason::Http("unexpected Content-Type \"text/html\"".into());
    assert_eq!(doh.fails("html.test.").reason, html);
    let status = doh.fails("status.test.").reason.to_string();
    assert!(status.starts_with("HTTP error: \"503 Service Unavailable\" [503] from \"http://"));
}

/// spec: dns.doh-again
#[test]
fn a_server_that_went_away() {
    let server = doh();
    assert_eq!(server.texts("one.test.").0, strings(&[LINK]));
    // The server closes the connection.
    let closed = server.fails("silent.test.").reason;
    assert!(matches!(closed, Reason::Http(_)), "{closed}");
    assert_eq!(server.texts("one.test.").0, strings(&[LINK]));
}

/// spec: dns.host-names
#[test]
fn hostile_names() {
    let server = plain();
    for name in ["a b.test.", "..", "é.test.", "-a.test.", "a\\.b.test.", "\0."] {
        assert_eq!(server.texts(name), (vec![], None), "{name}");
    }
    assert_eq!(server.texts(&format!("{}.test.", "a".repeat(64))).0, strings(&[]));
    assert_eq!(server.texts(&"abcdefg.".repeat(40)).0, strings(&[]));
    assert_eq!(server.questions.load(Ordering::SeqCst), 0);
}

/// spec: dns.cache, dns.ttl-max
#[test]
fn answers_are_kept() {
    let mut server = plain();
    for _ in 0..3 {
        assert!(!server.resolver.txt("one.test.", true).unwrap().records.is_empty());
        assert!(server.resolver.txt("GONE.test.", true).unwrap().records.is_empty());
    }
    assert_eq!(server.questions.load(Ordering::SeqCst), 2);
    server.resolver.settings.ttl_max = Some(Duration::ZERO);
    let texts = server.resolver.txt("one.test.", false).unwrap();
    assert_eq!(texts.ttl, Some(Duration::ZERO));
    assert!(server.resolver.txt("one.test.", true).is_ok());
    assert_eq!(server.questions.load(Ordering::SeqCst), 4);
}

/// spec: dns.runtime
#[test]
fn from_threads_and_inside_a_runtime() {
    let server = Arc::new(plain().resolver);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async move {
        let asking = (0..8).map(|_| {
            let server = server.clone();
            tokio::task::spawn_blocking(move || server.txt("one.test.", false))
        });
        for asked in asking.collect::<Vec<_>>() {
            assert_eq!(asked.await.unwrap().unwrap().records.len(), 1);
        }
        drop(server);
    });
}

/// spec: dns.file, dns.file-changes
#[test]
fn the_system_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("resolv.conf");
    let (none, _) = system::read(&file).unwrap();
    assert_eq!(none, ["127.0.0.1:53".parse().unwrap(), "[::1]:53".parse().unwrap()]);
    std::fs::write(&file, "# x\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch a.b\n")
        .unwrap();
    let (servers, _) = system::read(&file).unwrap();
    assert_eq!(servers, ["192.0.2.1:53".parse().unwrap(), "[2001:db8::1]:53".parse().unwrap()]);
    assert!(system::read(directory.path()).is_err());
}
