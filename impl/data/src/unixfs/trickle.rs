//! Spec: spec/data/unixfs.md
//!
//! The trickle layout: a node has leaves first, then subtrees of growing depth, [`REPEAT`] of each
//! depth. Appending continues where the last write stopped.

use super::build::{Options, Parent, Part, Parts};
use super::{CidBuilder, Error, Loaded, Mtime, load};
use crate::block::{Sink, Store};
use std::iter::Peekable;

/// Subtrees of the same depth below one node.
const REPEAT: usize = 4;

/// Deepest tree: far beyond what 2^64 bytes need.
const DEPTH_MAX: usize = 64;

type Source<'a, 'p> = Peekable<&'a mut Parts<'p>>;

/// Builds a file.
// spec: unixfs.trickle
pub(super) fn layout(
    options: &Options,
    sink: &dyn Sink,
    parts: &mut Parts<'_>,
) -> Result<Part, Error> {
    let mut parts = parts.peekable();
    let mut root = Parent::new();
    fill(options, sink, &mut parts, &mut root, DEPTH_MAX)?;
    options.set_attributes(&mut root.message);
    root.store(sink, &options.builder)
}

/// Leaves up to the limit of links.
fn fill_leaves(
    options: &Options,
    parts: &mut Source<'_, '_>,
    node: &mut Parent,
) -> Result<(), Error> {
    while node.len() < options.links_max {
        match parts.next() {
            Some(part) => node.push(&part?),
            None => break,
        }
    }
    Ok(())
}

/// Leaves, then subtrees of depth 1 up to `depth_max` - 1.
fn fill(
    options: &Options,
    sink: &dyn Sink,
    parts: &mut Source<'_, '_>,
    node: &mut Parent,
    depth_max: usize,
) -> Result<(), Error> {
    fill_leaves(options, parts, node)?;
    subtrees(options, sink, parts, node, 1, depth_max)
}

fn subtrees(
    options: &Options,
    sink: &dyn Sink,
    parts: &mut Source<'_, '_>,
    node: &mut Parent,
    depth: usize,
    depth_max: usize,
) -> Result<(), Error> {
    for depth in depth..depth_max {
        for _ in 0..REPEAT {
            if parts.peek().is_none() {
                return Ok(());
            }
            subtree(options, sink, parts, node, depth)?;
        }
    }
    Ok(())
}

fn subtree(
    options: &Options,
    sink: &dyn Sink,
    parts: &mut Source<'_, '_>,
    node: &mut Parent,
    depth: usize,
) -> Result<(), Error> {
    let mut child = Parent::new();
    fill(options, sink, parts, &mut child, depth)?;
    node.push(&child.store(sink, &options.builder)?);
    Ok(())
}

/// Depth of the last subtree and how many of that depth are there; 0, 0 while leaves fit.
fn position(node: &Parent, links_max: usize) -> (usize, usize) {
    match node.len().checked_sub(links_max) {
        None => (0, 0),
        Some(subtrees) => (subtrees / REPEAT + 1, subtrees % REPEAT),
    }
}

/// Appends leaves to the file below `root`, which the caller stores afterwards. `now` replaces a
/// recorded modification time where the reference does the same.
pub(super) fn append(
    options: &Options,
    store: &dyn Store,
    root: &mut Parent,
    parts: &mut Parts<'_>,
    now: Mtime,
) -> Result<(), Error> {
    let mut parts = parts.peekable();
    let (mut depth, repeat) = position(root, options.links_max);
    if depth == 0 {
        fill_leaves(options, &mut parts, root)?;
        if parts.peek().is_none() {
            if root.message.mtime.is_some() {
                root.message.mtime = Some(now);
            }
            return Ok(());
        }
        depth = 1;
    }
    fill_last(options, store, &mut parts, root, depth - 1, repeat)?;
    if parts.peek().is_some() {
        depth += 1;
    }
    subtrees(options, store, &mut parts, root, depth, DEPTH_MAX)
}

/// Fills the last subtree up, then adds the missing ones of its depth.
fn fill_last(
    options: &Options,
    store: &dyn Store,
    parts: &mut Source<'_, '_>,
    node: &mut Parent,
    depth: usize,
    repeat: usize,
) -> Result<(), Error> {
    if node.len() <= options.links_max {
        return Ok(());
    }
    let Some(last) = node.node.links.last().map(|link| link.cid) else { return Ok(()) };
    let Loaded::Proto(child, message) = load(store, &last)? else {
        return Err(Error::NotFile);
    };
    let mut child = Parent { node: child, message };
    append_below(options, store, parts, &mut child, depth.checked_sub(1))?;
    node.pop();
    node.push(&child.store(store, &CidBuilder::of(&last))?);
    if repeat != 0 {
        for _ in repeat..REPEAT {
            if parts.peek().is_none() {
                break;
            }
            subtree(options, store, parts, node, depth)?;
        }
    }
    Ok(())
}

/// `depth_max` counts down to 0, where nothing more fits; `None` is the reference's -1: no bound.
fn append_below(
    options: &Options,
    store: &dyn Store,
    parts: &mut Source<'_, '_>,
    node: &mut Parent,
    depth_max: Option<usize>,
) -> Result<(), Error> {
    if depth_max == Some(0) || parts.peek().is_none() {
        return Ok(());
    }
    let (mut depth, repeat) = position(node, options.links_max);
    if depth == 0 {
        fill_leaves(options, parts, node)?;
        depth = 1;
    }
    if depth_max == Some(depth) {
        return Ok(());
    }
    fill_last(options, store, parts, node, depth, repeat)?;
    if parts.peek().is_some() {
        depth += 1;
    }
    // Without a bound the reference's loop `depth < -1` does not run.
    subtrees(options, store, parts, node, depth, depth_max.unwrap_or_default())
}
