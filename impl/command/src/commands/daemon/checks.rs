//! Spec: spec/command/daemon.md
//!
//! Settings with which a daemon does not start.

use crate::commands::daemon::provide_strategy;
use crate::duration;
use crate::error::{Error, Kind, Result};
use crate::request::Request;
use ipfs_data::ipns_record::LIFETIME_NS_DEFAULT;
use ipfs_repo::Repo;
use ipfs_repo::config::Config;
use ipfs_repo::config::profile::AUTO_CONF_URL;

const DOCS: &str = "Documentation: https://github.com/ipfs/kubo/blob/master/docs";
/// How often names are published again: bounds and default, in nanoseconds.
const REPUBLISH_NS_MIN: i64 = 60_000_000_000;
const REPUBLISH_NS_MAX: i64 = 24 * 3600 * 1_000_000_000;
const REPUBLISH_NS_DEFAULT: i64 = 4 * 3600 * 1_000_000_000;
const ROUTINGS: [&str; 9] = [
    "default",
    "auto",
    "autoclient",
    "dht",
    "dhtclient",
    "dhtserver",
    "delegated",
    "none",
    "custom",
];

/// Options that are for nobody any more, or for later.
// spec: daemon.mount
// spec: daemon.unrestricted-api
pub(super) fn options(request: &Request) -> Result<()> {
    if request.bool("unrestricted-api") {
        return Err(Error::client(
            "--unrestricted-api is not supported: every page that the RPC served could then call \
             the RPC; read content from the gateway",
        ));
    }
    if request.bool("mount") {
        if request.offline() {
            return Err(Error::client("mount is not currently supported in offline mode"));
        }
        return Err(Error::with_kind(Kind::NotImplemented, "not implemented"));
    }
    Ok(())
}

/// Checks the configuration and the environment as the reference does at its start; returns the
/// kind of routing.
// spec: daemon.config-checks
pub(super) fn settings(request: &Request, repo: &Repo) -> Result<String> {
    let config = repo.config();
    let routing = routing(request, &config)?;
    if is_private(repo) && matches!(routing.as_str(), "autoclient") {
        return Err(Error::new(
            "private network does not work with Routing.Type=auto. Update your config to \
             Routing.Type=dht (or none, and do manual peering)",
        ));
    }
    removed(&config)?;
    provide(&config, &routing)?;
    names(&config)?;
    for (name, text) in [
        (
            "IPFS_REUSEPORT",
            "support for IPFS_REUSEPORT was removed. Use LIBP2P_TCP_REUSEPORT instead",
        ),
        (
            "LIBP2P_MUX_PREFS",
            "configuring muxers with LIBP2P_MUX_PREFS is no longer supported, use \
             Swarm.Transports.Multiplexers",
        ),
    ] {
        if std::env::var(name).is_ok_and(|value| !value.is_empty()) {
            return Err(Error::new(text));
        }
    }
    Ok(routing)
}

fn is_private(repo: &Repo) -> bool {
    repo.layout().directory().join("swarm.key").exists()
        || std::env::var("LIBP2P_FORCE_PNET").is_ok_and(|value| value == "1")
}

/// With automatic configuration off its placeholder means nothing; from the public network it is
/// nothing for a private one.
pub(super) fn automatic(repo: &Repo) -> Result<()> {
    let config = repo.config();
    let enabled = config.flag("AutoConf.Enabled").unwrap_or(true);
    let url = config.text("AutoConf.URL").unwrap_or(AUTO_CONF_URL);
    if enabled && url == AUTO_CONF_URL && is_private(repo) {
        return Err(Error::new(format!(
            "AutoConf cannot use the default mainnet URL ({url}) on a private network (swarm.key \
             or LIBP2P_FORCE_PNET detected). Either disable AutoConf by setting \
             AutoConf.Enabled=false, or configure AutoConf.URL to point to a configuration service \
             specific to your private swarm"
        )));
    }
    if !enabled && config.texts("Bootstrap") == ["auto"] {
        return Err(Error::new(
            "no usable bootstrap peers: AutoConf is disabled (AutoConf.Enabled=false) but 'auto' \
             placeholder is used in Bootstrap config. Either set AutoConf.Enabled=true to enable \
             automatic configuration, or replace 'auto' with specific Bootstrap peer addresses",
        ));
    }
    Ok(())
}

