//! A short run of every target.

use std::time::Duration;

#[test]
fn decoders_stand_changed_samples() {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/vectors");
    let samples = ipfs_fuzz::samples(vectors.as_ref());
    assert!(samples.len() > 500, "{} samples", samples.len());
    let mut findings = Vec::new();
    for target in ipfs_fuzz::TARGETS {
        match ipfs_fuzz::run(target, &samples, 1, Duration::from_millis(500)) {
            Ok(inputs) => assert!(inputs > 0, "{}", target.name),
            Err(finding) => findings.push(finding.to_string()),
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
