//! What the configuration changes: a daemon of its own for each case.

use crate::case::{Case, Suite, failed, same};
use crate::daemon::Daemon;
use crate::http::Request;

pub(crate) const SUITE: Suite =
    Suite { name: "gateway/path-gateway", cases: CASES, ..Suite::EMPTY };

/// More than the buffers between two processes hold, in bytes.
const BIG_BYTES: usize = 64 << 20;

const CASES: &[Case] = &[Case {
    name: "Gateway.MaxConcurrentRequests: who comes in addition shall come again",
    reqs: &["path-gateway.too-many-requests"],
    run: |sandbox| {
        sandbox.init()?;
        let big = sandbox.ok_with(&["add", "-Q", "--cid-version=1"], &vec![7; BIG_BYTES])?;
        let small = sandbox.ok_with(&["add", "-Q", "--cid-version=1"], b"small")?;
        let (big, small) = (format!("/ipfs/{}", big.trim()), format!("/ipfs/{}", small.trim()));
        let one = [("Gateway.MaxConcurrentRequests", "1")];
        let daemon = Daemon::start_with(sandbox, &one, &["--offline"])?;
        daemon.gateway.get(&small)?.expect(200)?;
        // Whoever does not take its answer holds the only place.
        let mut held = daemon.gateway.connect()?;
        held.write(&Request::new("GET", &big).head(&daemon.gateway))?;
        let mut answer = held.answer_head()?;
        same("the status of the first", &answer.status, &200)?;
        let refused = daemon.gateway.get(&small)?.expect(429)?;
        let refused = refused.expect_header("retry-after", "60")?;
        let refused = refused.expect_header("cache-control", "no-store")?;
        if !refused.text().contains("Too many requests") {
            return failed(format!("the text is {:?}", refused.text()));
        }
        held.body(&mut answer);
        same("the bytes of the first", &answer.body.len(), &BIG_BYTES)?;
        // The place may come free a moment after the last byte.
        for _ in 0..100 {
            if daemon.gateway.get(&small)?.status == 200 {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        failed("the place stays taken")
    },
}];
