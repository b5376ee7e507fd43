//! Spec: spec/node/content.md
//!
//! The wants of one fetch at HTTP gateways: a task that looks for gateways, and workers that ask
//! them.

use super::{Gateway, Server, Shared, lock};
use crate::content::{Arrivals, Session, routing};
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use ipfs_data::block::Block;
use ipfs_data::cid::Cid;
use ipfs_data::multihash;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Longest wait for the head of an answer, and for the bytes of a block.
const HEAD_MAX: Duration = Duration::from_secs(10);
const BLOCK_MAX: Duration = Duration::from_secs(60);
/// Pause before routing is asked again for what nobody had.
const SEARCH_AGAIN: Duration = Duration::from_secs(10);
/// Wants that wait; one fetch has fewer.
const WANTS_MAX: usize = 4096;
/// Gateways that one fetch asks.
const GATEWAYS_MAX: usize = 16;

struct Want {
    cid: Cid,
    /// Gateways that don't have it, by their place in the list.
    asked: u32,
}

#[derive(Default)]
struct Wants {
    queue: VecDeque<Want>,
    /// Those that no known gateway has.
    nowhere: VecDeque<Cid>,
}

struct Work {
    shared: Arc<Shared>,
    arrivals: Arrivals,
    wants: Mutex<Wants>,
    gateways: Mutex<Vec<Arc<Gateway>>>,
    wake: Notify,
}

struct Running {
    work: Arc<Work>,
    tasks: Vec<JoinHandle<()>>,
}

pub(super) fn start(shared: Arc<Shared>, arrivals: Arrivals) -> Arc<dyn Session> {
    let work = Arc::new(Work {
        arrivals,
        wants: Mutex::default(),
        gateways: Mutex::default(),
        wake: Notify::new(),
        shared,
    });
    let runtime = work.shared.runtime.clone();
    let mut tasks = vec![runtime.spawn(search(work.clone()))];
    for _ in 0..work.shared.settings.workers.max(1) {
        tasks.push(runtime.spawn(serve(work.clone())));
    }
    Arc::new(Running { work, tasks })
}

impl Session for Running {
    fn want(&self, cids: &[Cid]) {
        let mut wants = lock(&self.work.wants);
        for cid in cids {
            if wants.queue.len() < WANTS_MAX {
                wants.queue.push_back(Want { cid: *cid, asked: 0 });
            }
        }
        drop(wants);
        self.work.wake.notify_waiters();
    }

    /// What came from elsewhere is left out when its turn comes.
    fn cancel(&self, _: &[Cid]) {}

