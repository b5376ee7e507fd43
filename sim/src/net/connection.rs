//! Spec: spec/sim/link.md
//!
//! How connections begin and end: dials, clean closes, crashes, cut links.

use super::flow::Flow;
use super::{NetEvent, Network, Notice, Travel};
use crate::event::Event;
use crate::queue::Queue;
use crate::time::{Time, nanos};
use std::time::Duration;

/// Shortest wait until a lone lost segment is sent again (RFC 6298 as deployed).
pub(super) const RESEND_NANOS: u64 = 200_000_000;
/// Shortest wait until a segment is sent again that later ones overtook.
pub(super) const RESEND_NANOS_MIN: u64 = 10_000_000;
/// Longest wait between two attempts over a cut link.
const RESEND_NANOS_MAX: u64 = 60_000_000_000;
/// Times that one segment is lost in a row, at most.
pub(super) const RESENDS_MAX: u32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The slot is free.
    Gone,
    Dialling,
    Open,
    /// One end closed it; the other does not know yet.
    Closing,
}

/// A connection: two flows, and who still knows of it.
#[derive(Debug)]
pub(super) struct Connection<M> {
    pub(super) generation: u32,
    pub(super) status: Status,
    /// The dialler, then the dialled.
    pub(super) ends: [u32; 2],
    pub(super) flows: [Flow<M>; 2],
    /// Since when nothing passes.
    silent: Option<Time>,
    /// Which ends have forgotten it, by a crash.
    forgotten: [bool; 2],
}

impl<M> Connection<M> {
    /// Which of the two ends a node is.
    pub(super) fn side_of(&self, node: u32) -> usize {
        usize::from(self.ends[0] != node)
    }

    fn travel(&self, connection: u32, side: u8) -> Travel {
        Travel { connection, generation: self.generation, number: 0, side }
    }
}

impl<M> Network<M> {
    /// Begins a connection, unless there is one already. Its end is a notice.
    // spec: link.setup
    pub fn dial(&mut self, now: Time, from: u32, to: u32, queue: &mut Queue<Event>) {
        if from == to || !self.online(from) || self.connected(from, to) {
            return;
        }
        // The dialled end may still hold a connection that this end lost in a crash.
        if let Some(old) = self.hosts[to as usize].peers.get(&from).copied() {
            if !self.reachable(from, to) {
                self.dial_in_vain(now, from, to, queue);
                return;
            }
            self.end_at(old, to);
            self.release(old);
        }
        if !self.reachable(from, to) {
            self.dial_in_vain(now, from, to, queue);
            return;
        }
        let index = self.allocate(from, to);
        self.hosts[from as usize].peers.insert(to, index);
        self.hosts[to as usize].peers.insert(from, index);
        let wait = 2 * self.latency(from, to) * u64::from(self.settings.setup_round_trips);
        let travel = self.connections[index as usize].travel(index, 0);
        queue.push(now + wait, from, Event::Net(NetEvent::Dialled(travel)));
    }

    /// A dial that nobody answers: it holds a slot until the time-out, so that it isn't repeated.
    fn dial_in_vain(&mut self, now: Time, from: u32, to: u32, queue: &mut Queue<Event>) {
        let index = self.allocate(from, to);
        self.connections[index as usize].forgotten[1] = true;
        self.hosts[from as usize].peers.insert(to, index);
        let travel = self.connections[index as usize].travel(index, 1);
        let due = now + self.settings.dial_timeout;
        queue.push(due, from, Event::Net(NetEvent::Dialled(travel)));
    }

    fn allocate(&mut self, from: u32, to: u32) -> u32 {
        let flows = [Flow::new(), Flow::new()];
        let new = |generation| Connection {
            generation,
            status: Status::Dialling,
            ends: [from, to],
            flows,
            silent: None,
            forgotten: [false; 2],
        };
        match self.free.pop() {
            Some(index) => {
                let slot = &mut self.connections[index as usize];
                *slot = new(slot.generation);
                index
            }
            None => {
                self.connections.push(new(0));
                (self.connections.len() - 1) as u32
            }
        }
    }

