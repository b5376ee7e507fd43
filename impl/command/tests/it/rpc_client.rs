//! The client library `kubo-rpc-client` on our RPC: `conformance/clients/kubo-rpc-client`.

use crate::support::Home;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Tests that the library's suite has at least.
const TESTS_MIN: u32 = 45;

/// Starts a daemon, waits for its address, runs the suite, stops the daemon. All of it is in a
/// network namespace of its own.
const SCRIPT: &str = r#"
ip link set lo up || exit 70
"$IPFS" daemon --offline >daemon.log 2>&1 &
daemon=$!
tries=0
until [ -s "$IPFS_PATH/api" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 200 ] || ! kill -0 $daemon; then cat daemon.log; exit 71; fi
  sleep 0.05
done
port=$(sed 's#.*/tcp/##' "$IPFS_PATH/api")
cd "$CLIENT"
RPC_URL=http://127.0.0.1:$port node --test --test-concurrency=1 --test-timeout=120000 \
  --test-force-exit --test-reporter=tap test/
status=$?
kill -INT $daemon
wait $daemon
exit $status
"#;

/// The library and its tests in a folder that later runs find again; `None`, with a line that says
/// so, where it can't be had.
fn installed() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/clients");
    let source = source.join("kubo-rpc-client");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kubo-rpc-client");
    let copy = |name: &str| {
        let done = Command::new("cp").arg("-r").arg(source.join(name)).arg(&cache).status();
        assert!(done.unwrap().success(), "cannot copy {name}");
    };
    let lock = std::fs::read(source.join("package-lock.json")).unwrap();
    let there = std::fs::read(cache.join("installed-lock.json")).unwrap_or_default();
    if there != lock {
        let _ = std::fs::remove_dir_all(&cache);
        std::fs::create_dir_all(&cache).unwrap();
        copy("package.json");
        copy("package-lock.json");
        let npm = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&cache)
            .output();
        if !npm.as_ref().is_ok_and(|output| output.status.success()) {
            let why = npm.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
            println!("skipped: npm can't install kubo-rpc-client: {why:?}");
            return None;
        }
        std::fs::write(cache.join("installed-lock.json"), lock).unwrap();
    }
    let _ = std::fs::remove_dir_all(cache.join("test"));
    copy("package.json");
    copy("test");
    Some(cache)
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

fn count(text: &str, what: &str) -> u32 {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("# {what} ")));
    line.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn kubo_rpc_client() {
    let (Some(mut command), Some(client)) = (namespace(), installed()) else { return };
    let home = Home::empty();
    home.ok("init --profile=test");
    let run = command
        .arg(SCRIPT)
        .current_dir(home.path())
        .env("IPFS", env!("CARGO_BIN_EXE_ipfs"))
        .env("IPFS_PATH", home.repo())
        .env("CLIENT", client)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&run.stdout);
    let failures: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("not ok") || line.trim_start().starts_with("error:"))
        .collect();
    assert!(run.status.success(), "{}: {failures:#?}\n{text:.3000}", run.status);
    assert_eq!(count(&text, "fail"), 0);
    assert!(count(&text, "pass") >= TESTS_MIN, "only {} tests ran", count(&text, "pass"));
}
