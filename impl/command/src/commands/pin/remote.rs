//! Spec: spec/command/pin-command.md
//!
//! What `ipfs pin remote ...` does without the network: the list of services is kept here; what
//! asks a service is checked as far as it can be.

use crate::content::Content;
use crate::encode::quote;
use crate::prelude::*;
use ipfs_data::path::parse_cid_argument;
use ipfs_repo::config::Tree;
use serde_json::{Map, Value, json};

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
                Some(stat) => writeln!(out, "{:endpoint$}{}", row.api_endpoint, stat.status)?,
            }
        }
        Ok(())
    }
}

pub(super) fn service_ls(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let config = env.repo()?.config_tree()?;
    let stat = request.bool("stat");
    let mut remote_services: Vec<Service> = services(&config)
        .iter()
        .map(|(name, service)| Service {
            service: name.clone(),
            api_endpoint: service["API"]["Endpoint"].as_str().unwrap_or_default().into(),
            // Nobody can be asked.
            stat: stat.then(|| Stat { status: "invalid".into() }),
        })
        .collect();
    remote_services.sort_by(|a, b| a.service.cmp(&b.service));
    emitter.emit(&Services { remote_services })
}

fn check_service(request: &Request, env: &Env) -> Result<()> {
    let name = request.str("service").ok_or_else(|| Error::new("a service name must be passed"))?;
    if name.is_empty() {
        return Err(Error::new("remote pinning service name not specified"));
    }
    let config = env.repo()?.config_tree()?;
    let services = services(&config);
    let service = services.get(name).ok_or_else(|| Error::new("service not known"))?;
    normalize(service["API"]["Endpoint"].as_str().unwrap_or_default()).map(drop)
}

fn check_query(request: &Request) -> Result<()> {
    super::run::check_name(request.str("name").unwrap_or_default())?;
    for cid in request.strings("cid") {
        parse_cid_argument(cid)
            .map_err(|error| Error::new(format!("CID {} cannot be parsed: {error}", quote(cid))))?;
    }
    for status in request.strings("status") {
        if !["queued", "pinning", "pinned", "failed"].contains(&status.as_str()) {
            return Err(Error::new(format!("status {} is not valid", quote(status))));
        }
    }
    Ok(())
}

pub(super) fn add(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    check_service(request, env)?;
    Content::open(request, env)?.resolve(request.argument(0).unwrap_or_default())?;
    super::run::check_name(request.str("name").unwrap_or_default())?;
    Err(Error::not_implemented())
}

pub(super) fn ls(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    check_service(request, env)?;
    check_query(request)?;
    Err(Error::not_implemented())
}

pub(super) fn rm(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    check_service(request, env)?;
    check_query(request).map_err(|error| error.context("error while listing remote pins"))?;
    Err(Error::not_implemented())
}
