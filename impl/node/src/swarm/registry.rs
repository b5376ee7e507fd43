//! Spec: spec/node/swarm.md
//!
//! The protocols this node answers, and who takes their streams.

use super::lock;
use super::stream::Stream;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// Why a protocol can't be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Somebody answers it already.
    #[error("protocol handler already registered: {0}")]
    Taken(String),
    /// Names begin with a slash.
    #[error("invalid protocol name {0:?}: it must start with \"/\"")]
    Name(String),
}

/// Streams that others open under registered protocols, in the order of their arrival.
pub struct Inbound {
    streams: mpsc::Receiver<Stream>,
    names: Vec<Arc<str>>,
    registry: Arc<Registry>,
}

impl Inbound {
    /// The next stream; `None` after the swarm ended.
    pub async fn next(&mut self) -> Option<Stream> {
        self.streams.recv().await
    }
}

impl Drop for Inbound {
    /// Nobody answers these protocols any more.
    fn drop(&mut self) {
        self.registry.change(|all| self.names.iter().for_each(|name| drop(all.remove(name))));
    }
}

/// Who takes the streams of a protocol.
#[derive(Clone)]
pub(super) enum Taker {
    Queue(mpsc::Sender<Stream>),
    /// Something small that answers by itself, in a task of its own.
    Task(Arc<dyn Fn(Stream) + Send + Sync>),
}

type Takers = BTreeMap<Arc<str>, Taker>;

/// All protocols.
pub(super) struct Registry {
    takers: Mutex<Takers>,
    names: Mutex<Arc<[Arc<str>]>>,
    refused: AtomicU64,
    changed: tokio::sync::Notify,
}

impl Registry {
    pub(super) fn new() -> Self {
        Self {
            takers: Mutex::default(),
            names: Mutex::new(Arc::new([])),
            refused: AtomicU64::new(0),
            changed: tokio::sync::Notify::new(),
        }
    }

    /// Sorted.
    pub(super) fn names(&self) -> Arc<[Arc<str>]> {
        lock(&self.names).clone()
    }

    /// Streams refused because nobody fetched them in time.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Waits until a protocol comes or goes.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(super) fn register(
        self: &Arc<Self>,
        protocols: &[&str],
        queue_max: usize,
    ) -> Result<Inbound, RegisterError> {
        let (sender, streams) = mpsc::channel(queue_max.max(1));
        let names = self.add(protocols, &Taker::Queue(sender))?;
        Ok(Inbound { streams, names, registry: self.clone() })
    }

    pub(super) fn answer(
        &self,
        protocol: &str,
        task: impl Fn(Stream) + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        self.add(&[protocol], &Taker::Task(Arc::new(task))).map(drop)
    }

    fn add(&self, protocols: &[&str], taker: &Taker) -> Result<Vec<Arc<str>>, RegisterError> {
        if let Some(bad) = protocols.iter().find(|name| !name.starts_with('/')) {
            return Err(RegisterError::Name((*bad).to_owned()));
        }
        let names: Vec<Arc<str>> = protocols.iter().map(|&name| name.into()).collect();
        self.change(|all| {
            if let Some(taken) = names.iter().find(|&name| all.contains_key(name)) {
                return Err(RegisterError::Taken(taken.to_string()));
            }
            all.extend(names.iter().map(|name| (name.clone(), taker.clone())));
            Ok(())
        })?;
        Ok(names)
    }

    /// Nobody gets streams any more: those who wait for some learn that.
    pub(super) fn end(&self) {
        self.change(Takers::clear);
    }

    fn change<T>(&self, change: impl FnOnce(&mut Takers) -> T) -> T {
        let mut takers = lock(&self.takers);
        let result = change(&mut takers);
        *lock(&self.names) = takers.keys().cloned().collect();
        self.changed.notify_one();
        result
    }

    // spec: swarm.inbound-queue
    /// Gives a stream to whoever registered its protocol. If the queue is full the stream is reset
    /// and counted: waiting here would stop the whole connection.
    pub(super) fn hand_over(&self, stream: Stream) {
        let taker = lock(&self.takers).get(stream.protocol()).cloned();
        let refused = match taker {
            Some(Taker::Task(task)) => return task(stream),
            Some(Taker::Queue(queue)) => queue.try_send(stream).is_err(),
            None => true,
        };
        if refused {
            self.refused.fetch_add(1, Relaxed);
            tracing::debug!("inbound stream refused: nobody fetches streams of its protocol");
        }
    }
}
