//! A daemon with a network, in this namespace or at an end of a link.

use ipfs_benches::process::output;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time for an end, in seconds.
const END_SECONDS: u64 = 60;
/// Ticks of the system's clock for processor time, in a second.
const TICKS: f64 = 100.0;

/// Where a daemon runs.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In this network namespace, on the loopback interface.
    Here,
    /// In the network namespace of this process, at this address.
    End {
        /// A process that is there.
        pid: u32,
        /// Its address.
        ip: &'static str,
    },
}

impl Place {
    /// A program that runs there.
    pub(crate) fn command(&self, program: &Path) -> Command {
        match self {
            Self::Here => Command::new(program),
            Self::End { pid, .. } => {
                let mut command = Command::new("nsenter");
                command.arg("-n").arg("-t").arg(pid.to_string()).arg(program);
                command
            }
        }
    }

    fn ip(&self) -> &'static str {
        match self {
            Self::Here => "127.0.0.1",
            Self::End { ip, .. } => ip,
        }
    }
}

fn offline(program: &Path, repo: &Path, words: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(words).env("IPFS_PATH", repo).env("IPFS_TELEMETRY", "off");
    output(&mut command)
}

/// Makes a repo whose daemon listens on a free port of its place only.
pub(crate) fn repo(program: &Path, repo: &Path, place: &Place, quic: bool) -> Result<(), String> {
    std::fs::create_dir_all(repo).map_err(|error| error.to_string())?;
    offline(program, repo, &["init", "--profile=test"])?;
    let listen = match quic {
        true => format!("[\"/ip4/{}/udp/0/quic-v1\"]", place.ip()),
        false => format!("[\"/ip4/{}/tcp/0\"]", place.ip()),
    };
    offline(program, repo, &["config", "--json", "Addresses.Swarm", &listen])?;
    offline(program, repo, &["config", "--json", "Swarm.DisableNatPortMap", "true"])?;
    // The link's addresses are private ones, which some profiles do not dial.
    offline(program, repo, &["config", "--json", "Swarm.AddrFilters", "[]"]).map(|_| ())
}

/// Adds a file or folder; gives its CID.
pub(crate) fn add(program: &Path, repo: &Path, path: &Path) -> Result<String, String> {
    let path = path.to_string_lossy();
    offline(program, repo, &["add", "-r", "-Q", "--cid-version=1", &path])
}

/// A running daemon.
#[derive(Debug)]
pub(crate) struct Node {
    program: PathBuf,
    repo: PathBuf,
    place: Place,
    child: Child,
}

impl Node {
    pub(crate) fn start(program: &Path, repo: &Path, place: Place) -> Result<Self, String> {
        let mut command = place.command(program);
        command.arg("daemon").env("IPFS_PATH", repo).env("IPFS_TELEMETRY", "off");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("daemon: {error}"))?;
        let stdout = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line == "Daemon is ready");
        // What it says later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        let mut node = Self { program: program.to_owned(), repo: repo.to_owned(), place, child };
        match ready {
            true => Ok(node),
            false => Err(format!("the daemon ends before it is ready: {:?}", node.child.wait())),
        }
    }

    /// Runs a command through the daemon.
    pub(crate) fn run(&self, words: &[&str]) -> Result<String, String> {
        let mut command = self.place.command(&self.program);
        command.args(words).env("IPFS_PATH", &self.repo).env("IPFS_TELEMETRY", "off");
        output(&mut command)
    }

    /// Its address, with its ID.
    pub(crate) fn address(&self, quic: bool) -> Result<String, String> {
        let all = self.run(&["id", "-f", "<addrs>"])?;
        let wanted = if quic { "/quic-v1/p2p/" } else { "/tcp/" };
        let found =
            all.lines().find(|line| line.contains(wanted) && line.contains(self.place.ip()));
        found.map(str::to_owned).ok_or_else(|| format!("no address with {wanted}: {all}"))
    }

    /// Processor time so far, in seconds.
    pub(crate) fn cpu_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // Fields are counted behind the name, which may hold blanks.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: f64 =
            fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        ticks / TICKS
    }

    /// Peak resident memory, in KiB.
    pub(crate) fn peak_kib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kib.unwrap_or(f64::NAN)
    }

    /// Ends it and waits till it has gone.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        self.run(&["shutdown"])?;
        let deadline = Instant::now() + Duration::from_secs(END_SECONDS);
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.child.try_wait() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("the daemon does not end".to_owned())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
