//! Spec: spec/migrations/7-to-8.md
//!
//! Bootstrap peers by DNS name in place of those with small keys.

use crate::config::json::{Value, object_or_null};
use crate::config::{Rewrite, rewrite};
use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::{Direction, Plan, Step};

/// The step.
#[derive(Debug, Clone, Copy)]
pub struct Step7To8;

/// Peers that are found by the DNS name below.
const NAMED_PEERS: [&str; 4] = [
    "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN",
    "QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa",
    "QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb",
    "QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt",
];
const NAME: &str = "/dnsaddr/bootstrap.libp2p.io/p2p/";

/// Peers whose keys are too small.
const SMALL_KEY_PEERS: [&str; 9] = [
    "QmSoLnSGccFuZQJzRadHn95W2CrSFmZuTdDWP8HXaHca9z",
    "QmSoLueR4xBeUbY9WZ9xGUUxunbKWcrNFTDAadQJmocnWm",
    "QmSoLMeWqB7YGVLJN3pNLQpmmEk35v6wYtsMGLzSr5QBU3",
    "QmSoLju6m7xTh3DuokvT3886QRYqxAzb1kShaanJgW36yx",
    "QmSoLPppuBtQSGwKDZT2M73ULpjvfd3aZ6ha4oFGL1KrGM",
    "QmSoLpPVmHKQ4XTPdz8tjDFgdeRFkpV8JgYq8JVJ69RrZm",
    "QmSoLSafTMBsPKadTEgaXctDQVcqN88CNLHXMkTNwMKPnu",
    "QmSoLV4Bbm51jM9C4gDYZQ9Cy3U6aXMJDAbzgu2fzaDs64",
    "QmSoLer265NRgSp2LA3dPaeykiS1J6DifTC88f5uVQKNAd",
];

/// What the way back puts first.
const OLD_ADDRESSES: [&str; 9] = [
    "/ip4/104.131.131.82/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ",
    "/ip4/104.236.179.241/tcp/4001/p2p/QmSoLPppuBtQSGwKDZT2M73ULpjvfd3aZ6ha4oFGL1KrGM",
    "/ip4/128.199.219.111/tcp/4001/p2p/QmSoLSafTMBsPKadTEgaXctDQVcqN88CNLHXMkTNwMKPnu",
    "/ip4/104.236.76.40/tcp/4001/p2p/QmSoLV4Bbm51jM9C4gDYZQ9Cy3U6aXMJDAbzgu2fzaDs64",
    "/ip4/178.62.158.247/tcp/4001/p2p/QmSoLer265NRgSp2LA3dPaeykiS1J6DifTC88f5uVQKNAd",
    "/ip6/2604:a880:1:20::203:d001/tcp/4001/p2p/QmSoLPppuBtQSGwKDZT2M73ULpjvfd3aZ6ha4oFGL1KrGM",
    "/ip6/2400:6180:0:d0::151:6001/tcp/4001/p2p/QmSoLSafTMBsPKadTEgaXctDQVcqN88CNLHXMkTNwMKPnu",
    "/ip6/2604:a880:800:10::4a:5001/tcp/4001/p2p/QmSoLV4Bbm51jM9C4gDYZQ9Cy3U6aXMJDAbzgu2fzaDs64",
    "/ip6/2a03:b0c0:0:1010::23:1001/tcp/4001/p2p/QmSoLer265NRgSp2LA3dPaeykiS1J6DifTC88f5uVQKNAd",
];

impl Step for Step7To8 {
    fn from(&self) -> u32 {
        7
    }

    fn about(&self) -> &'static str {
        "configuration: bootstrap peers by DNS name"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        context.report.log("> Upgrading config to new format");
        rewrite(context, Rewrite { kept: "config-v7", convert: upgrade }, |_| Ok(()))
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        rewrite(context, Rewrite { kept: "config-v8", convert: downgrade }, |_| Ok(()))
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let config = context.file("config");
        let now = context.read(&config)?;
        let silent = &mut Report::silent();
        let (kept, after) = match direction {
            Direction::Forward => ("config-v7", upgrade(&now, silent)?),
            Direction::Revert => ("config-v8", downgrade(&now, silent)?),
        };
        let changes = vec![
            format!("copy {} to {kept}", config.display()),
            format!("rewrite {}: {} bytes become {}", config.display(), now.len(), after.len()),
        ];
        let bytes_needed = (now.len() + after.len()) as u64;
        Ok(Plan { changes, items: 1, bytes_needed, millis: 10 })
    }
}

// spec: 7-to-8.any-case, 7-to-8.nothing-to-do
fn convert(
    text: &[u8],
    report: &mut Report,
    change: fn(Vec<Value>) -> Vec<Value>,
) -> Result<Vec<u8>, Error> {
    let mut config = object_or_null(Value::read_whole(text)?)?.unwrap_or_default();
    for name in ["Bootstrap", "bootstrap"] {
        if let Some(Value::Array(peers)) = config.get_mut(name) {
            *peers = change(std::mem::take(peers));
            return Ok(Value::Object(config).indented().into_bytes());
        }
    }
    report.log("Bootstrap field missing or of the wrong type");
    report.log("Nothing to migrate");
    Ok(text.to_vec())
}

/// The peer ID at the end of an address.
fn peer(address: &str) -> Option<&str> {
    let (rest, id) = address.rsplit_once('/')?;
    let protocol = rest.rsplit('/').next()?;
    matches!(protocol, "p2p" | "ipfs").then_some(id)
}

fn is_one_of(address: &Value, peers: &[&str]) -> bool {
    address.as_str().and_then(peer).is_some_and(|id| peers.contains(&id))
}

// spec: 7-to-8.forward, 7-to-8.odd-entries
fn upgrade(text: &[u8], report: &mut Report) -> Result<Vec<u8>, Error> {
    convert(text, report, |old| {
        let named = old.iter().any(|address| is_one_of(address, &NAMED_PEERS));
        let small = old.iter().any(|address| is_one_of(address, &SMALL_KEY_PEERS));
        if named || !small {
            return old;
        }
        let kept = old.into_iter().filter(|address| !is_one_of(address, &SMALL_KEY_PEERS));
        let kept = kept.map(|address| match address.as_str() {
            Some(text) => newer_protocol(text).into(),
            None => address,
        });
        let first = NAMED_PEERS.iter().map(|id| format!("{NAME}{id}").into());
        first.chain(kept).collect()
    })
}

/// `/ipfs/` before a peer ID becomes `/p2p/`; host names are left alone.
pub(super) fn newer_protocol(address: &str) -> String {
    address.replace("/ipfs/Qm", "/p2p/Qm").replace("/ipfs/1", "/p2p/1")
}

// spec: 7-to-8.revert
fn downgrade(text: &[u8], report: &mut Report) -> Result<Vec<u8>, Error> {
    convert(text, report, |new| {
        if !new.iter().any(|address| is_one_of(address, &NAMED_PEERS)) {
            return new;
        }
        let old: Vec<&str> = OLD_ADDRESSES.into_iter().filter_map(peer).collect();
        let kept = new.into_iter().filter(|address| !is_one_of(address, &old));
        OLD_ADDRESSES.into_iter().map(Value::from).chain(kept).collect()
    })
}
