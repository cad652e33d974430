//! The chats from before a number was connected that the WhatsApp Business app has had on the
//! owner's phone, and gives away in chunks. Source: cloud API 5.5, coexistence.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::MetaError;

/// How the import of an account's history fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    pub status: HistoryStatus,
    /// How far back it has come: 0 is the last day, 1 the days up to 90, 2 those up to 180.
    pub phase: u8,
    /// In percent, of all phases.
    pub progress: u8,
    /// Why there is none, in plain words.
    pub error: Option<String>,
    /// When Meta last told something new of it.
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryStatus {
    /// Meta is being asked for it, or was, and nothing has come yet.
    Requested,
    Importing,
    Complete,
    /// The owner does not share it.
    Declined,
    Failed,
}

impl HistoryStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Importing => "importing",
            Self::Complete => "complete",
            Self::Declined => "declined",
            Self::Failed => "failed",
        }
    }
}

/// What one delivery tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryReport {
    Progress { phase: u8, percent: u8 },
    Error(MetaError),
}

impl History {
    /// The owner chose not to share it.
    const DECLINED: i64 = 2_593_109;

    pub fn requested(now: DateTime<Utc>) -> Self {
        Self {
            status: HistoryStatus::Requested,
            phase: 0,
            progress: 0,
            error: None,
            updated_at: now,
        }
    }

    /// What is known after a report that came at this time. Chunks come in any order and more
    /// than once: an import never goes back, and what has ended only begins again by news that
    /// came later.
    #[must_use]
    pub fn after(known: Option<&Self>, report: &HistoryReport, told_at: DateTime<Utc>) -> Self {
        match (known, report) {
            (Some(known), HistoryReport::Error(_)) if known.outlives_error(told_at) => {
                known.clone()
            }
            (_, HistoryReport::Error(error)) => Self {
                status: match error.code {
                    Self::DECLINED => HistoryStatus::Declined,
                    _ => HistoryStatus::Failed,
                },
                phase: known.map_or(0, |known| known.phase),
                progress: known.map_or(0, |known| known.progress),
                error: Some(error.details.clone().unwrap_or_else(|| error.title.clone())),
                updated_at: told_at,
            },
            (Some(known), HistoryReport::Progress { .. })
                if known.error.is_some() && told_at < known.updated_at =>
            {
                known.clone()
            }
            (known, &HistoryReport::Progress { phase, percent }) => {
                let under_way = known.filter(|known| known.error.is_none());
                let (phase, progress) = under_way.map_or((phase, percent), |known| {
                    (known.phase.max(phase), known.progress.max(percent))
                });
                let moved = Self {
                    status: match progress {
                        100.. => HistoryStatus::Complete,
                        _ => HistoryStatus::Importing,
                    },
                    phase,
                    progress,
                    error: None,
                    updated_at: told_at,
                };
                let told = |it: &Self| (it.status, it.phase, it.progress);
                match under_way {
                    Some(known) if told(known) == told(&moved) => known.clone(),
                    _ => moved,
                }
            }
        }
    }

    fn outlives_error(&self, told_at: DateTime<Utc>) -> bool {
        self.status == HistoryStatus::Complete || told_at < self.updated_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn progress(phase: u8, percent: u8) -> HistoryReport {
        HistoryReport::Progress { phase, percent }
    }

    fn error(code: i64) -> HistoryReport {
        HistoryReport::Error(MetaError {
            code,
            title: "No".into(),
            ..MetaError::default()
        })
    }

    fn after(reports: &[(HistoryReport, i64)]) -> History {
        let history = reports.iter().fold(None, |known, (report, second)| {
            Some(History::after(known.as_ref(), report, at(*second)))
        });
        history.unwrap()
    }

    #[test]
    fn chunks_in_any_order_end_in_the_same() {
        let mut reports = vec![
            (progress(0, 10), 1),
            (progress(1, 60), 2),
            (progress(2, 100), 3),
        ];
        for _ in 0..reports.len() {
            reports.rotate_left(1);
            let history = after(&reports);
            assert_eq!(history.status, HistoryStatus::Complete);
            assert_eq!((history.phase, history.progress), (2, 100));
        }
    }

    #[test]
    fn what_was_asked_for_comes_or_does_not() {
        let requested = History::requested(at(5));
        let comes = History::after(Some(&requested), &progress(0, 10), at(6));
        assert_eq!(comes.status, HistoryStatus::Importing);
        // A chunk that says nothing else than that it has begun.
        let begins = History::after(Some(&requested), &progress(0, 0), at(6));
        assert_eq!(begins.status, HistoryStatus::Importing);
        let declined = History::after(Some(&requested), &error(2_593_109), at(6));
        assert_eq!(declined.status, HistoryStatus::Declined);
    }

    #[test]
    fn a_chunk_that_comes_again_is_no_news() {
        let once = after(&[(progress(1, 60), 1)]);
        assert_eq!(after(&[(progress(1, 60), 1), (progress(1, 60), 9)]), once);
        assert_eq!(after(&[(progress(1, 60), 1), (progress(0, 10), 9)]), once);
    }

    #[test]
    fn an_owner_who_declines_is_told_from_what_fails() {
        let declined = after(&[(error(2_593_109), 1)]);
        assert_eq!(declined.status, HistoryStatus::Declined);
        assert_eq!(declined.error.as_deref(), Some("No"));
        let failed = after(&[(progress(0, 10), 1), (error(131_000), 2)]);
        assert_eq!(failed.status, HistoryStatus::Failed);
        assert_eq!(failed.progress, 10);
    }

    #[test]
    fn an_owner_may_share_after_all() {
        let shared = after(&[(error(2_593_109), 1), (progress(0, 10), 2)]);
        assert_eq!(
            (shared.status, shared.error),
            (HistoryStatus::Importing, None)
        );
    }

    #[test]
    fn news_that_come_late_undo_nothing() {
        let complete = after(&[(progress(2, 100), 1), (error(131_000), 2)]);
        assert_eq!(complete.status, HistoryStatus::Complete);
        let importing = after(&[(progress(0, 10), 2), (error(131_000), 1)]);
        assert_eq!(importing.status, HistoryStatus::Importing);
        let declined = after(&[(error(2_593_109), 2), (progress(0, 10), 1)]);
        assert_eq!(declined.status, HistoryStatus::Declined);
    }
}
