//! What the program says by itself: a greeting to who writes first or after a long silence,
//! and word of absence to who writes outside the hours.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::{BusinessHours, Chat, ChatId, MessageOrigin, VariableText};
use crate::store::StoreError;

/// An organization's settings for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Automation {
    /// None if the business is always open.
    pub hours: Option<BusinessHours>,
    pub greeting: Option<Greeting>,
    /// Told outside the hours.
    pub away: Option<VariableText>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes, from 1; 0 before anything was set.
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    pub text: VariableText,
    /// Who writes again is greeted again if nothing was said for so many days.
    pub after_days: u16,
}

/// When the program last said something by itself in a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastAutomatic {
    pub greeting_at: Option<DateTime<Utc>>,
    pub away_at: Option<DateTime<Utc>>,
}

/// A customer's message, as what may be answered by itself.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The chat as it was before the message.
    pub chat: &'a Chat,
    pub last: LastAutomatic,
    pub written_at: DateTime<Utc>,
    pub now: DateTime<Utc>,
    pub timezone: Tz,
}

impl Automation {
    /// What Meta delivers later than this after it was written is history: a machine's answer
    /// would come out of the blue.
    const FRESH_FOR: Duration = Duration::hours(1);
    /// One of a burst of messages is answered by itself at most.
    const BURST: Duration = Duration::minutes(10);
    pub const MAX_TEXT: usize = 1024;

    pub fn is_open(&self, at: DateTime<Utc>, timezone: Tz) -> bool {
        let hours = self.hours.as_ref();
        hours.is_none_or(|hours| hours.are_open(at, timezone))
    }

    /// What to say to a message, if anything. Outside the hours word of absence goes before a
    /// greeting, once for as long as the business stays closed.
    pub fn answer(&self, occasion: &Occasion<'_>) -> Option<(MessageOrigin, &VariableText)> {
        let Occasion {
            chat,
            last,
            written_at,
            now,
            timezone,
        } = *occasion;
        let spoke_at = last.greeting_at.max(last.away_at);
        let in_burst = spoke_at.is_some_and(|at| now - at < Self::BURST);
        if in_burst || now - written_at > Self::FRESH_FOR {
            return None;
        }
        let hours = self.hours.as_ref();
        let closed_since = hours.and_then(|hours| hours.closed_since(now, timezone));
        if let Some((away, since)) = self.away.as_ref().zip(closed_since) {
            let was_told = last.away_at.is_some_and(|at| at >= since);
            return (!was_told).then_some((MessageOrigin::Away, away));
        }
        let greeting = self.greeting.as_ref()?;
        let silence = Duration::days(i64::from(greeting.after_days));
        let is_due = chat
            .last_message_at
            .is_none_or(|at| written_at - at >= silence);
        is_due.then_some((MessageOrigin::Greeting, &greeting.text))
    }
}

#[async_trait]
pub trait AutomationRepository: Send + Sync {
    /// The organization's settings; what nobody has set is off, in version 0.
    async fn settings(&self) -> Result<Automation, StoreError>;

    /// Stores the settings as the version after `automation.version`. False if that is not
    /// the stored one any more.
    async fn save(&self, automation: &Automation) -> Result<bool, StoreError>;

    async fn last_in(&self, chat_id: ChatId) -> Result<LastAutomatic, StoreError>;

    /// The program has said something by itself in a chat that this unit of work has locked.
    async fn note(&self, chat_id: ChatId, last: LastAutomatic) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests;
