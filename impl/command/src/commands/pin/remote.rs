//! Spec: spec/command/pin-command.md
//!
//! `ipfs pin remote`: the list of services, and what they pin.

pub(crate) mod policy;
mod service;

use crate::content::Content;
use crate::encode::{Encoding, escape_name, quote};
use crate::prelude::*;
use ipfs_data::block::Source;
use ipfs_data::path::parse_cid_argument;
use ipfs_repo::config::Tree;
use serde_json::{Map, Value, json};
use service::{Filter, PinStatus, Service as Remote};
use std::time::{Duration, Instant};

/// States of a pin.
const STATES: [&str; 4] = ["queued", "pinning", "pinned", "failed"];

/// Time between two questions whether a pin is done, in milliseconds.
const WAIT_MS: u64 = 500;

/// How often a wait looks whether the user wants it to stop, in milliseconds.
const CANCEL_POLL_MS: u64 = 20;

const SERVICES: &str = "Pinning.RemoteServices";

fn services(config: &Tree) -> Map<String, Value> {
    match config.get(SERVICES) {
        Ok(Value::Object(services)) => services.clone(),
        _ => Map::new(),
    }
}

/// The endpoint as it is stored: a clean URL without `/pins` and without a query.
// spec: pin-command.endpoint
fn normalize(endpoint: &str) -> Result<String> {
    let bad = || Error::new("service endpoint must be a valid HTTP URL");
    let (scheme, rest) = endpoint.split_once("://").ok_or_else(bad)?;
    let scheme = scheme.to_lowercase();
    if !["http", "https"].contains(&scheme.as_str()) || rest.contains([' ', '\n', '\t']) {
        return Err(bad());
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.is_empty() {
        return Err(bad());
    }
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    if !query.is_empty() {
        return Err(Error::new("service endpoint should be provided without any query parameters"));
    }
    if names.last() == Some(&"pins") {
        return Err(Error::new("service endpoint should be provided without the /pins suffix"));
    }
    let path: String = names.iter().map(|name| format!("/{name}")).collect();
    Ok(format!("{scheme}://{host}{path}"))
}

pub(super) fn service_add(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let argument = |at| request.argument(at).unwrap_or_default();
    let (name, key) = (argument(0), argument(2));
    let repo = env.repo()?;
    let endpoint = normalize(argument(1))?;
    let _editing = repo.edit_config();
    let mut config = repo.config_tree()?;
    let mut services = services(&config);
    if services.contains_key(name) {
        return Err(Error::new("service already present"));
    }
    let service = json!({
        "API": { "Endpoint": endpoint, "Key": key },
        "Policies": { "MFS": { "Enable": false, "PinName": "", "RepinInterval": "" } },
    });
    services.insert(name.into(), service);
    config.set(SERVICES, Value::Object(services))?;
    Ok(repo.store_config(&config)?)
}

// spec: pin-command.service-rm
pub(super) fn service_rm(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let repo = env.repo()?;
    let _editing = repo.edit_config();
    let mut config = repo.config_tree()?;
    let mut services = services(&config);
    if services.shift_remove(request.argument(0).unwrap_or_default()).is_some() {
        config.set(SERVICES, Value::Object(services))?;
        repo.store_config(&config)?;
    }
    Ok(())
}

/// The services.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Services {
    /// Sorted by name.
    pub remote_services: Vec<Service>,
}

/// One service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Service {
    /// Its name.
    pub service: String,
    /// Its URL.
    pub api_endpoint: String,
    /// With `--stat`: whether it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stat: Option<Stat>,
}

/// Whether a service answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stat {
    /// `valid` or `invalid`.
    pub status: String,
    /// What it pins, if it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_count: Option<PinCount>,
}

/// How many pins of a service are in which state.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PinCount {
    /// Waiting.
    pub queued: i64,
    /// Being fetched.
    pub pinning: i64,
    /// Kept.
    pub pinned: i64,
    /// Given up.
    pub failed: i64,
}

/// A pin of a service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemotePin {
    /// Its state.
    pub status: String,
    /// What it keeps.
    pub cid: String,
    /// Its name.
    pub name: String,
}

