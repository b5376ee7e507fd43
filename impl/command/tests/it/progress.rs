//! Progress on a terminal, and calls that are interrupted: a server that begins to answer and then
//! says nothing more stands for a fetch that hangs.

use crate::support::Home;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing here takes longer unless it hangs.
const LONG: Duration = Duration::from_secs(20);

/// A daemon that knows how many peers it asked, and of each answer sends only the beginning.
fn daemon(home: &Home, beginning: &'static [u8]) -> Receiver<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    std::fs::create_dir(home.repo()).unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}\n", listener.local_addr().unwrap().port());
    std::fs::write(home.repo().join("api"), address).unwrap();
    let (heads, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let heads = heads.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while let Some(head) = head(&mut reader) {
                    answer(&stream, &head, beginning);
                    let _ = heads.send(head);
                }
            });
        }
    });
    received
}

fn head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

fn answer(mut stream: &TcpStream, head: &str, beginning: &[u8]) {
    let json = |body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let text = if head.starts_with("POST /api/v0/version?") {
        json("{\"Version\":\"0.44.0\"}")
    } else if head.starts_with("POST /api/v0/progress/fetch?call=") {
        json("{\"Peers\":3}")
    } else if beginning.is_empty() {
        String::new()
    } else {
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Stream-Output: 1\r\n\
         X-Content-Length: 50000000\r\nContent-Length: 50000000\r\n\r\n"
            .to_owned()
    };
    let _ = stream.write_all(text.as_bytes());
    if !text.is_empty() && !text.contains("json") {
        let _ = stream.write_all(beginning);
    }
}

/// A run with a terminal as standard error, and what appears there.
fn on_terminal(home: &Home, line: &str) -> (Child, Receiver<Vec<u8>>) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let side = File::options().read(true).write(true).open(name).unwrap();
    let child = command(home, line).stdout(Stdio::piped()).stderr(side).spawn().unwrap();
    let (sender, shown) = channel();
    std::thread::spawn(move || {
        let mut master = File::from(master);
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = master.read(&mut buffer) {
            let _ = sender.send(buffer[..count].to_vec());
        }
    });
    (child, shown)
}

fn command(home: &Home, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipfs"));
    command.env_clear().env("IPFS_PATH", home.repo()).env("TERM", "xterm");
    command.current_dir(home.path()).args(line.split(' ')).stdin(Stdio::null());
    command
}

fn wait_for(shown: &Receiver<Vec<u8>>, text: &str) {
    let (mut all, started) = (String::new(), Instant::now());
    while !all.contains(text) {
        let left = LONG.saturating_sub(started.elapsed());
        let piece = shown.recv_timeout(left).unwrap_or_else(|_| panic!("no {text:?} in {all:?}"));
        all.push_str(&String::from_utf8_lossy(&piece));
    }
}

fn interrupt(child: &mut Child) -> Duration {
    let started = Instant::now();
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(1));
    started.elapsed()
}

/// All names in the folder of a run but that of the repository.
fn left(home: &Home) -> Vec<String> {
    let names = std::fs::read_dir(home.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "repo").collect()
}

const ROOT: &str = "bafkqaaa";

/// The head of a file in an archive, and some of its 40,000,000 bytes.
const ARCHIVE: &[u8] = &{
    let mut bytes = [b'x'; 4096];
    let mut at = 0;
    while at < 512 {
        bytes[at] = 0;
        at += 1;
    }
    let fields: [(usize, &[u8]); 6] = [
        (0, b"bafkqaaa"),
        (100, b"0000644\0"),
        (124, b"00230455000\0"),
        (136, b"00000000000\0"),
        (148, b"        "),
        (156, b"0"),
    ];
    let mut field = 0;
    while field < fields.len() {
        let (start, text) = fields[field];
        at = 0;
        while at < text.len() {
            bytes[start + at] = text[at];
            at += 1;
        }
        field += 1;
    }
    let mut sum = 0u32;
    at = 0;
    while at < 512 {
        sum += bytes[at] as u32;
        at += 1;
    }
    at = 6;
    while at > 0 {
        at -= 1;
        bytes[148 + at] = b'0' + (sum % 8) as u8;
        sum /= 8;
    }
    bytes[154] = 0;
    bytes
};

