//! A small blocking HTTP/1.1 client of this suite's own. It sends what a case says, odd things
//! included, and hides nothing of the answer: order of headers, trailers, how the body ended.

use crate::case::{Check, failed};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a server may be silent, in seconds.
const SILENCE_SECONDS_MAX: u64 = 30;
/// The largest line of a head, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// The largest body that is taken, in bytes.
const BODY_BYTES_MAX: u64 = 1 << 30;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    host: String,
    port: u16,
}

/// Headers or trailers, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// All values of a field, one for each line.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.0.iter().filter(named).map(|(_, value)| value.as_str())
    }
}

/// What a case asks.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query, as they are sent.
    pub target: String,
    /// Headers; `Host` and `Connection: close` are added where none is given.
    pub headers: Vec<(String, String)>,
    /// The body, sent with its length.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A request without body.
    pub fn new(method: &str, target: &str) -> Self {
        let (method, target) = (method.to_owned(), target.to_owned());
        Self { method, target, headers: Vec::new(), body: None }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name))
    }

    /// The bytes on the wire, apart from the body.
    pub fn head(&self, server: &Server) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.has("host") {
            text += &format!("Host: {}\r\n", server.authority());
        }
        if !self.has("connection") {
            text += "Connection: close\r\n";
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body
            && !self.has("content-length")
            && !self.has("transfer-encoding")
        {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        (text + "\r\n").into_bytes()
    }
}

/// What a server answers.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Fields,
    /// The body, without its transfer coding.
    pub body: Vec<u8>,
    /// What came behind a chunked body.
    pub trailers: Fields,
    /// Whether the body ended as its framing says.
    pub complete: bool,
}

impl Answer {
    /// The first value of a header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or("")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Check<serde_json::Value> {
        serde_json::from_slice(&self.body)
            .or_else(|error| failed(format!("no JSON ({error}): {:?}", self.text())))
    }

    /// Fails unless the status is this one.
    pub fn expect(self, status: u16) -> Check<Self> {
        if self.status == status {
            return Ok(self);
        }
        let text: String = self.text().chars().take(300).collect();
        failed(format!("status {}, wanted {status}; body {text:?}", self.status))
    }

    /// Fails unless a header has this value.
    pub fn expect_header(self, name: &str, wanted: &str) -> Check<Self> {
        match self.headers.get(name) {
            Some(value) if value == wanted => Ok(self),
            got => failed(format!("header {name}: got {got:?}, wanted {wanted:?}")),
        }
    }

    /// Fails if there is such a header.
    pub fn expect_no_header(self, name: &str) -> Check<Self> {
        match self.headers.get(name) {
            None => Ok(self),
            Some(value) => failed(format!("header {name} should not be there: {value:?}")),
        }
    }
}

