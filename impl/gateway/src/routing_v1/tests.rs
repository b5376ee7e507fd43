use super::*;
use crate::request::Head;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use ipfs_node::http::Body;
use ipfs_node::http::body::Reader;
use std::io::Read;
use std::sync::Mutex;

const CID: &str = "bafkreidwslb22nkaxoadyaqlhlxgntmiq4jdenhkbrxhcq6avxlt75br5u";
const NAME: &str = "k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260";

#[derive(Default)]
struct Fixed {
    peers: Vec<Peer>,
    put: Mutex<Vec<u8>>,
}

impl Router for Fixed {
    fn providers(&self, _: &Cid) -> Result<Peers, RouterError> {
        Ok(Box::new(self.peers.clone().into_iter().map(Ok)))
    }

    fn peers(&self, _: &PeerId) -> Result<Peers, RouterError> {
        Err(RouterError::NotFound)
    }

    fn closest_peers(&self, _: &Multihash) -> Result<Peers, RouterError> {
        Err(RouterError::Unsupported("no hash table"))
    }

    fn record(&self, _: &PeerId) -> Result<Bytes, RouterError> {
        Err(RouterError::NotFound)
    }

    fn put_record(&self, _: &PeerId, record: &[u8]) -> Result<(), RouterError> {
        *self.put.lock().expect("no panic") = record.to_vec();
        Ok(())
    }
}

/// Status, headers and text.
fn ask(router: &Fixed, method: Method, path: &str, headers: &[(&str, &str)]) -> Asked {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
    let runtime = runtime.expect("a runtime");
    let _inside = runtime.enter();
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    let mut head = Head::read(parts).expect("a request");
    head.upload = Bytes::from_static(b"no record");
    let response: Response<Body> = answer(router, &head);
    let (parts, body) = response.into_parts();
    let mut text = String::new();
    Reader::new(body).read_to_string(&mut text).expect("UTF-8");
    Asked { status: parts.status, headers: parts.headers, text }
}

struct Asked {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

#[test]
fn no_peers_is_no_error() {
    let asked = ask(&Fixed::default(), Method::GET, &format!("/routing/v1/providers/{CID}"), &[]);
    assert_eq!((asked.status, asked.text.as_str()), (StatusCode::OK, "{\"Providers\":[]}"));
    assert_eq!(asked.header("content-type"), "application/json");
    assert_eq!(asked.header("vary"), "Accept");
    let cache = "public, max-age=15, stale-while-revalidate=172800, stale-if-error=172800";
    assert_eq!(asked.header("cache-control"), cache);
    let asked = ask(
        &Fixed::default(),
        Method::GET,
        &format!("/routing/v1/peers/{NAME}"),
        &[("accept", "application/json;q=0.5, application/x-ndjson")],
    );
    assert_eq!((asked.status, asked.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(asked.header("content-type"), "application/x-ndjson");
}

#[test]
fn peers_are_filtered_before_they_are_counted() {
    let peer = |number: usize| Peer {
        id: number.to_string(),
        protocols: if number < 30 { vec![] } else { vec!["transport-bitswap".into()] },
        ..Peer::default()
    };
    let router = Fixed { peers: (0..60).map(peer).collect(), ..Fixed::default() };
    let path = format!("/routing/v1/providers/{CID}?filter-protocols=transport-bitswap");
    let asked = ask(&router, Method::GET, &path, &[]);
    let value: serde_json::Value = serde_json::from_str(&asked.text).expect("JSON");
    let ids: Vec<&str> = value["Providers"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|peer| peer["ID"].as_str())
        .collect();
    assert_eq!((ids.len(), ids[0]), (PEERS_MAX, "30"));
    assert!(asked.header("cache-control").starts_with("public, max-age=300,"));
    let asked = ask(&router, Method::GET, &path, &[("accept", "application/x-ndjson")]);
    assert_eq!(asked.text.lines().count(), 30);
    let first = "{\"ID\":\"30\",\"Protocols\":[\"transport-bitswap\"],\"Schema\":\"peer\"}";
    assert_eq!(asked.text.lines().next(), Some(first));
}

#[test]
fn refusals() {
    let router = Fixed::default();
    let status = |method, path: &str, headers: &[(&str, &str)]| {
        ask(&router, method, &format!("/routing/v1/{path}"), headers).status.as_u16()
    };
    let text = [("accept", "text/plain")];
    assert_eq!(status(Method::GET, &format!("providers/{CID}"), &text), 400);
    assert_eq!(status(Method::GET, "providers/zzz", &[]), 400);
    assert_eq!(status(Method::POST, &format!("providers/{CID}"), &[]), 405);
    assert_eq!(status(Method::OPTIONS, &format!("providers/{CID}"), &[]), 200);
    assert_eq!(status(Method::PUT, "providers/", &[]), 501);
    assert_eq!(status(Method::GET, &format!("dht/closest/peers/{CID}"), &[]), 501);
    assert_eq!(status(Method::GET, "nothing/here", &[]), 404);
    assert_eq!(status(Method::GET, &format!("ipns/{CID}"), &[]), 400);
    assert_eq!(status(Method::GET, &format!("ipns/{NAME}"), &text), 406);
    assert_eq!(status(Method::GET, &format!("ipns/{NAME}"), &[]), 200);
    assert_eq!(status(Method::PUT, &format!("ipns/{NAME}"), &[]), 406);
    let record = [("content-type", "application/vnd.ipfs.ipns-record")];
    assert_eq!(status(Method::PUT, &format!("ipns/{NAME}"), &record), 400);
    assert!(router.put.lock().expect("no panic").is_empty());
}
