//! Cases of `spec/repo/lock.md`.

use crate::case::{Case, Suite, failed, same};
use std::process::Command;

pub(crate) const SUITE: Suite = Suite {
    name: "repo/lock",
    cases: &[Case {
        name: "a record lock on repo.lock keeps others out, whoever holds it",
        reqs: &["lock.record-lock", "lock.held-text"],
        run: |sandbox| {
            sandbox.init()?;
            let lock = sandbox.repo().join("repo.lock");
            // An independent holder: Python's lockf is fcntl's record lock.
            let script = "import fcntl, sys\nf = open(sys.argv[1], 'a')\n\
                          fcntl.lockf(f, fcntl.LOCK_EX)\nprint('held', flush=True)\n\
                          sys.stdin.read()\n";
            let holder = Command::new("python3")
                .args(["-c", script])
                .arg(&lock)
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .spawn();
            let mut holder = match holder {
                Ok(holder) => holder,
                Err(error) => return failed(format!("this case needs python3: {error}")),
            };
            let mut first = [0; 5];
            if let Some(stdout) = &mut holder.stdout {
                let _ = std::io::Read::read_exact(stdout, &mut first);
            }
            let refused = sandbox.fails(&["pin", "ls"], "repo.lock");
            drop(holder.stdin.take());
            let _ = holder.wait();
            same("holder", &&first, &b"held\n")?;
            refused?;
            sandbox.ok(&["pin", "ls"]).map(|_| ())
        },
    }],
    ..Suite::EMPTY
};
