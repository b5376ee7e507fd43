//! Spec: spec/command/daemon.md
//!
//! What runs while a daemon runs: its HTTP servers, until somebody asks it to stop.

use super::router::Online;
use crate::env::Env;
use crate::error::Result;
use crate::metrics::{Metrics, Served, Server};
use crate::request::Cancel;
use crate::rpc::{Access, Authorization, Rpc};
use crate::spans::Spans;
use ipfs_data::block::Source;
use ipfs_gateway::Gateway;
use ipfs_gateway::gateway::MakeFetch;
use ipfs_gateway::routing_v1::Router;
use ipfs_node::denylist::Guarded;
use ipfs_node::http::{Limits, Listener, serve};
use ipfs_repo::config::Config;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Asks a daemon to stop, from a command or a signal.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    pub(super) fn new() -> (Self, watch::Receiver<bool>) {
        let (sender, receiver) = watch::channel(false);
        (Self(Arc::new(sender)), receiver)
    }

    /// Asks to stop. Asking again changes nothing.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }
}

/// The HTTP servers of a daemon.
pub(super) struct Servers {
    running: JoinSet<()>,
    stop: watch::Receiver<bool>,
    metrics: Arc<Metrics>,
    spans: Option<Arc<Spans>>,
}

impl Servers {
    pub(super) fn new(stop: watch::Receiver<bool>) -> Result<Self> {
        let spans = Spans::from_environment()?.map(Arc::new);
        Ok(Self { running: JoinSet::new(), stop, metrics: Arc::new(Metrics::new()?), spans })
    }

    /// Serves the RPC.
    pub(super) fn rpc(
        &mut self,
        runtime: &Runtime,
        env: &Arc<Env>,
        gateway: &Arc<Gateway>,
        listener: Listener,
    ) -> Result<()> {
        let access = access(env, listener.tcp_address().map(|at| at.port()))?;
        let rpc = Arc::new(Rpc::new(env.clone(), access, gateway.clone(), self.metrics.clone()));
        let rpc = Arc::new(Served::new(rpc, Server::Api, self.metrics.clone(), self.spans.clone()));
        let serving = serve(listener, rpc, Limits::rpc(), self.stop.clone());
        self.running.spawn_on(serving, runtime.handle());
        Ok(())
    }

    /// Serves the gateway.
    pub(super) fn gateway(
        &mut self,
        runtime: &Runtime,
        gateway: &Arc<Gateway>,
        listener: Listener,
    ) {
        let (metrics, spans) = (self.metrics.clone(), self.spans.clone());
        let server = Served::new(gateway.clone(), Server::Gateway, metrics, spans);
        let server = Arc::new(server);
        let serving = serve(listener, server, Limits::gateway(), self.stop.clone());
        self.running.spawn_on(serving, runtime.handle());
    }

    /// Waits until all servers have ended, which they do after a stop.
    pub(super) async fn ended(&mut self) {
        while self.running.join_next().await.is_some() {}
        if let Some(spans) = self.spans.take() {
            let _ = tokio::task::spawn_blocking(move || spans.finish()).await;
        }
    }
}

/// The gateway over the content of these surroundings.
pub(super) fn gateway(env: &Arc<Env>) -> Result<Arc<Gateway>> {
    let config = ipfs_gateway::Config::from_tree(&env.repo()?.config())?;
    let denylists = env.denylists()?.clone();
    let guarded = |blocks| Guarded::new(blocks, denylists.clone());
    let local: Arc<dyn Source> = Arc::new(Guarded::new(env.blocks()?.clone(), denylists.clone()));
    let fetching = env.clone();
    let fetch: MakeFetch = Box::new(move |gone| {
        let cancel = Cancel::with_timeout(gone, None);
        fetching.fetch(&cancel).unwrap_or_else(|error| {
            tracing::error!(target: "gateway", "{}", error.message());
            None
        })
    });
    let content = ipfs_gateway::Content {
        local,
        blocks: Arc::new(guarded(env.source()?.clone())),
        fetch: env.may_use_network().then_some(fetch),
        names: env.names()?.clone(),
        router: env.may_use_network().then(|| -> Box<dyn Router> { Box::new(Online(env.clone())) }),
        denylists,
        version: format!("Commit: \nClient Version: {}\n", crate::rpc::AGENT),
    };
    Ok(Arc::new(Gateway::new(config, content)))
}

/// Whether the configuration limits who may use the RPC.
pub(super) fn is_authorized(config: &Config) -> bool {
    let rules = config.value("API.Authorizations").and_then(|rules| rules.as_object());
    rules.is_some_and(|rules| !rules.is_empty())
}

/// The rules of the RPC from the configuration.
fn access(env: &Env, port: Option<u16>) -> Result<Access> {
    let config = env.repo()?.config();
    let mut headers = Vec::new();
    if let Some(serde_json::Value::Object(map)) = config.value("API.HTTPHeaders") {
        for (name, values) in map {
            let texts = values.as_array().into_iter().flatten().filter_map(|value| value.as_str());
            headers.push((name.clone(), texts.map(str::to_owned).collect()));
        }
    }
    let mut authorizations = Vec::new();
    if let Some(serde_json::Value::Object(map)) = config.value("API.Authorizations") {
        for scope in map.values() {
            let secret = scope.get("AuthSecret").and_then(|value| value.as_str());
            let paths = scope.get("AllowedPaths").and_then(|value| value.as_array());
            let paths = paths.into_iter().flatten().filter_map(|value| value.as_str());
            let paths = paths.map(str::to_owned).collect();
            authorizations.push(Authorization::new(secret.unwrap_or_default(), paths));
        }
    }
    Ok(Access::new(authorizations, &headers, port))
}
