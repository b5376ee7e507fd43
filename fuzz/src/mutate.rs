//! Changing samples.

/// No input is longer.
pub(crate) const INPUT_BYTES_MAX: usize = 16 * 1024;

/// Numbers that lengths and counts like to break at.
const EDGES: [u64; 10] =
    [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];

/// A seeded source of inputs.
#[derive(Debug)]
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// The same seed gives the same inputs.
    pub fn new(seed: u64) -> Self {
        Self { state: seed ^ 0x9e37_79b9_7f4a_7c15 }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) as usize) % bound.max(1)
    }

    /// A sample with some changes.
    pub fn next(&mut self, samples: &[Vec<u8>]) -> Vec<u8> {
        let mut input = samples.get(self.below(samples.len())).cloned().unwrap_or_default();
        for _ in 0..=self.below(4) {
            self.change(&mut input, samples);
        }
        input.truncate(INPUT_BYTES_MAX);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, samples: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        match self.below(9) {
            0 | 1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            2 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = self.below(256) as u8;
                }
            }
            3 => input.truncate(at),
            4 => input.insert(at, self.below(256) as u8),
            5 => {
                let end = (at + self.below(16)).min(input.len());
                input.drain(at..end);
            }
            6 => {
                let mut edge = EDGES[self.below(EDGES.len())];
                let mut varint = Vec::new();
                while edge >= 0x80 {
                    varint.push(edge as u8 | 0x80);
                    edge >>= 7;
                }
                varint.push(edge as u8);
                let end = (at + varint.len()).min(input.len());
                input.splice(at..end, varint);
            }
            7 => {
                // Deep nesting and long runs.
                let end = (at + 1 + self.below(8)).min(input.len());
                let piece = input[at..end].to_vec();
                let times = self.below(2000);
                input.splice(at..at, piece.repeat(times));
            }
            _ => {
                if let Some(other) = samples.get(self.below(samples.len())) {
                    let from = self.below(other.len() + 1);
                    input.truncate(at);
                    input.extend_from_slice(&other[from..]);
                }
            }
        }
        input.truncate(INPUT_BYTES_MAX);
    }
}
