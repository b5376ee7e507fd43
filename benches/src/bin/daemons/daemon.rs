//! The daemon under test: started in a folder of its own, stopped by its process ID.

use super::client;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time for a start or an end, in seconds.
const WAIT_SECONDS: u64 = 60;

pub(crate) struct Daemon {
    child: Child,
    /// `HOST:PORT` of the RPC.
    pub(crate) rpc: String,
    /// `HOST:PORT` of the gateway.
    pub(crate) gateway: String,
}

/// Makes a repo for a node that talks to nobody.
pub(crate) fn init(ipfs: &Path, repo: &Path) -> Result<(), String> {
    let status = Command::new(ipfs)
        .args(["init", "--profile=test"])
        .env("IPFS_PATH", repo)
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("{}: {error}", ipfs.display()))?;
    if status.success() { Ok(()) } else { Err(format!("init: {status}")) }
}

impl Daemon {
    pub(crate) fn start(ipfs: &Path, repo: &Path) -> Result<Self, String> {
        Self::start_with(ipfs, repo, &["--offline"])
    }

    /// The same with these options.
    pub(crate) fn start_with(ipfs: &Path, repo: &Path, words: &[&str]) -> Result<Self, String> {
        let mut child = Command::new(ipfs)
            .arg("daemon")
            .args(words)
            .env("IPFS_PATH", repo)
            .env("IPFS_TELEMETRY", "off")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", ipfs.display()))?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(out).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line == "Daemon is ready");
        if !ready {
            let _ = child.kill();
            return Err(format!("the daemon ended before it was ready: {:?}", child.wait()));
        }
        // What it says later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        let file = |name: &str| {
            std::fs::read_to_string(repo.join(name)).map_err(|error| format!("{name}: {error}"))
        };
        let api = file("api")?;
        let port = api.trim().rsplit('/').next().unwrap_or_default().to_owned();
        let gateway = file("gateway")?.trim().trim_start_matches("http://").to_owned();
        Ok(Self { child, rpc: format!("127.0.0.1:{port}"), gateway })
    }

    /// Resident memory in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
    }

    /// Files and sockets that it has open.
    pub(crate) fn fds(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).map_or(0, Iterator::count)
    }

    /// Whether it still answers within a time.
    pub(crate) fn answers(&self, within: Duration) -> Result<Duration, String> {
        let start = Instant::now();
        let answer = client::call(&self.rpc, "version", None).map_err(|error| error.to_string())?;
        let took = start.elapsed();
        match answer.status == 200 && took <= within {
            true => Ok(took),
            false => Err(format!("status {} after {took:?}", answer.status)),
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub(crate) fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, and checks that it does so cleanly.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        client::call(&self.rpc, "shutdown", None).map_err(|error| format!("shutdown: {error}"))?;
        let deadline = Instant::now() + Duration::from_secs(WAIT_SECONDS);
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("the daemon ended with {status}")),
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        let _ = self.child.kill();
        Err("the daemon did not end".to_owned())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// A folder that is removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("daemons-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
