//! A gateway in the same process.

use super::*;
use crate::content::routing::Holder;
use crate::content::{Fetch, Online, Request};
use ipfs_data::block::{Block, Error, MemoryStore, Sink, Source};
use ipfs_data::cid::{Cid, Multihash, codec};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Made for these tests; nobody trusts it.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUL2hN7ZADpgGw4w7TnAYU60xiAQowCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMZ2F0ZXdheS50ZXN0MCAXDTI2MTEyMTE3MzQyOFoYDzIxMjYx
MDI4MTczNDI4WjAXMRUwEwYDVQQDDAxnYXRld2F5LnRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQJ9iH1OUfn+1FaY/48r3KkPW4zVZ5X4lFe2OaRxxRk66VY
tMyvyFDY9iT5UFGfTBfKb279mvuBvSzgRIwkKD6xo1MwUTAdBgNVHQ4EFgQUCIy2
/O/11x/y4iR6Drvr0zYIHJ0wHwYDVR0jBBgwFoAUCIy2/O/11x/y4iR6Drvr0zYI
HJ0wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA4fWKYiLADFNe
fckKOiDtDMqKOivfvHnosyTqQniWDwUCIQChsziNweQh3t6r3SeAn0v7B8lq/K0P
s8dkCvWyg9lC0Q==
-----END CERTIFICATE-----
";
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0i++qSfBzkbgOPHh
GcT0CvbAWfBVYCCPgv+rgj3exSChRANCAAQJ9iH1OUfn+1FaY/48r3KkPW4zVZ5X
4lFe2OaRxxRk66VYtMyvyFDY9iT5UFGfTBfKb279mvuBvSzgRIwkKD6x
-----END PRIVATE KEY-----
";

fn acceptor() -> tokio_rustls::TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config).into()
}

type Served = Arc<dyn Fn(&str) -> (u16, Vec<u8>) + Send + Sync>;

/// A server that answers paths; its port. What it was asked is kept.
fn server(runtime: &Runtime, answer: Served) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (acceptor, seen) = (acceptor(), asked.clone());
    runtime.spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, seen, answer) = (acceptor.clone(), seen.clone(), answer.clone());
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(tcp).await else { return };
                let mut head = Vec::new();
                while let Ok(byte) = tls.read_u8().await {
                    head.push(byte);
                    if !head.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    let text = String::from_utf8(std::mem::take(&mut head)).unwrap();
                    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
                    lock(&seen).push(text);
                    let (status, body) = answer(&path);
                    let head =
                        format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
                    let sent = tls.write_all(&[head.as_bytes(), body.as_slice()].concat()).await;
                    if sent.is_err() || tls.flush().await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, asked)
}

struct Fixed(Vec<u16>);

