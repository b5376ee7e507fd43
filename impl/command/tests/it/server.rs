//! An HTTP server that answers as a test says: one connection, one request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a server was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Method and target.
    pub(crate) line: String,
    /// Header lines.
    pub(crate) head: String,
    /// The body, with its chunks joined.
    pub(crate) body: String,
}

/// The server. It ends with the test's process.
pub(crate) struct Server {
    /// Its port.
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts one; the function's text goes out as it is, then the connection closes.
    pub(crate) fn start(answer: impl Fn(&Asked) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let request = read(&stream);
                let text = answer(&request);
                log.lock().unwrap().push(request);
                let _ = stream.write_all(text.as_bytes());
            }
        });
        Self { port, asked }
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// An answer with a body of this type.
pub(crate) fn answer(status: u16, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut asked = Asked::default();
    let mut line = String::new();
    let _ = reader.read_line(&mut line);
    asked.line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        asked.head.push_str(&line);
    }
    let mut body = Vec::new();
    let field = |name: &str| {
        asked.head.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim())
    };
    if field("Transfer-Encoding:") == Some("chunked") {
        loop {
            line.clear();
            let size = reader.read_line(&mut line).unwrap_or(0);
            let bytes = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            let mut chunk = vec![0; bytes + 2];
            if size == 0 || reader.read_exact(&mut chunk).is_err() || bytes == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..bytes]);
        }
    } else if let Some(length) = field("Content-Length:").and_then(|text| text.parse().ok()) {
        let mut all = vec![0; length];
        let _ = reader.read_exact(&mut all);
        body = all;
    }
    asked.body = String::from_utf8_lossy(&body).into_owned();
    asked
}
