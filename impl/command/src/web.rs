//! Spec: spec/command/web.md
//!
//! A client of other people's HTTP servers: files behind URLs, and pinning services.

use crate::request::Cancel;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use ipfs_node::http::address::Address;
use ipfs_node::http::body::{self, Body};
use ipfs_node::http::connect::{self, Trust};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Most redirects that are followed.
const REDIRECTS_MAX: usize = 10;

/// Longest wait for an answer to begin, and for its next bytes, in seconds.
const WAIT_SECONDS: u64 = 120;

/// How often a request looks whether the user wants it to stop, in milliseconds.
const CANCEL_POLL_MS: u64 = 20;

/// What servers see of this program.
const AGENT: &str = concat!("ipfs/", env!("CARGO_PKG_VERSION"));

/// A request that servers get.
pub(crate) struct Ask<'a> {
    /// The method.
    pub(crate) method: Method,
    /// The header `Authorization`.
    pub(crate) authorization: Option<&'a str>,
    /// A body in JSON.
    pub(crate) json: Option<Vec<u8>>,
    /// When to stop waiting.
    pub(crate) cancel: Option<&'a Cancel>,
}

/// What a server answers.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    runtime: Runtime,
    body: Incoming,
    chunk: Bytes,
}

/// Asks the server of a URL. Redirects are followed if nothing is sent.
///
/// # Errors
/// When nobody answers there, in the reference's words: `Get "URL": WHY`.
// spec: web.redirects
pub(crate) fn ask(url: &str, ask: &Ask<'_>) -> io::Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut at = url.to_owned();
    for _ in 0..=REDIRECTS_MAX {
        let fail = |why: String| io::Error::other(format!("{} \"{at}\": {why}", verb(&ask.method)));
        let response = runtime.block_on(async {
            tokio::select! {
                response = once(&at, ask) => response,
                () = stopped(ask.cancel) => Err("context canceled".to_owned()),
            }
        });
        let response = response.map_err(fail)?;
        let target = response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        match target.filter(|_| response.status().is_redirection() && ask.method == Method::GET) {
            Some(target) => at = join(&at, target).ok_or_else(|| fail("bad redirect".into()))?,
            None => {
                let (head, body) = response.into_parts();
                let status = head.status;
                return Ok(Answer { status, runtime, body, chunk: Bytes::new() });
            }
        }
    }
    Err(io::Error::other(format!("Get \"{at}\": stopped after {REDIRECTS_MAX} redirects")))
}

async fn stopped(cancel: Option<&Cancel>) {
    while !cancel.is_some_and(Cancel::is_cancelled) {
        tokio::time::sleep(Duration::from_millis(CANCEL_POLL_MS)).await;
    }
}

/// The content behind a URL.
///
/// # Errors
/// As [`ask`], or when the status is no success.
// spec: web.file
pub(crate) fn open(url: &str) -> io::Result<Answer> {
    let answer =
        ask(url, &Ask { method: Method::GET, authorization: None, json: None, cancel: None })?;
    match answer.status.is_success() {
        true => Ok(answer),
        false => {
            let status = answer.status.as_u16();
            Err(io::Error::other(format!("got non-2XX status code {status}: {url}")))
        }
    }
}

/// `Get`, as the reference names methods in errors.
fn verb(method: &Method) -> String {
    let (first, rest) = method.as_str().split_at(1);
    format!("{first}{}", rest.to_lowercase())
}

async fn once(url: &str, ask: &Ask<'_>) -> Result<Response<Incoming>, String> {
    let address = Address::parse(url).map_err(|error| error.to_string())?;
    let Address::Tcp { port, tls, .. } = address else { return Err("unsupported URL".into()) };
    let trust = tls.then(|| {
        let roots = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty());
        Trust::new(roots.map(PathBuf::from).as_deref())
    });
    let trust = trust.transpose().map_err(|error| format!("tls: {error}"))?;
    let stream = connect::connect(&address, trust.as_ref()).await.map_err(|error| match error {
        connect::Error::Refused { reason, .. } => {
            let to = address.authority().unwrap_or_default();
            format!("dial tcp {to}: connect: {}", crate::error::os_text(&reason))
        }
        error => error.to_string(),
    })?;
    let (mut sender, connection) = Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let authority = address.authority().unwrap_or_default();
    let usual = if tls { ":443" } else { ":80" };
    let host = match port {
        80 | 443 => authority.strip_suffix(usual).unwrap_or(&authority),
        _ => &authority,
    };
    let mut request = Request::builder()
        .method(ask.method.clone())
        .uri(target(url))
        .header(HOST, host)
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, "*/*");
    if let Some(authorization) = ask.authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    if ask.json.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    let body: Body = ask.json.clone().map_or_else(body::empty, body::full);
    let request = request.body(body).map_err(|error| error.to_string())?;
    let wait = Duration::from_secs(WAIT_SECONDS);
    match tokio::time::timeout(wait, sender.send_request(request)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) if error.is_incomplete_message() => Err("EOF".into()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer in time".into()),
    }
}

