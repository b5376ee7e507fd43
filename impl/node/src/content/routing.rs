//! Spec: spec/node/content.md
//!
//! Who has content: asked of delegated routers over HTTP (`/routing/v1/providers/CID`).

use crate::http::client::{self, Client};
use crate::http::connect::Trust;
use bytes::{Buf, BytesMut};
use http::header::CONTENT_TYPE;
use http::{StatusCode, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use ipfs_data::cid::Cid;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest wait for the head of an answer, and for the whole of it.
const HEAD_MAX: Duration = Duration::from_secs(15);
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// Longest record of a streamed answer, in bytes.
const RECORD_BYTES_MAX: usize = 64 << 10;
/// Records of one answer that are taken.
const RECORDS_MAX: usize = 100;
/// Addresses of one record that are taken.
const ADDRESSES_MAX: usize = 32;
/// Records that wait to be fetched.
const QUEUE_MAX: usize = 16;

const ACCEPT: &str = "application/x-ndjson, application/json";

/// Somebody who has content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The peer ID as text.
    pub peer: String,
    /// Its addresses as texts.
    pub addresses: Vec<String>,
    /// How it gives content, as it says; empty when it doesn't.
    pub protocols: Vec<String>,
}

/// Finds out who has content.
pub trait Routing: Send + Sync + 'static {
    /// Puts those who have the block into `found` until there are no more or nobody wants them.
    fn find<'a>(
        &'a self,
        cid: Cid,
        found: mpsc::Sender<Holder>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// Whether there is anybody to ask.
    fn is_empty(&self) -> bool;
}

/// Why a router can't be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a URL of a server.
    #[error("delegated router {0:?} is no http or https URL")]
    Url(String),
    /// TLS is not to be had.
    #[error("tls: {0}")]
    Tls(std::io::Error),
    /// There was no answer.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// The answer is no list of providers.
    #[error("delegated router {host} answered {status}")]
    Status {
        /// The router.
        host: String,
        /// Its answer.
        status: StatusCode,
    },
    /// The answer broke off or is too long.
    #[error("delegated router {host}: {reason}")]
    Answer {
        /// The router.
        host: String,
        /// What is wrong.
        reason: String,
    },
}

/// One delegated router.
struct Router {
    client: Client,
    /// Before `/routing/v1`.
    prefix: String,
}

/// All delegated routers of a node, asked at once.
pub struct Delegated {
    routers: Vec<Router>,
    /// How those who have content may give it; any way if this is empty.
    protocols: Vec<String>,
}

/// Stands for those who don't say how they give content.
const UNKNOWN: &str = "unknown";

impl Delegated {
    /// The routers at these URLs, with or without `/routing/v1` (and what follows it) at their end.
    /// Only who gives content by one of these protocols counts, unless there are none.
    ///
    /// # Errors
    /// When a URL is none.
    // spec: content.router-url
    pub fn new(urls: &[String], agent: &str, protocols: &[String]) -> Result<Self, Error> {
        let trust = Trust::new(None).map_err(Error::Tls)?;
        let mut routers = Vec::with_capacity(urls.len());
        for url in urls {
            let base: Uri = url.trim().parse().map_err(|_| Error::Url(url.clone()))?;
            if !matches!(base.scheme_str(), Some("http" | "https")) {
                return Err(Error::Url(url.clone()));
            }
            let path = base.path();
            let prefix = path.find("/routing/v1").map_or(path, |at| &path[..at]);
            let prefix = prefix.trim_end_matches('/').to_owned();
            routers.push(Router { client: Client::new(base, trust.clone(), agent), prefix });
        }
        Ok(Self { routers, protocols: protocols.to_vec() })
    }
}

