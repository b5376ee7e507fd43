//! Spec: spec/protocol/bitswap.md
//!
//! A connected peer, as the fetching side sees it: what it has been asked, what is still to be
//! said to it, and how fast it answers.

use super::codec::entry_bytes;
use super::config::ClientConfig;
use super::event::{PeerTraits, SendId, SessionId};
use super::message::{Entry, Outgoing, Version, WantKind};
use super::violation::Violation;
use super::window::Window;
use crate::Time;
use ipfs_data::cid::Cid;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Wait before a failed message is tried again.
const SEND_RETRY: Duration = Duration::from_millis(500);

/// Wants that a peer gets that has let earlier ones pass without an answer.
const PROBES: usize = 2;

/// Names of lines that are gone which may stand in the queues.
const NAMES_SLACK: usize = 1_024;

/// A line of our wantlist at the peer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) kind: WantKind,
    priority: i32,
    asked_at: Time,
    /// None until it is handed to the shell.
    pub(super) sent_at: Option<Time>,
    /// The peer may know of it, from this sending or an earlier one.
    known: bool,
    /// It has answered, or is taken to have.
    pub(super) answered: bool,
    dont_have: bool,
}

impl Asked {
    /// Whether the peer is expected to send the block.
    fn is_awaited(&self) -> bool {
        self.kind == WantKind::Block && !self.answered
    }
}

/// A connected peer.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) traits: PeerTraits,
    pub(super) version: Option<Version>,
    pub(super) asked: BTreeMap<Cid, Asked>,
    /// Lines to send, in order. May name lines that are gone.
    queue: VecDeque<Cid>,
    cancels: BTreeSet<Cid>,
    cancels_due: Option<Time>,
    sending: Option<SendId>,
    retry_at: Option<Time>,
    full: bool,
    /// Lines with an answer, which the peer still keeps. May name lines that are gone.
    settled: VecDeque<Cid>,
    /// Blocks that are awaited.
    live: usize,
    /// Blocks that came and have not been checked yet.
    arriving: usize,
    /// Awaited blocks in the order they were asked for. May name lines that are gone.
    awaited: VecDeque<(Time, Cid)>,
    pub(super) window: Window,
    heard_at: Time,
    silent: bool,
    /// Has been useful before: broadcasts go to it.
    pub(super) target: bool,
    /// Sessions that ask it for blocks.
    pub(super) sessions: BTreeSet<SessionId>,
    /// Sessions that it has been useful to.
    pub(super) protectors: usize,
    pub(super) malformed: u32,
    pub(super) useful_bytes: u64,
    pub(super) unwanted_bytes: u64,
    pub(super) closing: bool,
    /// What the timer is set to.
    pub(super) timer: Option<Time>,
}

impl Remote {
    pub(super) fn new(config: &ClientConfig, now: Time, traits: PeerTraits) -> Self {
        Self {
            traits,
            version: None,
            asked: BTreeMap::new(),
            queue: VecDeque::new(),
            cancels: BTreeSet::new(),
            cancels_due: None,
            sending: None,
            retry_at: None,
            // spec: bitswap.full-on-connect
            full: true,
            settled: VecDeque::new(),
            live: 0,
            arriving: 0,
            awaited: VecDeque::new(),
            window: Window::new(config),
            heard_at: now,
            silent: false,
            target: false,
            sessions: BTreeSet::new(),
            protectors: 0,
            malformed: 0,
            useful_bytes: 0,
            unwanted_bytes: 0,
            closing: false,
            timer: None,
        }
    }

    /// Blocks that may be asked for now.
    pub(super) fn room(&self, config: &ClientConfig) -> usize {
        let in_flight = self.live.saturating_sub(self.arriving);
        let window = match self.silent {
            true => PROBES.saturating_sub(in_flight),
            false => self.window.room(in_flight),
        };
        window.min(self.lines_left(config))
    }

    // spec: bitswap.asks-at-most
    fn lines_left(&self, config: &ClientConfig) -> usize {
        config.wants_per_peer_max.saturating_sub(self.live)
    }

    /// Takes a line back that the peer keeps although it has answered; for a block, else one that
    /// only asks whether there is one. Whether there was one.
    fn make_room(&mut self, config: &ClientConfig, now: Time, kind: WantKind) -> bool {
        while let Some(cid) = self.settled.pop_front() {
            if self.asked.get(&cid).is_some_and(|line| line.answered) {
                self.forget(config, now, &cid, true);
                return true;
            }
        }
        let spare = |(_, line): &(&Cid, &Asked)| kind == WantKind::Block && !line.is_awaited();
        let Some(cid) = self.asked.iter().find(spare).map(|(cid, _)| *cid) else { return false };
        self.forget(config, now, &cid, true);
        true
    }

