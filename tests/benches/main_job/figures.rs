//! Counting times.

use std::time::Duration;

use hdrhistogram::Histogram;

pub(crate) struct Times(Histogram<u64>);

impl Times {
    pub(crate) fn new() -> Self {
        let longest = Duration::from_mins(10).as_micros();
        let longest = u64::try_from(longest).unwrap_or(u64::MAX);
        Self(Histogram::new_with_max(longest, 3).expect("three digits are few enough"))
    }

    pub(crate) fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.0.saturating_record(micros);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("both grow as they need");
    }

    pub(crate) fn milliseconds(&self, quantile: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a figure to be printed")]
        let micros = self.0.value_at_quantile(quantile) as f64;
        micros / 1_000.0
    }

    pub(crate) fn print(&self, what: &str) {
        println!(
            "{what}: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms ({} times)",
            self.milliseconds(0.5),
            self.milliseconds(0.99),
            self.milliseconds(1.0),
            self.0.len()
        );
    }
}

/// How many a second.
pub(crate) fn rate(count: usize, time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure to be printed")]
    let count = count as f64;
    count / time.as_secs_f64()
}
