//! Spec: spec/node/swarm.md
//!
//! What subscribers learn about peers. A slow subscriber never slows the swarm and never makes it
//! grow: what it has not read yet is merged per peer.

use super::{PeerId, lock};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::Notify;

/// Something about a peer changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The first connection to the peer stands.
    Connected(PeerId),
    /// The last connection to the peer is gone, and with it all streams.
    Disconnected(PeerId),
    /// The peer told which protocols it speaks; comes after `Connected`, and again on changes.
    Protocols(PeerId, Arc<[String]>),
}

/// What a subscriber has not read about one peer, in the order it will be told.
#[derive(Default)]
struct Unread {
    disconnected: bool,
    connected: bool,
    protocols: Option<Arc<[String]>>,
}

#[derive(Default)]
struct Queue {
    order: VecDeque<PeerId>,
    unread: HashMap<PeerId, Unread>,
    /// Those that the subscriber was told to be connected and not yet to be gone.
    known: HashSet<PeerId>,
    ended: bool,
}

impl Queue {
    // spec: swarm.events-merged
    fn put(&mut self, event: Event) {
        let peer = match &event {
            Event::Connected(peer) | Event::Disconnected(peer) | Event::Protocols(peer, _) => *peer,
        };
        let known = self.known.contains(&peer);
        let unread = self.unread.entry(peer).or_insert_with(|| {
            self.order.push_back(peer);
            Unread::default()
        });
        match event {
            Event::Connected(_) => unread.connected = true,
            Event::Disconnected(_) => {
                // A connection that came and went unseen needs no mention.
                *unread = Unread { disconnected: known, ..Unread::default() };
            }
            Event::Protocols(_, protocols) => unread.protocols = Some(protocols),
        }
    }

    fn take(&mut self) -> Option<Event> {
        loop {
            let peer = *self.order.front()?;
            if let Some(unread) = self.unread.get_mut(&peer) {
                if std::mem::take(&mut unread.disconnected) {
                    self.known.remove(&peer);
                    return Some(Event::Disconnected(peer));
                }
                if std::mem::take(&mut unread.connected) && self.known.insert(peer) {
                    return Some(Event::Connected(peer));
                }
                if let Some(protocols) = unread.protocols.take() {
                    return Some(Event::Protocols(peer, protocols));
                }
            }
            self.unread.remove(&peer);
            self.order.pop_front();
        }
    }
}

#[derive(Default)]
struct Subscription {
    queue: Mutex<Queue>,
    wake: Notify,
}

/// The events since a moment, beginning with the peers connected then.
pub struct Events(Arc<Subscription>);

impl Events {
    /// The next event; `None` after the swarm ended. Cancelling loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            let woken = self.0.wake.notified();
            {
                let mut queue = lock(&self.0.queue);
                match queue.take() {
                    Some(event) => return Some(event),
                    None if queue.ended => return None,
                    None => {}
                }
            }
            woken.await;
        }
    }
}

/// All subscribers.
#[derive(Default)]
pub(super) struct Subscribers(Mutex<Vec<Weak<Subscription>>>);

impl Subscribers {
    /// A further subscriber, who is first told of `already`.
    pub(super) fn subscribe<I: Iterator<Item = Event>>(
        &self,
        already: impl FnOnce() -> I,
    ) -> Events {
        let subscription = Arc::new(Subscription::default());
        let mut all = lock(&self.0);
        // Asked under the lock: what changes later is told.
        already().for_each(|event| lock(&subscription.queue).put(event));
        all.push(Arc::downgrade(&subscription));
        Events(subscription)
    }

    pub(super) fn tell(&self, event: &Event) {
        self.each(|queue| queue.put(event.clone()));
    }

    pub(super) fn end(&self) {
        self.each(|queue| queue.ended = true);
    }

    fn each(&self, mut change: impl FnMut(&mut Queue)) {
        lock(&self.0).retain(|subscriber| {
            let Some(subscriber) = subscriber.upgrade() else { return false };
            change(&mut lock(&subscriber.queue));
            subscriber.wake.notify_one();
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &mut Queue) -> Vec<Event> {
        std::iter::from_fn(|| queue.take()).collect()
    }

    /// spec: swarm.events-merged
    #[test]
    fn unread_events_are_merged_per_peer() {
        let (a, b) = (PeerId::random(), PeerId::random());
        let mut queue = Queue::default();
        for _ in 0..1000 {
            queue.put(Event::Connected(a));
            queue.put(Event::Disconnected(a));
        }
        assert_eq!(drain(&mut queue), []);
        assert!(queue.order.is_empty() && queue.unread.is_empty());
        queue.put(Event::Connected(a));
        queue.put(Event::Connected(b));
        queue.put(Event::Protocols(a, Arc::new(["/x".to_owned()])));
        let protocols = Event::Protocols(a, Arc::new(["/x".to_owned()]));
        assert_eq!(drain(&mut queue), [Event::Connected(a), protocols, Event::Connected(b)]);
        for _ in 0..1000 {
            queue.put(Event::Disconnected(a));
            queue.put(Event::Connected(a));
        }
        assert_eq!(drain(&mut queue), [Event::Disconnected(a), Event::Connected(a)]);
        queue.put(Event::Disconnected(a));
        assert_eq!(drain(&mut queue), [Event::Disconnected(a)]);
    }
}