/// What of a URL goes to the server: the path and the query.
fn target(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default();
    let target = &rest[rest.find(['/', '?']).unwrap_or(rest.len())..];
    let slash = if target.starts_with('/') { "" } else { "/" };
    // Letters that no request line may have are escaped as browsers do.
    let mut out = String::from(slash);
    for byte in target.bytes() {
        match byte {
            b'!'..=b'~' if !b"\"<>\\^`{|}".contains(&byte) => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The URL that a redirect names, seen from the one that sent it.
fn join(base: &str, target: &str) -> Option<String> {
    if target.starts_with("http://") || target.starts_with("https://") {
        return Some(target.to_owned());
    }
    let (scheme, rest) = base.split_once("://")?;
    if target.starts_with("//") {
        return Some(format!("{scheme}:{target}"));
    }
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if target.starts_with('/') {
        return Some(format!("{scheme}://{host}{target}"));
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(format!("{scheme}://{host}{folder}/{target}"))
}

impl Answer {
    /// The whole body, if it has at most so many bytes.
    ///
    /// # Errors
    /// When it has more, or breaks off.
    pub(crate) fn bytes(self, bytes_max: u64) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.take(bytes_max + 1).read_to_end(&mut out)?;
        match out.len() as u64 <= bytes_max {
            true => Ok(out),
            false => Err(io::Error::other(format!("the answer has more than {bytes_max} bytes"))),
        }
    }
}

impl Read for Answer {
    // spec: web.truncated
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            let wait = Duration::from_secs(WAIT_SECONDS);
            let body = &mut self.body;
            let frame =
                self.runtime.block_on(async { tokio::time::timeout(wait, body.frame()).await });
            match frame {
                Err(_) => return Err(io::Error::other("no more bytes in time")),
                Ok(None) => return Ok(0),
                Ok(Some(Err(_))) => return Err(io::Error::other("unexpected EOF")),
                Ok(Some(Ok(frame))) => self.chunk = frame.into_data().unwrap_or_default(),
            }
        }
        let count = self.chunk.len().min(into.len());
        into[..count].copy_from_slice(&self.chunk.split_to(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    /// A server that answers one connection after the other; gives the request lines.
    pub(crate) fn serve(answers: Vec<String>) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let thread = std::thread::spawn(move || {
            let mut lines = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a connection");
                let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
                let mut first = String::new();
                reader.read_line(&mut first).expect("a line");
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
                    line.clear();
                }
                lines.push(first.trim().to_owned());
                stream.write_all(answer.as_bytes()).expect("sent");
            }
            lines
        });
        (url, thread)
    }

    #[test]
    fn redirects_are_followed_to_the_content() {
        let (url, server) = serve(vec![
            "HTTP/1.1 302 Found\r\nLocation: c?d#e\r\nContent-Length: 0\r\n\r\n".into(),
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ncontent".into(),
        ]);
        let mut text = String::new();
        open(&format!("{url}/a/b c")).expect("an answer").read_to_string(&mut text).expect("text");
        assert_eq!(text, "content");
        let lines = server.join().expect("requests");
        assert_eq!(lines, ["GET /a/b%20c HTTP/1.1", "GET /a/c?d HTTP/1.1"]);
    }

    #[test]
    fn bad_answers_are_errors() {
        let (url, _server) = serve(vec![
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(),
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncontent".into(),
            "".into(),
        ]);
        let error = open(&url).err().map(|error| error.to_string());
        assert_eq!(error, Some(format!("got non-2XX status code 404: {url}")));
        let short = open(&url).and_then(|answer| answer.bytes(100)).err();
        assert_eq!(short.map(|error| error.to_string()), Some("unexpected EOF".into()));
        let gone = open(&url).err().map(|error| error.to_string());
        assert_eq!(gone, Some(format!("Get \"{url}\": EOF")));
    }

    #[test]
    fn targets_of_redirects() {
        for (target, expected) in [
            ("https://x/y", "https://x/y"),
            ("//x/y", "http://x/y"),
            ("/y", "http://a:1/y"),
            ("y", "http://a:1/b/y"),
        ] {
            assert_eq!(join("http://a:1/b/c?d", target).as_deref(), Some(expected));
        }
        assert_eq!(target("http://a?x=1#y"), "/?x=1");
    }
}
