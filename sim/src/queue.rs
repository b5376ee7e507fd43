//! Spec: spec/sim/run.md
//!
//! What happens when: one heap, ordered by time, then node, then the order of scheduling.

use crate::time::Time;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Events that wait for their time.
#[derive(Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Entry<E>>,
    sequence: u64,
}

#[derive(Debug)]
struct Entry<E> {
    time: Time,
    node: u32,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    fn key(&self) -> (Time, u32, u64) {
        (self.time, self.node, self.sequence)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    /// The earliest is the greatest: the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0 }
    }
}

impl<E> Queue<E> {
    /// Schedules an event at a node.
    // spec: run.order
    pub fn push(&mut self, time: Time, node: u32, event: E) {
        self.sequence += 1;
        self.heap.push(Entry { time, node, sequence: self.sequence, event });
    }

    /// The next event with its time and node.
    pub fn pop(&mut self) -> Option<(Time, u32, E)> {
        self.heap.pop().map(|entry| (entry.time, entry.node, entry.event))
    }

    /// When the next event is due.
    pub fn next_time(&self) -> Option<Time> {
        self.heap.peek().map(|entry| entry.time)
    }

    /// Events that wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_then_node_then_order_of_scheduling() {
        let mut queue = Queue::default();
        for (time, node, event) in [(5, 0, 'd'), (3, 2, 'b'), (3, 2, 'c'), (3, 1, 'a'), (5, 1, 'e')]
        {
            queue.push(Time(time), node, event);
        }
        assert_eq!(queue.len(), 5);
        assert_eq!(queue.next_time(), Some(Time(3)));
        let order: String = std::iter::from_fn(|| queue.pop().map(|(_, _, event)| event)).collect();
        assert_eq!(order, "abcde");
        assert!(queue.is_empty());
    }
}