// spec: daemon.routing
fn routing(request: &Request, config: &Config) -> Result<String> {
    let mut routing = request.str("routing").unwrap_or_default();
    if matches!(routing, "" | "default") {
        routing = config.text("Routing.Type").filter(|text| !text.is_empty()).unwrap_or("auto");
    }
    if routing == "supernode" {
        return Err(Error::new(
            "supernode routing was never fully implemented and has been removed",
        ));
    }
    if !ROUTINGS.contains(&routing) {
        return Err(Error::new(format!("unrecognized routing option: {routing}")));
    }
    if routing == "custom" && config.flag("Routing.AcceleratedDHTClient").unwrap_or(false) {
        return Err(Error::new(
            "Routing.AcceleratedDHTClient option is set even tho Routing.Type is custom, using \
             custom .AcceleratedDHTClient needs to be set on DHT routers individually",
        ));
    }
    Ok(routing.to_owned())
}

fn removed(config: &Config) -> Result<()> {
    let any = |keys: &[&str]| keys.iter().any(|key| config.value(key).is_some());
    if any(&["Provider.Enabled", "Provider.Strategy", "Provider.WorkerCount"]) {
        return Err(Error::new(format!(
            "deprecated configuration detected. Manually migrate 'Provider' fields to 'Provide' \
             and remove 'Provider' from your config. {DOCS}/config.md#provide"
        )));
    }
    if any(&["Reprovider.Interval", "Reprovider.Strategy"]) {
        return Err(Error::new(format!(
            "deprecated configuration detected. Manually migrate 'Reprovider' fields to 'Provide': \
             Reprovider.Strategy -> Provide.Strategy, Reprovider.Interval -> Provide.DHT.Interval. \
             Remove 'Reprovider' from your config. {DOCS}/config.md#provide"
        )));
    }
    if config.text("Provide.Strategy") == Some("flat") {
        return Err(Error::new(format!(
            "Provide.Strategy='flat' is no longer supported. Use 'all' instead. \
             {DOCS}/config.md#providestrategy"
        )));
    }
    provide_strategy::check(config.text("Provide.Strategy").unwrap_or_default())?;
    if config.flag("Experimental.StrategicProviding").unwrap_or(false) {
        return Err(Error::new(format!(
            "Experimental.StrategicProviding was removed. Remove it from your config. \
             {DOCS}/experimental-features.md#strategic-providing"
        )));
    }
    Ok(())
}

/// Records that end before they are published again would leave names without one.
fn names(config: &Config) -> Result<()> {
    let wrong = |text: String| {
        Err(Error::new(format!("constructing the node (see log for full detail): {text}")))
    };
    let read = |key: &str| match config.text(&format!("Ipns.{key}")).filter(|text| !text.is_empty())
    {
        None => Ok(None),
        Some(text) => duration::parse(text).map(Some).map_err(|error| {
            let key = format!("failure to parse config setting IPNS.{key}");
            wrong(format!("{key}: {error}")).unwrap_err()
        }),
    };
    let period = read("RepublishPeriod")?;
    if let Some(period) = period
        && !(REPUBLISH_NS_MIN..=REPUBLISH_NS_MAX).contains(&period)
    {
        return wrong(format!(
            "config setting IPNS.RepublishPeriod is not between 1min and 1day: {}",
            duration::format(period)
        ));
    }
    let period = period.unwrap_or(REPUBLISH_NS_DEFAULT);
    let lifetime = read("RecordLifetime")?.filter(|&set| set != 0).unwrap_or(LIFETIME_NS_DEFAULT);
    if lifetime < period {
        return wrong(format!(
            "config setting IPNS.RecordLifetime ({}) must be >= IPNS.RepublishPeriod ({}), \
             otherwise records expire before they are republished",
            duration::format(lifetime),
            duration::format(period)
        ));
    }
    Ok(())
}

fn provide(config: &Config, routing: &str) -> Result<()> {
    let sweep = config.flag("Provide.DHT.SweepEnabled").unwrap_or(true);
    if sweep && config.integer("Provide.DHT.MaxWorkers") == Some(0) {
        return Err(Error::new(format!(
            "invalid configuration: Provide.DHT.MaxWorkers cannot be 0 when \
             Provide.DHT.SweepEnabled=true. Set Provide.DHT.MaxWorkers to a positive value (e.g., \
             16) to control resource usage. {DOCS}/config.md#providedhtmaxworkers"
        )));
    }
    if routing == "delegated" && config.flag("Provide.Enabled").unwrap_or(true) {
        return Err(Error::new(
            "Routing.Type=delegated does not support content providing. Set Provide.Enabled=false \
             in your config",
        ));
    }
    Ok(())
}