impl Routing for Delegated {
    fn find<'a>(
        &'a self,
        cid: Cid,
        found: mpsc::Sender<Holder>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let asked = self.routers.iter().map(|router| {
                let found = found.clone();
                async move {
                    if let Err(error) = router.find(&cid, &self.protocols, &found).await {
                        tracing::debug!(target: "routing", "{error}");
                    }
                }
            });
            futures::future::join_all(asked).await;
        })
    }

    fn is_empty(&self) -> bool {
        self.routers.is_empty()
    }
}

impl Router {
    async fn find(
        &self,
        cid: &Cid,
        protocols: &[String],
        found: &mpsc::Sender<Holder>,
    ) -> Result<(), Error> {
        let cid = ipfs_data::cid::to_v1(cid);
        let filter = filter(protocols);
        let target = format!("{}/routing/v1/providers/{cid}{filter}", self.prefix);
        let answer = self.client.get(&target, ACCEPT, HEAD_MAX).await?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        let host = || self.client.host().to_owned();
        if status != StatusCode::OK {
            return Err(Error::Status { host: host(), status });
        }
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let streamed = kind.is_some_and(|kind| kind.starts_with("application/x-ndjson"));
        let read = read(answer.into_body(), streamed, protocols, found);
        match tokio::time::timeout(ANSWER_MAX, read).await {
            Ok(read) => read.map_err(|reason| Error::Answer { host: host(), reason }),
            Err(_) => Err(Error::Answer { host: host(), reason: "it takes too long".into() }),
        }
    }
}