    /// Blocks that are awaited.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// Asks for a block, or whether it is there. Whether that is more than was asked before.
    pub(super) fn ask(
        &mut self,
        config: &ClientConfig,
        now: Time,
        cid: Cid,
        kind: WantKind,
        priority: i32,
        dont_have: bool,
    ) -> bool {
        let was_awaited = match self.asked.get(&cid) {
            Some(old) if old.kind >= kind && !old.answered => return false,
            Some(old) => old.is_awaited(),
            None => false,
        };
        let full = self.asked.len() >= config.wants_per_peer_max;
        if full && !self.asked.contains_key(&cid) && !self.make_room(config, now, kind) {
            return false;
        }
        self.live += usize::from(!was_awaited && kind == WantKind::Block);
        let known = self.asked.get(&cid).is_some_and(|old| old.known) || self.cancels.remove(&cid);
        let line = Asked {
            kind,
            priority,
            asked_at: now,
            sent_at: None,
            known,
            answered: false,
            dont_have,
        };
        // The patience begins here, not with the sending: a stream that is stuck counts as silence.
        if kind == WantKind::Block {
            self.awaited.push_back((now, cid));
        }
        self.asked.insert(cid, line);
        self.queue.push_back(cid);
        self.tidy();
        true
    }

    /// Lines that came and went leave their names behind: they are swept out now and then.
    fn tidy(&mut self) {
        let asked = &self.asked;
        let most = 2 * asked.len() + NAMES_SLACK;
        if self.queue.len() > most {
            let mut seen = BTreeSet::new();
            self.queue.retain(|cid| {
                asked.get(cid).is_some_and(|line| line.sent_at.is_none()) && seen.insert(*cid)
            });
        }
        if self.settled.len() > most {
            let mut seen = BTreeSet::new();
            let answered = |cid: &Cid| asked.get(cid).is_some_and(|line| line.answered);
            self.settled.retain(|cid| answered(cid) && seen.insert(*cid));
        }
        if self.awaited.len() > most {
            self.awaited.retain(|(asked_at, cid)| {
                let line = asked.get(cid);
                line.is_some_and(|line| line.is_awaited() && line.asked_at == *asked_at)
            });
        }
    }

    /// Forgets a line; `tell` the peer unless it knows.
    pub(super) fn forget(&mut self, config: &ClientConfig, now: Time, cid: &Cid, tell: bool) {
        let Some(line) = self.asked.remove(cid) else { return };
        self.live -= usize::from(line.is_awaited());
        // spec: bitswap.cancels
        if line.known && tell {
            self.cancels.insert(*cid);
            self.cancels_due.get_or_insert(now + config.cancel_delay);
        }
    }

    /// The peer has answered a line, or is taken to have. Whether it was awaited.
    pub(super) fn answered(&mut self, cid: &Cid) -> bool {
        let Some(line) = self.asked.get_mut(cid) else { return false };
        self.live -= usize::from(line.is_awaited());
        let open = !std::mem::replace(&mut line.answered, true);
        if open {
            self.settled.push_back(*cid);
        }
        open
    }

    /// A message came.
    pub(super) fn heard(&mut self, now: Time, config: &ClientConfig, blocks: usize, bytes: u64) {
        self.heard_at = now;
        self.silent = false;
        self.arriving += blocks;
        self.window.answered(now, config, blocks, bytes);
    }

    /// Part of a message came.
    pub(super) fn receiving(&mut self, now: Time) {
        self.heard_at = now;
    }

    /// Blocks that came were checked.
    pub(super) fn checked(&mut self, blocks: usize) {
        self.arriving = self.arriving.saturating_sub(blocks);
    }

    /// Awaited blocks whose time is over. They count as answered.
    pub(super) fn overdue(&mut self, now: Time, config: &ClientConfig) -> Vec<Cid> {
        let mut overdue = Vec::new();
        while let Some((sent, cid)) = self.awaited.front().copied() {
            let line = self.asked.get(&cid);
            let stale = line.is_none_or(|line| !line.is_awaited() || line.asked_at != sent);
            if !stale {
                if self.deadline(config, sent) > now {
                    break;
                }
                overdue.push(cid);
                self.answered(&cid);
            }
            self.awaited.pop_front();
        }
        if !overdue.is_empty() && self.live == 0 {
            self.silent = true;
        }
        overdue
    }

    fn deadline(&self, config: &ClientConfig, sent: Time) -> Time {
        let quiet = self.heard_at.max(sent) + self.window.patience(config);
        quiet.min(sent + config.response_timeout_busy)
    }

