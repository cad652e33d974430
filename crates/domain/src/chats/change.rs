//! What people change of a chat.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use thiserror::Error;

use super::{Chat, ChatStatus, Priority};
use crate::auth::UserId;

/// What is to change of a chat; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChatChange {
    pub status: Option<ChatStatus>,
    pub snoozed_until: Option<Option<DateTime<Utc>>>,
    pub assignee_id: Option<Option<UserId>>,
    pub priority: Option<Priority>,
}

/// Why a chat cannot be snoozed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SnoozeError {
    #[error("is required of a chat that is snoozed")]
    Missing,
    #[error("is possible of a chat that is snoozed alone")]
    NotSnoozed,
    #[error("must be in the future")]
    NotInTheFuture,
    #[error("must be within a year")]
    TooLate,
}

impl SnoozeError {
    /// Its name for clients. Stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "required",
            Self::NotSnoozed => "not_snoozed",
            Self::NotInTheFuture => "not_in_the_future",
            Self::TooLate => "too_late",
        }
    }
}

impl Chat {
    const LONGEST_SNOOZE: Duration = Duration::days(365);

    /// This chat after the change. Who has it stays when it is resolved or opened again.
    pub fn changed(&self, change: ChatChange, now: DateTime<Utc>) -> Result<Self, SnoozeError> {
        let status = change.status.unwrap_or(self.status);
        let snoozed_until = match (status, change.snoozed_until) {
            (ChatStatus::Snoozed, None) => Some(self.snoozed_until.ok_or(SnoozeError::Missing)?),
            (ChatStatus::Snoozed, Some(None)) => return Err(SnoozeError::Missing),
            (ChatStatus::Snoozed, Some(Some(until))) if until <= now => {
                return Err(SnoozeError::NotInTheFuture);
            }
            (ChatStatus::Snoozed, Some(Some(until))) if until - now > Self::LONGEST_SNOOZE => {
                return Err(SnoozeError::TooLate);
            }
            // As the databases keep it: the job that ends it compares.
            (ChatStatus::Snoozed, Some(Some(until))) => Some(until.trunc_subsecs(6)),
            (_, Some(Some(_))) => return Err(SnoozeError::NotSnoozed),
            (_, Some(None) | None) => None,
        };
        Ok(Self {
            status,
            snoozed_until,
            assignee_id: change.assignee_id.unwrap_or(self.assignee_id),
            priority: change.priority.unwrap_or(self.priority),
            ..self.clone()
        })
    }

    /// Whether `by` may give the chat to `assignee`, or to nobody. Who has a chat may hand it
    /// on; to take it from somebody one must have seen who has it.
    pub fn may_be_assigned(&self, assignee: Option<UserId>, by: UserId, has_seen: bool) -> bool {
        match self.assignee_id {
            None => true,
            present if present == assignee => true,
            Some(present) => present == by || has_seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chats::ChatId, id::Id};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn chat() -> Chat {
        let id = ChatId::generate().uuid();
        Chat {
            id: id.into(),
            account_id: id.into(),
            contact_id: id.into(),
            customer_id: None,
            status: ChatStatus::Open,
            snoozed_until: None,
            assignee_id: None,
            priority: Priority::None,
            last_inbound_at: None,
            last_activity_at: NOW,
            last_message_at: None,
            inbound_count: 0,
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        }
    }

    fn snooze(until: DateTime<Utc>) -> ChatChange {
        ChatChange {
            status: Some(ChatStatus::Snoozed),
            snoozed_until: Some(Some(until)),
            ..ChatChange::default()
        }
    }

    fn to(status: ChatStatus) -> ChatChange {
        ChatChange {
            status: Some(status),
            ..ChatChange::default()
        }
    }

    #[test]
    fn a_snooze_has_an_end_within_a_year_from_now() {
        let chat = chat();
        let second = Duration::seconds(1);
        let year = Duration::days(365);
        let snoozed = chat.changed(snooze(NOW + year), NOW).unwrap();
        assert_eq!(snoozed.snoozed_until, Some(NOW + year));
        for (until, error) in [
            (NOW, SnoozeError::NotInTheFuture),
            (NOW - second, SnoozeError::NotInTheFuture),
            (NOW + year + second, SnoozeError::TooLate),
        ] {
            assert_eq!(chat.changed(snooze(until), NOW), Err(error), "{until}");
        }
        let endless = chat.changed(to(ChatStatus::Snoozed), NOW);
        assert_eq!(endless, Err(SnoozeError::Missing));
    }

    #[test]
    fn a_snooze_can_be_moved_and_not_be_made_endless() {
        let until = NOW + Duration::hours(1);
        let snoozed = chat().changed(snooze(until), NOW).unwrap();
        let later = ChatChange {
            snoozed_until: Some(Some(until + Duration::hours(1))),
            ..ChatChange::default()
        };
        let moved = snoozed.changed(later, NOW).unwrap();
        assert_eq!(moved.snoozed_until, Some(until + Duration::hours(1)));
        let same = snoozed.changed(to(ChatStatus::Snoozed), NOW).unwrap();
        assert_eq!(same, snoozed);
        let endless = ChatChange {
            snoozed_until: Some(None),
            ..ChatChange::default()
        };
        assert_eq!(snoozed.changed(endless, NOW), Err(SnoozeError::Missing));
    }

    #[test]
    fn leaving_a_snooze_clears_its_end() {
        let until = NOW + Duration::hours(1);
        let snoozed = chat().changed(snooze(until), NOW).unwrap();
        for status in [ChatStatus::Open, ChatStatus::Pending, ChatStatus::Resolved] {
            let left = snoozed.changed(to(status), NOW).unwrap();
            assert_eq!((left.status, left.snoozed_until), (status, None));
            let contradictory = ChatChange {
                status: Some(status),
                ..snooze(until)
            };
            let refused = snoozed.changed(contradictory, NOW);
            assert_eq!(refused, Err(SnoozeError::NotSnoozed));
        }
    }

    #[test]
    fn who_has_a_chat_stays_when_it_is_resolved_and_opened_again() {
        let ana = Some(UserId::generate());
        let given = ChatChange {
            assignee_id: Some(ana),
            ..ChatChange::default()
        };
        let chat = chat().changed(given, NOW).unwrap();
        let resolved = chat.changed(to(ChatStatus::Resolved), NOW).unwrap();
        assert_eq!(resolved.assignee_id, ana);
        let opened = resolved.changed(to(ChatStatus::Open), NOW).unwrap();
        assert_eq!(opened, chat);
    }

    #[test]
    fn a_chat_is_taken_from_somebody_only_by_who_has_seen_that_they_have_it() {
        let (ana, ben, eva) = (Id::generate(), Id::generate(), Id::generate());
        let free = chat();
        assert!(free.may_be_assigned(Some(ben), ben, false));
        let hers = Chat {
            assignee_id: Some(ana),
            ..free
        };
        assert!(!hers.may_be_assigned(Some(ben), ben, false));
        assert!(!hers.may_be_assigned(None, ben, false));
        assert!(hers.may_be_assigned(Some(ben), ben, true));
        assert!(hers.may_be_assigned(Some(ana), eva, false));
        assert!(hers.may_be_assigned(Some(ben), ana, false));
        assert!(hers.may_be_assigned(None, ana, false));
    }
}
