//! Spec: spec/migrations/9-to-10.md
//!
//! QUIC addresses beside those of TCP.

use crate::config::json::{Object, Value, object_or_null};
use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::{Direction, Plan, Step};
use crate::steps::s7_to_8::newer_protocol;

/// The step.
#[derive(Debug, Clone, Copy)]
pub struct Step9To10;

const TCP_PEER: &str =
    "/ip4/104.131.131.82/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ";
const QUIC_PEER: &str =
    "/ip4/104.131.131.82/udp/4001/quic/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ";
const LISTS: [&str; 3] = ["Swarm", "Announce", "NoAnnounce"];
const CONFIG_MODE: u32 = 0o600;

impl Step for Step9To10 {
    fn from(&self) -> u32 {
        9
    }

    fn about(&self) -> &'static str {
        "configuration: a QUIC address for each TCP address"
    }

    // spec: 9-to-10.mode
    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        context.report.log("> Upgrading config to new format");
        let config = context.file("config");
        let after = convert(&context.read(&config)?, context.report)?;
        context.begin()?;
        context.replace(&config, &after, CONFIG_MODE)
    }

    // spec: 9-to-10.revert
    fn revert(&self, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        if direction == Direction::Revert {
            return Ok(Plan { millis: 5, ..Plan::default() });
        }
        let config = context.file("config");
        let now = context.read(&config)?;
        let after = convert(&now, &mut Report::silent())?;
        let (name, old, new) = (config.display(), now.len(), after.len());
        let changes = vec![format!("rewrite {name}: {old} bytes become {new}")];
        Ok(Plan { changes, items: 1, bytes_needed: after.len() as u64, millis: 10 })
    }
}

fn convert(text: &[u8], report: &mut Report) -> Result<Vec<u8>, Error> {
    let given = object_or_null(Value::read_whole(text)?)?;
    let was_null = given.is_none();
    let mut config = given.unwrap_or_default();
    bootstrap(&mut config, report);
    match config.get_mut("Addresses") {
        Some(Value::Object(section)) => addresses(section),
        _ => report.log("Addresses field missing or of the wrong type"),
    }
    if was_null {
        return Ok(text.to_vec());
    }
    Ok(Value::Object(config).indented().into_bytes())
}

// spec: 9-to-10.bootstrap
fn bootstrap(config: &mut Object, report: &mut Report) {
    let Some(Value::Array(peers)) = config.get_mut("Bootstrap") else {
        report.log("No Bootstrap field in config, skipping");
        return;
    };
    for peer in peers.iter_mut() {
        if let Value::String(address) = peer {
            *address = newer_protocol(address);
        }
    }
    let has =
        |peers: &[Value], address: &str| peers.iter().any(|peer| peer.as_str() == Some(address));
    if has(peers, TCP_PEER) && !has(peers, QUIC_PEER) {
        peers.push(QUIC_PEER.into());
    }
}

// spec: 9-to-10.addresses
fn addresses(section: &mut Object) {
    for name in LISTS {
        let list = section.entry(name.to_owned()).or_insert(Value::Null);
        if *list == Value::Null {
            *list = Value::Array(Vec::new());
        }
    }
    let strings = |list: &Value| -> Vec<String> {
        let items = list.as_array().unwrap_or_default().iter();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let all = LISTS.iter().filter_map(|&name| section.get(name)).flat_map(strings);
    if all.into_iter().any(|address| address.ends_with("/quic")) {
        return;
    }
    for name in LISTS {
        if let Some(Value::Array(list)) = section.get_mut(name) {
            let more: Vec<Value> =
                list.iter().filter_map(Value::as_str).filter_map(quic).map(Value::from).collect();
            list.extend(more);
        }
    }
}

/// The QUIC address for an address that ends with a TCP port.
fn quic(address: &str) -> Option<String> {
    let (host, port) = address.rsplit_once("/tcp/")?;
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("{host}/udp/{port}/quic"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: 9-to-10.addresses, 9-to-10.bootstrap
    #[test]
    fn adds_quic_once() {
        let text = format!(
            r#"{{"Addresses": {{"Swarm": ["/ip4/0.0.0.0/tcp/4001", 7], "Own": 1}},
                "Bootstrap": ["{}"]}}"#,
            TCP_PEER.replace("/p2p/", "/ipfs/")
        );
        let once = convert(text.as_bytes(), &mut Report::silent()).expect("converts");
        let config = Value::read_whole(&once).expect("JSON");
        let config = config.as_object().expect("object");
        let peers = config["Bootstrap"].as_array().expect("array");
        assert_eq!(peers, [TCP_PEER.into(), QUIC_PEER.into()]);
        let addresses = config["Addresses"].as_object().expect("object");
        let swarm = addresses["Swarm"].as_array().expect("array");
        assert_eq!(swarm.last(), Some(&"/ip4/0.0.0.0/udp/4001/quic".into()));
        assert_eq!((swarm.len(), &addresses["Announce"]), (3, &Vec::new().into()));
        let twice = convert(&once, &mut Report::silent()).expect("converts");
        assert_eq!(once, twice);
    }
}