    /// Forgets a connection at both ends.
    fn release(&mut self, index: u32) {
        let slot = &mut self.connections[index as usize];
        slot.status = Status::Gone;
        slot.generation = slot.generation.wrapping_add(1);
        slot.flows = [Flow::new(), Flow::new()];
        for (node, peer) in [(slot.ends[0], slot.ends[1]), (slot.ends[1], slot.ends[0])] {
            let peers = &mut self.hosts[node as usize].peers;
            if peers.get(&peer) == Some(&index) {
                peers.remove(&peer);
            }
        }
        self.free.push(index);
    }

    /// Tells one end that the connection is gone, if that end ever knew of it.
    fn end_at(&mut self, index: u32, node: u32) {
        let connection = &self.connections[index as usize];
        let side = connection.side_of(node);
        if connection.forgotten[side] || !self.hosts[node as usize].online {
            return;
        }
        let peer = connection.ends[1 - side];
        match connection.status {
            Status::Open | Status::Closing => {
                self.notices.push(Notice::Disconnected { node, peer });
            }
            Status::Dialling if side == 0 => self.notices.push(Notice::DialFailed { node, peer }),
            _ => {}
        }
    }

    pub(super) fn dialled(&mut self, travel: Travel) {
        let Some(connection) = self.known(travel) else { return };
        if connection.status != Status::Dialling {
            return;
        }
        let [from, to] = connection.ends;
        let usable = travel.side == 0 && connection.forgotten == [false; 2];
        if usable && self.reachable(from, to) {
            self.connections[travel.connection as usize].status = Status::Open;
            self.notices.push(Notice::Connected { node: from, peer: to, dialled: true });
            self.notices.push(Notice::Connected { node: to, peer: from, dialled: false });
        } else {
            self.end_at(travel.connection, from);
            self.release(travel.connection);
        }
    }

    fn known(&self, travel: Travel) -> Option<&Connection<M>> {
        let connection = self.connections.get(travel.connection as usize)?;
        (connection.generation == travel.generation).then_some(connection)
    }

    /// Whether the receiving end of a segment crashed and does not know the connection.
    pub(super) fn forgotten(&self, travel: Travel) -> bool {
        let known = self.known(travel);
        known.is_some_and(|found| found.forgotten[1 - travel.side as usize])
    }

    /// The receiver does not know the connection: the sender is told so.
    pub(super) fn reset(&mut self, now: Time, travel: Travel, queue: &mut Queue<Event>) {
        let connection = &mut self.connections[travel.connection as usize];
        let [from, to] = connection.ends;
        let sender = connection.ends[travel.side as usize];
        connection.status = Status::Closing;
        let due = now + self.latency(from, to);
        queue.push(due, sender, Event::Net(NetEvent::Closed(travel)));
    }

    /// A node closes a connection cleanly. It gets no notice itself; the peer does.
    // spec: link.close
    pub fn close(&mut self, now: Time, node: u32, peer: u32, queue: &mut Queue<Event>) {
        let Some(index) = self.hosts[node as usize].peers.remove(&peer) else { return };
        let connection = &mut self.connections[index as usize];
        let side = connection.side_of(node);
        if connection.forgotten[1 - side] || connection.status == Status::Dialling {
            if connection.status == Status::Dialling {
                self.end_at(index, self.connections[index as usize].ends[0]);
            }
            self.release(index);
            return;
        }
        connection.forgotten[side] = true;
        connection.status = Status::Closing;
        let travel = connection.travel(index, 1 - side as u8);
        let wait = match self.reachable(node, peer) {
            true => self.latency(node, peer),
            false => nanos(self.settings.break_after),
        };
        queue.push(now + wait, peer, Event::Net(NetEvent::Closed(travel)));
    }

    pub(super) fn closed(&mut self, node: u32, travel: Travel) {
        if self.known(travel).is_some() {
            self.end_at(travel.connection, node);
            self.release(travel.connection);
        }
    }

