//! Spec: spec/node/content.md
//!
//! Trustless HTTP gateways as a provider of blocks: routing tells which have the content, each
//! block is asked for by itself and checked against its hash.

mod address;
mod session;
#[cfg(test)]
mod tests;

pub use address::Server;

use super::routing::Routing;
use super::{Arrivals, Provider, Session};
use crate::http::client::Client;
use crate::http::connect::Trust;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Gateways that are remembered.
const GATEWAYS_MAX: usize = 256;
/// Failures in a row after which a gateway is left alone for a while: the time doubles with each.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(60);

/// How gateways are used: `HTTPRetrieval.*`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Only these hosts, unless empty.
    pub allowed: Vec<String>,
    /// Never these hosts.
    pub denied: Vec<String>,
    /// Requests at once, for one fetch.
    pub workers: usize,
    /// Largest block, in bytes.
    pub block_bytes_max: usize,
    /// Also servers whose certificate nobody vouches for.
    pub insecure: bool,
    /// How this program calls itself.
    pub agent: String,
    /// How long others may try before routing is asked.
    pub delay: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allowed: Vec::new(),
            denied: Vec::new(),
            workers: 16,
            block_bytes_max: ipfs_data::block::BLOCK_BYTES_MAX,
            insecure: false,
            agent: String::new(),
            delay: Duration::from_secs(1),
        }
    }
}

/// See the module.
pub struct Gateways(Arc<Shared>);

struct Shared {
    settings: Settings,
    routing: Arc<dyn Routing>,
    runtime: Handle,
    trust: Trust,
    known: Mutex<HashMap<Server, Arc<Gateway>>>,
}

/// One gateway.
struct Gateway {
    client: Client,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    failures: u32,
    spared_until: Option<Instant>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gateways {
    /// Gateways that `routing` knows of, asked by tasks of `runtime`.
    ///
    /// # Errors
    /// When TLS is not to be had.
    pub fn new(settings: Settings, routing: Arc<dyn Routing>, runtime: Handle) -> io::Result<Self> {
        let trust = if settings.insecure { Trust::anybody()? } else { Trust::new(None)? };
        Ok(Self(Arc::new(Shared { settings, routing, runtime, trust, known: Mutex::default() })))
    }
}

impl Provider for Gateways {
    fn session(&self, arrivals: Arrivals) -> Arc<dyn Session> {
        session::start(self.0.clone(), arrivals)
    }
}

impl Shared {
    /// The gateway at this server, if it may be used.
    // spec: content.http-hosts
    fn gateway(&self, server: Server) -> Option<Arc<Gateway>> {
        let host = server.host();
        let Settings { allowed, denied, .. } = &self.settings;
        let named = |list: &[String]| list.iter().any(|name| name.trim() == host);
        if named(denied) || (!allowed.is_empty() && !named(allowed)) {
            return None;
        }
        let mut known = lock(&self.known);
        if let Some(gateway) = known.get(&server) {
            return Some(gateway.clone());
        }
        if known.len() >= GATEWAYS_MAX {
            known.clear();
        }
        let client = Client::new(server.url(), self.trust.clone(), &self.settings.agent);
        let gateway = Arc::new(Gateway { client, health: Mutex::default() });
        known.insert(server, gateway.clone());
        Some(gateway)
    }
}

impl Gateway {
    /// How long to leave it alone.
    fn spared(&self) -> Duration {
        let until = lock(&self.health).spared_until;
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    fn succeeded(&self) {
        *lock(&self.health) = Health::default();
    }

    // spec: content.http-back-off
    fn failed(&self, at_least: Duration) {
        let mut health = lock(&self.health);
        let wait = BACKOFF_FIRST.saturating_mul(1 << health.failures.min(6));
        health.failures += 1;
        health.spared_until = Some(Instant::now() + wait.max(at_least).min(BACKOFF_MAX));
    }
}
