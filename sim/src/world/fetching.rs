//! Spec: spec/sim/run.md
//!
//! Fetches: when they begin, what they ask for, when they end.

use super::World;
use crate::content::BlockNumber;
use crate::event::Event;
use crate::fetch::{Fetch, Step};
use crate::machine::Machine;
use crate::node::Job;
use crate::trace::Kind;
use ipfs_data::cid::Cid;
use ipfs_protocol::bitswap::{Input, SessionId};

impl<M: Machine> World<M> {
    /// A fetch begins. At a node that is off, it begins when the node is on.
    pub(super) fn begin(&mut self, job: u32) {
        let plan = &mut self.plans[job as usize];
        let node = plan.node;
        if plan.begun.is_some() {
            return;
        }
        plan.begun = Some(self.now);
        let fetch = Fetch::new(SessionId(0), plan.files.clone(), (plan.ahead, plan.pin), self.now);
        let bytes = plan.bytes;
        self.record(node, Kind::FetchBegins, job.into(), bytes);
        self.nodes[node as usize].fetches.insert(job, fetch);
        if self.nodes[node as usize].machine.is_some() {
            self.open_session(node, job);
            self.go_on(node);
        }
    }

    /// Opens a session for a fetch, which begins its current file anew.
    pub(super) fn open_session(&mut self, node: u32, job: u32) {
        self.last_session += 1;
        let session = SessionId(self.last_session);
        if let Some(fetch) = self.nodes[node as usize].fetches.get_mut(&job) {
            fetch.restart(session, &self.catalogue);
            self.feed(node, Input::SessionOpen { session });
        }
    }

    /// Lets every fetch of a node ask for what it has room for.
    pub(super) fn go_on(&mut self, node: u32) {
        let jobs: Vec<u32> = self.nodes[node as usize].fetches.keys().copied().collect();
        for job in jobs {
            self.ask(node, job);
        }
    }

    fn ask(&mut self, node: u32, job: u32) {
        let this = &mut self.nodes[node as usize];
        if this.machine.is_none() {
            return;
        }
        let Some(fetch) = this.fetches.get_mut(&job) else { return };
        let session = fetch.session;
        let (mut cids, mut local) = (Vec::new(), Vec::new());
        while let Some(block) = fetch.next() {
            match this.held.contains(block) {
                true => local.push(block),
                false => cids.push(self.catalogue.entry(block).cid),
            }
        }
        for block in local {
            let bytes = u64::from(self.catalogue.size(block));
            self.disk_job(node, Job::Read { fetch: job, block }, bytes);
        }
        if !cids.is_empty() {
            self.record(node, Kind::Want, session.0, cids.len() as u64);
            self.feed(node, Input::Want { session, cids });
        }
    }

    /// A block of the node's own store was read for a fetch.
    pub(super) fn read_for_fetch(&mut self, node: u32, job: u32, block: BlockNumber) {
        let this = &self.nodes[node as usize];
        let Some(fetch) = this.fetches.get(&job) else { return };
        let session = fetch.session;
        if !this.held.contains(block) {
            // The collector was faster.
            let cids = vec![self.catalogue.entry(block).cid];
            self.feed(node, Input::Want { session, cids });
            return;
        }
        self.record(node, Kind::Read, job.into(), block.into());
        self.fetch_got(node, job, block);
        self.go_on(node);
    }

    /// The machine says that a block which sessions wait for is in the store.
    pub(super) fn found(&mut self, node: u32, cid: &Cid, sessions: &[SessionId]) {
        let Some(block) = self.catalogue.number(cid) else { return };
        self.record(node, Kind::Found, sessions.len() as u64, block.into());
        for session in sessions {
            self.session_got(node, *session, block);
        }
        self.go_on(node);
    }

    /// A block came for a session.
    pub(super) fn session_got(&mut self, node: u32, session: SessionId, block: BlockNumber) {
        let fetches = &mut self.nodes[node as usize].fetches;
        let Some((job, fetch)) = fetches.iter_mut().find(|(_, f)| f.session == session) else {
            return;
        };
        if let Some(restored) = fetch.restored.take() {
            self.resume_max = self.resume_max.max(self.now.0 - restored.0);
        }
        let job = *job;
        self.fetch_got(node, job, block);
    }

    fn fetch_got(&mut self, node: u32, job: u32, block: BlockNumber) {
        let this = &mut self.nodes[node as usize];
        let Some(fetch) = this.fetches.get_mut(&job) else { return };
        let step = fetch.arrived(block, self.now, &self.catalogue);
        let (stall, session, pin) = (fetch.stall, fetch.session, fetch.pin);
        if let (true, Step::File(file) | Step::Done(file)) = (pin, step) {
            for block in &self.catalogue.files()[file as usize].blocks {
                this.pinned.insert(*block);
            }
        }
        if let Step::File(file) | Step::Done(file) = step
            && self.scenario.routing.fetchers
        {
            self.providers[file as usize].insert(node);
        }
        if let Step::Done(_) = step {
            self.nodes[node as usize].fetches.remove(&job);
            self.record(node, Kind::FetchEnds, job.into(), stall);
            self.feed(node, Input::SessionClose { session });
            self.ended(job, stall);
        }
    }

    /// A fetch ended. The last one of a wave lets the next wave begin.
    // spec: scenario.waves
    fn ended(&mut self, job: u32, stall: u64) {
        self.open_plans -= 1;
        let plan = &mut self.plans[job as usize];
        plan.ended = Some(self.now);
        plan.stall = stall;
        let (entry, wave) = (plan.entry, plan.wave);
        let mut same = self.plans.iter().filter(|plan| (plan.entry, plan.wave) == (entry, wave));
        if !same.all(|plan| plan.ended.is_some()) {
            return;
        }
        for (job, plan) in (0u32..).zip(&self.plans) {
            if plan.entry == entry && plan.wave == wave + 1 {
                self.queue.push(self.now + plan.at, plan.node, Event::Fetch { job });
            }
        }
    }
}
