//! Programs from ordinary packages that talk to our daemon: `conformance/clients`.

use crate::support::Home;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Starts a daemon, waits for its address, runs `$TESTS` with `RPC_URL`, stops the daemon. All of
/// it is in a network namespace of its own.
const SCRIPT: &str = r#"
ip link set lo up || exit 70
"$IPFS" daemon $OPTIONS >daemon.log 2>&1 &
daemon=$!
tries=0
until [ -s "$IPFS_PATH/api" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 200 ] || ! kill -0 $daemon; then cat daemon.log; exit 71; fi
  sleep 0.05
done
port=$(sed 's#.*/tcp/##' "$IPFS_PATH/api")
cd "$CLIENT"
RPC_URL=http://127.0.0.1:$port
export RPC_URL
eval "$TESTS"
status=$?
kill -INT $daemon
wait $daemon
exit $status
"#;

/// Runs the tests of a package for Node.
pub(crate) const NODE_TESTS: &str = "node --test --test-concurrency=1 --test-timeout=120000 \
    --test-force-exit --test-reporter=tap test/";

/// Where clients are, in this repository.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/clients").join(name)
}

/// A folder that later runs find again.
fn cache(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn copy(name: &str, file: &str) {
    let done = Command::new("cp").arg("-r").arg(source(name).join(file)).arg(cache(name)).status();
    assert!(done.unwrap().success(), "cannot copy {file}");
}

/// Whether what `list` names is installed, by this command in the cache. If it can't be, a line
/// says so.
fn ready(name: &str, list: &str, files: &[&str], install: &mut Command) -> bool {
    let cache = cache(name);
    let wanted = std::fs::read(source(name).join(list)).unwrap();
    if std::fs::read(cache.join("installed-list")).unwrap_or_default() == wanted {
        return true;
    }
    let _ = std::fs::remove_dir_all(&cache);
    std::fs::create_dir_all(&cache).unwrap();
    files.iter().for_each(|file| copy(name, file));
    let output = install.current_dir(&cache).output();
    if !output.as_ref().is_ok_and(|output| output.status.success()) {
        let why = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
        println!("skipped: {name} can't be installed: {why:?}");
        return false;
    }
    std::fs::write(cache.join("installed-list"), wanted).unwrap();
    true
}

/// A package for Node and its tests; `None`, with a line that says so, where it can't be had.
pub(crate) fn npm(name: &str) -> Option<PathBuf> {
    let files = ["package.json", "package-lock.json"];
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    if !ready(name, "package-lock.json", &files, &mut npm) {
        return None;
    }
    let _ = std::fs::remove_dir_all(cache(name).join("test"));
    copy(name, "package.json");
    copy(name, "test");
    Some(cache(name))
}

/// A package for Python, unpacked into `packages`, without those it depends on.
pub(crate) fn pip(name: &str, script: &str) -> Option<PathBuf> {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target", "packages"]);
    pip.args(["--disable-pip-version-check", "-r", "requirements.txt"]);
    if !ready(name, "requirements.txt", &["requirements.txt"], &mut pip) {
        return None;
    }
    copy(name, script);
    Some(cache(name))
}

/// How a network namespace can be made here, if at all.
fn namespace() -> Option<Command> {
    for options in [&["-n"][..], &["-rn"]] {
        let mut command = Command::new("unshare");
        command.args(options).args(["sh", "-c"]);
        let mut trial = Command::new("unshare");
        trial.args(options).args(["sh", "-c", "ip link set lo up"]);
        if trial.output().is_ok_and(|output| output.status.success()) {
            return Some(command);
        }
    }
    println!("skipped: no network namespace can be made here");
    None
}

/// Runs a client's tests against a daemon with these options. `None` where that can't be done.
pub(crate) fn run(home: &Home, options: &str, client: &Path, tests: &str) -> Option<Output> {
    let mut command = namespace()?;
    command.arg(SCRIPT).current_dir(home.path());
    command.env("IPFS", env!("CARGO_BIN_EXE_ipfs")).env("IPFS_PATH", home.repo());
    command.env("OPTIONS", options).env("CLIENT", client).env("TESTS", tests);
    Some(command.output().unwrap())
}

/// Fails unless all tests passed, at least so many.
pub(crate) fn all_passed(run: &Output, tests_min: usize) {
    let text = String::from_utf8_lossy(&run.stdout);
    let failures: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("not ok") || line.trim_start().starts_with("error:"))
        .collect();
    let error = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{}: {failures:#?}\n{text:.3000}\n{error:.1000}", run.status);
    assert!(failures.is_empty(), "{failures:#?}");
    let passed = text.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(passed >= tests_min, "only {passed} tests passed");
}
