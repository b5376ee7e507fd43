//! The suites that know nothing of this implementation - shell scripts and conformance cases - on
//! the binary that was just built.

use ipfs_conformance::daemon::Daemon;
use ipfs_conformance::expect::Expectations;
use ipfs_conformance::gateway::{Adapter, Running};
use ipfs_conformance::report;
use ipfs_conformance::requirement::Requirements;
use ipfs_conformance::run::{self, Subject, Verdict};
use ipfs_conformance::sandbox::Sandbox;
use ipfs_conformance::suites::SUITES;
use ipfs_conformance::wire::{Carrier, Started};
use std::path::Path;
use std::process::{Command, Output};

const IPFS: &str = env!("CARGO_BIN_EXE_ipfs");
/// The suite whose cases start daemons.
const RPC: &str = "command/rpc";

/// Every check of `sharness/` passes.
#[test]
fn shell_suite() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sharness");
    let run = Command::new("bash").arg(folder.join("run")).env("IPFS_BIN", IPFS).output();
    let output = run.expect("bash is there");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.lines().filter(|line| line.starts_with("ok ")).count() >= 30, "{text}");
}

/// Every conformance case passes, and none says "not implemented".
#[test]
fn conformance_suites() {
    let subject = Subject::Binary(IPFS.into());
    let suites: Vec<_> = SUITES.iter().copied().filter(|suite| suite.name != RPC).collect();
    let outcomes = run::run(&subject, &suites, "", &Expectations::default());
    let missed = outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Pass).count();
    let text = report::terminal(&outcomes, &Requirements::read(), false);
    assert_eq!(missed, 0, "\n{text}{}", report::summary(&outcomes));
    assert!(outcomes.len() > 1000, "only {} cases", outcomes.len());
}

/// Every conformance case about gateways passes on the daemon. It runs in a network of its own, so
/// that nothing goes out and no port is taken.
#[test]
fn gateway_suites() {
    let Some(output) = in_own_network("gateway_suites_here") else {
        eprintln!("SKIPPED: gateway suites. No network namespace may be made here (unshare -n).");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{errors}");
}

/// What `gateway_suites` runs.
#[test]
#[ignore = "it starts a daemon: gateway_suites runs it in a network of its own"]
fn gateway_suites_here() {
    let running = Running::start(Path::new(IPFS), &Adapter::kubo()).expect("the gateway starts");
    let subject = Subject::Gateway(Box::new(running.gateway.clone()));
    let outcomes = run::run(&subject, SUITES, "gateway", &Expectations::default());
    let missed = outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Pass).count();
    let text = report::terminal(&outcomes, &Requirements::read(), false);
    assert_eq!(missed, 0, "\n{text}{}{}", report::summary(&outcomes), running.log());
    assert_eq!(run::untried(&outcomes), Vec::<&str>::new());
    assert!(outcomes.len() > 300, "only {} cases", outcomes.len());
}

/// Every case about the RPC passes on daemons, in a network of their own.
#[test]
fn rpc_suites() {
    let Some(output) = in_own_network("rpc_suites_here") else {
        eprintln!("SKIPPED: RPC suites. No network namespace may be made here (unshare -n).");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{errors}");
}

/// What `rpc_suites` runs.
#[test]
#[ignore = "it starts daemons: rpc_suites runs it in a network of its own"]
fn rpc_suites_here() {
    let sandbox = Sandbox::new(Path::new(IPFS)).expect("a temporary folder");
    let daemon = Daemon::start(&sandbox, &[]).expect("the daemon starts");
    for (subject, cases_min) in
        [(Subject::Rpc(daemon.rpc.clone()), 200), (Subject::Binary(IPFS.into()), 9)]
    {
        let outcomes = run::run(&subject, SUITES, RPC, &Expectations::default());
        let missed = outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Pass).count();
        let text = report::terminal(&outcomes, &Requirements::read(), false);
        assert_eq!(missed, 0, "\n{text}{}", report::summary(&outcomes));
        assert!(outcomes.len() >= cases_min, "only {} cases", outcomes.len());
    }
}

/// Every case about peers passes on the daemon, over TCP and over QUIC, in a network of their own.
#[test]
fn peer_suites() {
    let Some(output) = in_own_network("peer_suites_here") else {
        eprintln!("SKIPPED: peer suites. No network namespace may be made here (unshare -n).");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{errors}");
}

/// What `peer_suites` runs.
#[test]
#[ignore = "it starts daemons: peer_suites runs it in a network of its own"]
fn peer_suites_here() {
    for (carrier, passes_min) in [(Carrier::Tcp, 125), (Carrier::Quic, 120)] {
        let started = Started::start(Path::new(IPFS), carrier).expect("the daemon starts");
        let subject = Subject::Peer(Box::new(started.wire.clone()));
        let outcomes = run::run(&subject, SUITES, "", &Expectations::default());
        let passed = outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass).count();
        // Over QUIC there is no layer to negotiate: cases about that are skipped.
        let skipped = |outcome: &&run::Outcome| matches!(outcome.verdict, Verdict::Skipped(_));
        let skipped = outcomes.iter().filter(skipped).count();
        let text = report::terminal(&outcomes, &Requirements::read(), false);
        assert_eq!(passed + skipped, outcomes.len(), "\n{text}{}", report::summary(&outcomes));
        assert!(passed >= passes_min, "\n{text}{}", report::summary(&outcomes));
    }
}

/// Runs one ignored test of this program in a new network namespace with nothing but a loopback
/// interface. `None` where that is not permitted.
fn in_own_network(test: &str) -> Option<Output> {
    let up = "ip link set lo up 2>/dev/null || ifconfig lo up && exec \"$@\"";
    let me = std::env::current_exe().expect("a test knows its program");
    let flags = ["-n", "-rn"].into_iter().find(|flags| {
        let tried = Command::new("unshare").args([flags, "sh", "-c", up, "sh", "true"]).output();
        tried.is_ok_and(|output| output.status.success())
    })?;
    let mut command = Command::new("unshare");
    command.args([flags, "sh", "-c", up, "sh"]).arg(me);
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    Some(command.output().expect("unshare ran before"))
}

/// No case passes on a program that does nothing.
#[test]
fn null_subjects_pass_nothing() {
    let passed = run::self_test(SUITES, "").expect("a shell runs");
    let names: Vec<String> =
        passed.iter().map(|outcome| format!("{}: {}", outcome.suite, outcome.name)).collect();
    assert_eq!(names, Vec::<String>::new());
}
