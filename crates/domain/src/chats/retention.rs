//! How long messages are kept.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use thiserror::Error;

use crate::{storage::FileKey, store::StoreError};

/// For how many days an organization keeps what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention(u16);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be from {} to {} days", Retention::MIN_DAYS, Retention::MAX_DAYS)]
pub struct RetentionError;

impl Retention {
    /// So long what Meta delivered is kept as it came, for all organizations.
    pub const MIN_DAYS: u16 = 30;
    pub const MAX_DAYS: u16 = 3_650;

    pub fn new(days: u16) -> Result<Self, RetentionError> {
        let is_possible = (Self::MIN_DAYS..=Self::MAX_DAYS).contains(&days);
        is_possible.then_some(Self(days)).ok_or(RetentionError)
    }

    pub fn days(self) -> u16 {
        self.0
    }

    /// What is older than this time goes.
    pub fn keeps_since(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - Duration::days(i64::from(self.0))
    }
}

/// What has gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// How many rows are empty now.
    pub count: u32,
    /// The unit of work must have `Job::DeleteFile` run for these.
    pub files: Vec<FileKey>,
}

/// Has the contents of an organization's messages go. What proves that there was a message
/// stays: who and when, of what kind, its status, its errors and Meta's id of it.
#[async_trait]
pub trait MessageRetention: Send + Sync {
    /// Empties at most `limit` messages from before this time, the oldest first, with their
    /// files and their place in the search. Those that are still to be sent stay, and those
    /// that somebody is changing right now.
    async fn expire_messages(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Expired, StoreError>;

    /// The same for files that were uploaded here and last sent before this time.
    async fn expire_uploads(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Expired, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_kept_for_a_month_at_least_and_ten_years_at_most() {
        for days in [0, 29, 3_651] {
            assert_eq!(Retention::new(days), Err(RetentionError));
        }
        let now = DateTime::from_timestamp(40 * 24 * 3600, 0).unwrap();
        let kept_since = Retention::new(30).unwrap().keeps_since(now);
        assert_eq!(kept_since.timestamp(), 10 * 24 * 3600);
    }
}
