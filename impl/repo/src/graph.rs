//! Spec: spec/repo/pin.md
//!
//! Walking the graph of blocks below a root: what pinning, verifying and collecting garbage share.

use ipfs_data::cid::{self, Cid};
use ipfs_data::{block, codec};

/// Blocks as nodes of a graph: stored blocks in production, a table in tests.
pub trait Dag: Sync {
    /// The targets of a block's links, in order, duplicates included. CIDs with the `raw` codec
    /// have none, whether their block is present or not (as in the reference).
    fn links(&self, cid: &Cid) -> Result<Vec<Cid>, block::Error>;

    /// Makes sure that the block is here and gives its size in bytes. [`block::Error::NotFound`]
    /// when it can't be had.
    fn ensure(&self, cid: &Cid) -> Result<u64, block::Error>;

    /// A hint that the whole graph below will be walked.
    fn prefetch(&self, _root: &Cid) {}

    /// Makes every block that was put so far durable.
    fn flush(&self) -> Result<(), block::Error> {
        Ok(())
    }
}

/// What a visitor wants for the node it was shown; an error ends the walk.
pub type Visit = Result<bool, block::Error>;

/// Walks depth first, parents before children, links in order. `visit` is asked for every link that
/// is met, so the same CID may come again; `false` means: do not descend here. The memory is the
/// stack of siblings that wait: at most (links of a block) x (depth) CIDs.
pub fn walk(
    dag: &dyn Dag,
    root: &Cid,
    visit: &mut dyn FnMut(&Cid) -> Visit,
) -> Result<(), block::Error> {
    dag.prefetch(root);
    if visit(root)? { walk_below(dag, root, visit) } else { Ok(()) }
}

/// [`walk`] without the root itself.
pub fn walk_below(
    dag: &dyn Dag,
    root: &Cid,
    visit: &mut dyn FnMut(&Cid) -> Visit,
) -> Result<(), block::Error> {
    let mut stack = vec![dag.links(root)?.into_iter()];
    while let Some(siblings) = stack.last_mut() {
        let Some(cid) = siblings.next() else {
            stack.pop();
            continue;
        };
        if visit(&cid)? {
            let children = dag.links(&cid)?;
            if !children.is_empty() {
                stack.push(children.into_iter());
            }
        }
    }
    Ok(())
}

/// The graph of stored blocks.
#[derive(Debug, Clone, Copy)]
pub struct StoreDag<'a, S: ?Sized>(pub &'a S);

impl<S: block::Store + ?Sized> Dag for StoreDag<'_, S> {
    fn links(&self, cid: &Cid) -> Result<Vec<Cid>, block::Error> {
        cid::validate(cid).map_err(block::Error::store)?;
        match cid.codec() {
            cid::codec::RAW => Ok(Vec::new()),
            code => codec::links(code, &self.0.get(cid)?).map_err(block::Error::store),
        }
    }

    fn ensure(&self, cid: &Cid) -> Result<u64, block::Error> {
        cid::validate(cid).map_err(block::Error::store)?;
        self.0.size(cid)
    }

    fn prefetch(&self, root: &Cid) {
        self.0.prefetch_graph(root);
    }

    fn flush(&self) -> Result<(), block::Error> {
        self.0.flush()
    }
}
