//! Spec: spec/command/metrics.md
//!
//! What the system knows about this process, from `/proc`.

use std::fmt::Write;
use std::fs;

/// Ticks a second in which Linux tells times to programs, on all of its architectures of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// Appends the `process_*` metrics; none where there is no `/proc`.
// spec: metrics.process
pub(super) fn write(out: &mut String) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    // The name of the program stands in brackets and may hold spaces.
    let fields: Vec<f64> = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().map(|field| field.parse().unwrap_or(0.0)))
        .into_iter()
        .flatten()
        .collect();
    // Counted from the third field, the state.
    let field = |number: usize| fields.get(number - 3).copied();
    let cpu = field(14).zip(field(15)).map(|(user, system)| (user + system) / TICKS_PER_SECOND);
    let started = field(22).zip(boot_time()).map(|(ticks, boot)| boot + ticks / TICKS_PER_SECOND);
    let network = network();
    let gauge = "gauge";
    let metrics = [
        ("cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", cpu),
        (
            "max_fds",
            gauge,
            "Maximum number of open file descriptors.",
            limit(&limits, "open files"),
        ),
        (
            "network_receive_bytes_total",
            "counter",
            "Number of bytes received by the process over the network.",
            network.map(|(received, _)| received),
        ),
        (
            "network_transmit_bytes_total",
            "counter",
            "Number of bytes sent by the process over the network.",
            network.map(|(_, sent)| sent),
        ),
        ("open_fds", gauge, "Number of open file descriptors.", open_files()),
        ("resident_memory_bytes", gauge, "Resident memory size in bytes.", kib(&status, "VmRSS:")),
        (
            "start_time_seconds",
            gauge,
            "Start time of the process since unix epoch in seconds.",
            started,
        ),
        ("virtual_memory_bytes", gauge, "Virtual memory size in bytes.", kib(&status, "VmSize:")),
        (
            "virtual_memory_max_bytes",
            gauge,
            "Maximum amount of virtual memory available in bytes.",
            limit(&limits, "address space"),
        ),
    ];
    for (name, kind, help, value) in metrics {
        if let Some(value) = value {
            let name = format!("process_{name}");
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        }
    }
}

fn kib(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0)
}

/// A soft limit; the largest number if there is none.
fn limit(limits: &str, name: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max ")?.strip_prefix(name))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX as f64),
        number => number.parse().ok(),
    }
}

fn boot_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn open_files() -> Option<f64> {
    // One of them is the directory being read.
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
}

/// Bytes received and sent in this process's network namespace.
fn network() -> Option<(f64, f64)> {
    let text = fs::read_to_string("/proc/self/net/netstat").ok()?;
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("IpExt:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let value = |wanted: &str| {
        let at = names.split_whitespace().position(|name| name == wanted)?;
        values.split_whitespace().nth(at)?.parse().ok()
    };
    Some((value("InOctets")?, value("OutOctets")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// spec: metrics.process
    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_seen() {
        let mut out = String::new();
        write(&mut out);
        let value = |name: &str| -> f64 {
            let line = out.lines().find_map(|line| line.strip_prefix(&format!("process_{name} ")));
            line.unwrap_or_else(|| panic!("{name} in {out}")).parse().unwrap()
        };
        assert!(value("resident_memory_bytes") > 1e5);
        assert!(value("virtual_memory_max_bytes") >= value("virtual_memory_bytes"));
        assert!(value("open_fds") >= 3.0 && value("max_fds") >= value("open_fds"));
        // After 2020, not in the future.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let started = value("start_time_seconds");
        assert!(started > 1.577e9 && started <= now.as_secs_f64() + 1.0, "{started}");
        assert!(value("cpu_seconds_total") < 1e5);
    }
}
