//! What is said of several runs.

/// The middle one; of an even number the upper one of both. NaN if there are none.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Two sides, or several: each goes first in every other round.
pub fn in_turn<T>(round: usize, mut sides: Vec<T>) -> Vec<T> {
    if round % 2 == 1 {
        sides.reverse();
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_figures_in_any_order() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0]), 4.0);
        assert!(median([]).is_nan());
        assert_eq!(in_turn(0, vec!["a", "b"]), ["a", "b"]);
        assert_eq!(in_turn(1, vec!["a", "b"]), ["b", "a"]);
    }
}
