//! Just enough of an HTTP client to measure and to misbehave.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest wait for anything, in seconds.
const WAIT_SECONDS: u64 = 60;

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The text of the trailer `X-Stream-Error`.
    pub(crate) stream_error: Option<String>,
}

pub(crate) fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(WAIT_SECONDS)))?;
    stream.set_write_timeout(Some(Duration::from_secs(WAIT_SECONDS)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One request on a connection of its own.
pub(crate) fn request(address: &str, head: &str, body: &[u8]) -> io::Result<Answer> {
    let mut stream = connect(address)?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    read(&mut BufReader::new(stream))
}

pub(crate) fn get(address: &str, path: &str) -> io::Result<Answer> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    request(address, &head, b"")
}

/// Calls a command, with a file if there is one.
pub(crate) fn call(address: &str, command: &str, file: Option<&[u8]>) -> io::Result<Answer> {
    let line = format!("POST /api/v0/{command} HTTP/1.1\r\nHost: {address}\r\nConnection: close");
    let Some(file) = file else {
        return request(address, &format!("{line}\r\nContent-Length: 0\r\n\r\n"), b"");
    };
    let mut body = b"--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\
                     Content-Type: application/octet-stream\r\n\r\n"
        .to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--xx--\r\n");
    let kind = "Content-Type: multipart/form-data; boundary=xx";
    let head = format!("{line}\r\n{kind}\r\nContent-Length: {}\r\n\r\n", body.len());
    request(address, &head, &body)
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

/// Reads an answer to its end; one that breaks off is an error.
pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Answer> {
    let first = line(reader)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| bad(&first))?;
    let (mut length, mut chunked) = (None, false);
    loop {
        let line = line(reader)?.to_ascii_lowercase();
        let Some((name, value)) = line.split_once(':') else { break };
        match (name, value.trim()) {
            ("content-length", value) => length = value.parse::<usize>().ok(),
            ("transfer-encoding", value) => chunked = value == "chunked",
            _ => {}
        }
    }
    let mut answer = Answer { status, body: Vec::new(), stream_error: None };
    if let Some(length) = length {
        answer.body.resize(length, 0);
        reader.read_exact(&mut answer.body)?;
        return Ok(answer);
    }
    if !chunked {
        reader.read_to_end(&mut answer.body)?;
        return Ok(answer);
    }
    loop {
        let size = line(reader)?;
        let size = usize::from_str_radix(&size, 16).map_err(|_| bad("chunk size"))?;
        if size == 0 {
            break;
        }
        let start = answer.body.len();
        answer.body.resize(start + size, 0);
        reader.read_exact(&mut answer.body[start..])?;
        line(reader)?;
    }
    loop {
        let line = line(reader)?;
        let Some((name, value)) = line.split_once(':') else { return Ok(answer) };
        if name.eq_ignore_ascii_case("x-stream-error") {
            answer.stream_error = Some(value.trim().to_owned());
        }
    }
}
