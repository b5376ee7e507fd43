//! Spec: spec/sim/run.md
//!
//! Chance. Every node, the links and the faults each draw from a stream of their own, derived from
//! the run's seed: what one of them draws never moves the others. The generator is written out here
//! (xoshiro256**, seeded through SplitMix64) so that no library update changes a trace.

/// One stream of chance.
#[derive(Debug, Clone)]
pub struct Rng {
    state: [u64; 4],
}

/// Whose stream it is. The numbers are part of every trace: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Content of files.
    Content,
    /// Who is connected with whom, and how far apart they are.
    Topology,
    /// A link end: jitter and loss of what this node sends.
    Link(u32),
    /// What the protocol machine of this node draws, in its n-th life.
    Machine(u32, u32),
    /// Churn and start times of this node.
    Churn(u32),
    /// What the adversary at this node draws.
    Conduct(u32),
    /// When this node begins its fetches of the n-th entry of the scenario.
    Start(u32, u32),
    /// The routing system that names providers.
    Routing,
}

impl Stream {
    fn number(self) -> u64 {
        match self {
            Self::Content => 1,
            Self::Topology => 2,
            Self::Routing => 3,
            Self::Link(node) => 1 << 60 | u64::from(node),
            Self::Churn(node) => 2 << 60 | u64::from(node),
            Self::Conduct(node) => 3 << 60 | u64::from(node),
            Self::Start(node, entry) => {
                5 << 60 | u64::from(entry & 0xfff_ffff) << 32 | u64::from(node)
            }
            Self::Machine(node, life) => {
                4 << 60 | u64::from(life & 0xfff_ffff) << 32 | u64::from(node)
            }
        }
    }
}

/// SplitMix64: spreads one number over 64 bits.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng {
    /// The stream of a run.
    // spec: run.own-streams
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut word = mix(seed) ^ mix(stream.number().wrapping_mul(0xd134_2543_de82_ef95));
        let mut state = [0; 4];
        for slot in &mut state {
            word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
            *slot = mix(word);
        }
        Self { state }
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// A number from 0 up to, but not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with this probability. Draws nothing when the answer is certain.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability >= 1.0 || probability > 0.0 && self.unit() < probability
    }

    /// An exponentially distributed number with this mean.
    ///
    /// The logarithm is a series of our own: that of the platform's library may differ in its last
    /// bit between machines, and so would the traces.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * natural_log(1.0 - self.unit())
    }

    /// Puts a list in random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for index in (1..list.len()).rev() {
            let other = self.below(index as u64 + 1) as usize;
            list.swap(index, other);
        }
    }

    /// Fills a buffer.
    pub fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let bytes = self.bits().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// ln(x) for 0 < x <= 1 from additions, multiplications and divisions only, which every machine
/// rounds alike. Error below 1e-12.
fn natural_log(x: f64) -> f64 {
    let (mut mantissa, mut halvings) = (x, 0.0);
    while mantissa < 0.75 {
        mantissa *= 2.0;
        halvings += 1.0;
    }
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let (mut term, mut sum, mut odd) = (ratio, 0.0, 1.0);
    for _ in 0..18 {
        sum += term / odd;
        term *= square;
        odd += 2.0;
    }
    2.0 * sum - halvings * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_and_repeat() {
        let mut first = Rng::new(7, Stream::Link(1));
        let mut again = Rng::new(7, Stream::Link(1));
        let mut other = Rng::new(7, Stream::Link(2));
        let mut seed = Rng::new(8, Stream::Link(1));
        let bits = first.bits();
        assert_eq!(bits, again.bits());
        assert_ne!(bits, other.bits());
        assert_ne!(bits, seed.bits());
    }

    #[test]
    fn the_first_bits_never_change() {
        assert_eq!(Rng::new(1, Stream::Content).bits(), FIRST);
    }

    const FIRST: u64 = 2_768_727_916_891_341_679;

    #[test]
    fn distributions_have_their_means() {
        let mut rng = Rng::new(1, Stream::Routing);
        let draws = 20_000;
        let sum: f64 = (0..draws).map(|_| rng.exponential(3.0)).sum();
        assert!((sum / f64::from(draws) - 3.0).abs() < 0.1, "{sum}");
        let hits = (0..draws).filter(|_| rng.chance(0.25)).count();
        assert!((4_700..5_300).contains(&hits), "{hits}");
        assert!((0..1000).all(|_| rng.below(3) < 3));
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn the_logarithm_is_right() {
        for x in [1.0, 0.999, 0.75, 0.5, 0.1, 1e-6, 1e-15] {
            assert!((natural_log(x) - f64::ln(x)).abs() < 1e-11, "{x}");
        }
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut list: Vec<u32> = (0..100).collect();
        Rng::new(3, Stream::Topology).shuffle(&mut list);
        assert_ne!(list, (0..100).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..100).collect::<Vec<_>>());
    }
}