    fn peers_asked(&self) -> usize {
        lock(&self.work.gateways).len()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Looks for gateways while there is something that nobody has.
// spec: content.http-search
async fn search(work: Arc<Work>) {
    tokio::time::sleep(work.shared.settings.delay).await;
    loop {
        if let Some(cid) = work.missing() {
            work.find(cid).await;
            if lock(&work.gateways).is_empty() {
                work.arrivals.give_up(&cid);
            }
            work.again();
            tokio::time::sleep(SEARCH_AGAIN).await;
        } else {
            tokio::time::sleep(work.shared.settings.delay.max(Duration::from_millis(100))).await;
        }
    }
}

/// Asks gateways for one block after the other.
async fn serve(work: Arc<Work>) {
    loop {
        let woken = work.wake.notified();
        match work.next() {
            Some((want, at, gateway)) => work.ask(want, at, &gateway).await,
            None => {
                // Also without a call: a gateway that was spared may be asked again.
                let _ = tokio::time::timeout(Duration::from_secs(1), woken).await;
            }
        }
    }
}

impl Work {
    /// A block that no known gateway has.
    fn missing(&self) -> Option<Cid> {
        let mut wants = lock(&self.wants);
        while let Some(cid) = wants.nowhere.pop_front() {
            if self.arrivals.is_wanted(&cid) {
                wants.nowhere.push_front(cid);
                return Some(cid);
            }
        }
        if lock(&self.gateways).is_empty() {
            return wants
                .queue
                .iter()
                .map(|want| want.cid)
                .find(|cid| self.arrivals.is_wanted(cid));
        }
        None
    }

    async fn find(&self, cid: Cid) {
        let (sender, mut found) = routing::queue();
        let routing = self.shared.routing.clone();
        let finding = routing.find(cid, sender);
        tokio::pin!(finding);
        let mut ended = false;
        loop {
            let holder = tokio::select! {
                holder = found.recv() => holder,
                () = &mut finding, if !ended => {
                    ended = true;
                    continue;
                }
            };
            let Some(holder) = holder else { return };
            let servers = holder.addresses.iter().filter_map(|text| Server::parse(text));
            for gateway in servers.filter_map(|server| self.shared.gateway(server)) {
                let mut gateways = lock(&self.gateways);
                let known = gateways.iter().any(|known| Arc::ptr_eq(known, &gateway));
                if !known && gateways.len() < GATEWAYS_MAX {
                    gateways.push(gateway);
                    drop(gateways);
                    self.again();
                }
            }
        }
    }

    /// What nobody had is asked for again, of gateways that were not asked.
    fn again(&self) {
        let mut wants = lock(&self.wants);
        let nowhere = std::mem::take(&mut wants.nowhere);
        wants.queue.extend(nowhere.into_iter().map(|cid| Want { cid, asked: 0 }));
        drop(wants);
        self.wake.notify_waiters();
    }

    /// The next want and whom to ask.
    fn next(&self) -> Option<(Want, usize, Arc<Gateway>)> {
        let gateways = lock(&self.gateways).clone();
        if gateways.is_empty() {
            return None;
        }
        let mut wants = lock(&self.wants);
        for _ in 0..wants.queue.len() {
            let want = wants.queue.pop_front()?;
            if !self.arrivals.is_wanted(&want.cid) {
                continue;
            }
            let unasked = || {
                let all = gateways.iter().enumerate();
                all.filter(|(at, _)| want.asked >> at & 1 == 0)
            };
            let ready = unasked().find(|(_, gateway)| gateway.spared().is_zero());
            let ready = ready.map(|(at, gateway)| (at, gateway.clone()));
            let later = unasked().next().is_some();
            match ready {
                Some((at, gateway)) => return Some((want, at, gateway)),
                None if later => wants.queue.push_back(want),
                None => wants.nowhere.push_back(want.cid),
            }
        }
        None
    }

    async fn ask(&self, mut want: Want, at: usize, gateway: &Gateway) {
        match self.block(&want.cid, gateway).await {
            Answer::Block(data) => {
                gateway.succeeded();
                self.arrivals.put(Block { cid: want.cid, data }).await;
                return;
            }
            Answer::NotThere => want.asked |= 1 << at,
            Answer::Failed(wait) => gateway.failed(wait),
        }
        lock(&self.wants).queue.push_back(want);
    }

    // spec: content.http-request
    async fn block(&self, cid: &Cid, gateway: &Gateway) -> Answer {
        let target = format!("/ipfs/{cid}?format=raw");
        let answer = gateway.client.get(&target, "application/vnd.ipld.raw", HEAD_MAX).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(target: "httpnet", "{error}");
                return Answer::Failed(Duration::ZERO);
            }
        };
        match answer.status() {
            StatusCode::OK => self.read(cid, answer).await,
            StatusCode::NOT_FOUND
            | StatusCode::GONE
            | StatusCode::FORBIDDEN
            | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
            | StatusCode::PRECONDITION_FAILED
            | StatusCode::INTERNAL_SERVER_ERROR => Answer::NotThere,
            _ => Answer::Failed(retry_after(&answer)),
        }
    }

    // spec: content.http-verified
    async fn read(&self, cid: &Cid, answer: Response<Incoming>) -> Answer {
        let body = Limited::new(answer.into_body(), self.shared.settings.block_bytes_max);
        let Ok(Ok(body)) = tokio::time::timeout(BLOCK_MAX, body.collect()).await else {
            return Answer::Failed(Duration::ZERO);
        };
        let (data, hash) = (body.to_bytes(), *cid.hash());
        let checked = tokio::task::spawn_blocking(move || {
            multihash::verify(&hash, &data).unwrap_or(false).then_some(data)
        });
        match checked.await {
            Ok(Some(data)) => Answer::Block(data),
            // It gives something else than it was asked for: it is not to be trusted for long.
            _ => Answer::Failed(super::BACKOFF_MAX),
        }
    }
}

enum Answer {
    Block(Bytes),
    NotThere,
    Failed(Duration),
}

fn retry_after(answer: &Response<Incoming>) -> Duration {
    let text = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Duration::from_secs(text.and_then(|text| text.trim().parse().ok()).unwrap_or(0))
}
