//! Servers that give everyone the same answer. A case that passes on one of them proves nothing.

use crate::http::Server;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// One of these to everyone.
pub(crate) const ANSWERS: [&str; 4] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\
     Connection: close\r\n\r\nnull\n",
    "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 19\r\n\
     Connection: close\r\n\r\n404 page not found\n",
    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\
     Connection: close\r\n\r\n{\"Message\":\"\",\"Code\":0,\"Type\":\"error\"}",
];

/// Starts a server that lives as long as the program.
pub(crate) fn serve(answer: &'static str) -> std::io::Result<Server> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = Server::local(listener.local_addr()?.port());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer_once(&stream, answer));
        }
    });
    Ok(server)
}

fn answer_once(mut stream: &TcpStream, answer: &str) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
    }
    // Whoever went away needs no answer.
    let _ = stream.write_all(answer.as_bytes());
}
