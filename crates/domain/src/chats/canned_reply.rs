use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::VariableText;
use crate::{
    id::Id,
    page::{Page, PageRequest},
    store::StoreError,
};

pub type CannedReplyId = Id<CannedReply>;

/// What is often answered, to be had by a few keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannedReply {
    pub id: CannedReplyId,
    /// Unique in the organization.
    pub shortcut: Shortcut,
    pub text: VariableText,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    pub version: i64,
}

/// What is typed to have a canned reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shortcut(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be 1 to 32 lower-case letters, digits, hyphens and underscores")]
pub struct ShortcutError;

impl Shortcut {
    const MAX_LENGTH: usize = 32;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Shortcut {
    type Error = ShortcutError;

    fn try_from(text: String) -> Result<Self, ShortcutError> {
        let is_allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c);
        let is_shortcut =
            (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_allowed);
        is_shortcut.then_some(Self(text)).ok_or(ShortcutError)
    }
}

impl From<Shortcut> for String {
    fn from(shortcut: Shortcut) -> Self {
        shortcut.0
    }
}

#[async_trait]
pub trait CannedReplyRepository: Send + Sync {
    async fn find(&self, id: CannedReplyId) -> Result<Option<CannedReply>, StoreError>;

    async fn find_by_shortcut(
        &self,
        shortcut: &Shortcut,
    ) -> Result<Option<CannedReply>, StoreError>;

    /// Newest first; with `search`, which is folded, those that have it in their shortcut or
    /// text.
    async fn list(
        &self,
        search: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<CannedReply>, StoreError>;

    async fn count(&self, search: Option<&str>) -> Result<u64, StoreError>;

    /// False if the shortcut is taken; nothing is stored then.
    async fn insert(&self, reply: &CannedReply) -> Result<bool, StoreError>;

    /// Stores shortcut and text as the version after `reply.version`. False if that is not
    /// the stored one any more, or if the shortcut is taken by another.
    async fn update(&self, reply: &CannedReply) -> Result<bool, StoreError>;

    /// False if that is not the stored version any more.
    async fn remove(&self, id: CannedReplyId, version: i64) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_is_short_and_plain() {
        for good in ["a", "thank-you_2", &"x".repeat(32)] {
            assert!(Shortcut::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "Thanks", "a b", "/a", "é", &"x".repeat(33)] {
            let refused = Shortcut::try_from(bad.to_owned());
            assert_eq!(refused, Err(ShortcutError), "{bad}");
        }
    }
}
