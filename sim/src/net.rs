//! Spec: spec/sim/link.md
//!
//! The network: hosts with queues at their access links, and connections between them, each a pair
//! of reliable ordered flows.

mod connection;
mod flow;
mod host;
#[cfg(test)]
mod tests;

pub use flow::{PACKET_BYTES, SEGMENT_BYTES, WINDOW_BYTES_MAX, WINDOW_BYTES_START};
pub use host::{Access, Full};

use crate::event::Event;
use crate::queue::Queue;
use crate::rng::{Rng, Stream};
use crate::time::{Time, nanos};
use connection::{Connection, Status};
use host::{FlowId, Host};
use std::time::Duration;

/// What is the same for all connections.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Round trips until a new connection carries messages.
    pub setup_round_trips: u32,
    /// How long a dial to a host that does not answer takes.
    pub dial_timeout: Duration,
    /// How long until both ends give up a connection that carries nothing.
    pub break_after: Duration,
}

/// What is due in the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetEvent {
    /// The uplink has room for the next segment.
    UplinkFree,
    /// A segment reaches the receiver's queue.
    Arrive(Travel),
    /// A segment is through the receiver's queue.
    Deliver(Travel),
    /// An acknowledgement opens the window.
    Window(Travel),
    /// A dial succeeds or fails.
    Dialled(Travel),
    /// A silent connection is given up, if it still is silent.
    Break(Travel),
    /// The peer's end learns that the connection was closed.
    Closed(Travel),
    /// What was lost in a cut link is sent again.
    Retry(Travel),
}

/// A segment of a flow, or - where the number does not matter - a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Travel {
    connection: u32,
    generation: u32,
    number: u32,
    side: u8,
}

impl Travel {
    fn flow(self) -> FlowId {
        FlowId { connection: self.connection, generation: self.generation, side: self.side }
    }
}

/// What a node notices.
#[derive(Debug)]
pub enum Notice<M> {
    /// A connection is up.
    Connected {
        /// At which node.
        node: u32,
        /// With whom.
        peer: u32,
        /// Whether the node dialled.
        dialled: bool,
    },
    /// A dial failed.
    DialFailed {
        /// Who dialled.
        node: u32,
        /// Whom.
        peer: u32,
    },
    /// A connection is gone.
    Disconnected {
        /// At which node.
        node: u32,
        /// With whom.
        peer: u32,
    },
    /// The uplink took the last byte of a message.
    Sent {
        /// Whose.
        node: u32,
        /// To whom.
        peer: u32,
        /// How many messages.
        messages: u32,
    },
    /// Part of a message arrived: more is under way.
    Receiving {
        /// Where.
        node: u32,
        /// From whom.
        peer: u32,
    },
    /// A message arrived.
    Delivered {
        /// Where.
        node: u32,
        /// From whom.
        peer: u32,
        /// The message.
        message: M,
    },
}

/// Totals of a host's link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes that left.
    pub sent: u64,
    /// Bytes that came in.
    pub received: u64,
    /// Bytes that found the downlink queue full.
    pub dropped: u64,
}

/// The network.
#[derive(Debug)]
pub struct Network<M> {
    settings: Settings,
    hosts: Vec<Host>,
    connections: Vec<Connection<M>>,
    free: Vec<u32>,
    notices: Vec<Notice<M>>,
    messages: Vec<M>,
}