impl Routing for Fixed {
    fn find<'a>(
        &'a self,
        _: Cid,
        found: mpsc::Sender<Holder>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            for port in &self.0 {
                let address = format!("/ip4/127.0.0.1/tcp/{port}/tls/http");
                let holder = Holder {
                    peer: "12D3".to_owned(),
                    addresses: vec!["/ip4/127.0.0.1/tcp/1".to_owned(), address],
                    protocols: Vec::new(),
                };
                let _ = found.send(holder).await;
            }
        })
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn settings() -> Settings {
    Settings { insecure: true, delay: Duration::ZERO, ..Settings::default() }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn fetch(runtime: &Runtime, ports: Vec<u16>, settings: Settings, here: &Arc<MemoryStore>) -> Fetch {
    let gateways = Gateways::new(settings, Arc::new(Fixed(ports)), runtime.handle().clone());
    Fetch::new(Request {
        providers: Arc::new(vec![Arc::new(gateways.unwrap())]),
        store: here.clone(),
        lists: None,
        cancel: Arc::new(AtomicBool::new(false)),
        deadline: Some(Instant::now() + Duration::from_millis(1500)),
    })
}

fn block(data: &[u8]) -> Block {
    let hash = Multihash::wrap(0x12, &Sha256::digest(data)).unwrap();
    Block { cid: Cid::new_v1(codec::RAW, hash), data: data.to_vec().into() }
}

#[test]
fn a_block_comes_from_the_gateway_that_has_it() {
    let runtime = runtime();
    let wanted = block(b"over http");
    let (cid, data) = (wanted.cid, wanted.data.to_vec());
    let path = format!("/ipfs/{cid}?format=raw");
    let (without, _) = server(&runtime, Arc::new(|_: &str| (404, Vec::new())));
    let (with, asked) = server(
        &runtime,
        Arc::new(
            move |asked: &str| if asked == path { (200, data.clone()) } else { (404, Vec::new()) },
        ),
    );
    let here = Arc::new(MemoryStore::new());
    let fetch = fetch(&runtime, vec![without, with], settings(), &here);
    let _entered = fetch.enter();
    let online = Online::new(here.clone());
    assert_eq!(online.get(&cid).unwrap(), wanted.data);
    online.flush().unwrap();
    assert_eq!(here.get(&cid).unwrap(), wanted.data);
    let asked = lock(&asked).join("");
    assert!(asked.contains("accept: application/vnd.ipld.raw"), "{asked}");
    assert_eq!(fetch.counts().peers, 2);
}

#[test]
fn other_bytes_are_not_taken() {
    let runtime = runtime();
    let wanted = block(b"the truth");
    let (liar, _) = server(&runtime, Arc::new(|_: &str| (200, b"a lie".to_vec())));
    let here = Arc::new(MemoryStore::new());
    let fetch = fetch(&runtime, vec![liar], settings(), &here);
    let _entered = fetch.enter();
    let got = Online::new(here.clone()).get(&wanted.cid);
    assert!(matches!(got, Err(Error::Cancelled)), "{got:?}");
    assert!(here.is_empty());
}

#[test]
fn too_many_bytes_are_not_taken() {
    let runtime = runtime();
    let wanted = block(&[7; 5000]);
    let data = wanted.data.to_vec();
    let (large, _) = server(&runtime, Arc::new(move |_: &str| (200, data.clone())));
    let here = Arc::new(MemoryStore::new());
    let settings = Settings { block_bytes_max: 4999, ..settings() };
    let fetch = fetch(&runtime, vec![large], settings, &here);
    let _entered = fetch.enter();
    assert!(Online::new(here.clone()).get(&wanted.cid).is_err());
}

#[test]
fn hosts_that_are_denied_or_not_allowed_are_left_alone() {
    let runtime = runtime();
    let shared = |allowed: &[&str], denied: &[&str]| {
        let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect();
        let settings = Settings { allowed: texts(allowed), denied: texts(denied), ..settings() };
        let routing = Arc::new(Fixed(Vec::new()));
        Gateways::new(settings, routing, runtime.handle().clone()).unwrap().0
    };
    let server = || Server::parse("/dns/a.example/tcp/443/https").unwrap();
    assert!(shared(&[], &[]).gateway(server()).is_some());
    assert!(shared(&["a.example"], &[]).gateway(server()).is_some());
    assert!(shared(&["b.example"], &[]).gateway(server()).is_none());
    assert!(shared(&["a.example"], &["a.example"]).gateway(server()).is_none());
}

#[test]
fn a_gateway_is_left_alone_longer_with_each_failure() {
    let runtime = runtime();
    let routing = Arc::new(Fixed(Vec::new()));
    let gateways = Gateways::new(settings(), routing, runtime.handle().clone()).unwrap();
    let server = Server::parse("/dns/a.example/tcp/443/https").unwrap();
    let gateway = gateways.0.gateway(server).unwrap();
    assert_eq!(gateway.spared(), Duration::ZERO);
    gateway.failed(Duration::ZERO);
    assert!(gateway.spared() <= Duration::from_secs(1));
    gateway.failed(Duration::ZERO);
    assert!(gateway.spared() > Duration::from_secs(1));
    gateway.failed(Duration::from_secs(3600));
    assert!(gateway.spared() <= BACKOFF_MAX);
    gateway.succeeded();
    assert_eq!(gateway.spared(), Duration::ZERO);
}
