//! What Meta's deliveries say. Source: cloud API 5.
//!
//! A delivery holds many parts, of many kinds and of many businesses. Each is read by
//! itself and leniently: whatever is wrong with one, the others are not hurt, and nothing
//! is left out. Numbers may be strings and strings numbers; most things may be absent.

mod account;
mod address_book;
mod change;
mod content;
mod forgetting;
mod history;
mod message;
mod party;
mod read;
mod routing;
mod status;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::Value;
use thiserror::Error;

use super::{HistoryReport, Identity, MetaError, PhoneNumberId};
use crate::customers::MarketingConsent;

pub use account::AccountChange;
pub use address_book::AddressBookEntry;
pub use content::File;
pub use forgetting::{speaks_of, without};
pub use history::PastMessage;
pub use message::WrittenMessage;
pub use party::Party;
pub use routing::{Routing, routing};
pub use status::Status;

/// Meta sends at most 1,000 updates at once, but for a phone's history and address book, which
/// fill a delivery of three megabytes with what is seldom shorter than 200 bytes. A list that gives a delivery more parts than
/// this is none of Meta's, and is kept whole: whoever has an app of their own can sign
/// `[1,1,1,…]`.
const MAX_PARTS: usize = 15_000;

/// The smallest piece of a delivery that makes sense by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Where it stands in the delivery: indexes of entry and change, then the name and
    /// index of the item, as far as they apply. `0.1.messages.3`
    pub position: String,
    pub business_account_id: Option<String>,
    pub phone_number_id: Option<PhoneNumberId>,
    /// The business's number, as Meta shows it.
    pub display_phone_number: Option<String>,
    pub field: Option<String>,
    pub update: Update,
    /// The part as Meta wrote it; a JSON string if it is not even JSON of its own.
    pub original: Value,
}

/// What a part tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// A customer wrote.
    Message(Box<WrittenMessage>),
    /// The business wrote on its phone. Source: cloud API 5.5, coexistence.
    Echo(Box<WrittenMessage>),
    /// Somebody wrote it before the program was connected.
    Past(Box<PastMessage>),
    /// How the import of the phone's history fares.
    History(HistoryReport),
    /// The phone's address book has, or has no more, somebody.
    AddressBook(AddressBookEntry),
    /// What became of a message that we sent.
    Status(Box<Status>),
    /// A customer stopped or resumed marketing.
    Preference {
        party: Party,
        consent: MarketingConsent,
        occurred_at: DateTime<Utc>,
    },
    /// Meta knows a person under other ids from now on.
    UserIdChange {
        party: Party,
        current: Vec<Identity>,
    },
    /// Something about the business account or its numbers changed.
    Account(AccountChange),
    /// Meta reports an error that lets the number stand still until a person acts.
    Error(MetaError),
    /// Known or not, nothing here makes use of it.
    Unused,
    /// Not of the shape that Meta documents; why, in plain words.
    Malformed(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the delivery is not of the shape of a webhook")]
pub struct Unreadable;

/// Takes a delivery apart. What has no time of its own gets the time given.
pub fn parse(body: &[u8], received_at: DateTime<Utc>) -> Result<Vec<Part>, Unreadable> {
    let body = String::from_utf8_lossy(body);
    let envelope = read::object(&body).ok_or(Unreadable)?;
    let entries = envelope
        .get("entry")
        .and_then(|raw| read::list(raw.get()))
        .ok_or(Unreadable)?;
    if entries.len() > MAX_PARTS {
        return Err(Unreadable);
    }
    let mut parts = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        change::read_entry(index, entry, received_at, &mut parts);
    }
    Ok(parts)
}