impl RemotePin {
    fn of(pin: &PinStatus, encoder: &CidEncoder) -> Result<Self> {
        let cid = parse_cid_argument(&pin.pin.cid).map_err(|error| {
            let text = quote(&pin.pin.cid);
            Error::new(format!("the service sent an invalid CID {text}: {error}"))
        })?;
        let known = STATES.contains(&pin.status.as_str());
        let status = if known { pin.status.clone() } else { String::new() };
        Ok(Self { status, cid: encoder.encode(&cid), name: pin.pin.name.clone() })
    }
}

impl Output for RemotePin {
    const NAME: &'static str = "RemotePinOutput";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let Self { status, cid, name } = self;
        match request.path.last() {
            Some(&"add") => writeln!(out, "CID:    {cid}\nName:   {name}\nStatus: {status}")?,
            _ => writeln!(out, "{cid}\t{status}\t{}", escape_name(name.as_bytes()))?,
        }
        Ok(())
    }
}

impl Output for Services {
    const NAME: &'static str = "PinServicesList";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        let width = |column: fn(&Service) -> &str| {
            let lengths = self.remote_services.iter().map(|row| column(row).chars().count());
            lengths.max().unwrap_or_default() + 1
        };
        let (name, endpoint) = (width(|row| &row.service), width(|row| &row.api_endpoint));
        for row in &self.remote_services {
            write!(out, "{:name$}", row.service)?;
            match &row.stat {
                None => writeln!(out, "{}", row.api_endpoint)?,
                Some(stat) => {
                    let text = match &stat.pin_count {
                        Some(PinCount { queued, pinning, pinned, failed }) => {
                            format!("{queued}/{pinning}/{pinned}/{failed}")
                        }
                        None => stat.status.clone(),
                    };
                    writeln!(out, "{:endpoint$}{text}", row.api_endpoint)?;
                }
            }
        }
        Ok(())
    }
}

pub(super) fn service_ls(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let config = env.repo()?.config_tree()?;
    let mut remote_services = Vec::new();
    for (name, entry) in &services(&config) {
        request.cancel.check()?;
        let stat = request.bool("stat").then(|| stat(request, entry));
        let api_endpoint = entry["API"]["Endpoint"].as_str().unwrap_or_default().into();
        remote_services.push(Service { service: name.clone(), api_endpoint, stat });
    }
    remote_services.sort_by(|a, b| a.service.cmp(&b.service));
    emitter.emit(&Services { remote_services })
}

// spec: pin-command.service-stat
fn stat(request: &Request, entry: &Value) -> Stat {
    let count = || {
        let service = connect(request, entry)?;
        Ok::<_, Error>(PinCount {
            queued: service.count("queued")?,
            pinning: service.count("pinning")?,
            pinned: service.count("pinned")?,
            failed: service.count("failed")?,
        })
    };
    match count() {
        Ok(count) => Stat { status: "valid".into(), pin_count: Some(count) },
        Err(_) => Stat { status: "invalid".into(), pin_count: None },
    }
}

fn connect<'a>(request: &'a Request, entry: &Value) -> Result<Remote<'a>> {
    let endpoint = normalize(entry["API"]["Endpoint"].as_str().unwrap_or_default())?;
    let key = entry["API"]["Key"].as_str().unwrap_or_default().to_owned();
    Ok(Remote { endpoint, key, cancel: &request.cancel })
}

/// The service that `--service` names.
fn service<'a>(request: &'a Request, env: &Env) -> Result<Remote<'a>> {
    let name = request.str("service").ok_or_else(|| Error::new("a service name must be passed"))?;
    if name.is_empty() {
        return Err(Error::new("remote pinning service name not specified"));
    }
    let config = env.repo()?.config_tree()?;
    let services = services(&config);
    connect(request, services.get(name).ok_or_else(|| Error::new("service not known"))?)
}