impl<M> Network<M> {
    /// A network of hosts, in node order. All are online and nobody is connected.
    pub fn new(settings: Settings, seed: u64, access: Vec<Access>) -> Self {
        let host = |(node, access)| Host::new(access, Rng::new(seed, Stream::Link(node)));
        Self {
            settings,
            hosts: (0u32..).zip(access).map(host).collect(),
            connections: Vec::new(),
            free: Vec::new(),
            notices: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// What nodes noticed since the last call, in order.
    pub fn notices(&mut self) -> Vec<Notice<M>> {
        std::mem::take(&mut self.notices)
    }

    /// Gives the memory of a list of notices back.
    pub fn recycle(&mut self, mut notices: Vec<Notice<M>>) {
        if self.notices.capacity() == 0 {
            notices.clear();
            self.notices = notices;
        }
    }

    /// Totals of a host.
    pub fn traffic(&self, node: u32) -> Traffic {
        let host = &self.hosts[node as usize];
        Traffic { sent: host.sent, received: host.received, dropped: host.dropped }
    }

    /// Whether a host is on.
    pub fn online(&self, node: u32) -> bool {
        self.hosts[node as usize].online
    }

    /// Whether packets pass between two hosts.
    pub fn reachable(&self, a: u32, b: u32) -> bool {
        let (a, b) = (&self.hosts[a as usize], &self.hosts[b as usize]);
        a.online && b.online && a.island == b.island
    }

    /// Peers with an open connection, in order.
    pub fn peers(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let open =
            |(_, index): &(&u32, &u32)| self.connections[**index as usize].status == Status::Open;
        self.hosts[node as usize].peers.iter().filter(open).map(|(peer, _)| *peer)
    }

    /// Whether there is a connection, or the beginning of one.
    pub fn connected(&self, node: u32, peer: u32) -> bool {
        self.hosts[node as usize].peers.contains_key(&peer)
    }

    /// Bytes that wait at the sender for this peer.
    pub fn unsent(&self, node: u32, peer: u32) -> u64 {
        let index = self.hosts[node as usize].peers.get(&peer);
        index.map_or(0, |index| {
            let connection = &self.connections[*index as usize];
            connection.flows[connection.side_of(node)].unsent()
        })
    }

    /// One-way latency between two hosts, in nanoseconds.
    // spec: link.latency
    pub fn latency(&self, a: u32, b: u32) -> u64 {
        let latency = |node: u32| nanos(self.hosts[node as usize].access.latency);
        (latency(a) + latency(b)) / 2
    }

    /// Queues a message. False when there is no open connection.
    pub fn send(
        &mut self,
        now: Time,
        (from, to): (u32, u32),
        (message, bytes): (M, u64),
        queue: &mut Queue<Event>,
    ) -> bool {
        let Some(index) = self.hosts[from as usize].peers.get(&to).copied() else { return false };
        let connection = &mut self.connections[index as usize];
        if connection.status != Status::Open {
            return false;
        }
        let side = connection.side_of(from);
        connection.flows[side].write(message, bytes);
        let id = FlowId { connection: index, generation: connection.generation, side: side as u8 };
        self.enlist(id, from);
        self.pump(now, from, queue);
        true
    }

    /// Carries out what is due.
    pub fn handle(&mut self, now: Time, node: u32, event: NetEvent, queue: &mut Queue<Event>) {
        match event {
            NetEvent::UplinkFree => {
                self.hosts[node as usize].up_scheduled = false;
                self.pump(now, node, queue);
            }
            NetEvent::Arrive(travel) => self.arrive(now, node, travel, queue),
            NetEvent::Deliver(travel) => self.deliver(now, node, travel, queue),
            NetEvent::Window(travel) => {
                if let Some(flow) = self.flow(travel) {
                    flow.waiting = false;
                    flow.acknowledge(now);
                    self.enlist(travel.flow(), node);
                    self.pump(now, node, queue);
                }
            }
            NetEvent::Dialled(travel) => self.dialled(travel),
            NetEvent::Break(travel) => self.break_silent(now, travel),
            NetEvent::Closed(travel) => self.closed(node, travel),
            NetEvent::Retry(travel) => self.retry(now, travel, queue),
        }
    }

    /// The flow of a segment, while its connection lives.
    fn flow(&mut self, travel: Travel) -> Option<&mut flow::Flow<M>> {
        let connection = self.connections.get_mut(travel.connection as usize)?;
        (connection.generation == travel.generation && connection.status == Status::Open)
            .then(|| &mut connection.flows[travel.side as usize])
    }

    /// Puts a flow into its sender's ring, unless it waits already.
    fn enlist(&mut self, id: FlowId, node: u32) {
        let flow = &mut self.connections[id.connection as usize].flows[id.side as usize];
        if !flow.waiting && flow.unsent() > 0 {
            flow.waiting = true;
            self.hosts[node as usize].ring.push_back(id);
        }
    }

    /// Serves the ring while the uplink is free.
    // spec: link.fair-uplink
    fn pump(&mut self, now: Time, node: u32, queue: &mut Queue<Event>) {
        loop {
            let host = &mut self.hosts[node as usize];
            if host.ring.is_empty() {
                return;
            }
            if host.up_free > now {
                if !host.up_scheduled {
                    host.up_scheduled = true;
                    queue.push(host.up_free, node, Event::Net(NetEvent::UplinkFree));
                }
                return;
            }
            let Some(id) = host.ring.pop_front() else { return };
            self.serve(now, node, id, queue);
        }
    }

    /// Sends one segment of a flow, if its window allows.
    fn serve(&mut self, now: Time, node: u32, id: FlowId, queue: &mut Queue<Event>) {
        let FlowId { connection, generation, side } = id;
        let travel = Travel { connection, generation, number: 0, side };
        let Some(flow) = self.flow(travel) else { return };
        flow.acknowledge(now);
        let bytes = flow.sendable();
        flow.waiting = false;
        if bytes == 0 {
            // Without an acknowledgement under way, the next arrival schedules one.
            if flow.unsent() > 0
                && let Some(time) = flow.next_acknowledgement()
            {
                flow.waiting = true;
                queue.push(time, node, Event::Net(NetEvent::Window(travel)));
            }
            return;
        }
        let (number, messages) = flow.take(bytes);
        let peer = self.connections[connection as usize].ends[1 - side as usize];
        if messages > 0 {
            self.notices.push(Notice::Sent { node, peer, messages: messages as u32 });
        }
        self.travel(now, (node, peer), Travel { number, ..travel }, bytes, queue);
        self.enlist(id, node);
    }

    /// Puts a segment on its way: uplink, latency, jitter, and resending where packets are lost.
    // spec: link.loss
    fn travel(
        &mut self,
        now: Time,
        (node, peer): (u32, u32),
        travel: Travel,
        bytes: u64,
        queue: &mut Queue<Event>,
    ) {
        let latency = self.latency(node, peer);
        let host = &mut self.hosts[node as usize];
        let mut arrival = host.transmit(now, bytes) + latency + host.jitter();
        let packets = bytes.div_ceil(PACKET_BYTES) as i32;
        let loss = 1.0 - (1.0 - host.access.loss).powi(packets);
        let mut resent = 0;
        while resent < connection::RESENDS_MAX && host.rng.chance(loss) {
            resent += 1;
        }
        let Some(flow) = self.flow(travel) else { return };
        if resent > 0 {
            let alone = flow.in_flight() == bytes;
            let again = (2 * latency).max(if alone { connection::RESEND_NANOS } else { 0 });
            arrival += again * ((1 << resent) - 1);
            flow.cut(now, 2 * latency);
        } else {
            arrival = arrival.max(flow.last_arrival);
            flow.last_arrival = arrival;
        }
        queue.push(arrival, peer, Event::Net(NetEvent::Arrive(travel)));
    }

    /// A segment reaches the receiver's queue.
    fn arrive(&mut self, now: Time, node: u32, travel: Travel, queue: &mut Queue<Event>) {
        let Some(bytes) = self.flow(travel).and_then(|flow| flow.travelling(travel.number)) else {
            return;
        };
        let peer = self.connections[travel.connection as usize].ends[travel.side as usize];
        if !self.reachable(node, peer) {
            if let Some(flow) = self.flow(travel) {
                flow.lose(travel.number);
            }
            return;
        }
        if self.forgotten(travel) {
            self.reset(now, travel, queue);
            return;
        }
        let latency = self.latency(node, peer);
        let host = &mut self.hosts[node as usize];
        match host.receive(now, u64::from(bytes)) {
            // One packet on a link that is idle: spare the second event.
            Some(time) if u64::from(bytes) <= PACKET_BYTES && time.0 - now.0 < 2 * latency => {
                self.deliver(now, node, travel, queue);
            }
            Some(time) => queue.push(time, node, Event::Net(NetEvent::Deliver(travel))),
            None => {
                let again = (2 * latency).max(connection::RESEND_NANOS_MIN);
                if let Some(flow) = self.flow(travel) {
                    flow.cut(now, again);
                }
                queue.push(now + again, node, Event::Net(NetEvent::Arrive(travel)));
            }
        }
    }

    /// A segment is through the receiver's queue.
    fn deliver(&mut self, now: Time, node: u32, travel: Travel, queue: &mut Queue<Event>) {
        let Some(connection) = self.connections.get(travel.connection as usize) else { return };
        let peer = connection.ends[travel.side as usize];
        let acknowledged = now + self.latency(node, peer);
        let mut messages = std::mem::take(&mut self.messages);
        if let Some(flow) = self.flow(travel) {
            flow.arrive(travel.number, acknowledged, &mut messages);
            if !flow.waiting && flow.unsent() > 0 {
                flow.waiting = true;
                queue.push(acknowledged, peer, Event::Net(NetEvent::Window(travel)));
            }
        }
        if messages.is_empty() {
            self.notices.push(Notice::Receiving { node, peer });
        }
        for message in messages.drain(..) {
            self.notices.push(Notice::Delivered { node, peer, message });
        }
        self.messages = messages;
    }

    /// Whether the books of all connections are right.
    pub fn check(&self) -> Result<(), String> {
        for connection in self.connections.iter().filter(|found| found.status == Status::Open) {
            for flow in &connection.flows {
                flow.check().map_err(|text| {
                    format!("link {} - {}: {text}", connection.ends[0], connection.ends[1])
                })?;
            }
        }
        Ok(())
    }
}
