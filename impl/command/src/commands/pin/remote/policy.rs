//! Spec: spec/command/pin-command.md
//!
//! A daemon keeps its tree of mutable files pinned at the services that are told to.

use super::service::{Filter, Service};
use super::{STATES, normalize, origins, services};
use crate::cid_base::CidEncoder;
use crate::duration;
use crate::env::Env;
use crate::error::Result;
use crate::request::Cancel;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often the tree is looked at, unless this variable says otherwise.
const POLL: Duration = Duration::from_secs(30);
const POLL_VARIABLE: &str = "MFS_PIN_POLL_INTERVAL";
/// Time between two pins at one service.
const REPIN_DEFAULT: Duration = Duration::from_secs(300);
/// Longest time for the questions to one service.
const SERVICE_TIME_MAX: Duration = Duration::from_secs(60);

/// What a service was told last.
struct Last {
    at: Instant,
    settings: Value,
    cid: String,
}

/// Looks now and then, until the daemon stops.
// spec: pin-command.remote-files
pub(crate) async fn run(env: Arc<Env>, mut stop: watch::Receiver<bool>) {
    let poll = std::env::var(POLL_VARIABLE).ok().filter(|text| !text.is_empty());
    let poll = poll.and_then(|text| match duration::parse(&text) {
        Ok(time) => Some(duration::wait(time).max(Duration::from_millis(1))),
        Err(error) => {
            tracing::error!(target: "remotepinning/mfs", "{POLL_VARIABLE}: {error}");
            None
        }
    });
    let poll = poll.unwrap_or(POLL);
    let gone = Arc::new(AtomicBool::new(false));
    let mut told = HashMap::new();
    loop {
        tokio::select! {
            _ = stop.wait_for(|&stop| stop) => break,
            () = tokio::time::sleep(poll) => {}
        }
        let (env, flag) = (env.clone(), gone.clone());
        let mut before = std::mem::take(&mut told);
        let mut looking = tokio::task::spawn_blocking(move || {
            if let Err(error) = look(&env, &flag, &mut before) {
                let error = error.message();
                tracing::error!(target: "remotepinning/mfs", "pinning the files: {error}");
            }
            before
        });
        tokio::select! {
            looked = &mut looking => told = looked.unwrap_or_default(),
            _ = stop.wait_for(|&stop| stop) => break,
        }
    }
    gone.store(true, Ordering::Relaxed);
}

fn look(env: &Env, gone: &Arc<AtomicBool>, told: &mut HashMap<String, Last>) -> Result<()> {
    let config = env.repo()?.config_tree()?;
    let services = services(&config);
    let wanted = |entry: &Value| entry["Policies"]["MFS"]["Enable"].as_bool() == Some(true);
    if !services.values().any(wanted) {
        return Ok(());
    }
    let root = CidEncoder::default().encode(&env.files()?.flush()?);
    for (name, entry) in services.iter().filter(|(_, entry)| wanted(entry)) {
        match is_due(entry, told.get(name), &root) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(error) => {
                tracing::error!(
                    target: "remotepinning/mfs",
                    "remote pinning service {name:?} has invalid MFS.RepinInterval ({error})"
                );
                continue;
            }
        }
        match pin(env, gone, entry, &root) {
            Ok(()) => {
                let last = Last { at: Instant::now(), settings: entry.clone(), cid: root.clone() };
                told.insert(name.clone(), last);
            }
            Err(error) => {
                let error = error.message();
                tracing::error!(
                    target: "remotepinning/mfs",
                    "pinning MFS root {root:?} to {name:?} ({error})"
                );
            }
        }
    }
    Ok(())
}

/// Whether a service has to be told of this root now.
fn is_due(entry: &Value, last: Option<&Last>, root: &str) -> std::result::Result<bool, String> {
    let interval = match entry["Policies"]["MFS"]["RepinInterval"].as_str() {
        None | Some("") => REPIN_DEFAULT,
        Some(text) => duration::wait(duration::parse(text)?),
    };
    let Some(last) = last.filter(|last| last.settings == *entry) else { return Ok(true) };
    Ok(last.cid != root && last.at.elapsed() >= interval)
}

/// Pins the root in place of the one before.
fn pin(env: &Env, gone: &Arc<AtomicBool>, entry: &Value, root: &str) -> Result<()> {
    let cancel = Cancel::with_timeout(gone.clone(), Some(SERVICE_TIME_MAX));
    let service = Service {
        endpoint: normalize(entry["API"]["Endpoint"].as_str().unwrap_or_default())?,
        key: entry["API"]["Key"].as_str().unwrap_or_default().to_owned(),
        cancel: &cancel,
    };
    let name = match entry["Policies"]["MFS"]["PinName"].as_str().unwrap_or_default() {
        "" => format!("policy/{}/mfs", env.repo()?.config().peer_id()),
        name => name.to_owned(),
    };
    let states = STATES.map(str::to_owned).to_vec();
    let filter = Filter { name: name.clone(), states, ..Filter::default() };
    let (mut before, mut is_there) = (None, false);
    service.list(&filter, &mut |status| {
        is_there |= status.pin.cid == root && status.status != "failed";
        before = Some(status.request_id);
        Ok(())
    })?;
    match before {
        _ if is_there => {}
        Some(before) => drop(service.replace(&before, root, &name, &origins(env))?),
        None => drop(service.add(root, &name, &origins(env))?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// spec: pin-command.remote-files
    #[test]
    fn a_service_is_told_of_changes_but_not_too_often() {
        let entry = json!({"Policies": {"MFS": {"Enable": true, "RepinInterval": "1h"}}});
        let at = Instant::now();
        let last = Last { at, settings: entry.clone(), cid: "a".into() };
        assert_eq!(is_due(&entry, None, "a"), Ok(true));
        assert_eq!(is_due(&entry, Some(&last), "a"), Ok(false));
        assert_eq!(is_due(&entry, Some(&last), "b"), Ok(false));
        let other = json!({"Policies": {"MFS": {"Enable": true, "RepinInterval": "0s"}}});
        assert_eq!(is_due(&other, Some(&last), "a"), Ok(true));
        let last = Last { at, settings: other.clone(), cid: "a".into() };
        assert_eq!(is_due(&other, Some(&last), "b"), Ok(true));
        assert_eq!(is_due(&other, Some(&last), "a"), Ok(false));
        let wrong = json!({"Policies": {"MFS": {"RepinInterval": "x"}}});
        assert!(is_due(&wrong, None, "a").is_err());
    }
}