impl Server {
    /// Reads `http://HOST:PORT`, with or without a final slash.
    pub fn parse(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("http://").ok_or("the address begins with http://")?;
        let rest = rest.trim_end_matches('/');
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "80"));
        let port = port.parse().map_err(|_| format!("no port: {port:?}"))?;
        Ok(Self { host: host.trim_matches(['[', ']']).to_owned(), port })
    }

    /// A server on this machine.
    pub fn local(port: u16) -> Self {
        Self { host: "127.0.0.1".to_owned(), port }
    }

    /// `HOST:PORT`, as in the header `Host`.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            return format!("[{}]:{}", self.host, self.port);
        }
        format!("{}:{}", self.host, self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Opens a connection.
    pub fn connect(&self) -> Check<Connection> {
        let stream = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .and_then(|mut addresses| {
                addresses.next().ok_or_else(|| std::io::Error::from(ErrorKind::NotFound))
            })
            .and_then(TcpStream::connect)
            .and_then(|stream| {
                stream.set_read_timeout(Some(Duration::from_secs(SILENCE_SECONDS_MAX)))?;
                stream.set_write_timeout(Some(Duration::from_secs(SILENCE_SECONDS_MAX)))?;
                stream.set_nodelay(true)?;
                Ok(stream)
            });
        match stream {
            Ok(stream) => Ok(Connection { reader: BufReader::new(stream) }),
            Err(error) => failed(format!("cannot connect to {}: {error}", self.authority())),
        }
    }

    /// Asks on a connection of its own.
    pub fn send(&self, request: &Request) -> Check<Answer> {
        let mut connection = self.connect()?;
        // A server may answer and close before it has read all: the answer counts.
        let sent = connection
            .write(&request.head(self))
            .and_then(|()| connection.write(request.body.as_deref().unwrap_or_default()));
        match connection.answer(&request.method) {
            Ok(answer) => Ok(answer),
            Err(stop) => sent.and(Err(stop)),
        }
    }

    /// `GET TARGET`
    pub fn get(&self, target: &str) -> Check<Answer> {
        self.send(&Request::new("GET", target))
    }

    /// `POST TARGET` without body.
    pub fn post(&self, target: &str) -> Check<Answer> {
        self.send(&Request::new("POST", target).body(""))
    }
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) -> Check {
        self.reader
            .get_mut()
            .write_all(bytes)
            .or_else(|error| failed(format!("the server takes no more: {error}")))
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self) -> Check {
        let done = self.reader.get_mut().shutdown(Shutdown::Write);
        done.or_else(|error| failed(format!("cannot end sending: {error}")))
    }

    /// How long to wait for bytes, in milliseconds.
    pub fn patience(&mut self, ms: u64) {
        // A socket that refuses this has failed anyway: the next read says so.
        let _ = self.reader.get_mut().set_read_timeout(Some(Duration::from_millis(ms)));
    }

    /// Reads a whole answer to a request of this method. Answers of status 1xx are skipped.
    pub fn answer(&mut self, method: &str) -> Check<Answer> {
        let mut answer = self.answer_head()?;
        while (100..200).contains(&answer.status) {
            answer = self.answer_head()?;
        }
        let bodyless = method == "HEAD"
            || matches!(answer.status, 204 | 304)
            || (method == "CONNECT" && answer.status == 200);
        if bodyless {
            answer.complete = true;
            return Ok(answer);
        }
        self.body(&mut answer);
        Ok(answer)
    }

    /// Reads the status and the headers.
    pub fn answer_head(&mut self) -> Check<Answer> {
        let line = self.line()?;
        let mut words = line.splitn(3, ' ');
        let version = words.next().unwrap_or("");
        let status = words.next().and_then(|word| word.parse().ok());
        let Some(status) = status.filter(|_| version.starts_with("HTTP/1.")) else {
            return failed(format!("no status line: {line:?}"));
        };
        Ok(Answer { status, headers: self.fields()?, ..Answer::default() })
    }

    fn fields(&mut self) -> Check<Fields> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(Fields(fields));
            }
            match line.split_once(':') {
                Some((name, value)) => fields.push((name.to_owned(), value.trim().to_owned())),
                None => return failed(format!("no header: {line:?}")),
            }
        }
    }

    /// Reads the body of an answer whose head was read, as far as it comes.
    pub fn body(&mut self, answer: &mut Answer) {
        let chunked = answer.header("transfer-encoding").eq_ignore_ascii_case("chunked");
        let length = answer.headers.get("content-length").and_then(|text| text.parse().ok());
        if chunked {
            while let Some(chunk) = self.chunk() {
                if chunk.is_empty() {
                    if let Ok(trailers) = self.fields() {
                        answer.trailers = trailers;
                        answer.complete = true;
                    }
                    return;
                }
                answer.body.extend(chunk);
            }
            return;
        }
        let room = length.unwrap_or(BODY_BYTES_MAX).min(BODY_BYTES_MAX);
        let read = (&mut self.reader).take(room).read_to_end(&mut answer.body);
        answer.complete = match length {
            Some(length) => answer.body.len() as u64 == length,
            None => read.is_ok(),
        };
    }

    /// The next chunk of a chunked body; an empty one is the last. `None` when the stream breaks.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.line().ok()?;
        let size = u64::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        let mut bytes = Vec::new();
        if size > BODY_BYTES_MAX {
            return None;
        }
        (&mut self.reader).take(size).read_to_end(&mut bytes).ok()?;
        if size > 0 {
            self.line().ok()?;
        }
        (bytes.len() as u64 == size).then_some(bytes)
    }

    /// Whether the server has closed the connection, once all that it sent was read.
    pub fn is_closed(&mut self) -> bool {
        matches!(self.reader.fill_buf(), Ok(bytes) if bytes.is_empty())
    }

    fn line(&mut self) -> Check<String> {
        let mut bytes = Vec::new();
        let read = (&mut self.reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
        match read {
            Ok(_) if bytes.ends_with(b"\n") => {
                let text = String::from_utf8_lossy(&bytes);
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            Ok(_) => failed(format!("the connection ends after {:?}", bytes.escape_ascii())),
            Err(error) => failed(format!("no answer: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answering(bytes: &'static [u8]) -> Server {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 16];
            stream.read_exact(&mut head).unwrap();
            stream.write_all(bytes).unwrap();
        });
        Server::local(port)
    }

    #[test]
    fn addresses() {
        assert_eq!(Server::parse("http://a:5/").unwrap().authority(), "a:5");
        assert_eq!(Server::parse("http://[::1]:5").unwrap().authority(), "[::1]:5");
        assert!(Server::parse("https://a").is_err());
    }

    #[test]
    fn chunks_and_trailers() {
        let server = answering(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
              2\r\nab\r\n1\r\nc\r\n0\r\nX-Stream-Error: bad\r\n\r\n",
        );
        let answer = server.get("/").unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "abc"));
        assert_eq!(answer.trailers.get("x-stream-error"), Some("bad"));
        assert!(answer.complete);
    }

    #[test]
    fn a_cut_body_is_told() {
        let server = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
        let answer = server.get("/").unwrap();
        assert_eq!((answer.text().as_str(), answer.complete), ("ab", false));
    }
}
