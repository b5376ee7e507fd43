//! Spec: spec/command/repo-commands.md
//!
//! `ipfs stats bw`

use crate::human;
use crate::prelude::*;
use std::time::{Duration, Instant};

/// What was sent and received, in bytes and bytes a second.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Bandwidth {
    /// Received so far.
    pub total_in: i64,
    /// Sent so far.
    pub total_out: i64,
    /// Received in the last second.
    pub rate_in: f64,
    /// Sent in the last second.
    pub rate_out: f64,
}

impl Output for Bandwidth {
    const NAME: &'static str = "Stats";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        let size = |bytes: i64| human::bytes(bytes.max(0).unsigned_abs());
        writeln!(out, "Bandwidth")?;
        writeln!(out, "TotalIn: {}", size(self.total_in))?;
        writeln!(out, "TotalOut: {}", size(self.total_out))?;
        writeln!(out, "RateIn: {}/s", size(self.rate_in as i64))?;
        Ok(writeln!(out, "RateOut: {}/s", size(self.rate_out as i64))?)
    }
}

/// How often a pause looks whether the command was stopped, in milliseconds.
const LOOK_MS: u64 = 20;

// spec: repo-commands.bandwidth
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = crate::network::figures(env)?.swarm();
    if env.node()?.config().flag("Swarm.DisableBandwidthMetrics").unwrap_or(false) {
        return Err(Error::new("bandwidth reporter disabled in config"));
    }
    if request.is_given("peer") && request.is_given("proto") {
        return Err(Error::client("please only specify peer OR protocol"));
    }
    let peer = request.str("peer").map(crate::network::parse_peer).transpose()?;
    let protocol = request.str("proto");
    let interval = request.str("interval").unwrap_or("1s");
    let interval = crate::duration::wait(crate::duration::parse(interval).map_err(Error::new)?);
    loop {
        let totals = match (&peer, protocol) {
            (Some(peer), _) => swarm.bandwidth_of_peer(peer),
            (None, Some(protocol)) => swarm.bandwidth_of_protocol(protocol),
            (None, None) => swarm.bandwidth(),
        };
        emitter.emit(&Bandwidth {
            total_in: i64::try_from(totals.bytes_in).unwrap_or(i64::MAX),
            total_out: i64::try_from(totals.bytes_out).unwrap_or(i64::MAX),
            rate_in: totals.rate_in,
            rate_out: totals.rate_out,
        })?;
        if !request.bool("poll") {
            return Ok(());
        }
        let next = Instant::now() + interval.max(Duration::from_millis(LOOK_MS));
        while Instant::now() < next {
            request.cancel.check()?;
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
    }
}