    /// When something is due.
    pub(super) fn due(&self, config: &ClientConfig) -> Option<Time> {
        let overdue = self.awaited.front().map(|(sent, _)| self.deadline(config, *sent));
        let flush = match self.sending {
            Some(_) => None,
            None => self.retry_at.or(self.cancels_due),
        };
        overdue.into_iter().chain(flush).min()
    }

    /// A line is to be sent.
    pub(super) fn has_message(&self) -> bool {
        self.sending.is_some() || !self.queue.is_empty() || !self.cancels.is_empty()
    }

    // spec: bitswap.one-want-message
    /// The next message to the peer, if one is due and none is on its way.
    pub(super) fn flush(&mut self, config: &ClientConfig, now: Time) -> Option<Outgoing> {
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
        }
        let blocked = self.sending.is_some() || self.retry_at.is_some();
        let cancels_due = self.cancels_due.is_some_and(|due| due <= now);
        if blocked || (self.queue.is_empty() && !cancels_due) {
            return None;
        }
        let mut message = Outgoing::default();
        let mut bytes = 0;
        while bytes < config.want_message_bytes_max
            && let Some(cid) = self.cancels.pop_first()
        {
            bytes += entry_bytes(&cid);
            message.entries.push(cancel(cid));
        }
        while bytes < config.want_message_bytes_max
            && let Some(cid) = self.queue.pop_front()
        {
            let Some(line) = self.asked.get_mut(&cid) else { continue };
            if line.sent_at.is_some() || line.answered {
                continue;
            }
            line.sent_at = Some(now);
            line.known = true;
            bytes += entry_bytes(&cid);
            let entry = Entry {
                cid,
                priority: line.priority,
                cancel: false,
                kind: line.kind,
                send_dont_have: line.dont_have,
            };
            message.entries.push(entry);
        }
        self.cancels_due = if self.cancels.is_empty() { None } else { Some(now) };
        if message.is_empty() {
            return None;
        }
        if message.entries.iter().any(|entry| !entry.cancel) {
            let is_block = |entry: &&Entry| !entry.cancel && entry.kind == WantKind::Block;
            let fresh = message.entries.iter().filter(is_block).count();
            self.window.asked(now, self.awaited.len().saturating_sub(fresh));
        }
        message.full = std::mem::take(&mut self.full);
        Some(message)
    }

    pub(super) fn sending(&mut self, send: SendId) {
        self.sending = Some(send);
    }

    /// Whether the peer is expected to send this block.
    pub(super) fn is_awaiting(&self, cid: &Cid) -> bool {
        self.asked.get(cid).is_some_and(Asked::is_awaited)
    }

    /// Since when the peer is expected to send this block.
    pub(super) fn awaited_since(&self, cid: &Cid) -> Option<Time> {
        self.asked.get(cid).filter(|line| line.is_awaited())?.sent_at
    }

    /// Whether the message was this peer's.
    pub(super) fn sent(&mut self, send: SendId) -> bool {
        let own = self.sending == Some(send);
        if own {
            self.sending = None;
        }
        own
    }

    // spec: bitswap.wants-sent-again
    /// A message was not written: the peer may not know of any line.
    pub(super) fn send_failed(&mut self, now: Time, send: SendId) -> bool {
        if !self.sent(send) {
            return false;
        }
        self.retry_at = Some(now + SEND_RETRY);
        self.queue.clear();
        for (cid, line) in &mut self.asked {
            if !line.answered {
                line.sent_at = None;
                self.queue.push_back(*cid);
            }
        }
        true
    }

    /// A broadcast makes room for others.
    pub(super) fn end_broadcast(&mut self, config: &ClientConfig, now: Time, cid: &Cid) {
        let line = self.asked.get(cid);
        if line.is_some_and(|line| line.kind == WantKind::Have && !line.answered) {
            self.forget(config, now, cid, true);
        }
    }

    /// Broadcast lines without an answer are sent anew.
    pub(super) fn repeat(&mut self, cid: &Cid) {
        if let Some(line) = self.asked.get_mut(cid)
            && !line.answered
            && line.kind == WantKind::Have
            && line.sent_at.take().is_some()
        {
            self.queue.push_back(*cid);
        }
    }

    /// Whether the counts are right and nothing is left behind.
    ///
    /// # Errors
    /// Names what does not hold.
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        let lines = self.asked.len();
        let live = self.asked.values().filter(|line| line.is_awaited()).count();
        Violation::unless(live == self.live, || format!("{live} awaited, not {}", self.live))?;
        let names = self.queue.len().max(self.awaited.len()).max(self.settled.len());
        Violation::unless(names <= 2 * lines + 2 * NAMES_SLACK, || {
            format!("{names} names of {lines} lines")
        })
    }
}

fn cancel(cid: Cid) -> Entry {
    Entry { cid, priority: 0, cancel: true, kind: WantKind::Block, send_dont_have: false }
}
