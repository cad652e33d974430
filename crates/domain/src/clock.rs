//! Time, as a port: tests move it.

use chrono::{DateTime, Utc};

pub trait Clock: Send + Sync {
    /// Now, in whole microseconds: what both databases can keep.
    fn now(&self) -> DateTime<Utc>;
}