#[test]
fn an_interrupted_get_ends_at_once_and_leaves_nothing() {
    for (line, shown_before) in [
        (format!("get {ROOT}"), format!("{ROOT}\n")),
        (format!("get --archive {ROOT}"), format!("{ROOT}.tar\n")),
        (format!("get --compress --output=o {ROOT}"), "o.gz\n".to_owned()),
    ] {
        let home = Home::empty();
        let _daemon = daemon(&home, ARCHIVE);
        let (mut child, shown) = on_terminal(&home, &line);
        wait_for(&shown, "3 peers asked");
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        assert!(said.starts_with("Saving ") && said.ends_with(&shown_before), "{said}");
        let half = left(&home);
        assert!(half.iter().all(|name| name.contains(".ipfs-get-")), "{line}: {half:?}");
        assert_eq!(half.len(), 1, "{line}: it has begun");
        assert!(interrupt(&mut child) < Duration::from_secs(2), "{line}");
        wait_for(&shown, "Error: canceled");
        assert_eq!(left(&home), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn an_interrupted_cat_ends_at_once() {
    let home = Home::empty();
    let _daemon = daemon(&home, ARCHIVE);
    let (mut child, shown) = on_terminal(&home, &format!("cat {ROOT}"));
    wait_for(&shown, "/ 47.68 MiB [");
    wait_for(&shown, ", 3 peers asked");
    assert!(interrupt(&mut child) < Duration::from_secs(2));
    wait_for(&shown, "Error: canceled");
}

#[test]
fn who_was_asked_is_told_before_anything_comes() {
    let home = Home::empty();
    let heads = daemon(&home, b"");
    let (mut child, shown) = on_terminal(&home, &format!("get {ROOT}"));
    wait_for(&shown, "3 peers asked");
    assert!(interrupt(&mut child) < Duration::from_secs(2));
    wait_for(&shown, "Error: context canceled");
    let heads: Vec<String> = heads.try_iter().collect();
    let named = heads.iter().find(|head| head.starts_with("POST /api/v0/get?")).unwrap();
    let name = named.lines().find_map(|line| line.strip_prefix("X-Fetch-Id: ")).unwrap();
    let question = format!("POST /api/v0/progress/fetch?call={name} ");
    assert!(heads.iter().any(|head| head.starts_with(&question)), "{heads:?}");
}

#[test]
fn who_asks_for_a_bar_gets_it_everywhere() {
    let home = Home::empty();
    home.ok("init --profile=test");
    std::fs::write(home.path().join("file"), vec![7; 3 << 20]).unwrap();
    let run = home.run("add -q --progress file");
    let last = run.stderr.rsplit('\r').next().unwrap();
    assert!(
        last.starts_with("3.00 MiB / 3.00 MiB [=====") && last.contains("/s 100% ETA"),
        "{last}"
    );
    assert!(run.stdout.starts_with("Qm") && run.stdout.lines().count() == 1);
    assert_eq!(home.run("add -q file").stderr, "");
}

#[test]
fn without_a_terminal_nobody_asks() {
    for line in ["get", "cat", "get --progress"] {
        let home = Home::empty();
        let heads = daemon(&home, ARCHIVE);
        let mut child = command(&home, &format!("--timeout=1s {line} {ROOT}"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        assert!(!said.contains("asked"), "{line}: {said}");
        assert_eq!(said.contains("47.68 MiB"), line.ends_with("--progress"), "{line}: {said}");
        assert!(said.ends_with("Error: timed out\n"), "{line}: {said}");
        let heads: Vec<String> = heads.try_iter().collect();
        assert_eq!(heads.len(), 2, "{line}: {heads:?}");
        assert!(!heads[1].contains("X-Fetch-Id"), "{line}");
    }
}
