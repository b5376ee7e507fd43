//! Spec: spec/sim/run.md
//!
//! Sets of small numbers, a bit each: what a node holds.

/// A set of numbers below a bound that is given at the start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    /// An empty set of numbers below `end`.
    pub(crate) fn below(end: usize) -> Self {
        Self { words: vec![0; end.div_ceil(64)], count: 0 }
    }

    /// Whether a number is in it.
    pub(crate) fn contains(&self, number: u32) -> bool {
        let word = self.words.get(number as usize / 64).copied().unwrap_or(0);
        word >> (number % 64) & 1 == 1
    }

    /// Puts a number in. False when it was there, or is not below the bound.
    pub(crate) fn insert(&mut self, number: u32) -> bool {
        let bit = 1 << (number % 64);
        match self.words.get_mut(number as usize / 64) {
            Some(word) if *word & bit == 0 => {
                *word |= bit;
                self.count += 1;
                true
            }
            _ => false,
        }
    }

    /// Takes away what is not in `kept`: how many.
    pub(crate) fn retain(&mut self, kept: &Self) -> usize {
        let before = self.count;
        for (word, kept) in self.words.iter_mut().zip(&kept.words) {
            *word &= kept;
        }
        self.count = self.words.iter().map(|word| word.count_ones() as usize).sum();
        before - self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_and_go() {
        let mut bits = Bits::below(100);
        assert!(bits.insert(0) && bits.insert(64) && bits.insert(99));
        assert!(!bits.insert(64));
        assert!(!bits.insert(1000));
        let mut kept = Bits::below(100);
        kept.insert(64);
        assert_eq!(bits.retain(&kept), 2);
        assert!(bits.contains(64) && !bits.contains(0) && !bits.contains(1000));
    }
}
