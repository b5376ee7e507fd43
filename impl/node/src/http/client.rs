//! Spec: spec/node/http.md
//!
//! A client of one HTTP server: small requests without body, connections that stay open.

use super::connect::Trust;
use bytes::Bytes;
use http::header::{ACCEPT, HOST, HeaderValue, USER_AGENT};
use http::uri::Authority;
use http::{Request, Response, Uri};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest wait for a connection, TLS included.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// HTTP/1.1 connections that stay open without a request.
const IDLE_CONNECTIONS_MAX: usize = 8;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection.
    #[error("cannot connect to {host}: {reason}")]
    Connect {
        /// The server.
        host: String,
        /// What went wrong.
        reason: io::Error,
    },
    /// The connection broke.
    #[error("no answer from {host}: {reason}")]
    Broken {
        /// The server.
        host: String,
        /// What went wrong.
        reason: hyper::Error,
    },
    /// It took too long.
    #[error("no answer from {host} within {} s", .time.as_secs())]
    Late {
        /// The server.
        host: String,
        /// The bound.
        time: Duration,
    },
}

type Two = http2::SendRequest<Empty<Bytes>>;
type One = http1::SendRequest<Empty<Bytes>>;

/// See the module.
pub struct Client {
    base: Uri,
    host: String,
    trust: Trust,
    agent: HeaderValue,
    two: Mutex<Option<Two>>,
    one: Mutex<Vec<One>>,
}

enum Connection {
    One(One),
    Two(Two),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    /// A client of the server of `base` (`http` or `https`), that calls itself `agent`.
    pub fn new(base: Uri, trust: Trust, agent: &str) -> Self {
        let host = base.authority().map(Authority::as_str).unwrap_or_default();
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host).to_owned();
        let agent = HeaderValue::from_str(agent).unwrap_or(HeaderValue::from_static("ipfs"));
        Self { base, host, trust, agent, two: Mutex::default(), one: Mutex::default() }
    }

    /// The server's name and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Asks for a path (with its query). The head of the answer must come within `wait`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(
        &self,
        target: &str,
        accept: &'static str,
        wait: Duration,
    ) -> Result<Response<Incoming>, Error> {
        // A connection that was kept may have been closed in the meantime.
        if let Some(kept) = self.kept()
            && let Ok(Ok(answer)) = timeout(wait, self.send(kept, target, accept)).await
        {
            return Ok(answer);
        }
        let refused = |reason| Error::Connect { host: self.host.clone(), reason };
        let connection = match timeout(CONNECT_MAX, self.connect()).await {
            Ok(connection) => connection.map_err(refused)?,
            Err(_) => return Err(refused(io::ErrorKind::TimedOut.into())),
        };
        match timeout(wait, self.send(connection, target, accept)).await {
            Ok(answer) => {
                answer.map_err(|reason| Error::Broken { host: self.host.clone(), reason })
            }
            Err(_) => Err(Error::Late { host: self.host.clone(), time: wait }),
        }
    }

    fn kept(&self) -> Option<Connection> {
        let mut two = lock(&self.two);
        two.take_if(|two| two.is_closed());
        if let Some(two) = &*two {
            return Some(Connection::Two(two.clone()));
        }
        let mut one = lock(&self.one);
        while let Some(connection) = one.pop() {
            if connection.is_ready() {
                return Some(Connection::One(connection));
            }
        }
        None
    }

    async fn connect(&self) -> io::Result<Connection> {
        let host = self.base.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let secure = self.base.scheme_str() == Some("https");
        let port = self.base.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tcp = TcpStream::connect((bare, port)).await?;
        tcp.set_nodelay(true)?;
        if !secure {
            return start_one(tcp).await;
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
        let tls = self.trust.connector(&[b"h2", b"http/1.1"]).connect(name, tcp).await?;
        // spec: content.http-version
        if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
            return start_one(tls).await;
        }
        let started = http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await;
        let (sender, connection) = started.map_err(io::Error::other)?;
        tokio::spawn(connection);
        *lock(&self.two) = Some(sender.clone());
        Ok(Connection::Two(sender))
    }

    async fn send(
        &self,
        connection: Connection,
        target: &str,
        accept: &'static str,
    ) -> hyper::Result<Response<Incoming>> {
        let mut request = Request::new(Empty::new());
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(USER_AGENT, self.agent.clone());
        match connection {
            Connection::Two(mut sender) => {
                let scheme = self.base.scheme_str().unwrap_or("https");
                let whole = format!("{scheme}://{}{target}", self.host);
                *request.uri_mut() = whole.parse().unwrap_or_default();
                sender.send_request(request).await
            }
            Connection::One(mut sender) => {
                if let Ok(host) = HeaderValue::from_str(&self.host) {
                    headers.insert(HOST, host);
                }
                *request.uri_mut() = target.parse().unwrap_or_default();
                let answer = sender.send_request(request).await?;
                let mut one = lock(&self.one);
                if one.len() < IDLE_CONNECTIONS_MAX {
                    one.push(sender);
                }
                Ok(answer)
            }
        }
    }
}

async fn start_one<S>(stream: S) -> io::Result<Connection>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let started = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = started.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(Connection::One(sender))
}
