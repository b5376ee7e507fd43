//! Spec: spec/command/daemon.md
//!
//! Collecting garbage from time to time (`--enable-gc`).

use crate::commands::repo::collect;
use crate::content::Content;
use crate::env::Env;
use crate::error::{Error, Result};
use ipfs_repo::config::parse_bytes;
use ipfs_repo::gc::Event;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Percent of `Datastore.StorageMax` from which on garbage is collected.
const WATERMARK_DEFAULT: u64 = 90;
const STORAGE_MAX_DEFAULT: &str = "10GB";
const PERIOD_DEFAULT: &str = "1h";

/// When to look, and from how many bytes on to collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    period: Duration,
    watermark: u64,
}

impl Plan {
    /// What the configuration says; none when the period is 0.
    ///
    /// # Errors
    /// When a setting can't be read.
    // spec: daemon.gc-settings
    pub(super) fn new(env: &Env) -> Result<Option<Self>> {
        let config = env.repo()?.config();
        let text = |key: &str, default| {
            let text = config.text(key).filter(|text| !text.is_empty());
            text.unwrap_or(default).to_owned()
        };
        let period = text("Datastore.GCPeriod", PERIOD_DEFAULT);
        let period = crate::duration::parse(&period).map_err(Error::new)?;
        let Ok(period) = u64::try_from(period) else { return Ok(None) };
        let max = text("Datastore.StorageMax", STORAGE_MAX_DEFAULT);
        let max = parse_bytes(&max).map_err(Error::new)?;
        let percent = config.integer("Datastore.StorageGCWatermark").unwrap_or(0);
        let percent = u64::try_from(percent).ok().filter(|&percent| percent > 0);
        let watermark = percent.unwrap_or(WATERMARK_DEFAULT);
        let watermark = (u128::from(max) * u128::from(watermark) / 100).min(u64::MAX.into());
        let plan = Self { period: Duration::from_nanos(period), watermark: watermark as u64 };
        Ok((period > 0).then_some(plan))
    }
}

/// Looks once each period, until the daemon stops.
// spec: daemon.gc
pub(super) async fn run(env: Arc<Env>, plan: Plan, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|&stop| stop) => return,
            () = tokio::time::sleep(plan.period) => {}
        }
        let (env, stop) = (env.clone(), stop.clone());
        let round = tokio::task::spawn_blocking(move || collect_if_full(&env, plan, &stop));
        match round.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("automatic collection: {}", error.message()),
            Err(error) => tracing::error!("automatic collection: {error}"),
        }
    }
}

fn collect_if_full(env: &Env, plan: Plan, stop: &watch::Receiver<bool>) -> Result<()> {
    if env.repo()?.disk_usage()? <= plan.watermark {
        return Ok(());
    }
    tracing::info!("watermark exceeded: collecting garbage");
    let content = Content::local(env)?;
    let result = collect(&content, &|| *stop.borrow(), &mut |event| {
        if let Event::Failed(error) = event {
            tracing::error!("automatic collection: {error}");
        }
    })?;
    match result {
        Ok(removed) => tracing::info!("collection done, {removed} blocks removed"),
        Err(error) if !*stop.borrow() => return Err(error.into()),
        Err(_) => {}
    }
    Ok(())
}
