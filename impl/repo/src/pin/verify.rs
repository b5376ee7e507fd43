//! Spec: spec/repo/pin.md
//!
//! Checking that recursive pins are complete.

use super::{Mode, Pinner, Result};
use crate::graph::Dag;
use ipfs_data::block;
use ipfs_data::cid::Cid;
use std::collections::HashMap;
use std::sync::Arc;

/// A block that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadNode {
    /// Its name.
    pub cid: Cid,
    /// Why.
    pub error: String,
}

/// What was found for one recursive pin. Empty `bad` means complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The root.
    pub cid: Cid,
    /// What is missing, in order of the walk; once per path that leads to it.
    pub bad: Vec<BadNode>,
}

/// Verifies pins one after the other; graphs shared by several pins are walked once.
#[derive(Debug, Default)]
pub struct Verify {
    /// Blocks whose graph is complete have an empty list.
    known: HashMap<Cid, Arc<[BadNode]>>,
}

struct Frame {
    cid: Cid,
    links: std::vec::IntoIter<Cid>,
    bad: Vec<BadNode>,
}

impl Verify {
    /// Checks everything below `root`. Memory grows with the number of different blocks seen
    /// (about 130 bytes each). Fails only when `cancelled` says so.
    pub fn check(
        &mut self,
        dag: &dyn Dag,
        root: &Cid,
        cancelled: &dyn Fn() -> bool,
    ) -> std::result::Result<Verification, block::Error> {
        let mut stack: Vec<Frame> = Vec::new();
        let mut next = Some(*root);
        loop {
            if cancelled() {
                return Err(block::Error::Cancelled);
            }
            if let Some(cid) = next.take() {
                match self.known.get(&cid) {
                    Some(bad) => {
                        if let Some(frame) = stack.last_mut() {
                            frame.bad.extend(bad.iter().cloned());
                        }
                    }
                    None => self.enter(dag, cid, &mut stack),
                }
            }
            let Some(frame) = stack.last_mut() else { break };
            next = frame.links.next();
            if next.is_none() {
                self.leave(&mut stack);
            }
        }
        let bad = self.known.get(root).map(|bad| bad.to_vec()).unwrap_or_default();
        Ok(Verification { cid: *root, bad })
    }

    fn enter(&mut self, dag: &dyn Dag, cid: Cid, stack: &mut Vec<Frame>) {
        let (links, bad) = match dag.links(&cid) {
            Ok(links) => (links, Vec::new()),
            Err(error) => (Vec::new(), vec![BadNode { cid, error: error.to_string() }]),
        };
        stack.push(Frame { cid, links: links.into_iter(), bad });
    }

    fn leave(&mut self, stack: &mut Vec<Frame>) {
        let Some(frame) = stack.pop() else { return };
        if let Some(parent) = stack.last_mut() {
            parent.bad.extend(frame.bad.iter().cloned());
        }
        self.known.insert(frame.cid, frame.bad.into());
    }
}

impl Pinner {
    /// Checks every recursive pin and hands each result to `emit`; `false` from it ends the run.
    // spec: pin.verify-all
    pub fn verify(&self, dag: &dyn Dag, emit: &mut dyn FnMut(Verification) -> bool) -> Result<()> {
        let mut verify = Verify::default();
        for pin in self.list(Mode::Recursive, false)? {
            if !emit(verify.check(dag, &pin?.cid, &|| false)?) {
                break;
            }
        }
        Ok(())
    }
}