    /// Turns a host off. With `clean` its peers learn of it at once; after a crash they find out by
    /// silence.
    // spec: link.crash
    pub fn stop(&mut self, now: Time, node: u32, clean: bool, queue: &mut Queue<Event>) {
        let peers: Vec<u32> = self.hosts[node as usize].peers.keys().copied().collect();
        for peer in peers {
            if clean {
                self.close(now, node, peer, queue);
                continue;
            }
            let Some(index) = self.hosts[node as usize].peers.remove(&peer) else { continue };
            let connection = &mut self.connections[index as usize];
            let side = connection.side_of(node);
            connection.forgotten[side] = true;
            if connection.forgotten == [true; 2] {
                self.release(index);
            } else if connection.status != Status::Dialling {
                self.silence(now, index, queue);
            }
        }
        let host = &mut self.hosts[node as usize];
        host.online = false;
        host.ring.clear();
        host.up_free = now;
        host.down_free = now;
    }

    /// Turns a host on again, without any connection.
    pub fn start(&mut self, node: u32) {
        self.hosts[node as usize].online = true;
    }

    /// Puts hosts on islands that no packet leaves. All on one island is a whole network.
    // spec: link.partition
    pub fn divide(&mut self, now: Time, island_of: &[u32], queue: &mut Queue<Event>) {
        let before: Vec<u32> = self.hosts.iter().map(|host| host.island).collect();
        for (host, island) in self.hosts.iter_mut().zip(island_of) {
            host.island = *island;
        }
        for index in 0..self.connections.len() as u32 {
            let connection = &self.connections[index as usize];
            let [a, b] = connection.ends.map(|end| end as usize);
            let (was, is) = (before[a] == before[b], island_of[a] == island_of[b]);
            match connection.status {
                Status::Open | Status::Closing if was && !is => self.silence(now, index, queue),
                Status::Open if !was && is => self.wake(now, index, queue),
                _ => {}
            }
        }
    }

    /// Nothing passes any more: the ends give up after a while.
    fn silence(&mut self, now: Time, index: u32, queue: &mut Queue<Event>) {
        let connection = &mut self.connections[index as usize];
        connection.silent = Some(now);
        let side = u8::from(!connection.forgotten[1]);
        let travel = connection.travel(index, side);
        let due = now + self.settings.break_after;
        queue.push(due, connection.ends[side as usize], Event::Net(NetEvent::Break(travel)));
    }

    pub(super) fn break_silent(&mut self, now: Time, travel: Travel) {
        let Some(connection) = self.known(travel) else { return };
        let Some(since) = connection.silent else { return };
        if now.since(since) >= self.settings.break_after {
            let [a, b] = connection.ends;
            self.end_at(travel.connection, a);
            self.end_at(travel.connection, b);
            self.release(travel.connection);
        }
    }

    /// Packets pass again: the ends find out with their next attempt, whose distance has doubled
    /// since the cut.
    // spec: link.resume
    fn wake(&mut self, now: Time, index: u32, queue: &mut Queue<Event>) {
        let connection = &mut self.connections[index as usize];
        let Some(since) = connection.silent.take() else { return };
        let (mut attempt, mut distance) = (since, RESEND_NANOS);
        while attempt < now {
            attempt += distance;
            distance = (2 * distance).min(RESEND_NANOS_MAX);
        }
        for side in 0..2 {
            let travel = connection.travel(index, side);
            queue.push(
                attempt,
                connection.ends[side as usize],
                Event::Net(NetEvent::Retry(travel)),
            );
        }
    }

    pub(super) fn retry(&mut self, now: Time, travel: Travel, queue: &mut Queue<Event>) {
        let Some(connection) = self.known(travel) else { return };
        let ends = connection.ends;
        let (node, peer) = (ends[travel.side as usize], ends[1 - travel.side as usize]);
        let Some(flow) = self.flow(travel) else { return };
        for (number, bytes) in flow.revive() {
            self.travel(now, (node, peer), Travel { number, ..travel }, u64::from(bytes), queue);
        }
    }

    /// How long an end waits before it gives up a silent connection.
    pub fn break_after(&self) -> Duration {
        self.settings.break_after
    }
}
