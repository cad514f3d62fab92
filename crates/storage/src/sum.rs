//! Sums of numbers that clients choose: two of the largest are more than SQLite adds up.

/// The sum of a column whose values were added up in two parts, by `SUM(column >> 32)` and
/// `SUM(column & 4294967295)`. It holds for more rows than a table can have.
pub fn sum(upper: i64, lower: i64) -> i128 {
    (i128::from(upper) << 32) + i128::from(lower)
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn the_parts_of_any_numbers_add_up_to_their_sum() {
        for numbers in [&[][..], &[0, 1, 1000], &[i64::MAX; 5], &[i64::MIN, -1, i64::MAX, 7]] {
            let upper = numbers.iter().map(|it| it >> 32).sum();
            let lower = numbers.iter().map(|it| it & 4_294_967_295).sum();
            let expected: i128 = numbers.iter().copied().map(i128::from).sum();
            assert_eq!(sum(upper, lower), expected, "{numbers:?}");
        }
    }
}
