//! Spec: spec/node/dns.md
//!
//! DNS over HTTPS (RFC 8484), with connections kept open between questions.

use super::{Reason, Texts, lock, message};
use bytes::Bytes;
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{Name, RecordType};
use http::header::{ACCEPT, CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

const MEDIA_TYPE: &str = "application/dns-message";

/// Longest answer in bytes: what a DNS message over TCP can have.
const ANSWER_BYTES_MAX: usize = 65_535;

/// HTTP/1.1 connections kept open without a question.
const IDLE_CONNECTIONS_MAX: usize = 4;

/// One server.
pub(super) struct Doh {
    url: Uri,
    tls: Arc<ClientConfig>,
    open: Mutex<Open>,
}

/// Connections for the next question.
#[derive(Default)]
struct Open {
    two: Option<http2::SendRequest<Full<Bytes>>>,
    one: Vec<http1::SendRequest<Full<Bytes>>>,
}

enum Connection {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Doh {
    pub(super) fn new(url: Uri) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::with_roots(url, roots)
    }

    // spec: dns.tls
    pub(super) fn with_roots(url: Uri, roots: RootCertStore) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        #[expect(clippy::expect_used, reason = "the versions are those of the provider")]
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS versions of the provider")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self { url, tls: Arc::new(tls), open: Mutex::default() }
    }

    /// The TXT records of a name.
    pub(super) async fn txt(&self, name: Name) -> Result<Texts, Reason> {
        Ok(message::texts_or_none(&self.ask(name, RecordType::TXT).await?))
    }

    // spec: dns.hosts
    /// The addresses of a name, IPv4 first.
    pub(super) async fn hosts(&self, name: Name) -> Result<Vec<IpAddr>, Reason> {
        let asked = (self.ask(name.clone(), RecordType::A), self.ask(name, RecordType::AAAA));
        let (four, six) = futures::join!(asked.0, asked.1);
        match (four, six) {
            (Err(reason), Err(_)) => Err(reason),
            (four, six) => {
                let found = [four, six].into_iter().flatten();
                Ok(found.flat_map(|answer| message::addresses(&answer)).collect())
            }
        }
    }

    async fn ask(&self, name: Name, kind: RecordType) -> Result<Message, Reason> {
        let question = Bytes::from(message::question(name, kind)?);
        // spec: dns.doh-again
        // A kept connection may have been closed in the meantime: then the question is put again.
        if let Some(connection) = self.kept() {
            if let Ok(response) = self.send(connection, question.clone()).await {
                return self.read(response).await;
            }
            *lock(&self.open) = Open::default();
        }
        let connection = self.connect().await.map_err(|error| self.failed(&error))?;
        let response = self.send(connection, question).await.map_err(|e| self.failed(&e))?;
        self.read(response).await
    }

    fn failed(&self, error: &(dyn std::error::Error + 'static)) -> Reason {
        let cause = std::iter::successors(Some(error), |error| error.source()).last();
        let cause = cause.unwrap_or(error);
        match cause.downcast_ref::<io::Error>().map(Reason::io) {
            Some(Reason::Timeout) => Reason::Timeout,
            Some(reason) => Reason::Http(format!("Post \"{}\": {reason}", self.url)),
            None => Reason::Http(format!("Post \"{}\": {cause}", self.url)),
        }
    }

    fn kept(&self) -> Option<Connection> {
        let mut open = lock(&self.open);
        if let Some(two) = open.two.take_if(|two| two.is_closed()).or_else(|| open.two.clone())
            && !two.is_closed()
        {
            return Some(Connection::Two(two));
        }
        while let Some(one) = open.one.pop() {
            if one.is_ready() {
                return Some(Connection::One(one));
            }
        }
        None
    }

    async fn connect(&self) -> io::Result<Connection> {
        let host = self.url.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let secure = self.url.scheme_str() == Some("https");
        let port = self.url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tcp = TcpStream::connect((bare, port)).await?;
        tcp.set_nodelay(true)?;
        if !secure {
            return start_one(tcp).await;
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
        let tls = tokio_rustls::TlsConnector::from(self.tls.clone()).connect(name, tcp).await?;
        if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
            return start_one(tls).await;
        }
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(tls))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(connection);
        lock(&self.open).two = Some(sender.clone());
        Ok(Connection::Two(sender))
    }

    async fn send(
        &self,
        connection: Connection,
        question: Bytes,
    ) -> hyper::Result<Response<Incoming>> {
        match connection {
            Connection::Two(mut sender) => {
                sender.send_request(self.request(self.url.clone(), question)).await
            }
            Connection::One(mut sender) => {
                let target = self.url.path_and_query().map_or("/", |target| target.as_str());
                let target = target.parse().unwrap_or_default();
                let response = sender.send_request(self.request(target, question)).await?;
                let mut open = lock(&self.open);
                if open.one.len() < IDLE_CONNECTIONS_MAX {
                    open.one.push(sender);
                }
                Ok(response)
            }
        }
    }

    fn request(&self, target: Uri, question: Bytes) -> Request<Full<Bytes>> {
        let over_one = target.authority().is_none();
        let mut request = Request::new(Full::new(question));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(ACCEPT, http::HeaderValue::from_static(MEDIA_TYPE));
        let host = self.url.authority().map(Authority::as_str).unwrap_or_default();
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        if over_one && let Ok(host) = host.parse() {
            headers.insert(HOST, host);
        }
        request
    }

    // spec: dns.doh-answer
    async fn read(&self, response: Response<Incoming>) -> Result<Message, Reason> {
        let status = response.status();
        if status != StatusCode::OK {
            let text = status.canonical_reason().unwrap_or_default();
            let (code, url) = (status.as_u16(), &self.url);
            let text = format!("HTTP error: \"{code} {text}\" [{code}] from \"{url}\"");
            return Err(Reason::Http(text));
        }
        let media_type = response.headers().get(CONTENT_TYPE).map(|value| value.as_bytes());
        let media_type = String::from_utf8_lossy(media_type.unwrap_or_default()).into_owned();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(MEDIA_TYPE) {
            return Err(Reason::Http(format!("unexpected Content-Type {media_type:?}")));
        }
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| self.failed(error.as_ref()))?.to_bytes();
        message::answer(&body)
    }
}

async fn start_one<S>(stream: S) -> io::Result<Connection>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(Connection::One(sender))
}
