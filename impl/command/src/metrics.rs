//! Spec: spec/command/metrics.md
//!
//! Numbers that a daemon keeps about itself, in the text format of Prometheus.

mod process;
mod served;

pub use served::{Served, Server};

use ipfs_repo::datastore::Counts;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};
use std::fmt::Write;

/// The media type of the text format.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

/// Bounds of durations, in seconds; the reference's.
const DURATIONS_S: [f64; 15] =
    [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0];

/// Bounds of short durations, in seconds.
const LATENCIES_S: [f64; 8] = [0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0];

/// Bounds of sizes, in bytes.
const SIZES: [f64; 8] = [256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262_144.0, 1_048_576.0, 1.6e7];

/// The numbers of one daemon.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    request_sizes: HistogramVec,
    response_sizes: HistogramVec,
    gateway: GatewayMetrics,
}

/// Those of its gateway.
struct GatewayMetrics {
    running: IntGauge,
    responses: IntCounterVec,
    types: IntCounterVec,
    durations: HistogramVec,
    car_durations: HistogramVec,
    block_durations: HistogramVec,
}

impl Metrics {
    /// All at zero.
    ///
    /// # Errors
    /// Never, unless two have the same name.
    // spec: metrics.names
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        registry.register(Box::new(info()?))?;
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(counters)
        };
        let histograms = |name: &str, help: &str, label: &str, bounds: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
            let histograms = HistogramVec::new(options, &[label])?;
            registry.register(Box::new(histograms.clone()))?;
            Ok::<_, prometheus::Error>(histograms)
        };
        let gateway_time = |name: &str, help: &str| {
            histograms(&format!("ipfs_http_gw_{name}_seconds"), help, "gateway", &DURATIONS_S)
        };
        let running = IntGauge::new(
            "ipfs_http_gw_concurrent_requests",
            "Number of HTTP requests currently being processed by the gateway.",
        )?;
        registry.register(Box::new(running.clone()))?;
        let gateway = GatewayMetrics {
            running,
            responses: counters(
                "ipfs_http_gw_responses_total",
                "Number of HTTP responses of the gateway by status.",
                &["code"],
            )?,
            types: counters(
                "ipfs_http_gw_request_types",
                "Number of requests by the format that was asked for.",
                &["gateway", "type"],
            )?,
            durations: gateway_time("get_duration", "Time of successful GET requests.")?,
            car_durations: gateway_time("car_stream_get_duration", "Time to send a CAR stream.")?,
            block_durations: gateway_time("raw_block_get_duration", "Time to send a block.")?,
        };
        Ok(Self {
            requests: counters(
                "ipfs_http_requests_total",
                "Total number of HTTP requests made.",
                &["code", "handler", "method"],
            )?,
            durations: histograms(
                "ipfs_http_request_duration_seconds",
                "The HTTP request latencies in seconds.",
                "handler",
                &LATENCIES_S,
            )?,
            request_sizes: histograms(
                "ipfs_http_request_size_bytes",
                "The HTTP request sizes in bytes.",
                "handler",
                &SIZES,
            )?,
            response_sizes: histograms(
                "ipfs_http_response_size_bytes",
                "The HTTP response sizes in bytes.",
                "handler",
                &SIZES,
            )?,
            gateway,
            registry,
        })
    }

    /// The text that Prometheus reads.
    // spec: metrics.text
    pub fn text(&self, datastore: Option<Counts>) -> String {
        let mut out = String::new();
        // Writing to memory doesn't fail; a family without numbers is left out by the gathering.
        let _ = TextEncoder::new().encode_utf8(&self.registry.gather(), &mut out);
        if let Some(counts) = datastore {
            write_datastore(&counts, &mut out);
        }
        process::write(&mut out);
        out
    }
}

/// Who this is; always one.
fn info() -> prometheus::Result<IntGauge> {
    let options = Opts::new("ipfs_info", "Kubo IPFS version information.")
        .const_label("commit", "")
        .const_label("version", crate::rpc::AGENT.trim_start_matches("kubo/"));
    let info = IntGauge::with_opts(options)?;
    info.set(1);
    Ok(info)
}

// spec: metrics.datastore
fn write_datastore(counts: &Counts, out: &mut String) {
    for (name, call, count) in [
        ("delete", "Delete", counts.delete),
        ("get", "Get", counts.get),
        ("getsize", "GetSize", counts.size),
        ("has", "Has", counts.has),
        ("put", "Put", counts.put),
        ("query", "Query", counts.query),
    ] {
        let name = format!("ipfs_fsrepo_datastore_{name}_total");
        let help = format!("Total number of Datastore.{call} calls");
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {count}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// spec: metrics.text, metrics.names, metrics.datastore
    #[test]
    fn text() {
        let text = Metrics::new().unwrap().text(Some(Counts { get: 3, ..Counts::default() }));
        assert!(text.contains("\nipfs_fsrepo_datastore_get_total 3\n"));
        assert!(text.contains("ipfs_info{commit=\"\",version=\""));
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok() && !name.is_empty(), "{line}");
        }
    }
}
