//! Chance that can be repeated.

use std::ops::RangeInclusive;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Throws that are the same for the same seed, whatever machine and whatever becomes of other libraries (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice of a seed.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// Dice for one thing among many: the numbers say which. Things that are thrown for apart do not change each other.
    pub fn of(seed: u64, which: &[u64]) -> Self {
        Self(key(seed, which))
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number below `bound`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        scale(self.number(), bound)
    }

    /// A number of a range.
    pub fn between(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (from, to) = range.into_inner();
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// True that often: 0 for never, 1 for always.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A number from 0 to less than 1.
    #[allow(clippy::cast_precision_loss)] // 53 bits are exact
    pub fn unit(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of several.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn pick<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.index(several.len())]
    }

    /// One of several, each as often as its weight says.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn weigh<'a, T>(&mut self, several: &'a [(u32, T)]) -> &'a T {
        let total = several.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        let mut last = 0;
        for (index, (weight, _)) in several.iter().enumerate() {
            last = index;
            let weight = u64::from(*weight);
            if left < weight {
                break;
            }
            left -= weight;
        }
        &several[last].1
    }

    /// Characters of an alphabet of ASCII.
    pub fn spell(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(*self.pick(alphabet)))
            .collect()
    }

    #[allow(clippy::cast_possible_truncation)] // below the length, which is a usize
    fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }
}

/// One number for a seed and some more numbers.
pub(crate) fn key(seed: u64, which: &[u64]) -> u64 {
    which.iter().fold(mix(seed), |state, part| {
        mix(state.rotate_left(23) ^ mix(*part ^ GOLDEN))
    })
}

/// One number for a text.
pub(crate) fn key_of(text: &str) -> u64 {
    text.bytes()
        .fold(GOLDEN, |state, byte| mix(state ^ u64::from(byte)))
}

/// `number`, which may be any, brought below `bound` in proportion.
#[allow(clippy::cast_possible_truncation)] // the quotient is below `bound`
fn scale(number: u64, bound: u64) -> u64 {
    ((u128::from(number) * u128::from(bound)) >> 64) as u64
}

fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let throws = |seed| {
            let mut dice = Dice::of(seed, &[1, 2]);
            [dice.number(), dice.below(100), dice.between(5..=9)]
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        assert_ne!(key(1, &[2, 3]), key(1, &[3, 2]));
        // Written down once: another release must tell the same stories.
        assert_eq!(Dice::new(1).number(), 0xbfef_8030_ddc2_d772);
    }

    #[test]
    fn shares_are_kept() {
        let mut dice = Dice::new(1);
        let hits = (0..100_000).filter(|_| dice.chance(0.2)).count();
        assert!((19_000..21_000).contains(&hits), "{hits}");
        let options = [(9, 'a'), (1, 'b'), (0, 'c')];
        let rare = (0..100_000)
            .filter(|_| *dice.weigh(&options) == 'b')
            .count();
        assert!((9_000..11_000).contains(&rare), "{rare}");
        assert!((0..1_000).all(|_| *dice.weigh(&options) != 'c'));
        assert!((0..1_000).all(|_| (5..=9).contains(&dice.between(5..=9))));
    }
}