fn filter(request: &Request) -> Result<Filter> {
    let name = request.str("name").unwrap_or_default();
    super::run::check_name(name)?;
    let mut cids = Vec::new();
    for cid in request.strings("cid") {
        let cid = parse_cid_argument(cid)
            .map_err(|error| Error::new(format!("CID {} cannot be parsed: {error}", quote(cid))))?;
        cids.push(CidEncoder::default().encode(&cid));
    }
    let states = request.strings("status");
    if let Some(state) = states.iter().find(|state| !STATES.contains(&state.as_str())) {
        return Err(Error::new(format!("status {} is not valid", quote(state))));
    }
    Ok(Filter { cids, name: name.to_owned(), states: states.to_vec() })
}

pub(super) fn add(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let service = service(request, env)?;
    let content = Content::open(request, env)?;
    let cid = content.resolve(request.argument(0).unwrap_or_default())?;
    let name = request.str("name").unwrap_or_default();
    super::run::check_name(name)?;
    // spec: pin-command.remote-offline-warning
    if request.encoding == Encoding::Text
        && content.blocks.has(&cid)?
        && let Some(terminal) = emitter.terminal()
    {
        terminal.line(
            "WARNING: the local node is offline and remote pinning may fail if there is no other \
             provider for this CID",
        )?;
        terminal.flush()?;
    }
    let mut pin = service.add(&CidEncoder::default().encode(&cid), name, &origins(env))?;
    if !request.bool("background") {
        pin = wait(request, &service, pin.request_id)?;
    }
    emitter.emit(&RemotePin::of(&pin, &encoder)?)
}

/// Where a service can get content from this node; nowhere without a network.
// spec: pin-command.remote-origins
fn origins(env: &Env) -> Vec<String> {
    let Some(swarm) = env.network().map(|network| network.swarm()) else { return Vec::new() };
    let own = swarm.peer_id();
    let addresses = swarm.announced_addresses();
    addresses.iter().map(|address| format!("{address}/p2p/{own}")).collect()
}

/// Waits until the service has pinned.
// spec: pin-command.remote-waits
fn wait(request: &Request, service: &Remote<'_>, id: String) -> Result<PinStatus> {
    let shown = quote(&id);
    loop {
        let pin = service.status(&id).map_err(|error| {
            let why = error.message();
            Error::new(format!(
                "failed to check pin status for requestid={shown} due to error: {why}"
            ))
        })?;
        if pin.request_id != id {
            return Err(Error::new(format!(
                "failed to check pin status for requestid={shown}, remote service sent unexpected \
                 requestid={}",
                quote(&pin.request_id)
            )));
        }
        match pin.status.as_str() {
            "pinned" => return Ok(pin),
            "failed" => {
                return Err(Error::new(format!("remote service failed to pin requestid={shown}")));
            }
            _ => {}
        }
        let next = Instant::now() + Duration::from_millis(WAIT_MS);
        while Instant::now() < next {
            if request.cancel.is_cancelled() {
                return Err(Error::new(format!(
                    "waiting for pin interrupted, requestid={shown} remains on remote service"
                )));
            }
            std::thread::sleep(Duration::from_millis(CANCEL_POLL_MS));
        }
    }
}

pub(super) fn ls(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let service = service(request, env)?;
    let encoder = CidEncoder::from_request(request)?;
    service.list(&filter(request)?, &mut |pin| {
        request.cancel.check()?;
        emitter.emit(&RemotePin::of(&pin, &encoder)?)
    })
}

// spec: pin-command.remote-rm-force
pub(super) fn rm(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    let service = service(request, env)?;
    let mut ids = Vec::new();
    let listed = filter(request).and_then(|filter| {
        service.list(&filter, &mut |pin| {
            ids.push(pin.request_id);
            Ok(())
        })
    });
    listed.map_err(|error| error.context("error while listing remote pins"))?;
    if ids.len() > 1 && !request.bool("force") {
        return Err(Error::new(
            "multiple remote pins are matching this query, add --force to confirm the bulk removal",
        ));
    }
    for id in ids {
        request.cancel.check()?;
        service.remove(&id).map_err(|error| {
            let (id, why) = (quote(&id), error.message());
            Error::new(format!("removing pin identified by requestid={id} failed: {why}"))
        })?;
    }
    Ok(())
}
