//! Decisions by lot that can be repeated: the n-th one depends on the seed and on n alone.

/// A number from 0 to less than 1, evenly spread: the `count`-th of this seed's.
pub(crate) fn draw(seed: u64, count: u64) -> f64 {
    let bits = splitmix64(seed ^ splitmix64(count));
    // The 53 bits that a double holds exactly.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let numerator = (bits >> 11) as f64;
    numerator / 9_007_199_254_740_992.0
}

/// Steele, Lea and Flood: Fast splittable pseudorandom number generators (2014).
fn splitmix64(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn the_same_seed_gives_the_same_sequence_and_another_another() {
        let sequence = |seed| (0..100).map(|count| draw(seed, count).to_bits()).collect::<Vec<_>>();
        assert_eq!(sequence(1), sequence(1));
        assert_ne!(sequence(1), sequence(2));
    }

    /// 2.576 standard deviations are the binomial's 99 % interval.
    #[test]
    fn a_share_of_the_draws_is_below_each_rate() {
        for (seed, rate) in [(1, 0.01), (2, 0.3), (3, 0.5), (4, 0.99)] {
            let draws: u32 = 20_000;
            let hits = (0..draws).filter(|count| draw(seed, (*count).into()) < rate).count();
            let expected = rate * f64::from(draws);
            let allowed = 2.576 * (expected * (1.0 - rate)).sqrt();
            let off = (f64::from(u32::try_from(hits).expect("few")) - expected).abs();
            assert!(off <= allowed, "rate {rate}: {hits} of {draws}");
        }
    }
}
