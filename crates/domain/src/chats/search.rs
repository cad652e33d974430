//! Search over what was said: which words a text has, which of them fit a query, and the
//! part of the text that shows so.
//!
//! A word fits by its beginning, whatever its case and accents; one that another follows
//! without a space, only whole. Where no spaces part the
//! words (Chinese, Japanese, Thai), any part of the text fits: such text is indexed by its
//! pairs of neighbouring characters. Databases keep and compare [`terms`], and know nothing
//! of languages.

mod excerpt;
mod words;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

pub use self::excerpt::{Excerpt, ExcerptPart};
use self::words::{Word, words};
use super::{ChatId, ChatOverview, Message, Sight};
use crate::{
    page::{Page, PageRequest},
    store::StoreError,
};

/// Of so many characters at most a word is known.
const MAX_WORD: usize = 64;
/// Of a longer text, only the beginning is searched.
const MAX_TERMS: usize = 5_000;

/// What a message that is found must have: all of these words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    words: Vec<Word>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must have at least {} letters or digits", SearchQuery::MIN_LENGTH)]
pub struct SearchQueryError;

/// What an index is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This term.
    Term(String),
    /// A term that begins so.
    Prefix(String),
    /// These terms, one right after the other.
    Phrase(Vec<String>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    pub chat_id: Option<ChatId>,
    /// Meta's word for it.
    pub kind: Option<String>,
    pub from: Option<DateTime<Utc>>,
    /// Excluded.
    pub to: Option<DateTime<Utc>>,
    /// Only what was said in chats that are seen.
    pub sight: Sight,
}

/// A message that was found, and what shows why and where.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundMessage {
    pub message: Message,
    pub chat: ChatOverview,
    pub excerpt: Excerpt,
}

/// Kept in step with the messages by their repository: what is inserted is found, what was
/// edited is found by its new words, and what was deleted is not found.
#[async_trait]
pub trait MessageSearch: Send + Sync {
    /// Newest first; in an order that stays, if of the same time.
    async fn find(
        &self,
        query: &SearchQuery,
        filter: &MessageFilter,
        page: PageRequest,
    ) -> Result<Page<Message>, StoreError>;
}

impl SearchQuery {
    /// With less, nearly everything would be found.
    const MIN_LENGTH: usize = 2;

    pub fn parse(text: &str) -> Result<Self, SearchQueryError> {
        let (_, words) = words(text);
        let length: usize = words.iter().map(Word::length).sum();
        if length < Self::MIN_LENGTH {
            return Err(SearchQueryError);
        }
        Ok(Self { words })
    }

    /// As `parse`, also of a single letter: where there is less to be found in.
    pub fn of_any_length(text: &str) -> Result<Self, SearchQueryError> {
        let (_, words) = words(text);
        if words.is_empty() {
            return Err(SearchQueryError);
        }
        Ok(Self { words })
    }

    /// All of these must be found in a message.
    pub fn lookups(&self) -> Vec<Lookup> {
        self.words.iter().map(Word::lookup).collect()
    }

    pub fn excerpt(&self, text: &str) -> Excerpt {
        Excerpt::of(text, &self.words)
    }
}

/// The terms by which a text is found, in their order. Each is of letters, digits and the
/// marks on them, and nothing else.
pub fn terms(text: &str) -> Vec<String> {
    let (_, words) = words(text);
    let mut terms: Vec<_> = words.iter().flat_map(Word::terms).collect();
    terms.truncate(MAX_TERMS);
    terms
}

impl Message {
    /// The text by which it is found. What only speaks of another message is not found, nor
    /// what the customer deleted.
    pub fn searchable_text(&self) -> Option<String> {
        if self.content.is_annotation() || self.revoked_at.is_some() {
            return None;
        }
        self.content.text()
    }
}

#[cfg(test)]
mod tests;
