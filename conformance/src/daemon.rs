//! A daemon of the binary under test, offline, with the configuration that a case wants.

use crate::case::{Check, failed};
use crate::http::Server;
use crate::sandbox::Sandbox;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a daemon may take to get ready, and to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running daemon. It is killed when the case lets go of it.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    /// Where it serves commands.
    pub rpc: Server,
    /// Where it serves content.
    pub gateway: Server,
}

impl Daemon {
    /// Makes a repo, sets these keys to these JSON values, and starts a daemon on free ports.
    pub fn start(sandbox: &Sandbox, settings: &[(&str, &str)]) -> Check<Self> {
        sandbox.init()?;
        Self::start_with(sandbox, settings, &["--offline"])
    }

    /// The same in a repo that is there, with these options.
    pub fn start_with(
        sandbox: &Sandbox,
        settings: &[(&str, &str)],
        options: &[&str],
    ) -> Check<Self> {
        let free = "\"/ip4/127.0.0.1/tcp/0\"";
        for (key, value) in
            [("Addresses.API", free), ("Addresses.Gateway", free)].iter().chain(settings)
        {
            sandbox.ok(&["config", "--json", key, value])?;
        }
        let mut command = sandbox.command(&[&["daemon"], options].concat());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return failed(format!("cannot start the daemon: {error}")),
        };
        let lines = match child.stdout.take() {
            Some(stdout) => ready(stdout),
            None => Vec::new(),
        };
        let find = |start: &str| {
            let line = lines.iter().find_map(|line| line.strip_prefix(start))?;
            let port = line.trim().strip_prefix("/ip4/127.0.0.1/tcp/")?.parse().ok()?;
            Some(Server::local(port))
        };
        let rpc = find("RPC API server listening on ");
        let gateway = find("Gateway server listening on ");
        match (rpc, gateway, lines.iter().any(|line| line == "Daemon is ready")) {
            (Some(rpc), Some(gateway), true) => Ok(Self { child, rpc, gateway }),
            _ => {
                // It may have ended by itself.
                let _ = child.kill().and_then(|()| child.wait());
                failed(format!("the daemon gets not ready: {lines:?}"))
            }
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has ended by itself.
    pub fn ends(mut self) -> Check {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return failed(format!("the daemon ends with {status}")),
                Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                Err(error) => return failed(format!("cannot wait: {error}")),
            }
        }
        failed("the daemon doesn't end")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// The lines up to the one that says it is ready, as far as they come in time.
fn ready(stdout: impl std::io::Read + Send + 'static) -> Vec<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Whoever asked may be gone; the daemon's output is read on nevertheless.
            let _ = sender.send(line);
        }
    });
    let deadline = Instant::now() + PATIENCE;
    let mut lines = Vec::new();
    while let Ok(line) = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        let last = line == "Daemon is ready";
        lines.push(line);
        if last {
            break;
        }
    }
    lines
}
