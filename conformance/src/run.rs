//! Runs suites against a subject, two cases at a time.

use crate::case::{Check, HttpCase, Stop, Suite, failed, text};
use crate::expect::Expectations;
use crate::gateway::Gateway;
use crate::http::Server;
use crate::migrations::Programs;
use crate::null;
use crate::sandbox::Sandbox;
use crate::wire::{self, Wire};
use serde_json::Value;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Cases that run at the same time.
const WORKERS: usize = 2;

/// The same on a peer that does nothing: cases wait there and do no more.
const NULL_WORKERS: usize = 32;

/// Migration programs of the null subject.
const NULL_STEPS: u32 = 18;

/// What is under test.
#[derive(Debug, Clone)]
pub enum Subject {
    /// An `ipfs`-like program.
    Binary(PathBuf),
    /// A repo that nobody has open. It is only read.
    Repo(PathBuf),
    /// An RPC address.
    Rpc(Server),
    /// A gateway.
    Gateway(Box<Gateway>),
    /// A peer.
    Peer(Box<Wire>),
    /// Migration programs.
    Migrations(Programs),
}

/// The verdict on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As required.
    Pass,
    /// Not as required.
    Fail(String),
    /// The subject says that it lacks this.
    NotImplemented,
    /// The subject was not set up for this case: what is missing.
    Skipped(String),
    /// Not as required, as known: the reason.
    Known(String),
    /// As required, though a failure is expected: the reason.
    UnexpectedPass(String),
}

/// A case and its verdict.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `<chapter>/<section>`
    pub suite: &'static str,
    /// Name of the case.
    pub name: String,
    /// IDs of the requirements that it shows.
    pub reqs: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// Whether the run as a whole fails by this.
    pub fn is_bad(&self) -> bool {
        matches!(self.verdict, Verdict::Fail(_) | Verdict::UnexpectedPass(_))
    }
}

/// A piece of work for a worker: one case, or all vectors of a file.
struct Job<'a> {
    suite: &'static str,
    work: Box<dyn Fn() -> Vec<Trial> + Send + Sync + 'a>,
}

/// Name, requirements, outcome, time.
type Trial = (String, Vec<String>, Check, Duration);

/// Runs the suites whose name begins with `filter`.
pub fn run(
    subject: &Subject,
    suites: &[Suite],
    filter: &str,
    known: &Expectations,
) -> Vec<Outcome> {
    let mut jobs = Vec::new();
    for suite in suites.iter().filter(|suite| suite.name.starts_with(filter)) {
        collect(subject, *suite, &mut jobs);
    }
    // A node behind an RPC is one and the same for all cases: they take turns.
    // So do cases on a peer, of which some measure time and memory.
    let workers = match subject {
        Subject::Peer(peer) if peer.is_null() => NULL_WORKERS,
        Subject::Rpc(_) | Subject::Peer(_) => 1,
        _ => WORKERS,
    };
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let trials = (job.work)();
                    let outcomes = trials.into_iter().map(|trial| judge(job.suite, trial, known));
                    done.lock().expect("no worker panics").extend(outcomes);
                }
            });
        }
    });
    let mut outcomes = done.into_inner().expect("no worker panics");
    outcomes.sort_by(|a, b| (a.suite, &a.name).cmp(&(b.suite, &b.name)));
    outcomes
}

fn judge(suite: &'static str, trial: Trial, known: &Expectations) -> Outcome {
    let (name, reqs, check, took) = trial;
    let case = format!("{suite}: {name}");
    let reason = known.reason(&case).map(str::to_owned);
    let verdict = match (check, reason) {
        (Err(Stop::Unprepared(what)), _) => Verdict::Skipped(what),
        (Ok(()), Some(reason)) if !known.may_pass(&case) => Verdict::UnexpectedPass(reason),
        (Ok(()), _) => Verdict::Pass,
        (Err(_), Some(reason)) => Verdict::Known(reason),
        (Err(Stop::NotImplemented), None) => Verdict::NotImplemented,
        (Err(Stop::Failed(why)), None) => Verdict::Fail(why),
    };
    Outcome { suite, name, reqs, verdict, took }
}

fn collect<'a>(subject: &'a Subject, suite: Suite, jobs: &mut Vec<Job<'a>>) {
    let mut add = |work: Box<dyn Fn() -> Vec<Trial> + Send + Sync + 'a>| {
        jobs.push(Job { suite: suite.name, work });
    };
    if let Subject::Binary(binary) = subject {
        for case in suite.cases {
            add(Box::new(move || {
                let attempt = || (case.run)(&sandbox(binary)?);
                vec![trial(case.name, case.reqs, attempt)]
            }));
        }
        for vectors in suite.vectors {
            add(Box::new(move || vector_trials(binary, vectors)));
        }
    }
    if let Subject::Rpc(server) = subject {
        for case in suite.rpc {
            add(Box::new(move || vec![http_trial(server, case)]));
        }
    }
    if let Subject::Gateway(gateway) = subject {
        for case in suite.gateway.iter().copied().flatten() {
            add(Box::new(move || vec![trial(case.name, case.reqs, || (case.run)(gateway))]));
        }
    }
    if let Subject::Peer(peer) = subject {
        for case in suite.wire.iter().copied().flatten() {
            add(Box::new(move || vec![trial(case.name, case.reqs, || (case.run)(peer))]));
        }
    }
    if let Subject::Migrations(programs) = subject {
        for case in suite.migrations {
            add(Box::new(move || vec![trial(case.name, case.reqs, || (case.run)(programs))]));
        }
    }
    if !matches!(subject, Subject::Repo(_) | Subject::Binary(_)) {
        return;
    }
    for case in suite.repo {
        add(Box::new(move || {
            let attempt = || match subject {
                Subject::Repo(repo) => (case.run)(repo),
                Subject::Binary(binary) => {
                    let sandbox = sandbox(binary)?;
                    fill(&sandbox)?;
                    (case.run)(&sandbox.repo())
                }
                _ => failed("no repo to look at"),
            };
            vec![trial(case.name, case.reqs, attempt)]
        }));
    }
}

