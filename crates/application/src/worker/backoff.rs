use std::time::Duration;

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_mins(10);

/// How long to wait after the given attempt (from 1): 2 s, doubling up to 10 minutes, and up
/// to a fifth more, so that what failed together does not come back together.
/// Source of the figures: cloud API 6.2.
pub fn backoff(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let delay = (FIRST * 2_u32.pow(doublings)).min(LONGEST);
    delay + jitter(delay / 5)
}

/// A random time up to the given one; none if the system has no randomness to give, which
/// costs only the spread.
pub(crate) fn jitter(at_most: Duration) -> Duration {
    let fraction = getrandom::u32().map_or(0.0, |n| f64::from(n) / f64::from(u32::MAX));
    at_most.mul_f64(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_and_stay_bounded() {
        for (attempt, seconds) in [(1, 2), (2, 4), (3, 8), (9, 512), (10, 600), (1000, 600)] {
            let delay = backoff(attempt);
            let base = Duration::from_secs(seconds);
            assert!(
                delay >= base && delay <= base.mul_f64(1.21),
                "{attempt}: {delay:?}"
            );
        }
    }
}
