//! Hostile clients. After and during each kind of abuse others are served and memory stays bounded.

use super::Options;
use super::client::{self, call, connect, get};
use super::daemon::{Daemon, Folder, init};
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// An honest client must be served within this time, in seconds.
const SERVED_SECONDS: u64 = 2;

/// Memory that a connection may cost, in KiB.
const CONNECTION_KIB_MAX: u64 = 40;

/// Memory that any abuse may cost beside its connections, in KiB.
const ABUSE_KIB_MAX: u64 = 64 << 10;

/// Size of the large file, in bytes.
const LARGE_BYTES: usize = 64 << 20;

struct Scene<'a> {
    daemon: &'a mut Daemon,
    scale: usize,
    /// Path of a small file at the gateway.
    small: String,
    /// Path of a large one.
    large: String,
}

type Outcome = Result<(), String>;
type Abuse = fn(&mut Scene<'_>) -> Outcome;

const ABUSES: [(&str, Abuse); 9] = [
    ("heads that never end", slow_heads),
    ("idle connections", idle),
    ("readers that stop", stopped_readers),
    ("uploads that never end", endless_uploads),
    ("a thousand ranges", many_ranges),
    ("huge queries", huge_queries),
    ("two lengths", smuggling),
    ("heads of parts without end", endless_part_heads),
    ("clients that vanish", vanishing),
];

pub(crate) fn run(options: &Options) -> Outcome {
    let folder = Folder::new("abuse")?;
    init(&options.ipfs, &folder.0)?;
    let mut daemon = Daemon::start(&options.ipfs, &folder.0)?;
    let small = add(&daemon, &[b'x'; 1200])?;
    let bytes: Vec<u8> = (0..LARGE_BYTES / 8).flat_map(|at| (at as u64).to_le_bytes()).collect();
    let large = add(&daemon, &bytes)?;
    let mut scene = Scene { daemon: &mut daemon, scale: options.scale, small, large };
    let mut failed = 0;
    for (name, abuse) in ABUSES {
        let before = scene.daemon.memory_kib();
        let result = abuse(&mut scene).and_then(|()| scene.is_well());
        let after = scene.daemon.memory_kib();
        match result {
            Ok(()) => println!("ok      {name}: {before} -> {after} KiB"),
            Err(error) => {
                failed += 1;
                println!("FAILED  {name}: {error} ({before} -> {after} KiB)");
            }
        }
        if !scene.daemon.is_running() {
            return Err(format!("the daemon did not survive: {name}"));
        }
    }
    daemon.stop()?;
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} failed", ABUSES.len())) }
}

fn add(daemon: &Daemon, bytes: &[u8]) -> Result<String, String> {
    let answer = call(&daemon.rpc, "add", Some(bytes)).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let cid = text.split("\"Hash\":\"").nth(1).and_then(|rest| rest.split('"').next());
    cid.map(|cid| format!("/ipfs/{cid}")).ok_or_else(|| format!("add answered {text}"))
}

impl Scene<'_> {
    fn count(&self, full: usize) -> usize {
        (full * self.scale / 1000).max(10)
    }

    /// Honest clients are served, by the RPC and the gateway, in good time.
    fn is_well(&self) -> Outcome {
        let within = Duration::from_secs(SERVED_SECONDS);
        self.daemon.answers(within).map_err(|error| format!("RPC: {error}"))?;
        let start = Instant::now();
        let answer = get(&self.daemon.gateway, &self.small);
        let answer = answer.map_err(|error| format!("gateway: {error}"))?;
        match answer.status == 200 && answer.body.len() == 1200 && start.elapsed() <= within {
            true => Ok(()),
            false => Err(format!("gateway: status {} in {:?}", answer.status, start.elapsed())),
        }
    }

    fn open(&self, address: &str, count: usize, bytes: &[u8]) -> Result<Vec<TcpStream>, String> {
        let open = |_| -> std::io::Result<TcpStream> {
            let mut stream = connect(address)?;
            stream.write_all(bytes)?;
            Ok(stream)
        };
        (0..count).map(open).collect::<Result<_, _>>().map_err(|error| format!("connect: {error}"))
    }

    /// With these connections open others are served and memory is bounded.
    fn holds(&self, before: u64, connections: usize) -> Outcome {
        self.is_well()?;
        let grown = self.daemon.memory_kib().saturating_sub(before);
        match grown <= ABUSE_KIB_MAX + CONNECTION_KIB_MAX * connections as u64 {
            true => Ok(()),
            false => Err(format!("{connections} connections cost {grown} KiB")),
        }
    }
}

fn slow_heads(scene: &mut Scene<'_>) -> Outcome {
    let before = scene.daemon.memory_kib();
    let count = scene.count(2000);
    for address in [scene.daemon.gateway.clone(), scene.daemon.rpc.clone()] {
        let mut streams = scene.open(&address, count, b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ")?;
        for stream in &mut streams {
            stream.write_all(b"b").map_err(|error| error.to_string())?;
        }
        scene.holds(before, count)?;
    }
    Ok(())
}

fn idle(scene: &mut Scene<'_>) -> Outcome {
    let before = scene.daemon.memory_kib();
    let count = scene.count(10_000);
    let address = scene.daemon.gateway.clone();
    let request = format!("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", scene.small);
    let mut streams = scene.open(&address, count, request.as_bytes())?;
    for stream in &mut streams {
        let answer =
            client::read(&mut BufReader::new(stream)).map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("status {}", answer.status));
        }
    }
    scene.holds(before, count)
}