fn http_trial(server: &Server, case: &HttpCase) -> Trial {
    trial(case.name, case.reqs, || (case.run)(server))
}

fn sandbox(binary: &Path) -> Check<Sandbox> {
    Sandbox::new(binary).or_else(|error| failed(format!("no temporary folder: {error}")))
}

/// Makes the repo that repo cases look at when the subject is a binary.
fn fill(sandbox: &Sandbox) -> Check {
    sandbox.init()?;
    let bytes: Vec<u8> = (0..600_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
    sandbox.write("dir/big", bytes)?;
    sandbox.write("dir/small", "small")?;
    sandbox.ok(&["add", "-Q", "-r", "dir"])?;
    sandbox.ok(&["add", "-q", "--cid-version=1", "--pin-name=named", "dir/small"])?;
    sandbox.ok(&["files", "mkdir", "/folder"])?;
    sandbox.ok(&["key", "gen", "extra"])?;
    Ok(())
}

fn trial(name: &str, reqs: &[&str], attempt: impl FnOnce() -> Check) -> Trial {
    let start = Instant::now();
    let check = catch_unwind(AssertUnwindSafe(attempt))
        .unwrap_or_else(|_| failed("the case itself panicked: see above"));
    let reqs = reqs.iter().map(|&id| id.to_owned()).collect();
    (name.to_owned(), reqs, check, start.elapsed())
}

fn vector_trials(binary: &Path, vectors: &crate::case::Vectors) -> Vec<Trial> {
    let all: Vec<Value> = match serde_json::from_str(vectors.text) {
        Ok(all) => all,
        Err(error) => {
            let check = failed(format!("no list of vectors: {error}"));
            return vec![(vectors.file.to_owned(), Vec::new(), check, Duration::ZERO)];
        }
    };
    let ready = sandbox(binary).and_then(|sandbox| sandbox.init().map(|()| sandbox));
    let file = vectors.file.rsplit('/').next().unwrap_or(vectors.file);
    let mut trials = Vec::new();
    for (number, vector) in all.iter().enumerate().filter(|(_, one)| (vectors.observable)(one)) {
        let name = format!("{file} {number}: {}", text(vector, "name"));
        let attempt = || match &ready {
            Ok(sandbox) => (vectors.run)(sandbox, vector),
            Err(stop) => Err(stop.clone()),
        };
        trials.push(trial(&name, &[text(vector, "req")], attempt));
    }
    trials
}

/// The suites that had cases for the subject, of which none was tried: nothing is known about them.
pub fn untried(outcomes: &[Outcome]) -> Vec<&'static str> {
    let tried = |outcome: &&Outcome| !matches!(outcome.verdict, Verdict::Skipped(_));
    let all: BTreeSet<&str> = outcomes.iter().map(|outcome| outcome.suite).collect();
    let done: BTreeSet<&str> = outcomes.iter().filter(tried).map(|found| found.suite).collect();
    all.difference(&done).copied().collect()
}

/// Makes the null subjects - programs that print nothing or `null` and succeed, servers that give
/// everyone the same answer, an empty folder - and gives the cases that pass on them: each of those
/// is a mistake.
pub fn self_test(suites: &[Suite], filter: &str) -> std::io::Result<Vec<Outcome>> {
    let folder = tempfile::tempdir()?;
    let mut passed = Vec::new();
    for (name, script) in [("silent", "#!/bin/sh\n"), ("null", "#!/bin/sh\necho null\n")] {
        let path = folder.path().join(name);
        std::fs::write(&path, script)?;
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, executable)?;
        let outcomes = run(&Subject::Binary(path), suites, filter, &Expectations::default());
        passed.extend(outcomes.into_iter().filter(|outcome| outcome.verdict == Verdict::Pass));
    }
    for answer in null::ANSWERS {
        let server = null::serve(answer)?;
        let gateway = Gateway::claiming(server.clone(), &folder.path().join("null.deny"));
        for subject in [Subject::Rpc(server), Subject::Gateway(Box::new(gateway))] {
            let outcomes = run(&subject, suites, filter, &Expectations::default());
            passed.extend(outcomes.into_iter().filter(|outcome| outcome.verdict == Verdict::Pass));
        }
    }
    for peer in wire::nulls()? {
        let subject = Subject::Peer(Box::new(peer));
        let outcomes = run(&subject, suites, filter, &Expectations::default());
        passed.extend(outcomes.into_iter().filter(|outcome| outcome.verdict == Verdict::Pass));
    }
    for from in 0..NULL_STEPS {
        let name = format!("fs-repo-{from}-to-{}", from + 1);
        std::fs::hard_link(folder.path().join("silent"), folder.path().join(name))?;
    }
    let subject = Subject::Migrations(Programs::new(folder.path()));
    let outcomes = run(&subject, suites, filter, &Expectations::default());
    passed.extend(outcomes.into_iter().filter(|outcome| outcome.verdict == Verdict::Pass));
    let empty = tempfile::tempdir()?;
    let subject = Subject::Repo(empty.path().to_owned());
    let outcomes = run(&subject, suites, filter, &Expectations::default());
    passed.extend(outcomes.into_iter().filter(|outcome| outcome.verdict == Verdict::Pass));
    Ok(passed)
}
