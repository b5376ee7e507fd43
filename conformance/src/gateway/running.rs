//! A gateway that this program set up and started, and will stop.

use super::{Adapter, Gateway};
use crate::fixtures::{Fixtures, fixtures};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long a gateway may take to start or to stop.
const START_MAX: Duration = Duration::from_secs(30);
/// Pause between two looks whether it is there.
const LOOK: Duration = Duration::from_millis(20);

/// A running gateway; it is stopped when dropped.
#[derive(Debug)]
pub struct Running {
    /// The gateway.
    pub gateway: Gateway,
    child: Child,
    folder: tempfile::TempDir,
}

impl Running {
    /// Sets up a gateway by its adapter and starts it.
    pub fn start(binary: &Path, adapter: &Adapter) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("gateway-").tempdir();
        let folder = folder.map_err(|error| format!("no temporary folder: {error}"))?;
        let work = Work { binary, folder: folder.path() };
        write_fixtures(fixtures(), &work.fixtures())?;
        std::fs::create_dir_all(work.work()).map_err(|error| error.to_string())?;
        work.must("configure", &adapter.configure, &[])?;
        let car = work.fixtures().join("fixtures.car");
        work.must("load-car", &adapter.load_car, &[("CAR", &car.display().to_string())])?;
        for (name, _) in fixtures().names.records() {
            let record = work.fixtures().join("records").join(&name).display().to_string();
            // Invalid records may be refused here already.
            work.run(&adapter.put_record, &[("NAME", &name), ("RECORD", &record)])?;
        }
        let output =
            |name: &str| File::create(folder.path().join(name)).map_err(|error| error.to_string());
        let mut command = work.command(&adapter.serve, &[]);
        command.stdout(output("stdout")?).stderr(output("stderr")?);
        let child = command.spawn().map_err(|error| format!("cannot start: {error}"))?;
        let gateway = Gateway::new("http://127.0.0.1:1")?;
        let mut running = Self { gateway, child, folder };
        let url = running.wait(binary, adapter)?;
        running.gateway = Gateway {
            subdomain: adapter.subdomain.clone(),
            dotted: adapter.dotted.clone(),
            trustless: adapter.trustless.clone(),
            records: !adapter.lacks.iter().any(|what| what == "records"),
            dnslinks: !adapter.lacks.iter().any(|what| what == "dnslinks"),
            routing: !adapter.lacks.iter().any(|what| what == "routing"),
            configured: !adapter.lacks.iter().any(|what| what == "config"),
            denylist: !adapter.lacks.iter().any(|what| what == "denylist"),
            denylist_file: adapter
                .denylist
                .as_ref()
                .map(|name| running.folder.path().join("work").join(name)),
            ..Gateway::new(&url)?
        };
        Ok(running)
    }

    /// Waits until the gateway answers; gives its URL.
    fn wait(&mut self, binary: &Path, adapter: &Adapter) -> Result<String, String> {
        let deadline = Instant::now() + START_MAX;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the gateway ended ({status}): {}", self.log()));
            }
            let work = Work { binary, folder: self.folder.path() };
            let output = work.run(&adapter.url, &[])?;
            let url = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if output.status.success()
                && Gateway::new(&url).is_ok_and(|gateway| gateway.server.connect().is_ok())
            {
                return Ok(url);
            }
            if Instant::now() > deadline {
                return Err(format!("the gateway does not start: {}", self.log()));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// What the gateway said.
    pub fn log(&self) -> String {
        let read = |name| std::fs::read_to_string(self.folder.path().join(name));
        ["stdout", "stderr"].map(|name| read(name).unwrap_or_default()).concat()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        // If it has gone already there is nothing to stop.
        let _ = Command::new("kill").arg(&pid).stderr(Stdio::null()).status();
        let deadline = Instant::now() + START_MAX;
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// The folder of a gateway and the commands in it.
struct Work<'a> {
    binary: &'a Path,
    folder: &'a Path,
}

impl Work<'_> {
    fn fixtures(&self) -> PathBuf {
        self.folder.join("fixtures")
    }

    fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    fn command(&self, script: &str, more: &[(&str, &str)]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-ec", script]).current_dir(self.work()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("BIN", self.binary).env("WORK", self.work()).env("HOME", self.work());
        command.env("FIXTURES", self.fixtures());
        command.envs([("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("IPFS_TELEMETRY", "off")]);
        command.envs(more.iter().copied()).stdin(Stdio::null());
        command
    }

    fn run(&self, script: &str, more: &[(&str, &str)]) -> Result<Output, String> {
        let output = self.command(script, more).output();
        output.map_err(|error| format!("cannot run a shell: {error}"))
    }

    fn must(&self, name: &str, script: &str, more: &[(&str, &str)]) -> Result<(), String> {
        let output = self.run(script, more)?;
        if output.status.success() {
            return Ok(());
        }
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("{name} fails ({}): {error}", output.status))
    }
}

/// Writes the fixtures as files: `fixtures.car`, `records/NAME`, `dnslinks`, `fixtures.deny`.
pub fn write_fixtures(fixtures: &Fixtures, folder: &Path) -> Result<(), String> {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, bytes))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    write("fixtures.car", &fixtures.store.car())?;
    write("wire.car", &crate::wire::content().car())?;
    for (name, record) in fixtures.names.records() {
        write(&format!("records/{name}"), record)?;
    }
    write("dnslinks", fixtures.dnslink_map().as_bytes())?;
    write("fixtures.deny", fixtures.blocked.denylist().as_bytes())
}
