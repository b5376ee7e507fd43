//! The same jobs by our daemon and by a peer's, in turn; medians and ratios.

use super::Options;
use super::client::{call, connect};
use super::daemon::{Daemon, Folder, init};
use ipfs_benches::figures::{in_turn, median};
use ipfs_benches::noise::Noise;
use ipfs_benches::process::output;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Connections that ask for the small file at once.
const CONNECTIONS: usize = 16;

/// How long they do so, in seconds.
const LOAD_SECONDS: u64 = 3;

/// How long an idle daemon is left alone before its memory is read, in milliseconds.
const IDLE_MS: u64 = 1500;

/// A figure, and the ratio to the peer's that we want: at most, or at least.
struct Figure {
    name: &'static str,
    wanted: f64,
    more_is_better: bool,
}

const fn time(name: &'static str, wanted: f64) -> Figure {
    Figure { name, wanted, more_is_better: false }
}

const FIGURES: [Figure; 9] = [
    time("start to ready, s", 0.3),
    time("idle memory, MiB", 0.36),
    Figure { name: "small file, requests/s", wanted: 3.0, more_is_better: true },
    time("small file, p99 ms", 0.5),
    time("large file by gateway, s", 0.5),
    time("large file as CAR, s", 0.5),
    time("large directory listed, s", 0.5),
    time("large file added by RPC, s", 0.5),
    time("the same added offline, s", 0.5),
];

struct Side {
    ipfs: PathBuf,
    repo: Folder,
    figures: Vec<[f64; FIGURES.len()]>,
}

pub(crate) fn run(options: &Options) -> Result<(), String> {
    let inputs = Folder::new("inputs")?;
    let file = inputs.0.join("file");
    let tree = inputs.0.join("tree");
    make(options, &file, &tree).map_err(|error| format!("making the input: {error}"))?;
    let mut sides = Vec::new();
    for (name, ipfs) in [("ours", &options.ipfs), ("peer", &options.peer)] {
        let repo = Folder::new(name)?;
        sides.push(Side { ipfs: ipfs.clone(), repo, figures: Vec::new() });
    }
    for round in 0..options.rounds {
        for at in in_turn(round, vec![0, 1]) {
            sides[at].round(round, &file, &tree)?;
        }
    }
    println!("{} rounds, file of {} MiB, {} files", options.rounds, options.mib, options.files);
    println!("| figure | ours | peer | ratio | wanted | |\n|---|---|---|---|---|---|");
    for (at, figure) in FIGURES.iter().enumerate() {
        let [ours, peer] = [0, 1].map(|side| median(sides[side].figures.iter().map(|f| f[at])));
        let ratio = ours / peer;
        let good = (ratio >= figure.wanted) == figure.more_is_better || ratio == figure.wanted;
        let verdict = if good { "reached" } else { "missed" };
        let (name, wanted) = (figure.name, figure.wanted);
        println!("| {name} | {ours:.3} | {peer:.3} | {ratio:.2} | {wanted:.2} | {verdict} |");
    }
    Ok(())
}

fn make(options: &Options, file: &Path, tree: &Path) -> std::io::Result<()> {
    let mut noise = Noise::default();
    let mut out = std::fs::File::create(file)?;
    for _ in 0..options.mib {
        out.write_all(&noise.bytes(1 << 20))?;
    }
    std::fs::create_dir_all(tree)?;
    for number in 0..options.files {
        std::fs::write(tree.join(format!("{number:06}")), noise.bytes(64))?;
    }
    Ok(())
}