fn stopped_readers(scene: &mut Scene<'_>) -> Outcome {
    let before = scene.daemon.memory_kib();
    let count = scene.count(1000);
    let address = scene.daemon.gateway.clone();
    for query in ["", "?format=car"] {
        let request = format!("GET {}{query} HTTP/1.1\r\nHost: a\r\n\r\n", scene.large);
        let mut streams = scene.open(&address, count, request.as_bytes())?;
        for stream in &mut streams {
            stream.read_exact(&mut [0; 100]).map_err(|error| error.to_string())?;
        }
        // A piece in hand, a piece ahead, and what the connection buffers.
        let pieces = 768 * count as u64;
        scene.holds(before + pieces, count)?;
    }
    Ok(())
}

fn endless_uploads(scene: &mut Scene<'_>) -> Outcome {
    let before = scene.daemon.memory_kib();
    let count = scene.count(100);
    let address = scene.daemon.rpc.clone();
    let head = "POST /api/v0/add HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
                Content-Type: multipart/form-data; boundary=xx\r\n\r\n";
    let part = "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nstart";
    let start = format!("{head}{:x}\r\n{part}\r\n", part.len());
    let _streams = scene.open(&address, count, start.as_bytes())?;
    scene.holds(before, 30 * count)
}

fn many_ranges(scene: &mut Scene<'_>) -> Outcome {
    let ranges: Vec<String> = (0..1000).map(|_| "0-".to_owned()).collect();
    let (gateway, path) = (&scene.daemon.gateway, &scene.large);
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nRange: bytes={}\r\n\r\n",
        ranges.join(",")
    );
    let answer = client::request(gateway, &head, b"").map_err(|error| error.to_string())?;
    match answer.body.len() <= 2 * LARGE_BYTES {
        true => Ok(()),
        false => Err(format!("a request of {} bytes got {}", head.len(), answer.body.len())),
    }
}

fn huge_queries(scene: &mut Scene<'_>) -> Outcome {
    let query = "a=b&".repeat(200_000);
    for (address, path) in [
        (&scene.daemon.gateway, format!("{}?{query}", scene.small)),
        (&scene.daemon.gateway, format!("{}/{}", scene.small, "x/".repeat(300_000))),
        (&scene.daemon.rpc, format!("/api/v0/version?{query}")),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = client::request(address, &head, b"").map_err(|error| error.to_string())?;
        if answer.status >= 500 {
            return Err(format!("status {}", answer.status));
        }
    }
    let endless = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(4 << 20));
    match client::request(&scene.daemon.gateway, &endless, b"") {
        Ok(answer) if (400..500).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(format!("a head of 4 MiB got status {}", answer.status)),
        // It hung up while the head was still coming.
        Err(_) => Ok(()),
    }
}

fn smuggling(scene: &mut Scene<'_>) -> Outcome {
    let inner = "GET /ipfs/hidden HTTP/1.1\r\nHost: a\r\n\r\n";
    for lengths in [
        format!("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("Content-Length: 0\r\nContent-Length: {}\r\n\r\n{inner}", inner.len()),
        format!("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}"),
        format!("Content-Length: +0\r\n\r\n{inner}"),
    ] {
        let mut stream = connect(&scene.daemon.gateway).map_err(|error| error.to_string())?;
        let text = format!("GET {} HTTP/1.1\r\nHost: a\r\n{lengths}", scene.small);
        stream.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(Duration::from_millis(300))).map_err(|e| e.to_string())?;
        let mut answers = Vec::new();
        let _ = stream.read_to_end(&mut answers);
        let answers = String::from_utf8_lossy(&answers);
        let first = answers.lines().next().unwrap_or_default();
        // Refused, or read by the stricter rule and nothing after it taken as a request.
        if answers.matches("HTTP/1.1 ").count() > 1 && !lengths.starts_with("Content-Length: 5") {
            return Err(format!("the hidden request was answered: {first}"));
        }
    }
    Ok(())
}

fn endless_part_heads(scene: &mut Scene<'_>) -> Outcome {
    let before = scene.daemon.memory_kib();
    let mut stream = connect(&scene.daemon.rpc).map_err(|error| error.to_string())?;
    let head = "POST /api/v0/add HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\
                Content-Type: multipart/form-data; boundary=xx\r\n\r\n--xx\r\n";
    stream.write_all(head.as_bytes()).map_err(|error| error.to_string())?;
    let line = "X-Header: ".to_owned() + &"y".repeat(1000) + "\r\n";
    for _ in 0..100_000 {
        // Refused at some point: then writing fails, or nobody reads any more.
        if stream.write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    scene.holds(before, 100)
}

fn vanishing(scene: &mut Scene<'_>) -> Outcome {
    let before = scene.daemon.memory_kib();
    let count = scene.count(1000);
    let request = format!("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", scene.large);
    for _ in 0..count {
        let mut stream = connect(&scene.daemon.gateway).map_err(|error| error.to_string())?;
        stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    }
    scene.holds(before, 100)
}
