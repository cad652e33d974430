//! The customer side as Meta's database has it: who is who, and the chats they have with numbers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::bounded::RecentMap;

/// A person on `WhatsApp`, who has a phone number, a business-scoped user id, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The `wa_id`: digits with country code.
    pub phone: Option<String>,
    /// The BSUID, such as `US.13491208655302741918`. Who has adopted a username may have no more.
    pub user_id: Option<String>,
    /// The BSUID across all portfolios of a parent business: `US.ENT.11815799212886844830`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
    pub name: String,
    pub username: Option<String>,
}

impl Customer {
    /// A customer with a phone number, given as digits with country code.
    pub fn with_phone(phone: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            phone: Some(phone.into()),
            name: name.into(),
            ..Self::default()
        }
    }

    /// A customer whose phone number is hidden from the business.
    pub fn with_user_id(
        user_id: impl Into<String>,
        name: impl Into<String>,
        username: impl Into<String>,
    ) -> Self {
        Self {
            user_id: Some(user_id.into()),
            name: name.into(),
            username: Some(username.into()),
            ..Self::default()
        }
    }

    /// The one name under which the simulator knows the person: the phone number if there is one.
    pub(crate) fn key(&self) -> String {
        let key = self.phone.as_ref().or(self.user_id.as_ref());
        key.cloned().unwrap_or_default()
    }
}

/// What a number and a customer have between them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chat {
    /// When the customer last wrote something that opens the service window.
    pub(crate) last_inbound: Option<DateTime<Utc>>,
    /// Up to when the business has read.
    pub(crate) read_until: Option<DateTime<Utc>>,
    /// When the business last showed that it is typing.
    pub(crate) typing_since: Option<DateTime<Utc>>,
    /// Whether the business wants to hear no more of the customer.
    pub(crate) blocked: bool,
    /// Whether the customer wants no more marketing.
    pub(crate) marketing_stopped: bool,
}

pub(crate) struct Contacts {
    customers: RecentMap<String, Customer>,
    /// The key that took the place of another one: the phone number of a user id, where the
    /// business knows both, or whatever somebody changed to.
    aliases: RecentMap<String, String>,
    /// By phone number id and the customer's key.
    chats: RecentMap<(String, String), Chat>,
}

impl Contacts {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            customers: RecentMap::new(capacity),
            aliases: RecentMap::new(capacity),
            chats: RecentMap::new(capacity),
        }
    }

    pub(crate) fn remember(&mut self, customer: &Customer) {
        if let (Some(phone), Some(user_id)) = (&customer.phone, &customer.user_id) {
            phone.clone_into(self.aliases.entry(user_id));
        }
        let key = customer.key();
        // Whoever had this number before has another one now.
        self.aliases.remove(&key);
        *self.customers.entry(&key) = customer.clone();
    }

    /// Somebody is known under another key from now on; their chats go with them.
    pub(crate) fn rename(&mut self, from: &Customer, to: &Customer) {
        let (old, new) = (from.key(), to.key());
        self.remember(to);
        if old == new {
            return;
        }
        self.customers.remove(&old);
        new.clone_into(self.aliases.entry(&old));
        let moved: Vec<_> = self
            .chats
            .keys()
            .filter(|(_, key)| *key == old)
            .cloned()
            .collect();
        for (number, key) in moved {
            if let Some(chat) = self.chats.remove(&(number.clone(), key)) {
                *self.chats.entry(&(number, new.clone())) = chat;
            }
        }
    }

    /// The key of whoever has, or had, this phone number or user id.
    pub(crate) fn key_of(&self, recipient: &str) -> String {
        let mut key = recipient.to_owned();
        while let Some(next) = self.aliases.get(&key) {
            key.clone_from(next);
        }
        key
    }

    /// The customer with this key, by whatever is known of them.
    pub(crate) fn customer(&self, key: &str) -> Option<&Customer> {
        self.customers.get(&key.to_owned())
    }

    /// The customer with this phone number or user id, or one of whom no more is known.
    pub(crate) fn customer_or_stranger(&self, recipient: &str) -> Customer {
        let known = self.customer(&self.key_of(recipient)).cloned();
        known.unwrap_or_else(|| {
            let id = Some(recipient.to_owned());
            if recipient.contains('.') {
                Customer {
                    user_id: id,
                    ..Customer::default()
                }
            } else {
                Customer {
                    phone: id,
                    ..Customer::default()
                }
            }
        })
    }

    pub(crate) fn chat(&self, number: &str, key: &str) -> Option<&Chat> {
        self.chats.get(&(number.to_owned(), key.to_owned()))
    }

    pub(crate) fn chat_mut(&mut self, number: &str, key: &str) -> &mut Chat {
        self.chats.entry(&(number.to_owned(), key.to_owned()))
    }

    /// The keys of the customers who have a chat with the number, latest first.
    pub(crate) fn of_number(&self, number: &str) -> impl Iterator<Item = &str> {
        self.chats
            .keys()
            .filter(move |(known, _)| known == number)
            .map(|(_, key)| key.as_str())
    }
}
