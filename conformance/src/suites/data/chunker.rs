//! Cases of `spec/data/chunker.md`.

use crate::case::{Case, Check, Suite, failed};
use crate::sandbox::Sandbox;
use sha2::{Digest, Sha256};

pub(crate) const SUITE: Suite = Suite {
    name: "data/chunker",
    cases: &[
        Case {
            name: "size-N cuts every N bytes",
            reqs: &["chunker.size"],
            run: |sandbox| {
                let sizes = chunk_sizes(sandbox, "size-100000", 250_000)?;
                expect(&sizes, &[100_000, 100_000, 50_000])
            },
        },
        Case {
            name: "rabin keeps to its bounds and to the reference's cuts",
            reqs: &["chunker.rabin"],
            run: |sandbox| {
                let sizes = chunk_sizes(sandbox, "rabin-1024-4096-8192", 60_000)?;
                expect(&sizes, RABIN)
            },
        },
        Case {
            name: "buzhash keeps to its bounds and to the reference's cuts",
            reqs: &["chunker.buzhash"],
            run: |sandbox| {
                let sizes = chunk_sizes(sandbox, "buzhash", 1_500_000)?;
                expect(&sizes, BUZHASH)
            },
        },
        Case {
            name: "chunks over the limit and unknown chunkers are refused",
            reqs: &["chunker.limit", "chunker.error-texts"],
            run: |sandbox| {
                sandbox.init()?;
                let file = sandbox.write("file", "x")?;
                sandbox.ok(&["add", "-q", "-s", "size-2096896", &file])?;
                for (name, message) in REFUSED {
                    sandbox.fails(&["add", "-q", "-s", name, &file], message)?;
                }
                Ok(())
            },
        },
    ],
    ..Suite::EMPTY
};

/// Sizes of the chunks that the reference makes of the same bytes.
const RABIN: &[u64] = &[
    1763, 5271, 6522, 1079, 4323, 2060, 1926, 3590, 2185, 2583, 1656, 8192, 8192, 6626, 1309, 2723,
];
const BUZHASH: &[u64] = &[282_068, 247_578, 524_288, 377_435, 68_631];
const REFUSED: [(&str, &str); 4] = [
    ("size-2096897", "chunker parameters may not exceed the maximum chunk size of 2096896"),
    ("size-0", "chunker size must be greater than 0"),
    ("rabin-1-2", "incorrect format (expected 'rabin' 'rabin-[avg]' or 'rabin-[min]-[avg]-[max]'"),
    ("wat", "unrecognized chunker option: wat"),
];

/// Adds bytes that do not repeat; gives the sizes of the leaves in order.
fn chunk_sizes(sandbox: &Sandbox, chunker: &str, size: usize) -> Check<Vec<u64>> {
    sandbox.init()?;
    let mut data = Vec::new();
    let mut block: [u8; 32] = Sha256::digest(b"chunker").into();
    while data.len() < size {
        data.extend(block);
        block = Sha256::digest(block).into();
    }
    data.truncate(size);
    let file = sandbox.write("file", data)?;
    let cid = sandbox.ok(&["add", "-q", "--raw-leaves", "-s", chunker, &file])?;
    let links = sandbox.ok(&["refs", &cid])?;
    links.lines().map(|leaf| leaf_size(sandbox, leaf)).collect()
}

fn leaf_size(sandbox: &Sandbox, leaf: &str) -> Check<u64> {
    Ok(sandbox.bytes_with(&["block", "get", leaf], b"")?.stdout.len() as u64)
}

fn expect(got: &[u64], wanted: &[u64]) -> Check {
    if got == wanted {
        return Ok(());
    }
    failed(format!("chunks of {got:?} bytes, wanted {wanted:?}"))
}
