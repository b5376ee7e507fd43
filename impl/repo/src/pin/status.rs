//! Spec: spec/repo/pin.md
//!
//! Whether and why CIDs are pinned.

use super::{Mode, Pinner, Result, index};
use crate::graph::{self, Dag};
use ipfs_data::cid::Cid;
use std::collections::{HashMap, HashSet};

/// Which kinds of pins to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Recursive, then direct, then indirect pins.
    Any,
    /// Recursive pins only.
    Recursive,
    /// Direct pins only.
    Direct,
    /// Only whether a recursive pin lies above it.
    Indirect,
}

/// Whether a CID is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// By a pin of its own, with this name (empty when names were not asked for).
    Pinned(Mode, String),
    /// By the recursive pin `via`.
    Indirect {
        /// The root of the pin.
        via: Cid,
    },
    /// Not at all, as far as the filter looked.
    NotPinned,
}

impl Pinner {
    /// The status of each CID, in the order asked. Own pins cost one look-up; indirect ones need a
    /// walk through all recursive pins until every CID is found.
    // spec: pin.status-in-order
    pub fn status(
        &self,
        dag: &dyn Dag,
        cids: &[Cid],
        filter: Filter,
        names: bool,
    ) -> Result<Vec<Status>> {
        let modes: &[Mode] = match filter {
            Filter::Any => &[Mode::Recursive, Mode::Direct],
            Filter::Recursive => &[Mode::Recursive],
            Filter::Direct => &[Mode::Direct],
            Filter::Indirect => &[],
        };
        let mut found = cids
            .iter()
            .map(|cid| self.own_status(cid, modes, names))
            .collect::<Result<Vec<Status>>>()?;
        if matches!(filter, Filter::Any | Filter::Indirect) {
            self.find_indirect(dag, cids, &mut found, filter)?;
        }
        Ok(found)
    }

    fn own_status(&self, cid: &Cid, modes: &[Mode], names: bool) -> Result<Status> {
        for &mode in modes {
            if let Some(id) = index::ids(self.store(), mode, cid)?.first() {
                let record = if names { index::load(self.store(), id)? } else { None };
                let name = record.map(|record| record.name).unwrap_or_default();
                return Ok(Status::Pinned(mode, name));
            }
        }
        Ok(Status::NotPinned)
    }

    fn find_indirect(
        &self,
        dag: &dyn Dag,
        cids: &[Cid],
        found: &mut [Status],
        filter: Filter,
    ) -> Result<()> {
        let mut wanted = HashMap::<Cid, Vec<usize>>::new();
        for (position, cid) in cids.iter().enumerate() {
            // A recursive pin is never indirect as well; a direct one may be.
            let open = match filter {
                Filter::Indirect => index::ids(self.store(), Mode::Recursive, cid)?.is_empty(),
                _ => found[position] == Status::NotPinned,
            };
            if open {
                wanted.entry(*cid).or_default().push(position);
            }
        }
        let mut seen = HashSet::new();
        for pin in self.list(Mode::Recursive, false)? {
            if wanted.is_empty() {
                break;
            }
            let via = pin?.cid;
            graph::walk(dag, &via, &mut |cid| {
                if wanted.is_empty() || !seen.insert(*cid) {
                    return Ok(false);
                }
                for position in wanted.remove(cid).unwrap_or_default() {
                    found[position] = Status::Indirect { via };
                }
                Ok(true)
            })?;
        }
        Ok(())
    }
}