// spec: content.router-bounds
async fn read(
    mut body: Incoming,
    streamed: bool,
    protocols: &[String],
    found: &mpsc::Sender<Holder>,
) -> Result<(), String> {
    let mut kept = BytesMut::new();
    let (mut bytes, mut records) = (0, 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        let Ok(data) = frame.into_data() else { continue };
        bytes += data.len();
        if bytes > ANSWER_BYTES_MAX {
            return Err("the answer is too long".into());
        }
        kept.extend_from_slice(&data);
        while streamed && let Some(record) = record(&mut kept) {
            let holder = holder(&record).filter(|holder| holder.speaks(protocols));
            if let Some(holder) = holder {
                if records == RECORDS_MAX || found.send(holder).await.is_err() {
                    return Ok(());
                }
                records += 1;
            }
        }
        if streamed && kept.len() > RECORD_BYTES_MAX {
            return Err("a record is too long".into());
        }
    }
    let last: Value = match serde_json::from_slice(&kept) {
        Ok(last) => last,
        Err(_) if streamed => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let list = match streamed {
        true => std::slice::from_ref(&last),
        false => last.get("Providers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice),
    };
    let list = list.iter().filter_map(holder).filter(|holder| holder.speaks(protocols));
    for holder in list.take(RECORDS_MAX - records) {
        if found.send(holder).await.is_err() {
            break;
        }
    }
    Ok(())
}

// spec: content.router-filter
/// The query that asks for these protocols (IPIP-484).
fn filter(protocols: &[String]) -> String {
    if protocols.is_empty() {
        return String::new();
    }
    let escaped = |byte: u8| match byte {
        b'-' | b'_' | b'.' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    let names: Vec<String> =
        protocols.iter().map(|name| name.bytes().map(escaped).collect()).collect();
    format!("?filter-protocols={}", names.join("%2C"))
}

impl Holder {
    fn speaks(&self, protocols: &[String]) -> bool {
        let any = |wanted: &String| match self.protocols.is_empty() {
            true => wanted == UNKNOWN,
            false => self.protocols.iter().any(|own| own.eq_ignore_ascii_case(wanted)),
        };
        protocols.is_empty() || protocols.iter().any(any)
    }
}

/// Takes the next whole record of a stream. Some servers put nothing between two of them. Lines
/// that are no JSON are passed over.
// spec: content.router-stream
fn record(kept: &mut BytesMut) -> Option<Value> {
    loop {
        let mut records = serde_json::Deserializer::from_slice(kept).into_iter::<Value>();
        match records.next()? {
            Ok(record) => {
                let end = records.byte_offset();
                kept.advance(end);
                return Some(record);
            }
            Err(error) if error.is_eof() => return None,
            Err(_) => {
                let end = kept.iter().position(|&byte| byte == b'\n')?;
                kept.advance(end + 1);
            }
        }
    }
}

/// A record of a provider, in the form of today or of before.
// spec: content.router-records
fn holder(record: &Value) -> Option<Holder> {
    let texts = |name: &str| -> Vec<String> {
        let list = record.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|text| text.as_str().map(str::to_owned)).take(ADDRESSES_MAX).collect()
    };
    let protocols = match record.get("Schema").and_then(Value::as_str)? {
        "peer" => texts("Protocols"),
        "bitswap" => vec!["transport-bitswap".to_owned()],
        _ => return None,
    };
    let peer = record.get("ID").and_then(Value::as_str)?.to_owned();
    Some(Holder { peer, addresses: texts("Addrs"), protocols })
}

/// A queue for what [`Routing::find`] finds.
pub fn queue() -> (mpsc::Sender<Holder>, mpsc::Receiver<Holder>) {
    mpsc::channel(QUEUE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_of_both_forms_are_read() {
        let peer = json!({"Schema": "peer", "ID": "12D3", "Addrs": ["/ip4/127.0.0.1/tcp/1", 7],
            "Protocols": ["transport-ipfs-gateway-http"]});
        let read = holder(&peer).expect("a record");
        assert_eq!(read.addresses, ["/ip4/127.0.0.1/tcp/1"]);
        assert_eq!(read.protocols, ["transport-ipfs-gateway-http"]);
        let old = json!({"Schema": "bitswap", "ID": "Qm", "Addrs": null});
        assert_eq!(holder(&old).expect("a record").protocols, ["transport-bitswap"]);
        assert_eq!(holder(&json!({"Schema": "other", "ID": "Qm"})), None);
        assert_eq!(holder(&json!({"Schema": "peer"})), None);
    }

    /// spec: content.router-filter
    #[test]
    fn only_some_protocols_count() {
        let holder = |protocols: &[&str]| Holder {
            peer: "12D3".to_owned(),
            addresses: Vec::new(),
            protocols: protocols.iter().map(|&name| name.to_owned()).collect(),
        };
        let wanted = ["unknown", "transport-bitswap"].map(str::to_owned);
        assert_eq!(filter(&wanted), "?filter-protocols=unknown%2Ctransport-bitswap");
        assert!(holder(&[]).speaks(&wanted) && holder(&["x", "Transport-Bitswap"]).speaks(&wanted));
        assert!(!holder(&["x"]).speaks(&wanted) && !holder(&[]).speaks(&wanted[1..]));
        assert!(holder(&["x"]).speaks(&[]) && filter(&[]).is_empty());
    }

    /// spec: content.router-stream
    #[test]
    fn records_of_a_stream_need_no_line_ends() {
        let mut kept = BytesMut::from(&b"{\"a\":1}{\"b\":2}\n\nno json\n {\"c\":3}{\"d\""[..]);
        let mut keys = Vec::new();
        while let Some(Value::Object(read)) = record(&mut kept) {
            keys.extend(read.into_iter().map(|(key, _)| key));
        }
        assert_eq!(keys, ["a", "b", "c"]);
        assert_eq!(&kept[..], b"{\"d\"");
    }

    #[test]
    fn urls_may_end_with_the_path() {
        let prefix = |url: &str| {
            Delegated::new(&[url.to_owned()], "test", &[]).map(|all| all.routers[0].prefix.clone())
        };
        assert_eq!(prefix("https://a.example").expect("a URL"), "");
        assert_eq!(prefix("http://a.example/x/routing/v1/providers").expect("a URL"), "/x");
        assert!(prefix("ftp://a.example").is_err());
        assert!(prefix("auto").is_err());
    }
}
