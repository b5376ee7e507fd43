//! The end of commands: asked for while they wait, or with nobody who listens.

use crate::support::Home;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn start(home: &Home, line: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipfs"));
    command.env_clear().env("IPFS_PATH", home.repo()).current_dir(home.path());
    command.args(line.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).spawn().unwrap()
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn slow_input_does_not_outlast_the_time() {
    let home = Home::empty();
    home.ok("init --profile=test");
    for line in ["add -q", "block put", "dag put", "files write --create /x", "cat"] {
        let mut child = start(&home, &format!("--timeout=300ms {line}"));
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"some").unwrap();
        let started = Instant::now();
        let said = said(&mut child);
        assert!(started.elapsed() < Duration::from_secs(10), "{line}");
        assert_eq!(said, "Error: timed out\n", "{line}");
        assert_eq!(child.wait().unwrap().code(), Some(1), "{line}");
        drop(input);
    }
    assert_eq!(home.ok("files ls"), "");
}

#[test]
fn an_interrupt_ends_the_wait_for_input() {
    let home = Home::empty();
    home.ok("init --profile=test");
    let mut child = start(&home, "add -q");
    let mut input = child.stdin.take().unwrap();
    // More than the pipe holds: all but the last is read when this returns.
    input.write_all(&[7; 300_000]).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(said(&mut child), "Error: canceled\n");
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

/// spec: cli.errors-are-told
#[test]
fn an_error_is_told_although_output_is_lost() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let home = Home::empty();
    home.ok("init --profile=test");
    std::fs::write(home.path().join("file"), vec![7; 600_000]).unwrap();
    let root = home.ok("add -Q file");
    for (line, error) in [
        (format!("refs {} /ipfs/x", root.trim()), "Error: invalid path \"/ipfs/x\""),
        ("version".to_owned(), "Error: write /dev/stdout: no space left on device\n"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ipfs"));
        command.env_clear().env("IPFS_PATH", home.repo()).args(line.split(' '));
        let output = command.stdout(full()).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(error), "{line}: {said}");
        assert_eq!(output.status.code(), Some(1), "{line}");
    }
}

/// spec: daemon.unread-output
#[test]
fn a_daemon_outlives_those_who_read_its_output() {
    let home = Home::empty();
    home.ok("init --profile=test");
    let socket = home.path().join("api.sock");
    let api = format!(r#"["/unix{}"]"#, socket.display());
    home.ok(&format!("config --json Addresses.API {api}"));
    home.ok("config --json Addresses.Gateway []");
    let mut child = start(&home, "daemon --offline");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "Daemon is ready"));
    drop(lines);
    home.ok("shutdown");
    assert_eq!(said(&mut child), "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