impl Side {
    fn round(&mut self, round: usize, file: &Path, tree: &Path) -> Result<(), String> {
        // Fresh repos, left in place till the end: removing many files slows down what follows.
        let repo = self.repo.0.join(format!("online-{round}"));
        let offline = self.repo.0.join(format!("offline-{round}"));
        for repo in [&repo, &offline] {
            std::fs::create_dir(repo).map_err(|error| error.to_string())?;
            init(&self.ipfs, repo)?;
        }
        let directory = self.add(&repo, &["-r"], tree)?;
        let begin = Instant::now();
        let root = self.add(&offline, &[], file)?;
        let added_offline = begin.elapsed().as_secs_f64();

        let begin = Instant::now();
        let daemon = Daemon::start(&self.ipfs, &repo)?;
        let start = begin.elapsed().as_secs_f64();
        std::thread::sleep(Duration::from_millis(IDLE_MS));
        let memory = daemon.memory_kib() as f64 / 1024.0;
        let begin = Instant::now();
        self.add(&repo, &["--api", &multiaddr(&daemon.rpc)], file)?;
        let added = begin.elapsed().as_secs_f64();
        let small = call(&daemon.rpc, "add", Some(&[b'x'; 1200])).map_err(|e| e.to_string())?;
        let small = String::from_utf8_lossy(&small.body).into_owned();
        let small = small.split("\"Hash\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let small = small.ok_or("add answered without a hash")?;
        let (rate, p99) = load(&daemon.gateway, &format!("/ipfs/{small}"))?;
        let read = |path: &str| download(&daemon.gateway, path);
        let whole = read(&format!("/ipfs/{root}"))?;
        let car = read(&format!("/ipfs/{root}?format=car"))?;
        let listed = read(&format!("/ipfs/{directory}/"))?;
        daemon.stop()?;
        let figures = [start, memory, rate, p99, whole, car, listed, added, added_offline];
        self.figures.push(figures);
        Ok(())
    }

    fn add(&self, repo: &Path, words: &[&str], path: &Path) -> Result<String, String> {
        let mut command = std::process::Command::new(&self.ipfs);
        command.args(["add", "-Q"]).args(words).arg(path).env("IPFS_PATH", repo);
        output(&mut command)
    }
}

fn multiaddr(address: &str) -> String {
    let (host, port) = address.split_once(':').unwrap_or((address, "0"));
    format!("/ip4/{host}/tcp/{port}")
}

/// Seconds that reading an answer to its end takes. It must be 200 and not break off.
fn download(address: &str, path: &str) -> Result<f64, String> {
    let begin = Instant::now();
    let read = || -> std::io::Result<(String, u64)> {
        let mut stream = connect(address)?;
        let accept = "Accept: text/html";
        let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{accept}\r\n");
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
        let mut reader = BufReader::with_capacity(256 << 10, stream);
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let bytes = std::io::copy(&mut reader, &mut std::io::sink())?;
        Ok((first, bytes))
    };
    match read() {
        Ok((first, bytes)) if first.contains(" 200 ") && bytes > 1000 => {
            Ok(begin.elapsed().as_secs_f64())
        }
        Ok((first, bytes)) => Err(format!("{path}: {} ({bytes} bytes)", first.trim())),
        Err(error) => Err(format!("{path}: {error}")),
    }
}

/// Requests a second and the 99th percentile in milliseconds, over connections that stay open.
fn load(address: &str, path: &str) -> Result<(f64, f64), String> {
    let times = Mutex::new(Vec::new());
    let begin = Instant::now();
    let worker = || -> std::io::Result<()> {
        let mut stream = connect(address)?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let mut buffer = vec![0; 16 << 10];
        let mut mine = Vec::new();
        while begin.elapsed() < Duration::from_secs(LOAD_SECONDS) {
            let start = Instant::now();
            stream.write_all(request.as_bytes())?;
            answer(&mut stream, &mut buffer)?;
            mine.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        times.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).extend(mine);
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result.map_err(|error| format!("{path}: {error}")),
            Err(_) => Err("a client died".to_owned()),
        })
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let mut times = times.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    times.sort_by(f64::total_cmp);
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or(f64::NAN);
    Ok((times.len() as f64 / seconds, p99))
}

/// Reads one small answer with a length.
fn answer(stream: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<()> {
    let bad = || std::io::Error::other("unexpected answer");
    let mut filled = 0;
    loop {
        let bytes = stream.read(&mut buffer[filled..])?;
        if bytes == 0 {
            return Err(bad());
        }
        filled += bytes;
        let text = &buffer[..filled];
        let Some(head) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let lines = String::from_utf8_lossy(&text[..head]).to_ascii_lowercase();
        if !lines.starts_with("http/1.1 200 ") {
            return Err(bad());
        }
        let length = lines.split("content-length: ").nth(1).ok_or_else(bad)?;
        let length: usize = length.lines().next().unwrap_or_default().parse().map_err(|_| bad())?;
        if filled >= head + 4 + length {
            return Ok(());
        }
    }
}
